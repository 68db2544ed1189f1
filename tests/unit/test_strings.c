/* SPDX-License-Identifier: MIT */
/*
 * A vec of strings: many of them are taken at once, and each is nevertheless read, or refused, as one that stands alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <darq/wire.h>

enum { COUNT = 40 };

/* A vec behind before bytes, which ends where its memory does. */
struct vec {
        uint8_t *bytes;
        size_t size;
        size_t begin;
};

static struct vec vec_new(size_t before, size_t size_most)
{
        struct darq_writer writer;
        char letters[80];
        struct vec self;
        size_t vec;

        memset(letters, 'a', sizeof letters);
        darq_writer_init(&writer, NULL, 0);
        for (size_t i = 0; i < before; i++)
                darq_put_u8(&writer, 0);
        vec = darq_put_vec(&writer, COUNT, COUNT);
        for (size_t i = 0; i < COUNT; i++)
                darq_put_string(&writer, (struct darq_string){letters, i * 11 % (size_most + 1)},
                                80);
        darq_put_end(&writer, vec);
        self = (struct vec){malloc(writer.size), writer.size, before};
        memcpy(self.bytes, writer.data, writer.size);
        darq_writer_deinit(&writer);
        return self;
}

static void begin(struct darq_reader *reader, const struct vec *vec, size_t size,
                  struct darq_arena *arena)
{
        darq_arena_reset(arena, 65536);
        darq_reader_init(reader, vec->bytes, size, arena);
        reader->offset = vec->begin;
}

/* The same by darq_get_string(); the verdict stands in the reader. */
static size_t read_singly(struct darq_reader *reader, struct darq_string strings[COUNT], size_t max)
{
        size_t end = darq_get_extent(reader);
        size_t count = darq_get_count(reader, COUNT, 5);

        for (size_t i = 0; i < count; i++)
                strings[i] = darq_get_string(reader, max);
        darq_get_extent_end(reader, end);
        return count;
}

/* Both ways agree on the first size bytes of the message. */
static void compare(const struct vec *vec, size_t size, size_t max, struct darq_arena *arena)
{
        struct darq_reader reader, other;
        struct darq_string expected[COUNT];
        const struct darq_string *strings;
        size_t count;

        begin(&reader, vec, size, arena);
        strings = darq_get_strings(&reader, COUNT, max, &count);
        begin(&other, vec, size, arena);
        assert_int_equal(count, read_singly(&other, expected, max));
        assert_int_equal(reader.error, other.error);
        assert_int_equal(reader.offset, other.offset);
        if (reader.error != 0)
                assert_string_equal(reader.reason, other.reason);
        for (size_t i = 0; reader.error == 0 && i < count; i++) {
                assert_ptr_equal(strings[i].data, expected[i].data);
                assert_int_equal(strings[i].size, expected[i].size);
        }
}

static void strings_of_every_size_are_read(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);

        (void)state;
        for (size_t before = 0; before <= 20; before += 4) {
                for (size_t most = 0; most <= 70; most++) {
                        struct vec vec = vec_new(before, most);

                        compare(&vec, vec.size, SIZE_MAX, arena);
                        free(vec.bytes);
                }
        }
        darq_arena_free(arena);
}

static void a_bound_is_held_against_each(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);
        struct vec vec = vec_new(0, 60);

        (void)state;
        for (size_t max = 0; max <= 60; max++)
                compare(&vec, vec.size, max, arena);
        free(vec.bytes);
        darq_arena_free(arena);
}

/* A copy, so that the sanitizer sees any step beyond it. */
static void strings_that_are_cut_are_refused(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);
        struct vec vec = vec_new(4, 30);

        (void)state;
        for (size_t size = vec.begin; size < vec.size; size++) {
                struct vec cut = {malloc(size), size, vec.begin};

                memcpy(cut.bytes, vec.bytes, size);
                if (size >= vec.begin + 4)
                        darq_store_u32(cut.bytes + vec.begin, (uint32_t)(size - vec.begin - 4));
                compare(&cut, size, SIZE_MAX, arena);
                free(cut.bytes);
        }
        free(vec.bytes);
        darq_arena_free(arena);
}

/* Any byte of a length, of a text, of its end or of what pads it. */
static void every_byte_counts(void **state)
{
        static const uint8_t kinds[] = {0, 1, 0x7f, 0x80, 0xc3, 0xff};
        struct darq_arena *arena = darq_arena_new(65536);
        struct vec vec = vec_new(4, 40);

        (void)state;
        for (size_t at = vec.begin; at < vec.size; at++) {
                uint8_t byte = vec.bytes[at];

                for (size_t kind = 0; kind < sizeof kinds; kind++) {
                        vec.bytes[at] = kinds[kind];
                        compare(&vec, vec.size, SIZE_MAX, arena);
                }
                vec.bytes[at] = byte;
        }
        free(vec.bytes);
        darq_arena_free(arena);
}

static void more_than_the_bound_are_refused(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);
        struct vec vec = vec_new(0, 10);
        struct darq_reader reader;
        size_t count;

        (void)state;
        begin(&reader, &vec, vec.size, arena);
        assert_null(darq_get_strings(&reader, COUNT - 1, SIZE_MAX, &count));
        assert_int_equal(reader.error, DARQ_E_INVALID);
        free(vec.bytes);
        darq_arena_free(arena);
}

/* Without bytes behind them, and with so many that they are taken to the last. */
static void what_stands_behind_strings_is_read_next(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);
        struct vec vec = vec_new(4, 30);
        struct darq_reader reader;
        size_t count;

        (void)state;
        for (size_t behind = 4; behind <= 80; behind += 4) {
                size_t at = (vec.size + 3) / 4 * 4;
                struct vec longer = {calloc(1, at + behind), at + behind, vec.begin};

                memcpy(longer.bytes, vec.bytes, vec.size);
                darq_store_u32(longer.bytes + at, 77);
                begin(&reader, &longer, longer.size, arena);
                assert_non_null(darq_get_strings(&reader, COUNT, SIZE_MAX, &count));
                assert_int_equal(reader.offset, vec.size);
                assert_int_equal(darq_get_u32(&reader), 77);
                free(longer.bytes);
        }
        free(vec.bytes);
        darq_arena_free(arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(strings_of_every_size_are_read),
                cmocka_unit_test(a_bound_is_held_against_each),
                cmocka_unit_test(strings_that_are_cut_are_refused),
                cmocka_unit_test(every_byte_counts),
                cmocka_unit_test(more_than_the_bound_are_refused),
                cmocka_unit_test(what_stands_behind_strings_is_read_next),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
