/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <darq/wire.h>
#include <stdlib.h>

#include "libdarqwire/copy.h"

static struct darq_writer writer;
static bool memory_is_short;

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);

void *__wrap_realloc(void *block, size_t size)
{
        return memory_is_short ? NULL : __real_realloc(block, size);
}

static int begin(void **state)
{
        (void)state;
        darq_writer_init(&writer, NULL, 0);
        return 0;
}

static int end(void **state)
{
        (void)state;
        darq_writer_deinit(&writer);
        return 0;
}

#define assert_bytes(...)                                                    \
        do {                                                                 \
                const uint8_t expected[] = {__VA_ARGS__};                    \
                assert_int_equal(writer.error, 0);                           \
                assert_int_equal(writer.size, sizeof expected);              \
                assert_memory_equal(writer.data, expected, sizeof expected); \
        } while (0)

static void numbers_are_little_endian(void **state)
{
        (void)state;
        darq_put_u16(&writer, 0x0102);
        darq_put_i16(&writer, -2);
        darq_put_u32(&writer, 0x01020304);
        darq_put_u64(&writer, UINT64_C(0x0102030405060708));
        assert_bytes(2, 1, 0xfe, 0xff, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1);
}

static void alignment_is_the_size_but_at_most_4(void **state)
{
        (void)state;
        darq_put_u8(&writer, 1);
        darq_put_u16(&writer, 2);
        darq_put_u8(&writer, 3);
        darq_put_u64(&writer, 4);
        darq_put_bool(&writer, true);
        darq_put_f64(&writer, 1.0);
        assert_bytes(1, 0, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                     0xf0, 0x3f);
}

static void floats_are_ieee(void **state)
{
        (void)state;
        darq_put_f32(&writer, -2.5f);
        assert_bytes(0, 0, 0x20, 0xc0);
}

static void a_string_has_its_length_with_nul(void **state)
{
        (void)state;
        darq_put_string(&writer, darq_string_of("hi"), 2);
        darq_put_string(&writer, darq_string_of(""), 2);
        assert_bytes(3, 0, 0, 0, 'h', 'i', 0, 0, 1, 0, 0, 0, 0);
}

/* Every length up to 40 as it is, and with a NUL, a letter of two bytes, and half of one at every place. */
static void every_byte_of_a_string_counts(void **state)
{
        char text[40];

        (void)state;
        for (size_t size = 0; size <= sizeof text; size++) {
                memset(text, 'x', sizeof text);
                darq_writer_reset(&writer);
                darq_put_string(&writer, (struct darq_string){text, size}, size);
                assert_int_equal(writer.size, 4 + size + 1);
                assert_int_equal(darq_load_u32(writer.data), size + 1);
                assert_memory_equal(writer.data + 4, text, size);
                assert_int_equal(writer.data[4 + size], 0);
                for (size_t at = 0; at < size; at++) {
                        memset(text, 'x', sizeof text);
                        text[at] = 0;
                        darq_writer_reset(&writer);
                        darq_put_string(&writer, (struct darq_string){text, size}, SIZE_MAX);
                        assert_int_equal(writer.error, DARQ_E_INVALID);
                        text[at] = '\xc3';
                        darq_writer_reset(&writer);
                        darq_put_string(&writer, (struct darq_string){text, size}, SIZE_MAX);
                        assert_int_equal(writer.error, DARQ_E_INVALID);
                        if (at + 1 == size)
                                continue;
                        text[at + 1] = '\xa9';
                        darq_writer_reset(&writer);
                        darq_put_string(&writer, (struct darq_string){text, size}, SIZE_MAX);
                        assert_int_equal(writer.error, 0);
                        assert_memory_equal(writer.data + 4, text, size);
                }
        }
}

