/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_LOOP_H
#define PKERNEL_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

/*
 * A thin layer over epoll: each descriptor has a source, whose function is called when it is ready. Level-triggered:
 * whoever is called may do as much or as little as it likes, and will be called again.
 */

struct source {
        int fd;
        uint32_t events; /* EPOLLIN, EPOLLOUT; as told to the system */
        void (*ready)(struct source *self, uint32_t events);
};

enum { LOOP_EVENTS = 64 };

struct loop {
        int fd;
        int count; /* of what is ready */
        struct epoll_event events[LOOP_EVENTS];
};

/** 0, or -errno. */
int loop_init(struct loop *self);
void loop_deinit(struct loop *self);

/** One more descriptor, of nothing that costs anything: to be given up when there are none left. -1: there is none left now. */
int loop_spare(const struct loop *self);

/** 0, or -errno. The source must not be in the loop yet. */
int loop_add(struct loop *self, struct source *source, uint32_t events);

/** Changes what it waits for, if that is different. 0, or -errno. */
int loop_change(struct loop *self, struct source *source, uint32_t events);

void loop_remove(struct loop *self, struct source *source);

/** Waits until something is ready or timeout_ms have passed (-1: for ever). 0, or -errno. */
int loop_wait(struct loop *self, int timeout_ms);

/** Calls what is ready. */
void loop_dispatch(struct loop *self);

#endif
