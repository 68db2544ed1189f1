/* SPDX-License-Identifier: MIT */
/*
 * Calls by deadline: whatever the order in which they come and go, the first is the earliest of those that are there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/session.h"

#include <stdlib.h>

enum { CALLS = 64, STEPS = 20000 };

struct fixture {
        struct darq_deadlines deadlines;
        struct darq_pending calls[CALLS];
};

static int setup(void **state)
{
        struct fixture *self = calloc(1, sizeof *self);

        *state = self;
        if (self == NULL)
                return -1;
        darq_deadlines_init(&self->deadlines);
        for (size_t i = 0; i < CALLS; i++)
                self->calls[i].deadline_index = DARQ_DEADLINE_NONE;
        return 0;
}

static int teardown(void **state)
{
        struct fixture *self = *state;

        darq_deadlines_deinit(&self->deadlines);
        free(self);
        return 0;
}

/* deadline_ns 0: it isn't there. */
static void add(struct fixture *self, size_t i, uint64_t deadline_ns)
{
        self->calls[i].deadline_ns = deadline_ns;
        assert_int_equal(darq_deadlines_add(&self->deadlines, &self->calls[i]), 0);
}

static void drop(struct fixture *self, size_t i)
{
        darq_deadlines_remove(&self->deadlines, &self->calls[i]);
        self->calls[i].deadline_ns = 0;
}

static void assert_first(const struct fixture *self)
{
        const struct darq_pending *first = darq_deadlines_first(&self->deadlines);
        uint64_t earliest_ns = UINT64_MAX;

        for (size_t i = 0; i < CALLS; i++)
                if (self->calls[i].deadline_ns != 0 && self->calls[i].deadline_ns < earliest_ns)
                        earliest_ns = self->calls[i].deadline_ns;
        assert_int_equal(first != NULL ? first->deadline_ns : UINT64_MAX, earliest_ns);
}

static void test_nothing_is_first_of_none(void **state)
{
        struct fixture *self = *state;

        assert_null(darq_deadlines_first(&self->deadlines));
        drop(self, 0); /* one that was never there */
        assert_null(darq_deadlines_first(&self->deadlines));
}

static void test_calls_in_order_take_no_memory(void **state)
{
        struct fixture *self = *state;

        for (size_t i = 0; i < CALLS; i++)
                add(self, i, 10 + i / 2);
        for (size_t i = 0; i < CALLS; i++) {
                assert_first(self);
                drop(self, i);
        }
        assert_first(self);
        assert_int_equal(self->deadlines.capacity, 0);
}

/* Otherwise one call that may take an hour would make all others dear for as long. */
static void test_a_late_one_alone_makes_way(void **state)
{
        struct fixture *self = *state;

        add(self, 0, 1000);
        for (size_t i = 1; i < CALLS; i++)
                add(self, i, 10 + i);
        assert_first(self);
        assert_int_equal(self->deadlines.count, 1);
        for (size_t i = CALLS - 1; i > 0; i--)
                drop(self, i);
        assert_first(self);
}

static void test_the_first_is_the_earliest_of_any(void **state)
{
        struct fixture *self = *state;

        srand(11);
        for (unsigned int step = 0; step < STEPS; step++) {
                size_t i = (size_t)rand() % CALLS;
                unsigned int range = step / 100 % 2 == 0 ? 8 : 4096;

                if (self->calls[i].deadline_ns != 0)
                        drop(self, i);
                else
                        add(self, i, 1 + step / 10 + (unsigned int)rand() % range);
                assert_first(self);
        }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(test_nothing_is_first_of_none),
                CASE(test_calls_in_order_take_no_memory),
                CASE(test_a_late_one_alone_makes_way),
                CASE(test_the_first_is_the_earliest_of_any),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
