/* SPDX-License-Identifier: MIT */
/* Reading a payload: numbers, texts, arrays, what is delimited, and how it fails. Memory is what reading.h gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/reading.h"

static void numbers_and_padding(void **state)
{
        READ(1, 0xff, 2, 1, 3, 0xaa, 0xaa, 0xaa, 8, 7, 6, 5, 4, 3, 2, 1);
        assert_int_equal(darq_get_u8(&reader), 1);
        assert_int_equal(darq_get_u16(&reader), 0x0102);
        assert_int_equal(darq_get_u8(&reader), 3);
        assert_true(darq_get_u64(&reader) == UINT64_C(0x0102030405060708));
        assert_int_equal(darq_reader_finish(&reader), 0);
}

static void the_end_is_never_passed(void **state)
{
        static const uint8_t message[8];

        (void)state;
        for (size_t size = 0; size < 8; size++) {
                read_from(message, size);
                assert_true(darq_get_u64(&reader) == 0);
                assert_int_equal(reader.error, DARQ_E_INVALID);
        }
        read_from(message, 5); /* room for the byte, not for what padding leads to */
        darq_get_u8(&reader);
        darq_get_u16(&reader);
        darq_get_u32(&reader);
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void bytes_left_over_are_refused(void **state)
{
        READ(1, 2);
        darq_get_u8(&reader);
        assert_int_equal(darq_reader_finish(&reader), DARQ_E_INVALID);
}

