/* SPDX-License-Identifier: MIT */
#ifndef LINK_WAITS_H
#define LINK_WAITS_H

#include <stdint.h>

/*
 * What the loop waits for: a fixed number of places for descriptors, each of which changes seldom, and a time. Poll()
 * would look at all of them, and set a timer anew, at every turn; a call across two links is eight turns.
 */

enum { WAITS_MAX = 68 };

struct waits {
        int epoll;
        int timer;
        uint64_t armed_ns; /* when the timer goes off; UINT64_MAX: never */
        struct {
                int fd;              /* -1: none */
                uint32_t generation; /* of what stands behind the number */
                short events;        /* as for poll() */
                short revents;
        } places[WAITS_MAX];
};

/** 0, or -errno. */
int waits_open(struct waits *self);
void waits_close(struct waits *self);

/** generation: another one whenever another file stands behind the same number. fd -1, or no events: nothing is waited for. */
void waits_set(struct waits *self, unsigned int place, int fd, uint32_t generation, short events);

/** Until something of that has come, or the time has (of CLOCK_MONOTONIC). */
void waits_wait(struct waits *self, uint64_t due_ns);

/** What has come, as from poll(). */
static inline short waits_events(const struct waits *self, unsigned int place)
{
        return self->places[place].revents;
}

#endif
