/* SPDX-License-Identifier: MIT */
/*
 * Taking what is as it mostly is (darq/cursor.h): what is taken, and that anything else isn't. What reads it then, or
 * refuses it, is tested with the reader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <darq/wire.h>

enum { BEFORE = 8 }; /* Bytes in front of the unions: the length and the count of their vec. */

/* By itself: a compiler that sees through it warns of reads beyond a message that its length keeps from happening. */
static __attribute__((noinline)) struct darq_cursor cursor_at(const uint8_t *data, size_t size,
                                                              size_t offset)
{
        struct darq_reader reader;

        darq_reader_init(&reader, data, size, NULL);
        reader.offset = offset;
        return darq_cursor_of(&reader);
}

/* A text of x behind offset bytes, in memory that ends where the message does. */
static uint8_t *text_message(size_t offset, size_t size, uint32_t length)
{
        uint8_t *message = malloc(offset + 4 + size + 1);

        memset(message, 0, offset);
        darq_store_u32(message + offset, length);
        memset(message + offset + 4, 'x', size);
        message[offset + 4 + size] = 0;
        return message;
}

static void a_short_plain_text_is_taken(void **state)
{
        (void)state;
        for (size_t offset = 0; offset <= 16; offset += 4) {
                for (uint32_t size = 0; size < DARQ_TEXT_SHORT; size++) {
                        uint8_t *message = text_message(offset, size, size + 1);
                        size_t whole = offset + 4 + size + 1;
                        struct darq_cursor cursor = cursor_at(message, whole, offset);
                        struct darq_string text = DARQ_STR_INIT("");

                        /* Where so few bytes stand before its end, it's for darq_get_any_string(). */
                        assert_int_equal(darq_take_string(&cursor, size, &text),
                                         whole >= DARQ_TEXT_REACH);
                        if (whole >= DARQ_TEXT_REACH) {
                                assert_ptr_equal(text.data, message + offset + 4);
                                assert_int_equal(text.size, size);
                                assert_int_equal(cursor.offset, whole);
                        }
                        free(message);
                }
        }
}

static void a_text_that_is_not_as_it_mostly_is_is_left(void **state)
{
        static const struct {
                const char *why;
                uint32_t length;
                size_t missing; /* bytes at the message's end */
                uint8_t last;   /* the text's last byte */
                uint8_t end;
                size_t max;
        } cases[] = {
                {"nothing is wrong", 21, 0, 'x', 0, 20},
                {"its length is not whole", 21, 22, 'x', 0, 20},
                {"nothing is behind its length", 21, 21, 'x', 0, 20},
                {"it is longer than the message", 21, 1, 'x', 0, 20},
                {"it is far longer than the message", UINT32_MAX, 0, 'x', 0, SIZE_MAX},
                {"it has no NUL", 0, 0, 'x', 0, SIZE_MAX - 1},
                {"it is longer than its bound", 21, 0, 'x', 0, 19},
                {"it does not end in NUL", 21, 0, 'x', 'x', 20},
                {"it has a NUL inside", 21, 0, 0, 0, 20},
                {"it is not ASCII", 21, 0, 0x80, 0, 20},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                uint8_t *message = text_message(16, 20, cases[i].length);
                struct darq_cursor cursor = cursor_at(message, 41 - cases[i].missing, 16);
                struct darq_string text;

                message[39] = cases[i].last;
                message[40] = cases[i].end;
                if (darq_take_string(&cursor, cases[i].max, &text) != (i == 0))
                        fail_msg("%s", cases[i].why);
                free(message);
        }
}

static void a_text_that_is_long_is_left(void **state)
{
        uint8_t *message = text_message(0, DARQ_TEXT_SHORT, DARQ_TEXT_SHORT + 1);
        struct darq_cursor cursor = cursor_at(message, 4 + DARQ_TEXT_SHORT + 1, 0);
        struct darq_string text = {0};

        (void)state;
        assert_false(darq_take_string(&cursor, SIZE_MAX, &text));
        free(message);
}