static void a_bool_is_0_or_1(void **state)
{
        READ(0, 1, 2);
        assert_false(darq_get_bool(&reader));
        assert_true(darq_get_bool(&reader));
        assert_int_equal(reader.error, 0);
        assert_false(darq_get_bool(&reader));
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void a_string_is_a_view_with_its_nul(void **state)
{
        struct darq_string text;

        READ(3, 0, 0, 0, 'h', 'i', 0);
        text = darq_get_string(&reader, 2);
        assert_int_equal(text.size, 2);
        assert_ptr_equal(text.data, message + 4);
        assert_int_equal(darq_reader_finish(&reader), 0);
}

static void bad_strings_are_refused(void **state)
{
        static const struct {
                uint8_t bytes[8];
                size_t size;
                size_t max;
        } cases[] = {
                {{0, 0, 0, 0}, 4, 9},                /* no NUL */
                {{1, 0, 0, 0, 'x'}, 5, 9},           /* not NUL at the end */
                {{3, 0, 0, 0, 'a', 0, 0}, 7, 9},     /* NUL inside */
                {{3, 0, 0, 0, 0xff, 0xff, 0}, 7, 9}, /* not UTF-8 */
                {{3, 0, 0, 0, 'a', 'b', 0}, 7, 1},   /* bound */
                {{4, 0, 0, 0, 'a', 'b', 0}, 7, 9},   /* longer than the message */
                {{0xff, 0xff, 0xff, 0xff, 'a', 0}, 6, 9},
                {{1, 0, 0}, 3, 9},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct darq_string text;

                read_from(cases[i].bytes, cases[i].size);
                text = darq_get_string(&reader, cases[i].max);
                if (reader.error != DARQ_E_INVALID || text.size != 0 || text.data == NULL)
                        fail_msg("case %zu", i);
        }
}

/* Every length up to 40, and at every place of it a NUL, a letter of two bytes, and one that ends too early. */
static void every_byte_of_a_string_counts(void **state)
{
        uint8_t message[4 + 41];

        (void)state;
        for (uint32_t size = 0; size <= 40; size++) {
                for (uint32_t at = 0; at < size; at++) {
                        memset(message + 4, 'x', size);
                        darq_store_u32(message, size + 1);
                        message[4 + size] = 0;
                        message[4 + at] = 0;
                        read_from(message, 4 + size + 1);
                        assert_int_equal(darq_get_string(&reader, SIZE_MAX).size, 0);
                        assert_int_equal(reader.error, DARQ_E_INVALID);
                        message[4 + at] = 0xc3;
                        read_from(message, 4 + size + 1);
                        assert_int_equal(darq_get_string(&reader, SIZE_MAX).size, 0);
                        assert_int_equal(reader.error, DARQ_E_INVALID);
                        if (at + 1 == size)
                                continue;
                        message[4 + at + 1] = 0xa9;
                        read_from(message, 4 + size + 1);
                        assert_int_equal(darq_get_string(&reader, SIZE_MAX).size, size);
                        assert_int_equal(darq_reader_finish(&reader), 0);
                }
                memset(message + 4, 'x', size);
                darq_store_u32(message, size + 1);
                message[4 + size] = 0;
                read_from(message, 4 + size + 1);
                assert_int_equal(darq_get_string(&reader, size).size, size);
                assert_int_equal(darq_reader_finish(&reader), 0);
        }
}

static void a_count_is_held_against_what_remains(void **state)
{
        READ(3, 0, 0, 0, 1, 1, 2, 2, 3, 3);
        assert_int_equal(darq_get_count(&reader, 3, 2), 3);
        read_from(message, sizeof message);
        assert_int_equal(darq_get_count(&reader, 2, 2), 0); /* bound */
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, sizeof message);
        assert_int_equal(darq_get_count(&reader, SIZE_MAX, 3), 0); /* 9 bytes don't fit into 6 */
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void a_huge_count_allocates_nothing(void **state)
{
        READ(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
        assert_int_equal(darq_get_count(&reader, SIZE_MAX, 1), 0);
        assert_int_equal(darq_arena_used(arena), 0);
}

static void an_aligned_array_is_a_view_and_another_a_copy(void **state)
{
        _Alignas(8) static const uint8_t message[20] = {1, 0, 0, 0, 0, 0, 0, 0, 2, 0,
                                                        0, 0, 0, 0, 0, 0, 9, 9, 9, 9};
        const uint64_t *numbers;

        (void)state;
        read_from(message, sizeof message);
        numbers = darq_get_array(&reader, 2, 8);
        if (!DARQ_BIG_ENDIAN)
                assert_ptr_equal(numbers, message);
        assert_true(numbers[0] == 1 && numbers[1] == 2);
        read_from(message, sizeof message);
        darq_get_u32(&reader);
        numbers = darq_get_array(&reader, 2, 8);
        assert_true((const uint8_t *)numbers < message ||
                    (const uint8_t *)numbers >= message + sizeof message);
        assert_true(numbers[0] == UINT64_C(0x200000000));
}

static void an_array_that_is_not_there_is_refused(void **state)
{
        _Alignas(8) static const uint8_t message[8] = {0};
        uint16_t numbers[4];

        (void)state;
        read_from(message, 1); /* padding leads beyond it */
        darq_get_u8(&reader);
        assert_null(darq_get_array(&reader, 1, 4));
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, 7);
        assert_null(darq_get_array(&reader, 2, 4));
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, 7);
        darq_get_array_to(&reader, numbers, 4, 2);
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, 8);
        assert_null(darq_get_array(&reader, 0, 4));
        assert_int_equal(reader.error, 0);
}

/* What isn't aligned has to be copied. */
static void a_copy_needs_memory(void **state)
{
        _Alignas(8) static const uint8_t message[20] = {0};

        (void)state;
        darq_arena_reset(arena, 8);
        read_from(message, sizeof message);
        darq_get_u32(&reader);
        assert_null(darq_get_array(&reader, 2, 8));
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, sizeof message);
        darq_get_u32(&reader);
        assert_null(darq_get_plain(&reader, 1, 16, 8, "88"));
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static bool get_is_zero(unsigned int which)
{
        switch (which) {
        case 0:
                return !darq_get_bool(&reader);
        case 1:
                return darq_get_u8(&reader) == 0;
        case 2:
                return darq_get_u16(&reader) == 0;
        case 3:
                return darq_get_u32(&reader) == 0;
        case 4:
                return darq_get_u64(&reader) == 0;
        case 5:
                return darq_get_i8(&reader) == 0;
        case 6:
                return darq_get_i16(&reader) == 0;
        case 7:
                return darq_get_i32(&reader) == 0;
        case 8:
                return darq_get_i64(&reader) == 0;
        case 9:
                return darq_get_f32(&reader) == 0;
        default:
                return darq_get_f64(&reader) == 0;
        }
}

