/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_DEADLINE_H
#define DARQWIRE_DEADLINE_H

#include <stddef.h>
#include <stdint.h>

#include "libdarqwire/list.h"

struct darq_pending;

/** Calls by deadline: a queue of those that came in order, and a heap of the others. Each call knows its place. */
struct darq_deadlines {
        struct list queue;
        struct darq_pending **items;
        size_t count;
        size_t capacity;
};

/** Its index for what is in no heap. */
#define DARQ_DEADLINE_NONE SIZE_MAX

void darq_deadlines_init(struct darq_deadlines *self);
void darq_deadlines_deinit(struct darq_deadlines *self);

/** 0 or DARQ_E_NO_MEMORY. */
int darq_deadlines_add(struct darq_deadlines *self, struct darq_pending *pending);

/** Does nothing for one that isn't in it. */
void darq_deadlines_remove(struct darq_deadlines *self, struct darq_pending *pending);

/** The earliest; NULL if there is none. */
struct darq_pending *darq_deadlines_first(const struct darq_deadlines *self);

#endif
