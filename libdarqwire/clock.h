/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_CLOCK_H
#define DARQWIRE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Time is CLOCK_MONOTONIC in nanoseconds, never 0; deadlines are points of it, 0 meaning none. */

#define DARQ_NS_PER_MS UINT64_C(1000000)

static inline uint64_t darq_clock_read(clockid_t clock)
{
        struct timespec now;

        clock_gettime(clock, &now);
        return (uint64_t)now.tv_sec * 1000 * DARQ_NS_PER_MS + (uint64_t)now.tv_nsec;
}

static inline uint64_t darq_clock_ns(void)
{
        return darq_clock_read(CLOCK_MONOTONIC);
}

/* How far darq_clock_about_ns() may be ahead: the system's slowest tick. */
#define DARQ_CLOCK_TICK_NS (10 * DARQ_NS_PER_MS)

/** Never earlier than it is, and at most a tick later: a quarter of what asking the processor takes. */
static inline uint64_t darq_clock_about_ns(void)
{
        return darq_clock_read(CLOCK_MONOTONIC_COARSE) + DARQ_CLOCK_TICK_NS;
}

/** Milliseconds until a deadline, rounded up; 0 when it has passed. */
static inline uint32_t darq_clock_left_ms(uint64_t deadline_ns, uint64_t now_ns)
{
        uint64_t left;

        if (deadline_ns <= now_ns)
                return 0;
        left = (deadline_ns - now_ns + DARQ_NS_PER_MS - 1) / DARQ_NS_PER_MS;
        return left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
}

#endif