static void a_number_that_is_not_whole_is_zero_and_a_failure(void **state)
{
        static const size_t sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8};
        uint8_t message[8];

        (void)state;
        memset(message, 1, sizeof message);
        for (unsigned int i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
                read_from(message, sizes[i] - 1);
                assert_true(get_is_zero(i));
                assert_int_equal(reader.error, DARQ_E_INVALID);
                read_from(message, sizes[i]);
                assert_false(get_is_zero(i));
                assert_int_equal(darq_reader_finish(&reader), 0);
        }
}

static void bytes_are_a_view(void **state)
{
        struct darq_bytes bytes;

        READ(2, 0, 0, 0, 5, 6);
        bytes = darq_get_bytes(&reader, 2);
        assert_ptr_equal(bytes.data, message + 4);
        assert_int_equal(bytes.size, 2);
        assert_int_equal(darq_reader_finish(&reader), 0);
        read_from(message, sizeof message);
        bytes = darq_get_bytes(&reader, 1);
        assert_non_null(bytes.data);
        assert_int_equal(bytes.size, 0);
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void what_remains_is_a_view(void **state)
{
        struct darq_bytes rest;

        READ(1, 5, 6);
        darq_get_u8(&reader);
        rest = darq_get_rest(&reader);
        assert_ptr_equal(rest.data, message + 1);
        assert_int_equal(rest.size, 2);
        assert_int_equal(darq_reader_finish(&reader), 0);
}

static void memory_beyond_the_limit_is_refused(void **state)
{
        READ(0);
        assert_null(darq_reader_alloc(&reader, 0, 8));
        assert_int_equal(reader.error, 0);
        assert_null(darq_reader_alloc(&reader, 65537, 1));
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, sizeof message);
        assert_null(darq_reader_alloc(&reader, SIZE_MAX / 4, 8));
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void a_delimited_value_holds_its_readers_in(void **state)
{
        struct darq_scope scope;

        READ(4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0);
        scope = darq_get_begin(&reader);
        assert_int_equal(darq_get_u32(&reader), 1);
        assert_int_equal(darq_get_u32(&reader), 0);
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, sizeof message);
        scope = darq_get_begin(&reader);
        darq_get_u32(&reader);
        darq_get_end(&reader, &scope);
        assert_int_equal(darq_get_u32(&reader), 2);
        assert_int_equal(darq_reader_finish(&reader), 0);
}

