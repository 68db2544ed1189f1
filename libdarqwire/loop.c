/* SPDX-License-Identifier: MIT */
/*
 * One descriptor for other people's event loops.
 *
 * It is an epoll descriptor that has the socket, a timer and the session's wake-up descriptor in it, so that it becomes
 * readable whenever darq_session_dispatch() has something to do, deadlines included, and stays the same over a new
 * connection. It is made when it is asked for; a session that nobody embeds does without.
 *
 * update() brings it up to date, after every dispatch and after whatever was sent outside of one. It makes a system
 * call only where something has changed.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "libdarqwire/clock.h"
#include "libdarqwire/session.h"

static const uint64_t retry_after_ns = 20 * DARQ_NS_PER_MS; /* a socket that couldn't be entered */

static int entry_set(const struct darq_session *self, int operation, int fd, uint32_t events)
{
        struct epoll_event event = {.events = events};

        return epoll_ctl(self->loop_fd, operation, fd, &event);
}

static void socket_update(struct darq_session *self)
{
        bool writes = self->connection.unsent_bytes != 0;
        uint32_t events = EPOLLIN | (writes ? EPOLLOUT : 0);

        if (!self->up || (self->loop_socket && writes == self->loop_writes))
                return;
        self->loop_lacks = entry_set(self, self->loop_socket ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
                                     self->connection.fd, events) != 0;
        if (self->loop_lacks)
                return;
        self->loop_socket = true;
        self->loop_writes = writes;
}

/* What is due now counts as a deadline that has passed. */
static uint64_t wake_ns(const struct darq_session *self)
{
        const struct darq_pending *first = darq_deadlines_first(&self->deadlines);

        uint64_t retry_ns = self->loop_lacks ? darq_clock_ns() + retry_after_ns : UINT64_MAX;

        if (darq_session_due(self))
                return 1;
        if (first != NULL && first->deadline_ns < retry_ns)
                return first->deadline_ns;
        return self->loop_lacks ? retry_ns : 0;
}

/* Whether the timer will ring in time as it is. Too early is fine, once: most deadlines are met, and the next ones are later. */
static bool timer_does(struct darq_session *self, uint64_t at_ns)
{
        if (self->timer_ns == 0)
                return at_ns == 0;
        return at_ns != 1 && (at_ns == 0 || at_ns >= self->timer_ns) &&
               self->timer_ns > darq_session_read_ns(self);
}

static void timer_update(struct darq_session *self)
{
        uint64_t at_ns = wake_ns(self);
        struct itimerspec timer = {
                .it_value = {(time_t)(at_ns / (1000 * DARQ_NS_PER_MS)),
                             (long)(at_ns % (1000 * DARQ_NS_PER_MS))},
        };

        if (timer_does(self, at_ns))
                return;
        timerfd_settime(self->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
        self->timer_ns = at_ns;
}

void darq_session_loop_update(struct darq_session *self)
{
        if (self->loop_fd < 0)
                return;
        socket_update(self);
        timer_update(self);
}

void darq_session_loop_forget(struct darq_session *self)
{
        if (self->loop_fd >= 0 && self->loop_socket)
                entry_set(self, EPOLL_CTL_DEL, self->connection.fd, 0);
        self->loop_socket = false;
        self->loop_writes = false;
        self->loop_lacks = false;
}

void darq_session_loop_deinit(struct darq_session *self)
{
        if (self->loop_fd >= 0)
                close(self->loop_fd);
        if (self->timer_fd >= 0)
                close(self->timer_fd);
        self->loop_fd = self->timer_fd = -1;
        self->loop_socket = false;
}

int darq_session_fd(struct darq_session *self)
{
        if (self->loop_fd >= 0)
                return self->loop_fd;
        self->loop_fd = epoll_create1(EPOLL_CLOEXEC);
        self->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (self->loop_fd < 0 || self->timer_fd < 0 ||
            entry_set(self, EPOLL_CTL_ADD, self->timer_fd, EPOLLIN) != 0 ||
            entry_set(self, EPOLL_CTL_ADD, self->wake_fd, EPOLLIN) != 0)
                darq_session_loop_deinit(self);
        darq_session_loop_update(self);
        return self->loop_fd;
}

short darq_session_events(const struct darq_session *self)
{
        (void)self;
        return POLLIN;
}
