/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <darq/wire.h>

static struct darq_reader reader;
static struct darq_arena *arena;

static int begin(void **state)
{
        (void)state;
        arena = darq_arena_new(65536);
        return 0;
}

static int end(void **state)
{
        (void)state;
        darq_arena_free(arena);
        return 0;
}

static void read_from(const uint8_t *data, size_t size)
{
        darq_reader_init(&reader, data, size, arena);
}

#define READ(...)                                       \
        static const uint8_t message[] = {__VA_ARGS__}; \
        (void)state;                                    \
        read_from(message, sizeof message)

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

static void plain_structs_are_a_view_or_a_copy(void **state)
{
        static const _Alignas(8) uint8_t message[36] = {[4] = 1, [20] = 2};
        const uint8_t *data;

        (void)state;
        read_from(message, 32);
        data = darq_get_plain(&reader, 2, 16, 8, "1111111111111111");
        assert_true(DARQ_BIG_ENDIAN || data == message);
        assert_memory_equal(data, message, 32);
        read_from(message, 36);
        darq_get_u32(&reader);
        data = darq_get_plain(&reader, 2, 16, 8, "1111111111111111");
        assert_ptr_not_equal(data, message + 4);
        assert_memory_equal(data, message + 4, 32);
        assert_int_equal(darq_reader_finish(&reader), 0);
        read_from(message, 10);
        darq_get_u32(&reader);
        data = darq_get_plain(&reader, 2, 3, 1, "111"); /* three bytes each */
        assert_true(DARQ_BIG_ENDIAN || data == message + 4);
        assert_int_equal(darq_reader_finish(&reader), 0);
}

static void numbers_of_plain_structs_are_little_endian(void **state)
{
        static const _Alignas(8) uint8_t messages[2][36] = {
                {1, 2, [11] = 3, [12] = 4, [15] = 5, [27] = 6},
                {[4] = 1, 2, [15] = 3, [16] = 4, [19] = 5, [31] = 6},
        };
        const struct {
                uint64_t a;
                uint32_t b;
                uint16_t c;
                uint8_t d[2];
        } * data;

        (void)state;
        for (size_t i = 0; i < 2; i++) {
                read_from(messages[i], 32 + 4 * i);
                reader.offset = 4 * i; /* a view at 0, a copy at 4 */
                data = darq_get_plain(&reader, 2, 16, 8, "84211");
                assert_int_equal(darq_reader_finish(&reader), 0);
                assert_true(data[0].a == 0x0201 && data[0].b == 0x03000000);
                assert_true(data[0].c == 4 && data[0].d[1] == 5);
                assert_true(data[1].a == 0 && data[1].b == 0x06000000);
        }
}

static void plain_structs_are_refused_like_others(void **state)
{
        static const _Alignas(8) uint8_t message[32];

        (void)state;
        read_from(message, 31);
        assert_null(darq_get_plain(&reader, 2, 16, 8, "88"));
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, 32);
        assert_null(darq_get_plain(&reader, SIZE_MAX / 8, 16, 8, "88"));
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(message, 32);
        reader.depth = DARQ_NESTING_MAX;
        assert_null(darq_get_plain(&reader, 0, 16, 8, "88"));
        assert_int_equal(reader.error, 0);
        assert_null(darq_get_plain(&reader, 2, 16, 8, "88"));
        assert_int_equal(reader.error, DARQ_E_INVALID);
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

struct plain_vec {
        const uint64_t *data;
        size_t count;
};

static void a_vec_of_plain_structs_nests_two_deep(void **state)
{
        static const _Alignas(8) uint8_t message[] = {20, 0, 0, 0, 2, [8] = 1, [16] = 2, [23] = 0};
        struct plain_vec vec;

        (void)state;
        for (unsigned int depth = 0; depth <= DARQ_NESTING_MAX; depth++) {
                read_from(message, sizeof message);
                reader.depth = depth;
                darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
                assert_int_equal(reader.error, depth + 2 <= DARQ_NESTING_MAX ? 0 : DARQ_E_INVALID);
                assert_int_equal(reader.depth, depth);
        }
        read_from(message, sizeof message);
        darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
        assert_true(DARQ_BIG_ENDIAN || (const uint8_t *)vec.data == message + 8);
        assert_true(vec.count == 2 && vec.data[0] == 1 && vec.data[1] == 2);
        read_from(message, sizeof message);
        darq_get_plain_vec(&reader, &vec, 1, 8, 8, "8");
        assert_int_equal(reader.error, DARQ_E_INVALID);
        for (size_t size = 0; size < sizeof message; size++) {
                read_from(message, size);
                darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
                assert_int_equal(reader.error, DARQ_E_INVALID);
        }
}

static void a_vec_of_plain_structs_that_is_no_view(void **state)
{
        static const _Alignas(8)
                uint8_t message[] = {0, 0, 0, 0, 20, 0, 0, 0, 2, [12] = 1, [20] = 2, [27] = 0};
        static const _Alignas(8) uint8_t shorter[] = {19, 0, 0, 0, 2, [23] = 0};
        static const uint8_t none[] = {4, 0, 0, 0, 0, 0, 0, 0};
        struct plain_vec vec;

        (void)state;
        read_from(message, sizeof message);
        darq_get_u32(&reader);
        darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_int_equal(vec.count, 2);
        assert_ptr_not_equal(vec.data, message + 12);
        assert_true(vec.data[0] == 1 && vec.data[1] == 2);
        read_from(shorter, sizeof shorter); /* than its count says */
        darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
        assert_int_equal(reader.error, DARQ_E_INVALID);
        read_from(none, sizeof none);
        darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_true(vec.count == 0 && vec.data == NULL);
}

