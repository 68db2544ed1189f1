/* SPDX-License-Identifier: MIT */
/* Writing a payload: what stands in it to the byte, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/copy.h"
#include "tests/unit/writing.h"

#include <stdlib.h>

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

int main(void)
{
        const struct CMUnitTest tests[] = {
                WRITING_TEST(numbers_are_little_endian),
                WRITING_TEST(alignment_is_the_size_but_at_most_4),
                WRITING_TEST(floats_are_ieee),
                WRITING_TEST(a_string_has_its_length_with_nul),
                WRITING_TEST(every_byte_of_a_string_counts),
                WRITING_TEST(plain_structs_stand_as_in_memory),
                WRITING_TEST(plain_structs_beyond_what_a_vec_may_hold_are_refused),
                cmocka_unit_test(copies_of_any_size_and_place_are_whole),
                WRITING_TEST(bytes_and_arrays),
                WRITING_TEST(delimited_values_know_their_length),
                WRITING_TEST(members_of_tables),
                WRITING_TEST(an_empty_list_is_a_length_of_0),
                WRITING_TEST(a_port_is_its_index),
                WRITING_TEST(no_port_and_another_sessions_are_refused),
                WRITING_TEST(the_65th_port_is_refused),
                WRITING_TEST(bounds_and_text_are_checked),
                WRITING_TEST(a_vec_beyond_its_bound_is_refused),
                WRITING_TEST(what_was_let_go_can_be_let_go_again),
                WRITING_TEST(no_text_is_an_empty_string),
                WRITING_TEST(the_first_failure_stays_and_nothing_is_written_after_it),
                WRITING_TEST(nesting_ends_at_32),
                WRITING_TEST(nothing_is_entered_after_a_failure_until_a_reset),
                WRITING_TEST(a_port_of_the_writers_own_session_is_accepted),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
