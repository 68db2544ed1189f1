/* SPDX-License-Identifier: MIT */
/* See the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pair.h"

#include <stdlib.h>

struct pair *pair_begin(const struct limits *limits)
{
        struct pair *self = malloc(sizeof *self);

        assert_non_null(self);
        world_init(&self->world, 42, limits);
        self->one = world_greet(&self->world, "uid:0", true);
        self->two = world_greet(&self->world, "uid:0", true);
        self->source = endpoint_open(self->one, 0);
        self->target = endpoint_open(self->two, PAIR_TARGET);
        assert_int_not_equal(self->source, 0);
        assert_int_equal(self->target, PAIR_TARGET);
        return self;
}

void pair_finish(struct pair *self)
{
        world_deinit(&self->world);
        free(self);
}
