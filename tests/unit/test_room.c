/* SPDX-License-Identifier: MIT */
/* Writing a payload where there is no room for it: in a buffer, in memory, in what a message can hold; and where there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/writing.h"

#include <stdlib.h>

static bool memory_is_short;

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);

void *__wrap_realloc(void *block, size_t size)
{
        return memory_is_short ? NULL : __real_realloc(block, size);
}

/* Nothing of it is looked at. */
static void what_no_message_can_hold_is_too_big(void **state)
{
        (void)state;
        darq_put_string(&writer, (struct darq_string){"", SIZE_MAX}, SIZE_MAX);
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
        darq_writer_reset(&writer);
        darq_put_count(&writer, SIZE_MAX, SIZE_MAX);
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
        darq_writer_reset(&writer);
        darq_put_bytes(&writer, (struct darq_bytes){(const uint8_t *)"", SIZE_MAX}, SIZE_MAX);
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
        darq_writer_reset(&writer);
        darq_put_bytes(&writer, (struct darq_bytes){(const uint8_t *)"", INT32_MAX - 3}, SIZE_MAX);
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
        darq_writer_reset(&writer);
        assert_int_equal(darq_put_vec(&writer, SIZE_MAX, SIZE_MAX), 0);
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
        darq_writer_reset(&writer);
        darq_put_run(&writer, 1, 1);
        assert_null(darq_put_run(&writer, 1, UINT32_MAX));
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
        darq_writer_reset(&writer);
        darq_put_array(&writer, "", SIZE_MAX / 8 + 2, 8);
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
}

/* The padding alone leads beyond it. */
static void a_message_ends_at_2_gib(void **state)
{
        const volatile size_t most = INT32_MAX; /* or gcc tells what would be written behind it */

        (void)state;
        writer.size = most;
        darq_put_u32(&writer, 1);
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
        writer.size = 0;
}

static void without_memory_nothing_is_written(void **state)
{
        (void)state;
        memory_is_short = true;
        darq_put_u32(&writer, 1);
        memory_is_short = false;
        assert_int_equal(writer.error, DARQ_E_NO_MEMORY);
        assert_int_equal(writer.size, 0);
        darq_writer_reset(&writer);
        darq_put_u8(&writer, 1);
        assert_bytes(1);
}

static void put_bool(struct darq_writer *self)
{
        darq_put_bool(self, true);
}

#define PUT(type)                                        \
        static void put_##type(struct darq_writer *self) \
        {                                                \
                darq_put_##type(self, 1);                \
        }

PUT(u8)
PUT(u16)
PUT(u32)
PUT(u64)
PUT(i8)
PUT(i16)
PUT(i32)
PUT(i64)
PUT(f32)
PUT(f64)

static void put_string(struct darq_writer *self)
{
        darq_put_string(self, darq_string_of(""), 9);
}

static void put_vec(struct darq_writer *self)
{
        darq_put_vec(self, 1, 1);
}

static void put_union(struct darq_writer *self)
{
        darq_put_union(self, 1);
}

static void put_member(struct darq_writer *self)
{
        darq_put_member_begin(self, 1);
}

static void put_array(struct darq_writer *self)
{
        darq_put_array(self, "ab", 2, 1);
}

static void whatever_has_no_room_is_too_big(void **state)
{
        static const struct {
                void (*put)(struct darq_writer *);
                size_t size;
        } rows[] = {
                {put_bool, 1}, {put_u8, 1},    {put_u16, 2},    {put_u32, 4},
                {put_u64, 8},  {put_i8, 1},    {put_i16, 2},    {put_i32, 4},
                {put_i64, 8},  {put_f32, 4},   {put_f64, 8},    {put_string, 5},
                {put_vec, 8},  {put_union, 8}, {put_member, 8}, {put_array, 2},
        };
        struct darq_writer fixed;
        uint8_t room[8];

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                darq_writer_init(&fixed, room, rows[i].size - 1);
                rows[i].put(&fixed);
                assert_int_equal(fixed.error, DARQ_E_TOO_BIG);
                assert_int_equal(fixed.size, 0);
                darq_writer_init(&fixed, room, rows[i].size);
                rows[i].put(&fixed);
                assert_int_equal(fixed.error, 0);
                assert_int_equal(fixed.size, rows[i].size);
        }
}

static void a_fixed_buffer_is_never_passed(void **state)
{
        uint8_t room[12];
        struct darq_writer fixed;

        (void)state;
        for (size_t capacity = 0; capacity < sizeof room; capacity++) {
                memset(room, 0xee, sizeof room);
                darq_writer_init(&fixed, room, capacity);
                darq_put_u8(&fixed, 1);
                darq_put_u64(&fixed, 2);
                assert_int_equal(fixed.error, DARQ_E_TOO_BIG);
                for (size_t i = capacity; i < sizeof room; i++)
                        assert_int_equal(room[i], 0xee);
                darq_writer_deinit(&fixed);
        }
        darq_writer_init(&fixed, room, sizeof room);
        darq_put_u8(&fixed, 1);
        darq_put_u64(&fixed, 2);
        assert_int_equal(fixed.error, 0);
        assert_int_equal(fixed.size, 12);
}

static void large_messages_grow(void **state)
{
        static uint8_t data[300000];

        (void)state;
        memset(data, 7, sizeof data);
        for (int i = 0; i < 10; i++)
                darq_put_bytes(&writer, darq_bytes_of(data, sizeof data), SIZE_MAX);
        assert_int_equal(writer.error, 0);
        assert_int_equal(writer.size, 10 * (sizeof data + 4));
        assert_int_equal(writer.data[writer.size - 1], 7);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                WRITING_TEST(what_no_message_can_hold_is_too_big),
                WRITING_TEST(a_message_ends_at_2_gib),
                WRITING_TEST(without_memory_nothing_is_written),
                WRITING_TEST(whatever_has_no_room_is_too_big),
                WRITING_TEST(a_fixed_buffer_is_never_passed),
                WRITING_TEST(large_messages_grow),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
