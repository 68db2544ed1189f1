/* SPDX-License-Identifier: MIT */
/*
 * A session: what belongs together, made and freed here. What it does stands in the files that session.h names.
 *
 * open() gives a session even when there is no connection, so that the reason can be read. close() ends what is
 * pending, through its callbacks, and then frees everything from the outside in: the connection first, so that nothing
 * that is freed afterwards tells the p-kernel about it one by one; the end of the connection says it all.
 */
#include "libdarqwire/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "libdarqwire/clock.h"
#include "libdarqwire/stream.h"

enum { CLOSE_FLUSH_MS = 1000 }; /* for what was sent last to go out */

int darq_session_fail(struct darq_session *self, int status, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(self->error, sizeof self->error, format, arguments);
        va_end(arguments);
        return status;
}

const char *darq_session_error(const struct darq_session *self)
{
        return self != NULL ? self->error : "memory is short";
}

static void lists_init(struct darq_session *self)
{
        struct list *lists[] = {
                &self->deferred,       &self->ended,        &self->cancelled,    &self->deaths,
                &self->unasked,        &self->ready,        &self->all_pendings, &self->holds,
                &self->streams,        &self->served_calls, &self->spare_holds,  &self->spare_calls,
                &self->spare_pendings,
        };

        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
                list_init(lists[i]);
}

struct darq_session *darq_session_new(const char *address)
{
        struct darq_session *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        self->address = address != NULL ? strdup(address) : NULL;
        self->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if ((address != NULL && self->address == NULL) || self->wake_fd < 0) {
                if (self->wake_fd >= 0)
                        close(self->wake_fd);
                free(self->address);
                free(self);
                return NULL;
        }
        self->blocking = true;
        self->link = 1;
        self->loop_fd = self->timer_fd = -1;
        atomic_init(&self->stopping, false);
        darq_connection_init(&self->connection);
        darq_writer_init(&self->scratch, NULL, 0);
        darq_deadlines_init(&self->deadlines);
        lists_init(self);
        return self;
}

int darq_session_open(struct darq_session **session, const char *address, unsigned int wait_ms)
{
        *session = darq_session_new(address);
        return *session != NULL ? darq_session_connect(*session, wait_ms) : DARQ_E_NO_MEMORY;
}

/* What was sent last goes out. */
static void farewell(struct darq_session *self)
{
        uint64_t end_ns = darq_clock_ns() + CLOSE_FLUSH_MS * DARQ_NS_PER_MS;
        uint64_t now_ns = darq_clock_ns();

        while (self->up && now_ns < end_ns && darq_connection_flush(&self->connection) == 0 &&
               self->connection.unsent_bytes != 0) {
                darq_connection_await_room(&self->connection, end_ns - now_ns);
                now_ns = darq_clock_ns();
        }
}

void darq_session_close(struct darq_session *self)
{
        if (self == NULL)
                return;
        farewell(self);
        darq_pendings_end_all(self, DARQ_E_CANCELLED);
        darq_session_lose(self, "the session was closed");
        darq_pendings_call_back(self);
        darq_pendings_deinit(self);
        darq_streams_deinit(self);
        darq_targets_deinit(self);
        darq_holds_deinit(self);
        darq_service_calls_deinit(self);
        darq_map_deinit(&self->ports);
        darq_map_deinit(&self->pendings);
        darq_map_deinit(&self->calls);
        darq_deadlines_deinit(&self->deadlines);
        darq_writer_deinit(&self->scratch);
        darq_session_loop_deinit(self);
        close(self->wake_fd);
        free(self->address);
        free(self);
}

void darq_session_set_blocking(struct darq_session *self, bool blocking)
{
        self->blocking = blocking;
}

uint64_t darq_session_connection_id(const struct darq_session *self)
{
        return self->welcome.connection_id;
}

void darq_session_on_undelivered(struct darq_session *self, darq_undelivered_callback *callback,
                                 void *context)
{
        self->undelivered = callback;
        self->undelivered_context = context;
}
