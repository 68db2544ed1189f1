/* SPDX-License-Identifier: MIT */
/*
 * Manifests: what is understood, and what is said of what isn't.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <darq/object.h>
#include <darq/status.h>

#include <stdio.h>
#include <string.h>

#include "pkernel/starter/manifest.h"
#include "pkernel/starter/words.h"

static struct manifest *parse(const char *text, struct manifest_fault *fault)
{
        return manifest_parse(text, strlen(text), fault);
}

static void test_every_key_is_understood(void **state)
{
        struct manifest_fault fault;
        struct manifest *manifest =
                parse("# storage\n\n[Service]\nName = storage\nPort=11001   # optional\n"
                      "Exec=/bin/x --db \"a b\" %S/y\t\"q\\\"\\\\\" \"\"\nUser=darq\n"
                      "; a comment\nActivate=at-start\nTypes=text.plain text.markdown\n"
                      "Allow=uid:1000 service:notes location:*\nStartTimeout=500ms\n"
                      "Restart=2/1m\n",
                      &fault);

        (void)state;
        assert_non_null(manifest);
        assert_string_equal(manifest->name, "storage");
        assert_int_equal(manifest->port, 11001);
        assert_int_equal(manifest->exec.count, 6);
        assert_string_equal(manifest->exec.words[0], "/bin/x");
        assert_string_equal(manifest->exec.words[2], "a b");
        assert_string_equal(manifest->exec.words[3], "%S/y");
        assert_string_equal(manifest->exec.words[4], "q\"\\");
        assert_string_equal(manifest->exec.words[5], "");
        assert_null(manifest->exec.words[6]);
        assert_string_equal(manifest->user, "darq");
        assert_int_equal(manifest->activation, DARQ_STARTER_ACTIVATION_AT_START);
        assert_int_equal(manifest->types.count, 2);
        assert_string_equal(manifest->types.words[1], "text.markdown");
        assert_int_equal(manifest->allow.count, 3);
        assert_int_equal(manifest->start_timeout_ms, 500);
        assert_int_equal(manifest->restart_count, 2);
        assert_int_equal(manifest->restart_window_ms, 60000);
        manifest_free(manifest);
}

static void test_lines_may_end_as_on_windows(void **state)
{
        struct manifest_fault fault;
        struct manifest *manifest = parse("; written there\r\n[Service]\r\n\r\nName=a # b\r\n"
                                          "Exec=/bin/x \"y z\"\r\n",
                                          &fault);

        (void)state;
        assert_non_null(manifest);
        assert_string_equal(manifest->name, "a");
        assert_int_equal(manifest->exec.count, 2);
        assert_string_equal(manifest->exec.words[1], "y z");
        manifest_free(manifest);
}

static void test_locations_are_named_beside_any_and_for_a_link(void **state)
{
        struct manifest_fault fault;
        struct manifest *manifest =
                parse("[Service]\nName=a\nActivate=never\nAllow=any location:kitchen\n"
                      "Locations=kitchen attic-2\n",
                      &fault);

        (void)state;
        assert_non_null(manifest);
        assert_int_equal(manifest->allow.count, 2);
        assert_string_equal(manifest->allow.words[0], "any");
        assert_int_equal(manifest->locations.count, 2);
        assert_string_equal(manifest->locations.words[1], "attic-2");
        manifest_free(manifest);
        manifest = parse("[Service]\nName=a\nActivate=never\nLocations=*\n", &fault);
        assert_non_null(manifest);
        assert_string_equal(manifest->locations.words[0], "*");
        manifest_free(manifest);
}

static void test_what_is_left_out_has_its_default(void **state)
{
        struct manifest_fault fault;
        struct manifest *manifest = parse("[Service]\nName=a\nExec=/a\nAllow=any", &fault);

        (void)state;
        assert_non_null(manifest);
        assert_int_equal(manifest->port, 0);
        assert_null(manifest->user);
        assert_int_equal(manifest->activation, DARQ_STARTER_ACTIVATION_ON_DEMAND);
        assert_int_equal(manifest->types.count + manifest->allow.count, 0);
        assert_int_equal(manifest->start_timeout_ms, 10000);
        assert_int_equal(manifest->restart_count, 5);
        assert_int_equal(manifest->restart_window_ms, 10000);
        manifest_free(manifest);
}

static void test_what_is_wrong_is_told_with_its_line(void **state)
{
        static const struct {
                const char *text;
                unsigned int line;
                const char *reason;
        } rows[] = {
                {"", 0, "expected a Name"},
                {"Name=a", 1, "expected [Service] first"},
                {"[Unit]", 1, "expected one section, [Service]"},
                {"[Service]\n[Service]", 2, "expected one section"},
                {"[Service]\nName", 2, "expected Key=Value"},
                {"[Service]\nName=", 2, "Name: it has no value"},
                {"[Service]\nName=Storage", 2, "Name: expected up to 255"},
                {"[Service]\nName=.a", 2, "Name: expected up to 255"},
                {"[Service]\nName=a/b", 2, "Name: expected up to 255"},
                {"[Service]\nName=_a", 2, "Name: expected up to 255"},
                {"[Service]\nName=a\nname=b", 3, "'name' is not a key"},
                {"[Service]\nName=a\nName=b", 3, "Name stands there twice"},
                {"[Service]\nPort=1", 2, "Port: expected a number from 2"},
                {"[Service]\nPort=4294967296", 2, "Port: expected a number from 2"},
                {"[Service]\nPort=0x10", 2, "Port: expected a number from 2"},
                {"[Service]\nPort=-5", 2, "Port: expected a number from 2"},
                {"[Service]\nExec=ls", 2, "Exec: expected the full path"},
                {"[Service]\nExec=/ls \"a", 2, "Exec: a quote is not closed"},
                {"[Service]\nExec=/ls %d", 2, "Exec: expected S or % behind"},
                {"[Service]\nExec=/ls 100%", 2, "Exec: expected S or % behind"},
                {"[Service]\nUser=a b", 2, "User: expected a user's name"},
                {"[Service]\nActivate=sometimes", 2, "Activate: expected on-demand"},
                {"[Service]\nTypes=text.Plain", 2, "Types: expected types"},
                {"[Service]\nTypes=a b a", 2, "Types: a type stands there twice"},
                {"[Service]\nAllow=root", 2, "Allow: expected any, or a list"},
                {"[Service]\nAllow=any uid:5", 2, "Allow: expected any, or a list"},
                {"[Service]\nAllow=location:a any", 2, "Allow: expected any, or a list"},
                {"[Service]\nLocations=kitchen *", 2, "Locations: expected locations, of a-z"},
                {"[Service]\nLocations=Kitchen", 2, "Locations: expected locations, of a-z"},
                {"[Service]\nName=a\nExec=/a\nLocations=b", 0, "Locations is for what comes"},
                {"[Service]\nAllow=uid:x", 2, "Allow: expected any, or a list"},
                {"[Service]\nAllow=uid:4294967295", 2, "Allow: expected any, or a list"},
                {"[Service]\nStartTimeout=0", 2, "StartTimeout: expected a time"},
                {"[Service]\nStartTimeout=2h", 2, "StartTimeout: expected a time"},
                {"[Service]\nStartTimeout=61m", 2, "StartTimeout: expected a time"},
                {"[Service]\nRestart=5", 2, "Restart: expected starts per time"},
                {"[Service]\nRestart=0/10s", 2, "Restart: expected starts per time"},
                {"[Service]\nRestart=5/", 2, "Restart: expected starts per time"},
                {"[Service]\nName=a", 0, "expected an Exec, or Activate=never"},
                {"[Service]\nName=a\nExec=/a\nActivate=never", 0, "Exec is for what is started"},
                {"[Service]\nName=a\rb\n", 0, "not a text"},
                {"[Service]\nName=a\r", 0, "not a text"},
                {"[Service]\r\nName=A\r\n", 2, "Name: expected up to 255"},
                {"[Service]\nName=a\nExec=/caf\xe9", 0, "it isn't UTF-8"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct manifest_fault fault = {0};

                assert_null(parse(rows[i].text, &fault));
                assert_int_equal(fault.line, rows[i].line);
                if (strstr(fault.text, rows[i].reason) == NULL)
                        fail_msg("%s: %s", rows[i].text, fault.text);
        }
}

static void test_sizes_have_limits(void **state)
{
        static char text[MANIFEST_SIZE_MAX + 100];
        struct manifest_fault fault;
        struct manifest *manifest;
        size_t size;

        (void)state;
        size = (size_t)snprintf(text, sizeof text, "[Service]\nActivate=never\nName=");
        memset(text + size, 'a', MANIFEST_NAME_MAX);
        manifest = manifest_parse(text, size + MANIFEST_NAME_MAX, &fault);
        assert_non_null(manifest);
        manifest_free(manifest);
        memset(text + size, 'a', MANIFEST_NAME_MAX + 1);
        assert_null(manifest_parse(text, size + MANIFEST_NAME_MAX + 1, &fault));
        memset(text, '#', sizeof text);
        assert_null(manifest_parse(text, MANIFEST_SIZE_MAX + 1, &fault));
        assert_non_null(strstr(fault.text, "longer than 65536 bytes"));
        size = (size_t)snprintf(text, sizeof text, "[Service]\nTypes=");
        for (size_t i = 0; i <= MANIFEST_LIST_MAX; i++)
                size += (size_t)snprintf(text + size, sizeof text - size, "t%zu ", i);
        assert_null(manifest_parse(text, size, &fault));
        assert_non_null(strstr(fault.text, "too many words"));
}

static void test_words_are_expanded(void **state)
{
        struct word_list from;
        struct word_list to;

        (void)state;
        assert_null(word_list_split(&from, "%S/a %%S 1%%%S", 8));
        assert_true(word_list_expandable(&from));
        assert_true(word_list_expand(&to, &from, "/state"));
        assert_int_equal(to.count, 3);
        assert_string_equal(to.words[0], "/state/a");
        assert_string_equal(to.words[1], "%S");
        assert_string_equal(to.words[2], "1%/state");
        word_list_free(&from);
        word_list_free(&to);
}

static int object(const char *text, size_t size)
{
        struct darq_object ignored;

        return darq_object_parse(&ignored, (struct darq_string){text, size});
}

static void test_objects_are_parsed_and_formatted(void **state)
{
        struct darq_object parts;
        char text[DARQ_OBJECT_MAX + 1];

        (void)state;
        assert_int_equal(darq_object_parse(&parts, DARQ_STR("text.plain:kitchen:a:b c")), 0);
        assert_memory_equal(parts.type.data, "text.plain", parts.type.size);
        assert_memory_equal(parts.location.data, "kitchen", parts.location.size);
        assert_memory_equal(parts.id.data, "a:b c", parts.id.size);
        assert_int_equal(darq_object_format(&parts, text, sizeof text), 24);
        assert_string_equal(text, "text.plain:kitchen:a:b c");
        assert_int_equal(darq_object_format(&parts, text, 24), DARQ_E_TOO_BIG);
        parts.location = (struct darq_string){NULL, 0};
        assert_int_equal(darq_object_format(&parts, text, sizeof text), 17);
        assert_string_equal(text, "text.plain::a:b c");
        parts.type = DARQ_STR("");
        assert_int_equal(darq_object_format(&parts, text, sizeof text), DARQ_E_INVALID);
}

static void test_objects_have_their_limits(void **state)
{
        static const char *const wrong[] = {
                "",        ":",       "a",      "a:",       "a:b",      "a:b:",     "A:b:c",
                "a:B:c",   ":b:c",    "a_:b:c", "a:b:\x1f", "a:b:\x7f", "a:b:\xff", "a:b:\xc2\x85",
                "a b:c:d", "a:b c:d",
        };
        char text[DARQ_OBJECT_MAX + 2];

        (void)state;
        for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
                assert_int_equal(object(wrong[i], strlen(wrong[i])), DARQ_E_INVALID);
        assert_int_equal(object("a::\0", 4), DARQ_E_INVALID);
        assert_int_equal(object("a::\xc3\xa9 \xe2\x82\xac", 9), 0);
        memset(text, 'a', sizeof text);
        text[128] = ':';
        text[192] = ':';
        assert_int_equal(object(text, DARQ_OBJECT_MAX), 0);
        assert_int_equal(object(text, DARQ_OBJECT_MAX + 1), DARQ_E_INVALID);
        text[128] = 'a';
        text[129] = ':';
        assert_int_equal(object(text, DARQ_OBJECT_MAX), DARQ_E_INVALID);
        text[129] = 'a';
        text[128] = ':';
        text[192] = 'a';
        text[193] = ':';
        assert_int_equal(object(text, DARQ_OBJECT_MAX), DARQ_E_INVALID);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_every_key_is_understood),
                cmocka_unit_test(test_lines_may_end_as_on_windows),
                cmocka_unit_test(test_locations_are_named_beside_any_and_for_a_link),
                cmocka_unit_test(test_what_is_left_out_has_its_default),
                cmocka_unit_test(test_what_is_wrong_is_told_with_its_line),
                cmocka_unit_test(test_sizes_have_limits),
                cmocka_unit_test(test_words_are_expanded),
                cmocka_unit_test(test_objects_are_parsed_and_formatted),
                cmocka_unit_test(test_objects_have_their_limits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
