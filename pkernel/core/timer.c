/* SPDX-License-Identifier: MIT */
/*
 * Hashed timer wheel: 1,024 buckets of 8 ms, so one turn is about 8 s.
 *
 * A timer stands in the bucket of its due tick, rounded up; one that is due after more than a turn is passed over
 * until its turn comes. timers_run() looks at each bucket between the last tick and now once. An expire function may
 * set and clear any timer, its own too.
 */
#include "pkernel/core/timer.h"

#include <assert.h>

enum { TIMER_TICK_NS = 8000000, TIMER_LATE_NS = 1000000000 };

void timers_init(struct timers *self, uint64_t now_ns)
{
        for (size_t index = 0; index < TIMER_BUCKETS; index++)
                list_init(&self->buckets[index]);
        self->tick = now_ns / TIMER_TICK_NS;
        self->count = 0;
}

void timer_init(struct timer *self, void (*expire)(struct timer *self))
{
        list_init(&self->node);
        self->due_ns = 0;
        self->expire = expire;
}

static uint64_t due_tick(const struct timer *self)
{
        return self->due_ns / TIMER_TICK_NS + 1;
}

void timer_set(struct timers *timers, struct timer *self, uint64_t due_ns)
{
        uint64_t tick;

        timer_clear(timers, self);
        self->due_ns = due_ns;
        tick = due_tick(self) > timers->tick ? due_tick(self) : timers->tick + 1;
        list_append(&timers->buckets[tick % TIMER_BUCKETS], &self->node);
        timers->count++;
}

bool timer_is_late(const struct timer *self, uint64_t now_ns)
{
        return now_ns - self->due_ns > TIMER_LATE_NS;
}

static void bucket_run(struct timers *self, struct list *bucket, uint64_t now_ns)
{
        struct list passed;

        list_init(&passed);
        while (!list_empty(bucket)) {
                struct timer *timer = LIST_OF(bucket->next, struct timer, node);

                list_remove(&timer->node);
                if (timer->due_ns > now_ns) {
                        list_append(&passed, &timer->node);
                        continue;
                }
                self->count--;
                timer->expire(timer);
        }
        list_splice(bucket, &passed);
}

void timers_run(struct timers *self, uint64_t now_ns)
{
        uint64_t last = now_ns / TIMER_TICK_NS;
        uint64_t tick = self->tick + 1;

        if (last <= self->tick)
                return;
        if (last - self->tick > TIMER_BUCKETS)
                tick = last - TIMER_BUCKETS + 1;
        self->tick = last;
        for (; tick <= last && self->count > 0; tick++)
                bucket_run(self, &self->buckets[tick % TIMER_BUCKETS], now_ns);
}

uint64_t timers_next_ns(const struct timers *self)
{
        if (self->count == 0)
                return UINT64_MAX;
        for (uint64_t tick = self->tick + 1; tick <= self->tick + TIMER_BUCKETS; tick++) {
                if (!list_empty(&self->buckets[tick % TIMER_BUCKETS]))
                        return tick * TIMER_TICK_NS;
        }
        assert(false);
        return UINT64_MAX;
}
