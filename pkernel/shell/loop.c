/* SPDX-License-Identifier: MIT */
/*
 * epoll.
 *
 * At most 64 descriptors are served per turn, so that a turn stays short whatever comes; the system hands them out in
 * turn. A source that is removed during a turn may still be called in it: it must live until the turn has ended.
 */
#include "pkernel/shell/loop.h"

#include <errno.h>
#include <unistd.h>

int loop_init(struct loop *self)
{
        self->fd = epoll_create1(EPOLL_CLOEXEC);
        return self->fd < 0 ? -errno : 0;
}

void loop_deinit(struct loop *self)
{
        if (self->fd >= 0)
                close(self->fd);
        self->fd = -1;
}

int loop_spare(const struct loop *self)
{
        return dup(self->fd);
}

static int control(struct loop *self, int operation, struct source *source, uint32_t events)
{
        struct epoll_event event = {.events = events, .data.ptr = source};

        if (epoll_ctl(self->fd, operation, source->fd, &event) < 0)
                return -errno;
        source->events = events;
        return 0;
}

int loop_add(struct loop *self, struct source *source, uint32_t events)
{
        return control(self, EPOLL_CTL_ADD, source, events);
}

int loop_change(struct loop *self, struct source *source, uint32_t events)
{
        return source->events == events ? 0 : control(self, EPOLL_CTL_MOD, source, events);
}

void loop_remove(struct loop *self, struct source *source)
{
        epoll_ctl(self->fd, EPOLL_CTL_DEL, source->fd, NULL);
}

int loop_wait(struct loop *self, int timeout_ms)
{
        self->count = epoll_wait(self->fd, self->events, LOOP_EVENTS, timeout_ms);
        if (self->count >= 0)
                return 0;
        self->count = 0;
        return errno == EINTR ? 0 : -errno;
}

void loop_dispatch(struct loop *self)
{
        for (int index = 0; index < self->count; index++) {
                struct source *source = self->events[index].data.ptr;

                source->ready(source, self->events[index].events);
        }
}