static void a_value_that_claims_too_much_or_too_little_is_refused(void **state)
{
        struct darq_scope scope;

        READ(5, 0, 0, 0, 1, 0, 0, 0);
        darq_get_begin(&reader);
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, sizeof message);
        reader.data = (const uint8_t[]){4, 0, 0, 0, 1, 0, 0, 0};
        scope = darq_get_begin(&reader);
        darq_get_u8(&reader);
        darq_get_end(&reader, &scope);
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void an_extent_must_be_read_to_its_end(void **state)
{
        size_t extent;

        READ(4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0);
        extent = darq_get_extent(&reader);
        darq_get_u32(&reader);
        darq_get_extent_end(&reader, extent);
        assert_int_equal(darq_get_u32(&reader), 2);
        assert_int_equal(darq_reader_finish(&reader), 0);
        read_from(message, sizeof message);
        extent = darq_get_extent(&reader);
        darq_get_u64(&reader); /* beyond it, but not beyond the message */
        darq_get_extent_end(&reader, extent);
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, 6);
        darq_get_extent(&reader);
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void an_unknown_member_of_a_union_is_what_its_extent_holds(void **state)
{
        size_t extent;

        READ(6, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4);
        assert_int_equal(darq_get_union(&reader, &extent), 9);
        assert_int_equal(darq_get_rest_of(&reader, extent).size, 2);
        darq_get_extent_end(&reader, extent);
        assert_int_equal(reader.error, 0);
        read_from(message, sizeof message);
        reader.data = (const uint8_t[]){3, 0, 0, 0, 9, 0,
                                        0, 0, 1, 2, 3, 4}; /* too short for its number */
        assert_int_equal(darq_get_union(&reader, &extent), 9);
        assert_int_equal(darq_get_rest_of(&reader, extent).size, 0);
        darq_get_extent_end(&reader, extent);
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void a_union_beyond_the_message_is_refused(void **state)
{
        size_t extent;

        READ(9, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4);
        assert_int_equal(darq_get_union(&reader, &extent), 9);
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, 7);
        assert_int_equal(darq_get_union(&reader, &extent), 0);
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void ports_are_indices(void **state)
{
        static const uint64_t ports[] = {77, 99};
        struct darq_proxy proxy;

        READ(1, 0, 0, 0, 2, 0, 0, 0);
        reader.ports = ports;
        reader.port_count = 2;
        proxy = darq_get_port(&reader);
        assert_int_equal(proxy.port, 99);
        proxy = darq_get_port(&reader);
        assert_int_equal(proxy.port, 0);
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

static void the_first_failure_stays_with_its_place(void **state)
{
        READ(1, 0, 0, 0, 5, 0, 0, 0);
        darq_get_u32(&reader);
        darq_reader_fail(&reader, "first");
        assert_int_equal(darq_get_u32(&reader), 0);
        darq_reader_fail(&reader, "second");
        assert_string_equal(reader.reason, "first");
        assert_int_equal(reader.offset, 4);
        assert_int_equal(darq_reader_finish(&reader), DARQ_E_INVALID);
}

static void nesting_ends_at_32(void **state)
{
        READ(0);
        for (int i = 0; i < 32; i++)
                darq_reader_enter(&reader);
        assert_int_equal(reader.error, 0);
        darq_reader_enter_last(&reader);
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, sizeof message);
        reader.depth = DARQ_NESTING_MAX - 1;
        darq_reader_enter_last(&reader);
        assert_int_equal(reader.error, 0);
        darq_reader_enter(&reader);
        darq_reader_enter(&reader);
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                READING_TEST(numbers_and_padding),
                READING_TEST(the_end_is_never_passed),
                READING_TEST(bytes_left_over_are_refused),
                READING_TEST(a_bool_is_0_or_1),
                READING_TEST(a_string_is_a_view_with_its_nul),
                READING_TEST(bad_strings_are_refused),
                READING_TEST(every_byte_of_a_string_counts),
                READING_TEST(a_count_is_held_against_what_remains),
                READING_TEST(a_huge_count_allocates_nothing),
                READING_TEST(an_aligned_array_is_a_view_and_another_a_copy),
                READING_TEST(memory_beyond_the_limit_is_refused),
                READING_TEST(a_delimited_value_holds_its_readers_in),
                READING_TEST(a_value_that_claims_too_much_or_too_little_is_refused),
                READING_TEST(an_extent_must_be_read_to_its_end),
                READING_TEST(an_unknown_member_of_a_union_is_what_its_extent_holds),
                READING_TEST(ports_are_indices),
                READING_TEST(the_first_failure_stays_with_its_place),
                READING_TEST(nesting_ends_at_32),
                READING_TEST(an_array_that_is_not_there_is_refused),
                READING_TEST(a_copy_needs_memory),
                READING_TEST(a_number_that_is_not_whole_is_zero_and_a_failure),
                READING_TEST(bytes_are_a_view),
                READING_TEST(what_remains_is_a_view),
                READING_TEST(a_union_beyond_the_message_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
