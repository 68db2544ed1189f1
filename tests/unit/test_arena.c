/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <darq/wire.h>

#include "libdarqwire/arena.h"

static bool memory_is_short;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
        return memory_is_short ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
        return memory_is_short ? NULL : __real_calloc(count, size);
}

static void memory_is_zeroed_and_aligned(void **state)
{
        struct darq_arena *arena = darq_arena_new(100000);

        (void)state;
        for (size_t size = 1; size < 300; size += 7) {
                uint8_t *at = darq_arena_alloc(arena, size);

                assert_non_null(at);
                assert_int_equal((uintptr_t)at % 8, 0);
                for (size_t i = 0; i < size; i++)
                        assert_int_equal(at[i], 0);
                memset(at, 0xff, size);
        }
        darq_arena_free(arena);
}

static void the_limit_is_never_passed(void **state)
{
        struct darq_arena *arena = darq_arena_new(4096);
        size_t sum = 0;

        (void)state;
        assert_null(darq_arena_alloc(arena, 4097));
        assert_null(darq_arena_alloc(arena, SIZE_MAX));
        assert_null(darq_arena_alloc(arena, SIZE_MAX - 6));
        while (darq_arena_alloc(arena, 24) != NULL)
                sum += 24;
        assert_int_equal(sum, 4080);
        assert_int_equal(darq_arena_used(arena), 4080);
        assert_non_null(darq_arena_alloc(arena, 16));
        assert_null(darq_arena_alloc(arena, 1));
        darq_arena_free(arena);
}

static void reset_gives_clean_memory_again(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);

        (void)state;
        for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 200; i++) {
                        uint64_t *at = darq_arena_alloc(arena, 64);

                        assert_non_null(at);
                        for (int k = 0; k < 8; k++)
                                assert_int_equal(at[k], 0);
                        memset(at, 0xa5, 64);
                }
                darq_arena_reset(arena, 65536);
                assert_int_equal(darq_arena_used(arena), 0);
        }
        darq_arena_free(arena);
}

static void after_a_reset_the_whole_limit_is_there_again(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);

        (void)state;
        for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 1000; i++)
                        assert_non_null(darq_arena_alloc(arena, 64));
                assert_int_equal(darq_arena_used(arena), 64000);
                darq_arena_reset(arena, 65536);
                assert_int_equal(darq_arena_used(arena), 0);
                assert_non_null(darq_arena_alloc(arena, 65536));
                darq_arena_reset(arena, 65536);
        }
        darq_arena_free(arena);
}

static void a_smaller_limit_holds_in_a_block_that_is_larger(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);
        struct darq_reader reader;

        (void)state;
        assert_non_null(darq_arena_alloc(arena, 60000));
        darq_arena_reset(arena, 100);
        darq_reader_init(&reader, NULL, 0, arena);
        assert_non_null(darq_reader_alloc(&reader, 12, 8));
        assert_int_equal(darq_arena_used(arena), 96);
        assert_null(darq_reader_alloc(&reader, 1, 5));
        assert_int_equal(reader.error, DARQ_E_INVALID);
        assert_null(darq_reader_alloc(&reader, 1, 1));
        assert_int_equal(darq_arena_used(arena), 96);
        darq_arena_free(arena);
}

static void a_larger_limit_opens_the_whole_block_again(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);

        (void)state;
        assert_non_null(darq_arena_alloc(arena, 60000));
        darq_arena_reset(arena, 100);
        assert_null(darq_arena_alloc(arena, 104));
        darq_arena_reset(arena, 65536);
        memory_is_short = true;
        assert_non_null(darq_arena_alloc(arena, 60000));
        memory_is_short = false;
        darq_arena_free(arena);
}

static void a_message_may_unfold_to_8_times_its_size_and_64_kib(void **state)
{
        (void)state;
        assert_int_equal(darq_arena_limit(0), 65536);
        assert_int_equal(darq_arena_limit(1000), 65536 + 8000);
        if (SIZE_MAX > UINT32_MAX)
                return;
        assert_true(darq_arena_limit(SIZE_MAX) == SIZE_MAX);
        assert_true(darq_arena_limit(SIZE_MAX / 8) == SIZE_MAX);
}

static void only_the_allocation_after_a_tag_has_its_owner(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);
        int owner;
        void *first, *second;

        (void)state;
        assert_non_null(darq_arena_alloc(arena, 64));
        darq_arena_tag(arena, &owner);
        first = darq_arena_alloc(arena, 24);
        second = darq_arena_alloc(arena, 64);
        assert_ptr_equal(darq_arena_owner(first), &owner);
        assert_null(darq_arena_owner((uint8_t *)second + 32));
        darq_arena_tag(arena, &owner);
        assert_null(darq_arena_alloc(arena, 65536));
        darq_arena_free(arena);
        darq_arena_free(NULL);
}

static void a_reset_forgets_a_tag_that_waits(void **state)
{
        struct darq_arena *arena = darq_arena_new(65536);
        uint8_t *first, *again;
        int owner;

        (void)state;
        first = darq_arena_alloc(arena, 24);
        darq_arena_tag(arena, &owner);
        darq_arena_reset(arena, 65536);
        again = darq_arena_alloc(arena, 24);
        assert_ptr_equal(again, first);
        assert_int_equal(darq_arena_used(arena), 24);
        darq_arena_free(arena);
}

static void without_memory_there_is_nothing_and_later_there_is(void **state)
{
        struct darq_arena *arena;

        (void)state;
        memory_is_short = true;
        assert_null(darq_arena_new(4096));
        memory_is_short = false;
        arena = darq_arena_new(4096);
        memory_is_short = true;
        assert_null(darq_arena_alloc(arena, 2000));
        assert_int_equal(darq_arena_used(arena), 0);
        memory_is_short = false;
        assert_non_null(darq_arena_alloc(arena, 2000));
        darq_arena_free(arena);
}

static void a_reader_without_an_arena_has_no_memory(void **state)
{
        struct darq_reader reader;

        (void)state;
        darq_reader_init(&reader, NULL, 0, NULL);
        assert_null(darq_reader_alloc(&reader, 1, 8));
        assert_int_equal(reader.error, DARQ_E_INVALID);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(memory_is_zeroed_and_aligned),
                cmocka_unit_test(the_limit_is_never_passed),
                cmocka_unit_test(reset_gives_clean_memory_again),
                cmocka_unit_test(after_a_reset_the_whole_limit_is_there_again),
                cmocka_unit_test(a_smaller_limit_holds_in_a_block_that_is_larger),
                cmocka_unit_test(a_larger_limit_opens_the_whole_block_again),
                cmocka_unit_test(a_message_may_unfold_to_8_times_its_size_and_64_kib),
                cmocka_unit_test(only_the_allocation_after_a_tag_has_its_owner),
                cmocka_unit_test(a_reset_forgets_a_tag_that_waits),
                cmocka_unit_test(without_memory_there_is_nothing_and_later_there_is),
                cmocka_unit_test(a_reader_without_an_arena_has_no_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
