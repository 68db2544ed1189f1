/* SPDX-License-Identifier: MIT */
/* Reading members that have numbers: those of tables, of parameter lists, and those that a message mostly has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/reading.h"

static void expected_members_are_those_with_our_header(void **state)
{
        const uint8_t *at;
        uint32_t header;

        READ(1, 0, 0, 0x20, 7, 0, 0, 0, 2, 0, 0, 0x80, 9);
        header = darq_get_header(&reader);
        assert_null(darq_get_fixed(&reader, &header, 3, 1));
        assert_false(darq_get_expected(&reader, header, 2, 2));
        at = darq_get_fixed(&reader, &header, 2, 1);
        assert_ptr_equal(at, message + 4);
        assert_true(header ==
                    UINT32_C(0x80000002)); /* it must be understood: for darq_get_member() */
        assert_null(darq_get_fixed(&reader, &header, 0, 2));
        read_from(message, 7); /* its value isn't whole */
        header = darq_get_header(&reader);
        assert_null(darq_get_fixed(&reader, &header, 2, 1));
        read_from(message, 3);
        assert_true(darq_get_header(&reader) == (uint32_t)DARQ_NO_MEMBER);
        read_from(message, sizeof message);
        header = darq_get_header(&reader);
        assert_true(darq_get_expected(&reader, header, 2, 1));
        darq_reader_fail(&reader, "elsewhere");
        assert_false(darq_get_expected(&reader, header, 2, 1));
}

/* Reads a table whose member 1 is a u32 and whose member 2 a string; returns the error. */
static int read_table(const uint8_t *data, size_t size, uint32_t *number, struct darq_string *text)
{
        struct darq_scope table;

        read_from(data, size);
        table = darq_get_begin(&reader);
        while (darq_get_member(&reader, &table)) {
                if (table.id == 1)
                        *number = darq_get_u32(&reader);
                else if (table.id == 2)
                        *text = darq_get_string(&reader, SIZE_MAX);
                else
                        darq_get_unknown(&reader, &table);
        }
        darq_get_end(&reader, &table);
        return darq_reader_finish(&reader);
}

static const struct {
        const char *name;
        uint8_t bytes[40];
        size_t size;
        bool good;
} messages[] = {
        {"empty", {0, 0, 0, 0}, 4, true},
        {"one", {8, 0, 0, 0, 1, 0, 0, 0x20, 7, 0, 0, 0}, 12, true},
        {"code 4", {12, 0, 0, 0, 1, 0, 0, 0x40, 4, 0, 0, 0, 7, 0, 0, 0}, 16, true},
        {"code 4, wrong length", {12, 0, 0, 0, 1, 0, 0, 0x40, 3, 0, 0, 0, 7, 0, 0, 0}, 16, false},
        {"code 3 for four bytes", {12, 0, 0, 0, 1, 0, 0, 0x30, 7, 0, 0, 0, 0, 0, 0, 0}, 16, false},
        {"code 1 for four bytes", {8, 0, 0, 0, 1, 0, 0, 0x10, 7, 0, 0, 0}, 12, false},
        {"code 5", {11, 0, 0, 0, 2, 0, 0, 0x50, 2, 0, 0, 0, 'x', 0, 0}, 15, false},
        {"code 5, right", {10, 0, 0, 0, 2, 0, 0, 0x50, 2, 0, 0, 0, 'x', 0}, 14, true},
        {"string by code 4",
         {14, 0, 0, 0, 2, 0, 0, 0x40, 6, 0, 0, 0, 2, 0, 0, 0, 'x', 0},
         18,
         true},
        {"unknown skipped",
         {16, 0, 0, 0, 9, 0, 0, 0x20, 9, 9, 9, 9, 1, 0, 0, 0x20, 7, 0, 0, 0},
         20,
         true},
        {"unknown by code 6",
         {20, 0, 0, 0, 9, 0, 0, 0x60, 1, 0, 0, 0, 9, 9, 9, 9, 1, 0, 0, 0x20, 7, 0, 0, 0},
         24,
         true},
        {"unknown by code 7",
         {24, 0, 0, 0, 9, 0, 0, 0x70, 1, 0,    0, 0, 9, 9,
          9,  9, 9, 9, 9, 9, 1, 0,    0, 0x20, 7, 0, 0, 0},
         28,
         true},
        {"unknown of one byte, padded",
         {13, 0, 0, 0, 9, 0, 0, 0, 5, 0xee, 0xee, 0xee, 1, 0, 0, 0x20, 7},
         17,
         false},
        {"unknown of one byte",
         {16, 0, 0, 0, 9, 0, 0, 0, 5, 0xee, 0xee, 0xee, 1, 0, 0, 0x20, 7, 0, 0, 0},
         20,
         true},
        {"must be understood", {8, 0, 0, 0, 9, 0, 0, 0xa0, 9, 9, 9, 9}, 12, false},
        {"must be understood, and is", {8, 0, 0, 0, 1, 0, 0, 0xa0, 7, 0, 0, 0}, 12, true},
        {"any order",
         {18, 0, 0, 0, 2, 0, 0, 0x50, 2, 0, 0, 0, 'x', 0, 0, 0, 1, 0, 0, 0x20, 7, 0},
         22,
         false},
        {"any order, right",
         {20, 0, 0, 0, 2, 0, 0, 0x50, 2, 0, 0, 0, 'x', 0, 0, 0, 1, 0, 0, 0x20, 7, 0, 0, 0},
         24,
         true},
        {"length beyond the message", {9, 0, 0, 0, 1, 0, 0, 0x20, 7, 0, 0, 0}, 12, false},
        {"member beyond the table", {8, 0, 0, 0, 9, 0, 0, 0x30, 7, 0, 0, 0, 0, 0, 0, 0}, 16, false},
        {"huge member",
         {12, 0, 0, 0, 9, 0, 0, 0x70, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4},
         16,
         false},
        {"half a count", {6, 0, 0, 0, 2, 0, 0, 0x50, 2, 0}, 10, false},
        {"half a header", {2, 0, 0, 0, 1, 0}, 6, false},
        {"left over", {0, 0, 0, 0, 1}, 5, false},
};

static void tables_as_others_may_write_them(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
                uint32_t number = 0;
                struct darq_string text = DARQ_STR_INIT("");
                int error = read_table(messages[i].bytes, messages[i].size, &number, &text);

                if ((error == 0) != messages[i].good)
                        fail_msg("%s: %s", messages[i].name,
                                 reader.reason != NULL ? reader.reason : "accepted");
        }
}

static void a_parameter_list_may_end_early_or_late(void **state)
{
        struct darq_scope scope;

        READ(8, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3);
        scope = darq_get_begin(&reader);
        assert_true(darq_get_more(&reader));
        darq_get_u32(&reader);
        assert_true(darq_get_more(&reader));
        darq_get_end_list(&reader, &scope); /* the sender's second member is skipped */
        assert_int_equal(darq_get_u8(&reader), 3);
        assert_int_equal(darq_reader_finish(&reader), 0);
}

static void an_empty_list_skips_what_is_there(void **state)
{
        READ(4, 0, 0, 0, 1, 2, 3, 4);
        assert_non_null(darq_unpack_empty(&reader));
        assert_int_equal(darq_reader_finish(&reader), 0);
        read_from(message, 7);
        assert_null(darq_unpack_empty(&reader));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                READING_TEST(expected_members_are_those_with_our_header),
                READING_TEST(tables_as_others_may_write_them),
                READING_TEST(a_parameter_list_may_end_early_or_late),
                READING_TEST(an_empty_list_skips_what_is_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
