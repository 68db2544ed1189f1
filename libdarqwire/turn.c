/* SPDX-License-Identifier: MIT */
/*
 * When things happen.
 *
 * A turn is one round of a session: write what is queued, wait for the socket, read once, act on every frame, run what is
 * due, write what came of it. Handlers and callbacks run in turns only. What they send is queued and leaves together at the
 * turn's end, or earlier when there is much of it.
 *
 * darq_session_wait() is the other way to read: a synchronous call, or anything that needs an answer, reads until it is
 * there, and puts off what isn't for it. In a handler, inside a turn, it is the same.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "libdarqwire/clock.h"
#include "libdarqwire/session.h"
#include "libdarqwire/stream.h"

/* A poll with a deadline waits no longer, and looks again. */
#define WAIT_MAX_MS UINT64_C(3600000)

/* Links end where they are found to be broken. */
static int lost(struct darq_session *self, int status)
{
        if (status == DARQ_E_NO_MEMORY)
                return darq_session_lose(self, "memory was short for what came");
        return darq_session_lose(self, "it was closed at the other end");
}

/* Runs what a frame has made due. */
static void callbacks_run(struct darq_session *self)
{
        if (!list_empty(&self->ended))
                darq_pendings_call_back(self);
        if (!list_empty(&self->cancelled))
                darq_service_calls_call_back(self);
}

/* Acts on all frames that have been read. */
static int frames_take(struct darq_session *self, bool turn)
{
        struct darq_incoming frame;
        uint32_t link = self->link;
        unsigned int count = 0;
        int r;

        while ((r = darq_connection_next(&self->connection, &frame)) == 1) {
                struct darq_block *block = darq_block_ref(frame.block);

                self->burst |= ++count > 1;
                r = darq_intake_frame(self, &frame, turn);
                if (turn)
                        callbacks_run(self);
                darq_block_unref(block);
                if (self->link != link)
                        return DARQ_E_LINK_LOST;
                if (r != 0)
                        return lost(self, r);
        }
        return r == 0 ? 0 : darq_session_lose(self, "what came is no frame");
}

/* Reading */

static bool buffers_full(const struct darq_session *self)
{
        return self->deferred_bytes > DARQ_DEFERRED_MAX;
}

static int read_some(struct darq_session *self, uint64_t wait_ns)
{
        int r = darq_connection_read(&self->connection, wait_ns);

        self->read_ns = 0;
        self->burst = self->connection.burst;
        return r == 0 ? 0 : lost(self, r);
}

uint64_t darq_session_read_ns(struct darq_session *self)
{
        if (self->read_ns == 0)
                self->read_ns = darq_clock_ns();
        return self->read_ns;
}

static uint64_t time_until(uint64_t deadline_ns)
{
        uint64_t now_ns = darq_clock_ns();

        return deadline_ns > now_ns ? deadline_ns - now_ns : 0;
}

static int wait_for(struct darq_session *self, darq_condition *condition, const void *context,
                    uint64_t deadline_ns)
{
        bool looked = false;

        for (;;) {
                uint64_t wait_ns = UINT64_MAX;
                int r = darq_connection_flush(&self->connection);

                if (r != 0 || !self->up)
                        return self->up ? lost(self, r) : DARQ_E_LINK_LOST;
                r = frames_take(self, false);
                if (r != 0)
                        return r;
                if (condition(context))
                        return 0;
                if (buffers_full(self))
                        return darq_session_fail(self, DARQ_E_NO_BUFFERS,
                                                 "too much arrived while a call waited");
                if (deadline_ns != 0)
                        wait_ns = time_until(deadline_ns);
                if (wait_ns == 0 && looked)
                        return DARQ_E_TIMEOUT;
                looked = wait_ns == 0;
                r = read_some(self, wait_ns);
                if (r != 0)
                        return r;
        }
}

/* What it put off has been read from the socket, so that only the timer can wake another event loop for it. */
int darq_session_wait(struct darq_session *self, darq_condition *condition, const void *context,
                      uint64_t deadline_ns)
{
        int r = wait_for(self, condition, context, deadline_ns);

        if (!self->in_turn)
                darq_session_loop_update(self);
        return r;
}

/* Writing */

static bool unsent_none(const void *context)
{
        const struct darq_session *self = context;

        return self->connection.unsent_bytes == 0;
}

static int write_out(struct darq_session *self, bool wait)
{
        int r = darq_connection_flush(&self->connection);

        if (r != 0)
                return lost(self, r);
        if (wait && self->blocking && self->connection.unsent_bytes != 0)
                r = darq_session_wait(self, unsent_none, self, 0);
        darq_session_loop_update(self);
        return r == DARQ_E_NO_BUFFERS ? 0 : r;
}

int darq_session_flush(struct darq_session *self, bool wait)
{
        if (!self->up)
                return DARQ_E_LINK_LOST;
        if ((self->in_turn || self->corked) && self->connection.unsent_bytes < DARQ_CORK_MAX) {
                if (self->connection.fresh_bytes < DARQ_EARLY)
                        return 0;
                wait = false;
        }
        return write_out(self, wait);
}

int darq_session_cork(struct darq_session *self, bool corked)
{
        self->corked = corked;
        return corked ? 0 : darq_session_flush(self, true);
}

int darq_session_make_room(struct darq_session *self)
{
        if (darq_connection_flush(&self->connection) == 0 &&
            self->connection.unsent_bytes < DARQ_CORK_MAX)
                return 0;
        return darq_session_fail(self, DARQ_E_AGAIN, "the p-kernel takes no more at the moment");
}

/* Turns */

