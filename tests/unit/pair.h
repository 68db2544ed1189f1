/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PAIR_H
#define TESTS_PAIR_H

#include "tests/simulation/question.h"

/* Two peers of a p-kernel in a virtual world, each with a port. */

enum { PAIR_TARGET = 12000 };

struct pair {
        struct world world;
        struct endpoint *one;
        struct endpoint *two;
        uint64_t source; /* random, of one */
        uint64_t target; /* PAIR_TARGET, of two */
        struct arrival arrival;
};

/** limits: NULL for the usual ones. */
struct pair *pair_begin(const struct limits *limits);

/** Asserts that all charges are zero at the end. */
void pair_finish(struct pair *self);

#endif