static void an_empty_vec_of_plain_structs_nests_one_deep(void **state)
{
        static const uint8_t message[] = {4, 0, 0, 0, 0, 0, 0, 0};
        struct plain_vec vec;

        (void)state;
        for (unsigned int depth = 0; depth <= DARQ_NESTING_MAX; depth++) {
                read_from(message, sizeof message);
                reader.depth = depth;
                darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
                assert_int_equal(reader.error, depth + 1 <= DARQ_NESTING_MAX ? 0 : DARQ_E_INVALID);
                assert_null(vec.data);
        }
}

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

static void tables(void **state)
{
        static const struct {
                const char *name;
                uint8_t bytes[40];
                size_t size;
                bool good;
        } cases[] = {
                {"empty", {0, 0, 0, 0}, 4, true},
                {"one", {8, 0, 0, 0, 1, 0, 0, 0x20, 7, 0, 0, 0}, 12, true},
                {"code 4", {12, 0, 0, 0, 1, 0, 0, 0x40, 4, 0, 0, 0, 7, 0, 0, 0}, 16, true},
                {"code 4, wrong length",
                 {12, 0, 0, 0, 1, 0, 0, 0x40, 3, 0, 0, 0, 7, 0, 0, 0},
                 16,
                 false},
                {"code 3 for four bytes",
                 {12, 0, 0, 0, 1, 0, 0, 0x30, 7, 0, 0, 0, 0, 0, 0, 0},
                 16,
                 false},
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
                {"member beyond the table",
                 {8, 0, 0, 0, 9, 0, 0, 0x30, 7, 0, 0, 0, 0, 0, 0, 0},
                 16,
                 false},
                {"huge member",
                 {12, 0, 0, 0, 9, 0, 0, 0x70, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4},
                 16,
                 false},
                {"half a count", {6, 0, 0, 0, 2, 0, 0, 0x50, 2, 0}, 10, false},
                {"half a header", {2, 0, 0, 0, 1, 0}, 6, false},
                {"left over", {0, 0, 0, 0, 1}, 5, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                uint32_t number = 0;
                struct darq_string text = DARQ_STR_INIT("");
                int error = read_table(cases[i].bytes, cases[i].size, &number, &text);

                if ((error == 0) != cases[i].good)
                        fail_msg("%s: %s", cases[i].name,
                                 reader.reason != NULL ? reader.reason : "accepted");
        }
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
                cmocka_unit_test_setup_teardown(numbers_and_padding, begin, end),
                cmocka_unit_test_setup_teardown(the_end_is_never_passed, begin, end),
                cmocka_unit_test_setup_teardown(bytes_left_over_are_refused, begin, end),
                cmocka_unit_test_setup_teardown(a_bool_is_0_or_1, begin, end),
                cmocka_unit_test_setup_teardown(a_string_is_a_view_with_its_nul, begin, end),
                cmocka_unit_test_setup_teardown(bad_strings_are_refused, begin, end),
                cmocka_unit_test_setup_teardown(every_byte_of_a_string_counts, begin, end),
                cmocka_unit_test_setup_teardown(plain_structs_are_a_view_or_a_copy, begin, end),
                cmocka_unit_test_setup_teardown(numbers_of_plain_structs_are_little_endian, begin,
                                                end),
                cmocka_unit_test_setup_teardown(plain_structs_are_refused_like_others, begin, end),
                cmocka_unit_test_setup_teardown(a_count_is_held_against_what_remains, begin, end),
                cmocka_unit_test_setup_teardown(a_huge_count_allocates_nothing, begin, end),
                cmocka_unit_test_setup_teardown(an_aligned_array_is_a_view_and_another_a_copy,
                                                begin, end),
                cmocka_unit_test_setup_teardown(memory_beyond_the_limit_is_refused, begin, end),
                cmocka_unit_test_setup_teardown(a_delimited_value_holds_its_readers_in, begin, end),
                cmocka_unit_test_setup_teardown(
                        a_value_that_claims_too_much_or_too_little_is_refused, begin, end),
                cmocka_unit_test_setup_teardown(an_extent_must_be_read_to_its_end, begin, end),
                cmocka_unit_test_setup_teardown(
                        an_unknown_member_of_a_union_is_what_its_extent_holds, begin, end),
                cmocka_unit_test_setup_teardown(a_vec_of_plain_structs_nests_two_deep, begin, end),
                cmocka_unit_test_setup_teardown(an_empty_vec_of_plain_structs_nests_one_deep, begin,
                                                end),
                cmocka_unit_test_setup_teardown(expected_members_are_those_with_our_header, begin,
                                                end),
                cmocka_unit_test_setup_teardown(a_parameter_list_may_end_early_or_late, begin, end),
                cmocka_unit_test_setup_teardown(tables, begin, end),
                cmocka_unit_test_setup_teardown(ports_are_indices, begin, end),
                cmocka_unit_test_setup_teardown(the_first_failure_stays_with_its_place, begin, end),
                cmocka_unit_test_setup_teardown(nesting_ends_at_32, begin, end),
                cmocka_unit_test_setup_teardown(an_empty_list_skips_what_is_there, begin, end),
                cmocka_unit_test_setup_teardown(an_array_that_is_not_there_is_refused, begin, end),
                cmocka_unit_test_setup_teardown(a_copy_needs_memory, begin, end),
                cmocka_unit_test_setup_teardown(a_number_that_is_not_whole_is_zero_and_a_failure,
                                                begin, end),
                cmocka_unit_test_setup_teardown(bytes_are_a_view, begin, end),
                cmocka_unit_test_setup_teardown(what_remains_is_a_view, begin, end),
                cmocka_unit_test_setup_teardown(a_union_beyond_the_message_is_refused, begin, end),
                cmocka_unit_test_setup_teardown(a_vec_of_plain_structs_that_is_no_view, begin, end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
