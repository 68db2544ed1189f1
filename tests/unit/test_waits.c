/* SPDX-License-Identifier: MIT */
/* What the link's loop waits for: descriptors that come and go under the same numbers, and a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/link/waits.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

static uint64_t now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* So long that a test that waits for it fails by its runner's limit. */
static uint64_t never_ns(void)
{
        return now_ns() + UINT64_C(3600) * 1000000000;
}

static void readable_open(int ends[2])
{
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "x", 1), 1);
}

static void pipe_close(const int ends[2])
{
        close(ends[0]);
        close(ends[1]);
}

static void test_what_has_come_is_told_at_its_place_and_nothing_at_others(void **state)
{
        struct waits waits;
        int ready[2], empty[2];

        (void)state;
        readable_open(ready);
        assert_int_equal(pipe(empty), 0);
        assert_int_equal(waits_open(&waits), 0);
        waits_set(&waits, 3, ready[0], 0, POLLIN);
        waits_set(&waits, 4, empty[0], 0, POLLIN);
        waits_set(&waits, 5, empty[1], 0, POLLOUT);
        waits_wait(&waits, never_ns());
        assert_int_equal(waits_events(&waits, 3), POLLIN);
        assert_int_equal(waits_events(&waits, 4), 0);
        assert_int_equal(waits_events(&waits, 5), POLLOUT);
        waits_set(&waits, 3, -1, 0, POLLIN);
        waits_set(&waits, 5, empty[1], 0, 0);
        waits_wait(&waits, now_ns());
        assert_int_equal(waits_events(&waits, 3), 0);
        assert_int_equal(waits_events(&waits, 5), 0);
        waits_close(&waits);
        pipe_close(ready);
        pipe_close(empty);
}

static void test_another_file_under_the_same_number_is_waited_for(void **state)
{
        struct waits waits;
        int first[2], second[2];

        (void)state;
        assert_int_equal(waits_open(&waits), 0);
        readable_open(first);
        waits_set(&waits, 0, first[0], 1, POLLIN);
        pipe_close(first);
        readable_open(second);
        assert_int_equal(second[0], first[0]);
        waits_set(&waits, 0, second[0], 2, POLLIN);
        waits_wait(&waits, never_ns());
        assert_int_equal(waits_events(&waits, 0), POLLIN);
        waits_close(&waits);
        pipe_close(second);
}

static void
test_a_number_that_has_moved_to_another_place_is_not_forgotten_with_the_first(void **state)
{
        struct waits waits;
        int first[2], second[2];

        (void)state;
        assert_int_equal(waits_open(&waits), 0);
        readable_open(first);
        waits_set(&waits, 9, first[0], 1, POLLIN);
        pipe_close(first);
        readable_open(second);
        assert_int_equal(second[0], first[0]);
        waits_set(&waits, 2, second[0], 1, POLLIN);
        waits_set(&waits, 9, -1, 1, POLLIN);
        waits_wait(&waits, never_ns());
        assert_int_equal(waits_events(&waits, 2), POLLIN);
        assert_int_equal(waits_events(&waits, 9), 0);
        waits_close(&waits);
        pipe_close(second);
}

static void test_it_ends_when_the_time_has_come_and_not_before(void **state)
{
        struct waits waits;
        uint64_t due_ns = now_ns() + 20000000;

        (void)state;
        assert_int_equal(waits_open(&waits), 0);
        waits_wait(&waits, due_ns);
        assert_true(now_ns() >= due_ns);
        due_ns = now_ns() + 20000000;
        waits_wait(&waits, due_ns); /* the timer is set anew */
        assert_true(now_ns() >= due_ns);
        waits_close(&waits);
}

static void test_an_earlier_time_counts_and_a_later_one_may_be_early(void **state)
{
        struct waits waits;
        int ready[2];
        uint64_t since_ns = now_ns();

        (void)state;
        readable_open(ready);
        assert_int_equal(waits_open(&waits), 0);
        waits_set(&waits, 0, ready[0], 0, POLLIN);
        waits_wait(&waits, never_ns());
        waits_set(&waits, 0, -1, 0, 0);
        waits_wait(&waits, since_ns + 10000000);
        assert_true(now_ns() - since_ns < UINT64_C(60) * 1000000000);
        waits_close(&waits);
        pipe_close(ready);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_has_come_is_told_at_its_place_and_nothing_at_others),
                cmocka_unit_test(test_another_file_under_the_same_number_is_waited_for),
                cmocka_unit_test(
                        test_a_number_that_has_moved_to_another_place_is_not_forgotten_with_the_first),
                cmocka_unit_test(test_it_ends_when_the_time_has_come_and_not_before),
                cmocka_unit_test(test_an_earlier_time_counts_and_a_later_one_may_be_early),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
