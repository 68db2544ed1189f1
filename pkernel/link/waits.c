/* SPDX-License-Identifier: MIT */
/*
 * Waiting by epoll. The timer is set only for an earlier time than it is set for already: beats put the next one off
 * all the time, and a turn too many costs less than a system call at each.
 *
 * A descriptor that was closed has left the epoll by itself; another file with its number has to be added, which is what
 * generations are for.
 */
#include "pkernel/link/waits.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { TIMER = WAITS_MAX, EVENTS_MAX = WAITS_MAX + 1, NANOSECONDS = 1000000000 };

int waits_open(struct waits *self)
{
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = TIMER};

        *self = (struct waits){.timer = -1, .armed_ns = UINT64_MAX};
        for (int i = 0; i < WAITS_MAX; i++)
                self->places[i].fd = -1;
        self->epoll = epoll_create1(EPOLL_CLOEXEC);
        if (self->epoll >= 0)
                self->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (self->timer < 0 || epoll_ctl(self->epoll, EPOLL_CTL_ADD, self->timer, &event) != 0)
                return -errno;
        return 0;
}

void waits_close(struct waits *self)
{
        if (self->timer >= 0)
                close(self->timer);
        if (self->epoll >= 0)
                close(self->epoll);
        self->timer = self->epoll = -1;
}

/* A file that was closed may have left its number to another, at another place. */
static void number_forget(const struct waits *self, unsigned int place, int fd)
{
        for (unsigned int i = 0; i < WAITS_MAX; i++)
                if (i != place && self->places[i].fd == fd)
                        return;
        epoll_ctl(self->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void waits_set(struct waits *self, unsigned int place, int fd, uint32_t generation, short events)
{
        struct epoll_event event = {.data.u32 = place};
        int old = self->places[place].fd;

        if (events == 0)
                fd = -1;
        if (fd == old && (fd < 0 || (self->places[place].generation == generation &&
                                     self->places[place].events == events)))
                return;
        if ((events & POLLIN) != 0)
                event.events |= EPOLLIN;
        if ((events & POLLOUT) != 0)
                event.events |= EPOLLOUT;
        if (old >= 0 && old != fd)
                number_forget(self, place, old);
        if (fd >= 0 && epoll_ctl(self->epoll, EPOLL_CTL_MOD, fd, &event) != 0)
                epoll_ctl(self->epoll, EPOLL_CTL_ADD, fd, &event);
        self->places[place].fd = fd;
        self->places[place].generation = generation;
        self->places[place].events = events;
}

static void timer_arm(struct waits *self, uint64_t due_ns)
{
        struct itimerspec time = {.it_value = {.tv_sec = (time_t)(due_ns / NANOSECONDS),
                                               .tv_nsec = (long)(due_ns % NANOSECONDS) + 1}};

        if (due_ns >= self->armed_ns)
                return;
        if (time.it_value.tv_nsec == NANOSECONDS)
                time.it_value.tv_nsec--;
        timerfd_settime(self->timer, TFD_TIMER_ABSTIME, &time, NULL);
        self->armed_ns = due_ns;
}

static short poll_events(uint32_t events)
{
        return (short)(((events & EPOLLIN) != 0 ? POLLIN : 0) |
                       ((events & EPOLLOUT) != 0 ? POLLOUT : 0) |
                       ((events & EPOLLERR) != 0 ? POLLERR : 0) |
                       ((events & EPOLLHUP) != 0 ? POLLHUP : 0));
}

void waits_wait(struct waits *self, uint64_t due_ns)
{
        struct epoll_event events[EVENTS_MAX];
        uint64_t times;
        int count;

        timer_arm(self, due_ns);
        for (int i = 0; i < WAITS_MAX; i++)
                self->places[i].revents = 0;
        count = epoll_wait(self->epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
                if (events[i].data.u32 != TIMER)
                        self->places[events[i].data.u32].revents = poll_events(events[i].events);
                else if (read(self->timer, &times, sizeof times) >= 0)
                        self->armed_ns = UINT64_MAX;
        }
}