static int deferred_take(struct darq_session *self)
{
        uint32_t link = self->link;
        struct list *first;
        int r = 0;

        while (r == 0 && (first = list_pop(&self->deferred)) != NULL) {
                struct darq_deferred *deferred = LIST_OF(first, struct darq_deferred, link);

                self->deferred_bytes -= deferred->frame.header.size;
                r = darq_intake_frame(self, &deferred->frame, true);
                darq_block_unref(deferred->frame.block);
                free(deferred);
                callbacks_run(self);
                if (self->link != link)
                        return DARQ_E_LINK_LOST;
        }
        return r == 0 ? 0 : lost(self, r);
}

/* Callbacks whose time has come otherwise than by a frame. */
static void due_run(struct darq_session *self)
{
        if (darq_deadlines_first(&self->deadlines) != NULL)
                darq_pendings_expire(self, darq_clock_ns());
        callbacks_run(self);
        darq_targets_call_back(self);
        darq_streams_call_back(self);
        darq_ports_ask(self);
}

bool darq_session_due(const struct darq_session *self)
{
        return !list_empty(&self->deferred) || !list_empty(&self->ended) ||
               !list_empty(&self->cancelled) || !list_empty(&self->deaths) ||
               !list_empty(&self->ready) || !list_empty(&self->unasked);
}

/* Everything that has come, up to what one read gives. */
static int turn_run(struct darq_session *self, bool read)
{
        int r = 0;

        self->in_turn = true;
        self->read_ns = 0;
        if (self->up)
                r = deferred_take(self);
        if (r == 0 && self->up && read && !buffers_full(self))
                r = read_some(self, 0);
        if (r == 0 && self->up)
                r = frames_take(self, true);
        due_run(self);
        self->in_turn = false;
        if (self->up)
                r = write_out(self, false);
        return self->up ? r : DARQ_E_LINK_LOST;
}

static void wake_drain(struct darq_session *self)
{
        uint64_t count;

        while (read(self->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
                ;
}

/* How long to sleep: not beyond the next deadline. NULL: for ever, which costs the system no timer. */
static const struct timespec *sleep_for(const struct darq_session *self, int timeout_ms,
                                        struct timespec *wait)
{
        const struct darq_pending *first = darq_deadlines_first(&self->deadlines);
        uint64_t wait_ns = timeout_ms >= 0 ? (uint64_t)timeout_ms * DARQ_NS_PER_MS : UINT64_MAX;
        uint64_t until_ns = first != NULL ? time_until(first->deadline_ns) : UINT64_MAX;

        if (until_ns < wait_ns)
                wait_ns = until_ns;
        if (wait_ns == UINT64_MAX)
                return NULL;
        if (wait_ns > WAIT_MAX_MS * DARQ_NS_PER_MS)
                wait_ns = WAIT_MAX_MS * DARQ_NS_PER_MS;
        *wait = (struct timespec){(time_t)(wait_ns / (1000 * DARQ_NS_PER_MS)),
                                  (long)(wait_ns % (1000 * DARQ_NS_PER_MS))};
        return wait;
}

/* Sleeps until there is something to do; whether the socket is to be read. */
static bool sleep_turn(struct darq_session *self, int timeout_ms)
{
        short events = buffers_full(self) ? 0 : POLLIN;
        struct pollfd fds[2] = {{.fd = self->connection.fd},
                                {.fd = self->wake_fd, .events = POLLIN}};
        struct timespec wait;

        if (self->connection.unsent_bytes != 0)
                events |= POLLOUT;
        fds[0].events = events;
        if (events == 0)
                fds[0].fd = -1;
        if (ppoll(fds, 2, sleep_for(self, timeout_ms, &wait), NULL) <= 0)
                return false;
        if (fds[1].revents != 0)
                wake_drain(self);
        return (fds[0].revents & ~POLLOUT) != 0;
}

/* Nobody needs to be woken by an earlier stop any more. */
static void wake_forget(struct darq_session *self)
{
        if (atomic_exchange(&self->woken, false))
                wake_drain(self);
}

static int turn(struct darq_session *self, int timeout_ms)
{
        if (self->in_turn)
                return darq_session_fail(self, DARQ_E_INVALID,
                                         "a session can't be polled from inside its own handlers");
        if (self->up && darq_connection_flush(&self->connection) != 0)
                lost(self, DARQ_E_LINK_LOST);
        if (!self->up)
                return turn_run(self, false);
        if (timeout_ms != 0 && !darq_session_due(self))
                return turn_run(self, sleep_turn(self, timeout_ms));
        wake_forget(self); /* nothing is waited for: reading shows whether there is anything */
        return turn_run(self, true);
}

int darq_session_poll(struct darq_session *self, int timeout_ms)
{
        return turn(self, timeout_ms);
}

int darq_session_dispatch(struct darq_session *self)
{
        int r = turn(self, 0);

        darq_session_loop_update(self);
        return r;
}

int darq_session_run(struct darq_session *self)
{
        int r = 0;

        while (r == 0 && !atomic_load(&self->stopping))
                r = turn(self, self->burst && !buffers_full(self) ? 0 : -1);
        if (r == 0)
                atomic_store(&self->stopping, false);
        wake_forget(self);
        return r;
}

void darq_session_stop(struct darq_session *self)
{
        uint64_t one = 1;
        int saved = errno;
        ssize_t size;

        atomic_store(&self->stopping, true);
        do
                size = write(self->wake_fd, &one, sizeof one);
        while (size < 0 && errno == EINTR);
        atomic_store(&self->woken, true);
        errno = saved;
}