/* Unions of 24 bytes each, with members of 16. */
static struct darq_cursor unions(uint8_t message[BEFORE + 48], size_t size)
{
        memset(message, 0, BEFORE + 48);
        for (uint32_t i = 0; i < 2; i++) {
                darq_store_u64(message + BEFORE + (size_t)i * 24, darq_union_head(i + 1, 16));
                message[BEFORE + i * 24 + 8] = (uint8_t)(i + 7);
        }
        return cursor_at(message, size, BEFORE);
}

static void unions_are_taken_while_there_is_room_for_their_members(void **state)
{
        _Alignas(8) uint8_t message[BEFORE + 48];
        struct darq_cursor cursor = unions(message, sizeof message);

        (void)state;
        assert_true(darq_take_union(&cursor) == darq_union_head(1, 16));
        assert_int_equal(darq_take_member(&cursor, 16)[0], 7);
        assert_int_equal(cursor.offset, BEFORE + 24);
        assert_true(darq_take_union(&cursor) == darq_union_head(2, 16));
        assert_int_equal(darq_take_member(&cursor, 16)[0], 8);
        assert_int_equal(cursor.offset, sizeof message);
        assert_true(darq_take_union(&cursor) == 0);
        cursor = unions(message, BEFORE + 23);
        assert_true(darq_take_union(&cursor) == 0);
}

static void the_next_union_is_aligned_to_4(void **state)
{
        _Alignas(8) uint8_t message[BEFORE + 48];
        struct darq_cursor cursor = unions(message, sizeof message);

        (void)state;
        assert_non_null(darq_take_member(&cursor, 5));
        assert_int_equal(cursor.offset, BEFORE + 13);
        assert_int_equal(cursor.next, BEFORE + 16);
}

static void a_member_of_more_than_16_bytes_must_be_there(void **state)
{
        _Alignas(8) uint8_t message[BEFORE + 48];
        struct darq_cursor cursor = unions(message, BEFORE + 8 + 20);

        (void)state;
        assert_non_null(darq_take_member(&cursor, 20));
        cursor = unions(message, BEFORE + 8 + 19);
        assert_null(darq_take_member(&cursor, 20));
        assert_null(darq_take_plain(&cursor, 20, 4));
}

static void a_plain_member_is_a_view_where_it_is_aligned(void **state)
{
        _Alignas(8) uint8_t message[BEFORE + 48];
        struct darq_cursor cursor = unions(message, sizeof message);

        (void)state;
        if (DARQ_BIG_ENDIAN) {
                assert_null(darq_take_plain(&cursor, 16, 8));
                return;
        }
        assert_ptr_equal(darq_take_plain(&cursor, 16, 8), message + BEFORE + 8);
        cursor = cursor_at(message + 4, sizeof message - 4, BEFORE - 4);
        assert_non_null(darq_take_plain(&cursor, 16, 8));
        cursor = cursor_at(message, sizeof message, BEFORE + 4);
        assert_null(darq_take_plain(&cursor, 16, 8));
        cursor = cursor_at(message, sizeof message, BEFORE + 4);
        assert_ptr_equal(darq_take_plain(&cursor, 16, 4), message + BEFORE + 12);
}

/* A union whose member is a text of 20 bytes: it claims length bytes, its text has so many with the NUL. */
static struct darq_cursor union_of_text(uint8_t message[BEFORE + 33], uint32_t length,
                                        uint32_t size)
{
        memset(message, 'x', BEFORE + 33);
        darq_store_u32(message + BEFORE, length);
        darq_store_u32(message + BEFORE + 4, 3);
        darq_store_u32(message + BEFORE + 8, size);
        message[BEFORE + 32] = 0;
        return cursor_at(message, BEFORE + 33, BEFORE);
}

