/* SPDX-License-Identifier: MIT */
/* Reading structs that stand in a payload as they do in memory, one or a vec of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/reading.h"

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

struct plain_vec {
        const uint64_t *data;
        size_t count;
};

static struct plain_vec vec_from(const uint8_t *data, size_t size, size_t max)
{
        struct plain_vec vec;

        read_from(data, size);
        darq_get_plain_vec(&reader, &vec, max, 8, 8, "8");
        return vec;
}

/* It is accepted as long as so many levels are left, and leaves the depth as it was. */
static void assert_nests(const uint8_t *data, size_t size, unsigned int levels)
{
        struct plain_vec vec;

        for (unsigned int depth = 0; depth <= DARQ_NESTING_MAX; depth++) {
                read_from(data, size);
                reader.depth = depth;
                darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
                assert_int_equal(reader.error,
                                 depth + levels <= DARQ_NESTING_MAX ? 0 : DARQ_E_INVALID);
                assert_int_equal(reader.depth, depth);
                if (reader.error != 0)
                        assert_null(vec.data);
        }
}

static const _Alignas(8) uint8_t two[] = {20, 0, 0, 0, 2, [8] = 1, [16] = 2, [23] = 0};
static const uint8_t none[] = {4, 0, 0, 0, 0, 0, 0, 0};

static void a_vec_of_plain_structs_nests_two_deep_and_an_empty_one_one(void **state)
{
        (void)state;
        assert_nests(two, sizeof two, 2);
        assert_nests(none, sizeof none, 1);
}

static void a_vec_of_plain_structs_is_a_view(void **state)
{
        struct plain_vec vec = vec_from(two, sizeof two, 2);

        (void)state;
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_true(DARQ_BIG_ENDIAN || (const uint8_t *)vec.data == two + 8);
        assert_true(vec.count == 2 && vec.data[0] == 1 && vec.data[1] == 2);
}

static void a_vec_of_plain_structs_that_is_not_aligned_is_a_copy(void **state)
{
        static const _Alignas(8)
                uint8_t message[] = {0, 0, 0, 0, 20, 0, 0, 0, 2, [12] = 1, [20] = 2, [27] = 0};
        struct plain_vec vec;

        (void)state;
        read_from(message, sizeof message);
        darq_get_u32(&reader);
        darq_get_plain_vec(&reader, &vec, 2, 8, 8, "8");
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_int_equal(vec.count, 2);
        assert_ptr_not_equal(vec.data, message + 12);
        assert_true(vec.data[0] == 1 && vec.data[1] == 2);
}

static void a_vec_of_plain_structs_beyond_its_bound_or_the_message_is_refused(void **state)
{
        static const _Alignas(8) uint8_t shorter[] = {19, 0, 0, 0, 2, [23] = 0};

        (void)state;
        vec_from(two, sizeof two, 1);
        assert_int_equal(reader.error, DARQ_E_INVALID);
        vec_from(shorter, sizeof shorter, 2); /* than its count says */
        assert_int_equal(reader.error, DARQ_E_INVALID);
        for (size_t size = 0; size < sizeof two; size++) {
                vec_from(two, size, 2);
                assert_int_equal(reader.error, DARQ_E_INVALID);
        }
}

static void an_empty_vec_of_plain_structs_is_nothing(void **state)
{
        struct plain_vec vec = vec_from(none, sizeof none, 2);

        (void)state;
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_true(vec.count == 0 && vec.data == NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                READING_TEST(plain_structs_are_a_view_or_a_copy),
                READING_TEST(numbers_of_plain_structs_are_little_endian),
                READING_TEST(plain_structs_are_refused_like_others),
                READING_TEST(a_vec_of_plain_structs_nests_two_deep_and_an_empty_one_one),
                READING_TEST(a_vec_of_plain_structs_is_a_view),
                READING_TEST(a_vec_of_plain_structs_that_is_not_aligned_is_a_copy),
                READING_TEST(a_vec_of_plain_structs_beyond_its_bound_or_the_message_is_refused),
                READING_TEST(an_empty_vec_of_plain_structs_is_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