static void plain_structs_stand_as_in_memory(void **state)
{
        static const uint8_t data[16] = {1, 2, [15] = 3};
        static const struct {
                uint32_t a;
                uint16_t b;
                uint16_t c;
        } numbers[2] = {{1, 2, 3}, {4, 5, 6}};

        (void)state;
        darq_put_u8(&writer, 9);
        darq_put_plain_vec(&writer, data, 2, 2, 8, "11111111");
        darq_put_plain_vec(&writer, NULL, 0, 2, 8, "11111111");
        assert_bytes(9, 0, 0, 0, 20, 0, 0, 0, 2, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                     0, 3, 4, 0, 0, 0, 0, 0, 0, 0);
        darq_writer_reset(&writer);
        darq_put_plain_vec(&writer, numbers, 2, 2, 8, "422");
        assert_bytes(20, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 0, 0, 5, 0, 6, 0);
        darq_writer_reset(&writer);
        darq_put_plain_vec(&writer, data, 2, 2, 3, "111"); /* three bytes each */
        assert_bytes(10, 0, 0, 0, 2, 0, 0, 0, 1, 2, 0, 0, 0, 0);
}

static void plain_structs_beyond_what_a_vec_may_hold_are_refused(void **state)
{
        static const uint8_t data[16];

        (void)state;
        writer.depth = DARQ_NESTING_MAX;
        darq_put_plain_vec(&writer, NULL, 0, 2, 8, "11111111");
        assert_int_equal(writer.error, 0);
        darq_put_plain_vec(&writer, data, 2, 2, 8, "11111111");
        assert_int_equal(writer.error, DARQ_E_INVALID);
        darq_writer_reset(&writer);
        darq_put_plain_vec(&writer, data, 2, 1, 8, "11111111");
        assert_int_equal(writer.error, DARQ_E_INVALID);
        darq_writer_reset(&writer);
        darq_put_plain_vec(&writer, data, SIZE_MAX / 4, SIZE_MAX, 8, "11111111");
        assert_int_equal(writer.error, DARQ_E_TOO_BIG);
}

static void copies_of_any_size_and_place_are_whole(void **state)
{
        static const size_t sizes[] = {0, 1, 2047, 2048, 2049, 2175, 5000, 262144, 262145, 300000};
        enum { ROOM = 300200 };
        uint8_t *from = malloc(ROOM), *to = malloc(ROOM);

        (void)state;
        assert_non_null(from);
        assert_non_null(to);
        for (size_t i = 0; i < ROOM; i++)
                from[i] = (uint8_t)(i * 7 + i / 251);
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
                for (size_t place = 0; place < 64; place += 1 + place / 8) {
                        memset(to, 0xee, ROOM);
                        darq_copy(to + 1 + place, from + place / 3, sizes[k]);
                        assert_int_equal(to[place], 0xee);
                        assert_memory_equal(to + 1 + place, from + place / 3, sizes[k]);
                        assert_int_equal(to[1 + place + sizes[k]], 0xee);
                }
        }
        free(from);
        free(to);
}

static void bytes_and_arrays(void **state)
{
        const uint16_t numbers[] = {1, 0x0203};

        (void)state;
        darq_put_bytes(&writer, darq_bytes_of("abc", 3), 3);
        darq_put_count(&writer, 2, SIZE_MAX);
        darq_put_array(&writer, numbers, 2, 2);
        assert_bytes(3, 0, 0, 0, 'a', 'b', 'c', 0, 2, 0, 0, 0, 1, 0, 3, 2);
}

static void delimited_values_know_their_length(void **state)
{
        size_t outer = darq_put_begin(&writer);
        size_t inner;

        (void)state;
        darq_put_u8(&writer, 1);
        inner = darq_put_begin(&writer);
        darq_put_u16(&writer, 2);
        darq_put_end(&writer, inner);
        darq_put_end(&writer, outer);
        assert_bytes(10, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0);
}

static void members_of_tables(void **state)
{
        size_t member;

        (void)state;
        darq_put_member(&writer, 2, 7);
        darq_put_u32(&writer, 9);
        member = darq_put_member_begin(&writer, 8);
        darq_put_u8(&writer, 1);
        darq_put_end(&writer, member);
        assert_bytes(7, 0, 0, 0x20, 9, 0, 0, 0, 8, 0, 0, 0x40, 1, 0, 0, 0, 1);
}