static void a_union_whose_member_is_a_short_plain_text_is_taken(void **state)
{
        uint8_t message[BEFORE + 33];
        struct darq_cursor cursor = union_of_text(message, 29, 21);
        struct darq_string text = {0};

        (void)state;
        assert_true(darq_take_text(&cursor, darq_take_union(&cursor), 20, &text));
        assert_ptr_equal(text.data, message + BEFORE + 12);
        assert_int_equal(text.size, 20);
        assert_int_equal(cursor.offset, BEFORE + 33);
        assert_int_equal(cursor.next, BEFORE + 36);
}

static void a_union_whose_text_is_not_as_it_mostly_is_is_left(void **state)
{
        static const struct {
                const char *why;
                uint32_t length, size;
                size_t missing, max;
                uint8_t last, end;
        } cases[] = {
                {"nothing is wrong", 29, 21, 0, 20, 'x', 0},
                {"it has no room for a length", 7, 21, 0, 20, 'x', 0},
                {"it has no room for a NUL", 8, 0, 0, 20, 'x', 0},
                {"it is long", DARQ_TEXT_SHORT + 9, DARQ_TEXT_SHORT + 1, 0, SIZE_MAX, 'x', 0},
                {"it is longer than its bound", 29, 21, 0, 19, 'x', 0},
                {"it is longer than the message", 29, 21, 1, 20, 'x', 0},
                {"it is shorter than the union", 29, 20, 0, 20, 'x', 0},
                {"it is longer than the union", 29, 22, 0, 22, 'x', 0},
                {"it does not end in NUL", 29, 21, 0, 20, 'x', 'x'},
                {"it has a NUL inside", 29, 21, 0, 20, 0, 0},
                {"it is not ASCII", 29, 21, 0, 20, 0xc3, 0},
        };
        uint8_t message[BEFORE + 33];

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                struct darq_cursor cursor = union_of_text(message, cases[i].length, cases[i].size);
                struct darq_string text;

                message[BEFORE + 31] = cases[i].last;
                message[BEFORE + 32] = cases[i].end;
                cursor.size -= cases[i].missing;
                if (darq_take_text(&cursor, darq_take_union(&cursor), cases[i].max, &text) !=
                    (i == 0))
                        fail_msg("%s", cases[i].why);
        }
}

static void memory_is_taken_from_the_block_that_is_there(void **state)
{
        struct darq_arena *arena = darq_arena_new(256);
        struct darq_cursor cursor = {.arena = arena};
        uint8_t *first;

        (void)state;
        assert_non_null(darq_arena_alloc(arena, 8)); /* a block */
        darq_arena_reset(arena, 32);
        first = darq_take_memory(&cursor, 5);
        assert_non_null(first);
        assert_ptr_equal(darq_take_memory(&cursor, 24), first + 8);
        assert_int_equal(darq_arena_used(arena), 32);
        assert_null(darq_take_memory(&cursor, 1));
        assert_int_equal(darq_arena_used(arena), 32);
        darq_arena_free(arena);
        cursor.arena = NULL;
        assert_null(darq_take_memory(&cursor, 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_short_plain_text_is_taken),
                cmocka_unit_test(a_text_that_is_not_as_it_mostly_is_is_left),
                cmocka_unit_test(a_text_that_is_long_is_left),
                cmocka_unit_test(unions_are_taken_while_there_is_room_for_their_members),
                cmocka_unit_test(the_next_union_is_aligned_to_4),
                cmocka_unit_test(a_member_of_more_than_16_bytes_must_be_there),
                cmocka_unit_test(a_plain_member_is_a_view_where_it_is_aligned),
                cmocka_unit_test(a_union_whose_member_is_a_short_plain_text_is_taken),
                cmocka_unit_test(a_union_whose_text_is_not_as_it_mostly_is_is_left),
                cmocka_unit_test(memory_is_taken_from_the_block_that_is_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
