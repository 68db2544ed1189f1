/* SPDX-License-Identifier: MIT */
/*
 * The p-kernel's command line: what is taken, what is refused, and where services are when nobody says, for root and for others.
 * Who runs it is what the case says: the linker puts geteuid() below in place of the system's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/shell/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { WORDS_MAX = 3 * OPTIONS_MAX, USER = 1000 };

static uid_t user;

uid_t __wrap_geteuid(void);

uid_t __wrap_geteuid(void)
{
        return user;
}

static struct options options;
static int status;

static int setup(void **state)
{
        (void)state;
        user = 0;
        unsetenv("HOME");
        unsetenv("XDG_CONFIG_HOME");
        unsetenv("XDG_STATE_HOME");
        return 0;
}

static int parse_words(int count, const char **words)
{
        opterr = 0;
        optind = 0;
        status = -1;
        return options_parse(&options, count, (char **)(uintptr_t)words, &status);
}

static int parse(const char *first, const char *second)
{
        const char *words[] = {"pkernel", first, second, NULL};

        return parse_words(first == NULL ? 1 : second == NULL ? 2 : 3, words);
}

static void what_cannot_be_used_is_refused(void **state)
{
        static const char *const rows[][2] = {
                {"--nothing", NULL},
                {"--listen", NULL},
                {"word", NULL},
                {"--state", "relative"},
                {"--state", ""},
                {"--allow-uid", ""},
                {"--allow-uid", "-1"},
                {"--allow-uid", "ann"},
                {"--allow-uid", "7x"},
                {"--allow-uid", "4294967295"},
                {"--allow-uid", "99999999999999999999"},
                {"--location", ""},
                {"--location", "Kitchen"},
                {"--location", "a.b"},
                {"--location", "0123456789012345678901234567890123456789012345678901234567890123"},
                {"--limit", "calls"},
                {"--limit", "nothing=1"},
                {"--limit", "calls=0"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                if (parse(rows[i][0], rows[i][1]) != -EINVAL || status != EX_USAGE)
                        fail_msg("%s %s", rows[i][0], rows[i][1] != NULL ? rows[i][1] : "");
        }
}

static void what_is_said_is_taken(void **state)
{
        const char *words[] = {"pkernel",     "--listen",    "unix:/a",    "--listen",
                               "tcp:[::1]:1", "--services",  "/s",         "--state",
                               "/t",          "--allow-uid", "4294967294", "--limit",
                               "calls=7",     "--location",  "kitchen-2",  "--foreground"};

        (void)state;
        assert_int_equal(parse_words(sizeof words / sizeof words[0], words), 0);
        assert_int_equal(options.listen_count, 2);
        assert_string_equal(options.listen[1], "tcp:[::1]:1");
        assert_int_equal(options.starter.count, 1);
        assert_string_equal(options.starter.directories[0], "/s");
        assert_string_equal(options.starter.state_root, "/t");
        assert_string_equal(options.location, "kitchen-2");
        assert_int_equal(options.limits.calls, 7);
        assert_true(options_allow(&options, 4294967294));
        assert_false(options_allow(&options, USER));
}

static void help_and_limits_are_printed_and_that_is_all(void **state)
{
        (void)state;
        assert_int_equal(parse("--help", NULL), -ECANCELED);
        assert_int_equal(status, 0);
        assert_int_equal(parse("--limits", NULL), -ECANCELED);
        assert_int_equal(status, 0);
}

/* So many, and no more. */
static void lists_end(void **state)
{
        static const char *const names[][2] = {{"--listen", "unix:/a"}, {"--allow-uid", "7"}};
        const char *words[WORDS_MAX];

        (void)state;
        for (size_t row = 0; row < 2; row++) {
                int count = 1;

                words[0] = "pkernel";
                for (int i = 0; i < OPTIONS_MAX; i++) {
                        words[count++] = names[row][0];
                        words[count++] = names[row][1];
                }
                assert_int_equal(parse_words(count, words), 0);
                words[count] = words[count - 2];
                words[count + 1] = words[count - 1];
                assert_int_equal(parse_words(count + 2, words), -EINVAL);
        }
}

static void root_and_our_own_user_are_let_in(void **state)
{
        (void)state;
        user = USER;
        assert_int_equal(parse(NULL, NULL), 0);
        assert_true(options_allow(&options, 0));
        assert_true(options_allow(&options, USER));
        assert_false(options_allow(&options, USER + 1));
}

static void root_has_the_systems_places(void **state)
{
        (void)state;
        assert_int_equal(parse(NULL, NULL), 0);
        assert_int_equal(options.starter.count, 3);
        assert_string_equal(options.starter.directories[0], "/etc/darq/services");
        assert_string_equal(options.starter.directories[2], "/usr/share/darq/services");
        assert_string_equal(options.starter.state_root, "/var/lib/darq");
}

static void a_user_has_places_of_his_own(void **state)
{
        (void)state;
        user = USER;
        setenv("HOME", "/home/ann", 1);
        setenv("XDG_STATE_HOME", "elsewhere", 1); /* which isn't absolute: as if it weren't there */
        assert_int_equal(parse(NULL, NULL), 0);
        assert_int_equal(options.starter.count, 3);
        assert_string_equal(options.starter.directories[0], "/home/ann/.config/darq/services");
        assert_string_equal(options.starter.state_root, "/home/ann/.local/state/darq");
        setenv("XDG_CONFIG_HOME", "/config", 1);
        setenv("XDG_STATE_HOME", "/state", 1);
        assert_int_equal(parse(NULL, NULL), 0);
        assert_string_equal(options.starter.directories[0], "/config/darq/services");
        assert_string_equal(options.starter.state_root, "/state/darq");
        assert_int_equal(parse("--services", "/s"), 0);
        assert_int_equal(options.starter.count, 1);
        assert_int_equal(parse("--state", "/t"), 0);
        assert_string_equal(options.starter.state_root, "/t");
}

static void a_user_without_a_home_has_what_is_installed(void **state)
{
        char deep[2 * OPTIONS_PATH_MAX];

        (void)state;
        user = USER;
        assert_int_equal(parse(NULL, NULL), 0);
        assert_int_equal(options.starter.count, 2);
        assert_string_equal(options.starter.directories[0], "/usr/local/share/darq/services");
        assert_string_equal(options.starter.state_root, "/nonexistent");
        memset(deep, '/', sizeof deep);
        deep[sizeof deep - 1] = '\0';
        setenv("HOME", deep, 1);
        assert_int_equal(parse(NULL, NULL), 0);
        assert_int_equal(options.starter.count, 2);
        setenv("HOME", "relative", 1);
        assert_int_equal(parse(NULL, NULL), 0);
        assert_string_equal(options.starter.state_root, "/nonexistent");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, NULL)
        const struct CMUnitTest tests[] = {
                CASE(what_cannot_be_used_is_refused),
                CASE(what_is_said_is_taken),
                CASE(help_and_limits_are_printed_and_that_is_all),
                CASE(lists_end),
                CASE(root_and_our_own_user_are_let_in),
                CASE(root_has_the_systems_places),
                CASE(a_user_has_places_of_his_own),
                CASE(a_user_without_a_home_has_what_is_installed),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