static void an_empty_list_is_a_length_of_0(void **state)
{
        (void)state;
        darq_pack_empty(&writer, NULL);
        assert_bytes(0, 0, 0, 0);
}

static void a_port_is_its_index(void **state)
{
        struct darq_proxy one = {.port = 77};
        struct darq_proxy two = {.port = 99};

        (void)state;
        darq_put_port(&writer, &one);
        darq_put_port(&writer, &two);
        darq_put_port(&writer, &one);
        assert_bytes(0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0);
        assert_int_equal(writer.port_count, 3);
        assert_int_equal(writer.ports[0], 77);
        assert_int_equal(writer.ports[2], 77);
}

static void no_port_and_another_sessions_are_refused(void **state)
{
        struct darq_proxy none = {0};
        struct darq_proxy other = {.port = 5, .session = (struct darq_session *)(uintptr_t)16};

        (void)state;
        darq_put_port(&writer, &none);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        darq_writer_reset(&writer);
        writer.session = (struct darq_session *)(uintptr_t)32;
        darq_put_port(&writer, &other);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        writer.session = NULL;
}

static void the_65th_port_is_refused(void **state)
{
        struct darq_proxy port = {.port = 5};

        (void)state;
        for (int i = 0; i < 64; i++)
                darq_put_port(&writer, &port);
        assert_int_equal(writer.error, 0);
        darq_put_port(&writer, &port);
        assert_int_equal(writer.error, DARQ_E_INVALID);
}

static void bounds_and_text_are_checked(void **state)
{
        static const struct {
                struct darq_string text;
                size_t max;
        } bad[] = {
                {DARQ_STR_INIT("abc"), 2},
                {DARQ_STR_INIT("a\0b"), SIZE_MAX},
                {DARQ_STR_INIT("\xff"), SIZE_MAX},
        };

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                darq_writer_reset(&writer);
                darq_put_string(&writer, bad[i].text, bad[i].max);
                assert_int_equal(writer.error, DARQ_E_INVALID);
                assert_non_null(writer.reason);
        }
        darq_writer_reset(&writer);
        darq_put_bytes(&writer, darq_bytes_of("abcd", 4), 3);
        assert_int_equal(writer.error, DARQ_E_INVALID);
}

