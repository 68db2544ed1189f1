/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_TIMER_H
#define PKERNEL_TIMER_H

#include "libdarqwire/list.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A hashed wheel of timers. Adding and removing take constant time and no memory. A timer never fires before its
 * time, and at most one tick (8 ms) after the wheel is turned past it.
 */

enum { TIMER_BUCKETS = 1024 };

struct timer {
        struct list node;
        uint64_t due_ns;
        void (*expire)(struct timer *self);
};

struct timers {
        struct list buckets[TIMER_BUCKETS];
        uint64_t tick; /* buckets up to this one have been looked at */
        size_t count;
};

void timers_init(struct timers *self, uint64_t now_ns);
void timer_init(struct timer *self, void (*expire)(struct timer *self));

/** Starts it, or moves it when it is running. */
void timer_set(struct timers *timers, struct timer *self, uint64_t due_ns);

static inline bool timer_running(const struct timer *self)
{
        return !list_empty(&self->node);
}

/** Fine when it isn't running. */
static inline void timer_clear(struct timers *timers, struct timer *self)
{
        if (!timer_running(self))
                return;
        list_remove(&self->node);
        timers->count--;
}

/**
 * Whether it fires so late that the process itself stood still: stopped, or without a processor. What should have come in
 * time may then be there, unread.
 */
bool timer_is_late(const struct timer *self, uint64_t now_ns);

/** Calls expire of every timer whose time has come. Time doesn't go backwards. */
void timers_run(struct timers *self, uint64_t now_ns);

/** When to turn the wheel next; UINT64_MAX: no timer runs. May be too early, never too late by more than a tick. */
uint64_t timers_next_ns(const struct timers *self);

#endif
