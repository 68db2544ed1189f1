/* SPDX-License-Identifier: MIT */
/*
 * What the starter makes of names and paths before it tells of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/shell/plain.h"

#include <string.h>

static void text_becomes_what_a_message_can_carry(void **state)
{
        static const struct {
                const char *text;
                size_t room;
                const char *result;
        } cases[] = {
                {"", 1, ""},
                {"a b~", 5, "a b~"},
                {"abc", 3, "ab"},
                {"caf\xc3\xa9", 6, "caf\xc3\xa9"},
                {"caf\xc3\xa9", 5, "caf"},
                {"\xe2\x82\xac\xf0\x9f\x98\x80", 8, "\xe2\x82\xac\xf0\x9f\x98\x80"},
                {"\xe2\x82\xac\xf0\x9f\x98\x80", 7, "\xe2\x82\xac"},
                {"caf\xe9!", 6, "caf?!"},
                {"a\xe2\x82", 4, "a??"},
                {"\xed\xa0\x80", 4, "???"},
                {"a\nb\x1b\x7f", 6, "a?b??"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char text[16] = "not yet";

                plain_copy(text, cases[i].room, cases[i].text);
                assert_string_equal(text, cases[i].result);
        }
}

static void text_is_copied_onto_itself(void **state)
{
        char text[] = "a\xff\xc3\xa9\xff z";

        (void)state;
        plain_copy(text, 100, text);
        assert_string_equal(text, "a?\xc3\xa9? z");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(text_becomes_what_a_message_can_carry),
                cmocka_unit_test(text_is_copied_onto_itself),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