static void a_vec_beyond_its_bound_is_refused(void **state)
{
        (void)state;
        darq_put_u32(&writer, 1);
        assert_int_equal(darq_put_vec(&writer, 4, 3), 4);
        assert_int_equal(writer.error, DARQ_E_INVALID);
        assert_int_equal(writer.size, 4);
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

/* Of any session where nobody says which. */
static void a_port_of_the_writers_own_session_is_accepted(void **state)
{
        struct darq_session *session = (struct darq_session *)&writer;
        struct darq_proxy own = {.port = 5, .session = session};

        (void)state;
        writer.session = session;
        darq_put_port(&writer, &own);
        writer.session = NULL;
        assert_bytes(0, 0, 0, 0);
        assert_int_equal(writer.ports[0], 5);
}

static void what_was_let_go_can_be_let_go_again(void **state)
{
        (void)state;
        darq_put_u32(&writer, 1);
        darq_writer_deinit(&writer);
        assert_null(writer.data);
        darq_writer_deinit(&writer);
        darq_writer_deinit(NULL);
        assert_int_equal(writer.size, 0);
}

static void no_text_is_an_empty_string(void **state)
{
        (void)state;
        darq_put_string(&writer, darq_string_of(NULL), 0);
        assert_bytes(1, 0, 0, 0, 0);
}

static void the_first_failure_stays_and_nothing_is_written_after_it(void **state)
{
        size_t size;
        const char *reason;

        (void)state;
        darq_put_u32(&writer, 1);
        darq_writer_fail(&writer, DARQ_E_INVALID, "first");
        size = writer.size;
        reason = writer.reason;
        darq_put_u32(&writer, 2);
        darq_put_string(&writer, darq_string_of("x"), 9);
        darq_put_end(&writer, darq_put_begin(&writer));
        darq_writer_fail(&writer, DARQ_E_NO_MEMORY, "second");
        assert_int_equal(writer.size, size);
        assert_ptr_equal(writer.reason, reason);
        assert_int_equal(writer.error, DARQ_E_INVALID);
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

static void nesting_ends_at_32(void **state)
{
        (void)state;
        for (int i = 0; i < 32; i++)
                assert_true(darq_writer_enter(&writer));
        assert_int_equal(writer.error, 0);
        assert_false(darq_writer_enter(&writer));
        assert_int_equal(writer.error, DARQ_E_INVALID);
}

static void nothing_is_entered_after_a_failure_until_a_reset(void **state)
{
        (void)state;
        assert_true(darq_writer_enter(&writer));
        darq_writer_fail(&writer, DARQ_E_INVALID, "a test");
        darq_writer_leave(&writer);
        assert_false(darq_writer_enter(&writer));
        assert_string_equal(writer.reason, "a test");
        darq_writer_reset(&writer);
        assert_true(darq_writer_enter(&writer));
        assert_int_equal(writer.error, 0);
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
                cmocka_unit_test_setup_teardown(numbers_are_little_endian, begin, end),
                cmocka_unit_test_setup_teardown(alignment_is_the_size_but_at_most_4, begin, end),
                cmocka_unit_test_setup_teardown(floats_are_ieee, begin, end),
                cmocka_unit_test_setup_teardown(a_string_has_its_length_with_nul, begin, end),
                cmocka_unit_test_setup_teardown(every_byte_of_a_string_counts, begin, end),
                cmocka_unit_test_setup_teardown(plain_structs_stand_as_in_memory, begin, end),
                cmocka_unit_test_setup_teardown(
                        plain_structs_beyond_what_a_vec_may_hold_are_refused, begin, end),
                cmocka_unit_test(copies_of_any_size_and_place_are_whole),
                cmocka_unit_test_setup_teardown(bytes_and_arrays, begin, end),
                cmocka_unit_test_setup_teardown(delimited_values_know_their_length, begin, end),
                cmocka_unit_test_setup_teardown(members_of_tables, begin, end),
                cmocka_unit_test_setup_teardown(an_empty_list_is_a_length_of_0, begin, end),
                cmocka_unit_test_setup_teardown(a_port_is_its_index, begin, end),
                cmocka_unit_test_setup_teardown(no_port_and_another_sessions_are_refused, begin,
                                                end),
                cmocka_unit_test_setup_teardown(the_65th_port_is_refused, begin, end),
                cmocka_unit_test_setup_teardown(bounds_and_text_are_checked, begin, end),
                cmocka_unit_test_setup_teardown(a_vec_beyond_its_bound_is_refused, begin, end),
                cmocka_unit_test_setup_teardown(what_no_message_can_hold_is_too_big, begin, end),
                cmocka_unit_test_setup_teardown(what_was_let_go_can_be_let_go_again, begin, end),
                cmocka_unit_test_setup_teardown(no_text_is_an_empty_string, begin, end),
                cmocka_unit_test_setup_teardown(
                        the_first_failure_stays_and_nothing_is_written_after_it, begin, end),
                cmocka_unit_test_setup_teardown(a_fixed_buffer_is_never_passed, begin, end),
                cmocka_unit_test_setup_teardown(nesting_ends_at_32, begin, end),
                cmocka_unit_test_setup_teardown(nothing_is_entered_after_a_failure_until_a_reset,
                                                begin, end),
                cmocka_unit_test_setup_teardown(large_messages_grow, begin, end),
                cmocka_unit_test_setup_teardown(a_message_ends_at_2_gib, begin, end),
                cmocka_unit_test_setup_teardown(without_memory_nothing_is_written, begin, end),
                cmocka_unit_test_setup_teardown(whatever_has_no_room_is_too_big, begin, end),
                cmocka_unit_test_setup_teardown(a_port_of_the_writers_own_session_is_accepted,
                                                begin, end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
