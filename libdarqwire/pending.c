/* SPDX-License-Identifier: MIT */
/*
 * Calls of ours, from the request to the one outcome.
 *
 *      start() --window full--> HELD_BACK --an earlier call ends--> SENT --outcome, deadline, lost link--> DONE
 *            \------------------------------------------------------^
 *
 * Synchronous calls are asynchronous ones that somebody waits for. A call that ran into its deadline, or that nobody
 * wants any more, stays known until the p-kernel has given its outcome ("owed"): its number isn't free before, it
 * counts in the port's window, and ports in a late reply have to be given back.
 *
 * Invariants: owed == it stands in session->pendings == it counts in target->open_calls; HELD_BACK == it stands in
 * target->waiting and has an unsent writer; a DONE one is not among the deadlines; freed when neither owed nor wanted.
 */
#include "libdarqwire/session.h"
#include "libdarqwire/stream.h"

#include <stdlib.h>
#include <string.h>

#include "libdarqwire/clock.h"

enum { FAR_MS = 100 * DARQ_CLOCK_TICK_NS / DARQ_NS_PER_MS }; /* a tick more or less is nothing */

static struct darq_pending *pending_new(struct darq_session *session)
{
        struct darq_pending *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        self->session = session;
        self->deadline_index = DARQ_DEADLINE_NONE;
        return self;
}

/* In no list but that of all. */
static struct darq_pending *pending_alloc(struct darq_session *session)
{
        struct list *link = list_pop(&session->spare_pendings);
        struct darq_pending *self =
                link != NULL ? LIST_OF(link, struct darq_pending, link) : pending_new(session);

        if (self == NULL)
                return NULL;
        memset(&self->state, 0, sizeof *self - offsetof(struct darq_pending, state));
        list_append(&session->all_pendings, &self->all);
        return self;
}

static void unsent_free(struct darq_pending *self)
{
        if (self->unsent == NULL)
                return;
        darq_writer_deinit(self->unsent);
        free(self->unsent);
        self->unsent = NULL;
}

static void pending_dispose(struct darq_pending *self)
{
        list_remove(&self->link);
        list_cut(&self->all);
        if (self->state != DARQ_PENDING_DONE)
                darq_deadlines_remove(&self->session->deadlines, self);
        unsent_free(self);
        darq_hold_free(self->reply);
        free(self->detail);
        self->detail = NULL;
        list_prepend(&self->session->spare_pendings, &self->link);
}

void darq_pendings_deinit(struct darq_session *session)
{
        struct list *link;

        while (!list_empty(&session->all_pendings))
                pending_dispose(LIST_OF(session->all_pendings.next, struct darq_pending, all));
        while ((link = list_pop(&session->spare_pendings)) != NULL)
                free(LIST_OF(link, struct darq_pending, link));
}

static void pending_settle(struct darq_pending *self)
{
        if (self->abandoned && !self->owed && !self->running)
                pending_dispose(self);
}

static void pending_done(struct darq_pending *self, int result, struct darq_hold *reply);

/* Sending */

static inline int pending_send(struct darq_pending *self, struct darq_writer *writer, size_t start,
                               uint64_t now_ns)
{
        struct darq_envelope envelope = {
                .source = self->source,
                .destination = self->port,
                .call = self->node.key,
                .flags = DARQ_FRAME_REQUEST,
        };
        int r;

        if (self->deadline_ns != 0)
                envelope.timeout_ms = darq_clock_left_ms(self->deadline_ns, now_ns);
        if (self->deadline_ns != 0 && envelope.timeout_ms == 0)
                envelope.timeout_ms = 1;
        r = darq_session_put_message(self->session, writer, start, &envelope);
        if (r != 0)
                return r;
        self->state = DARQ_PENDING_SENT;
        return 0;
}

static int pending_hold_back(struct darq_pending *self, struct darq_writer *writer, size_t start)
{
        self->unsent = malloc(sizeof *self->unsent);
        if (self->unsent == NULL)
                return DARQ_E_NO_MEMORY;
        *self->unsent = *writer;
        self->unsent_start = start;
        darq_writer_init(writer, NULL, 0);
        list_append(&self->target->waiting, &self->link);
        self->state = DARQ_PENDING_HELD_BACK;
        return 0;
}

/* The p-kernel owes an outcome from now on. */
static int pending_enter(struct darq_pending *self)
{
        int r = darq_map_add(&self->session->pendings, &self->node, ++self->session->next_call);

        if (r != 0)
                return r;
        self->owed = true;
        self->target->open_calls++;
        return 0;
}

static void pending_leave(struct darq_pending *self)
{
        darq_map_remove(&self->session->pendings, &self->node);
        self->owed = false;
        if (self->target != NULL)
                self->target->open_calls--;
        self->target = NULL;
}

static int pending_begin(struct darq_pending *self, struct darq_writer *writer, size_t start,
                         uint64_t now_ns)
{
        int r;

        if (self->target->open_calls >= DARQ_WINDOW)
                return pending_hold_back(self, writer, start);
        r = pending_enter(self);
        if (r == 0)
                r = pending_send(self, writer, start, now_ns);
        if (r != 0 && self->owed)
                pending_leave(self);
        return r;
}

static uint64_t deadline_of(const struct darq_session *session, const struct darq_request_to *to,
                            uint64_t now_ns)
{
        uint64_t deadline_ns = 0;

        if (to->timeout_ms != 0)
                deadline_ns = now_ns + to->timeout_ms * DARQ_NS_PER_MS;
        if (session->handling_deadline_ns != 0 &&
            (deadline_ns == 0 || session->handling_deadline_ns < deadline_ns))
                deadline_ns = session->handling_deadline_ns;
        return deadline_ns;
}

/* When a request is made. Deadlines that are far away needn't know it to the microsecond. */
static uint64_t start_ns(const struct darq_session *session, const struct darq_request_to *to)
{
        if (to->timeout_ms >= FAR_MS && session->handling_deadline_ns == 0)
                return darq_clock_about_ns();
        return darq_clock_ns();
}

static int start_failed(struct darq_session *session, const struct darq_request_to *to, int status)
{
        return darq_session_fail(session, status, "a request to port %llu was not sent: %s",
                                 (unsigned long long)to->port, darq_status_text(status));
}

int darq_pending_start(struct darq_session *session, const struct darq_request_to *to,
                       struct darq_writer *writer, size_t start, struct darq_pending **pending)
{
        struct darq_target *target = darq_target_get(session, to->port);
        struct darq_pending *self = target != NULL ? pending_alloc(session) : NULL;
        int r = DARQ_E_NO_MEMORY;
        uint64_t now_ns;

        if (self == NULL)
                goto settle;
        now_ns = start_ns(session, to);
        self->target = target;
        self->port = to->port;
        self->source = to->source != 0 ? to->source : session->own_port;
        self->interface = to->interface;
        self->method = to->method;
        self->deadline_ns = deadline_of(session, to, now_ns);
        r = 0;
        if (self->deadline_ns != 0)
                r = self->deadline_ns > now_ns ? darq_deadlines_add(&session->deadlines, self)
                                               : DARQ_E_EXPIRED;
        if (r == 0)
                r = pending_begin(self, writer, start, now_ns);
        if (r == 0) {
                *pending = self;
                return 0;
        }
        pending_dispose(self);
settle:
        if (target != NULL)
                darq_target_settle(session, target);
        return start_failed(session, to, r);
}

/* One that was held back can't be sent after all. */
static void pending_refuse(struct darq_pending *self, int result)
{
        if (self->owed)
                pending_leave(self);
        self->target = NULL;
        pending_done(self, result, NULL);
        pending_settle(self);
}

/* The window has room, or nobody holds the port: the next ones that were held back go out. */
static __attribute__((noinline)) void target_go_on(struct darq_session *session,
                                                   struct darq_target *target)
{
        struct list *link;

        while (target->open_calls < DARQ_WINDOW && (link = list_pop(&target->waiting)) != NULL) {
                struct darq_pending *next = LIST_OF(link, struct darq_pending, link);
                int r = pending_enter(next);

                if (r == 0)
                        r = pending_send(next, next->unsent, next->unsent_start, darq_clock_ns());
                unsent_free(next);
                if (r != 0)
                        pending_refuse(next, r);
        }
        darq_target_settle(session, target);
}

/* Ending */

/* Out of the queue of a port whose window is full. */
static void pending_unqueue(struct darq_pending *self)
{
        struct darq_target *target = self->target;

        list_remove(&self->link);
        unsent_free(self);
        self->target = NULL;
        if (target != NULL)
                darq_target_settle(self->session, target);
}

/* The outcome is there; further ones are none of anybody's business. */
static inline void pending_done(struct darq_pending *self, int result, struct darq_hold *reply)
{
        struct darq_session *session = self->session;

        if (self->state == DARQ_PENDING_DONE) {
                darq_hold_free(reply);
                return;
        }
        darq_deadlines_remove(&session->deadlines, self);
        if (self->state == DARQ_PENDING_HELD_BACK)
                pending_unqueue(self);
        self->state = DARQ_PENDING_DONE;
        self->result = result;
        self->reply = reply;
        if (self->stream != NULL)
                darq_stream_call_ended(self->stream);
        if (!self->abandoned && !self->waited)
                list_append(&session->ended, &self->link);
}

/* Whether anything is to be done about its port once it has ended: calls wait, or nobody holds it. */
static bool target_waits(const struct darq_target *target)
{
        return target->holders == 0 || !list_empty(&target->waiting);
}

/* Before it ends its target, if it has one, is there for sure; afterwards it is looked for, where there is something to do. */
void darq_pending_end(struct darq_pending *self, int result, struct darq_hold *reply)
{
        struct darq_session *session = self->session;
        bool go_on = self->target == NULL || target_waits(self->target);
        struct darq_target *target;
        uint64_t port = self->port;

        if (self->owed)
                pending_leave(self);
        pending_done(self, result, reply);
        pending_settle(self);
        target = go_on ? darq_target_find(session, port) : NULL;
        if (target != NULL && target_waits(target))
                target_go_on(session, target);
}

void darq_pending_put_off(struct darq_pending *self)
{
        struct darq_target *target = self->target;

        if (!self->owed || target == NULL)
                return;
        self->target = NULL;
        target->open_calls--;
        target_go_on(self->session, target);
}

/* What was never sent has ended with that. */
void darq_pending_give_up(struct darq_pending *self, int result)
{
        struct darq_session *session = self->session;

        if (self->state == DARQ_PENDING_SENT && self->owed && session->up) {
                darq_session_put_cancel(session, self->port, self->node.key);
                darq_session_flush(session, false);
        }
        if (self->state == DARQ_PENDING_HELD_BACK && result == DARQ_E_TIMEOUT)
                result = DARQ_E_EXPIRED;
        pending_done(self, result, NULL);
}

static bool done(const void *context)
{
        const struct darq_pending *self = context;

        return self->state == DARQ_PENDING_DONE;
}

void darq_pending_await(struct darq_pending *self)
{
        int r;

        self->waited = true;
        r = darq_session_wait(self->session, done, self, self->deadline_ns);
        if (r != 0 && self->state != DARQ_PENDING_DONE)
                darq_pending_give_up(self, r);
}

void darq_pending_abandon(struct darq_pending *self)
{
        self->abandoned = true;
        if (self->state != DARQ_PENDING_DONE)
                darq_pending_give_up(self, DARQ_E_CANCELLED);
        list_remove(&self->link);
        pending_settle(self);
}

void darq_pending_free(struct darq_pending *self)
{
        if (self != NULL)
                darq_pending_abandon(self);
}

void darq_pendings_expire(struct darq_session *session, uint64_t now_ns)
{
        struct darq_pending *first;

        while ((first = darq_deadlines_first(&session->deadlines)) != NULL &&
               first->deadline_ns <= now_ns) {
                darq_pending_give_up(first, DARQ_E_TIMEOUT);
                pending_settle(first);
        }
}

static void pending_call_back(struct darq_pending *self)
{
        const void *reply = NULL;
        int result = darq_pending_result(self, &reply);

        self->running = true;
        if (self->callback != NULL && self->method->finish != NULL)
                self->method->finish(self->callback, self->context, result, reply);
        self->running = false;
        darq_hold_free(self->reply);
        self->reply = NULL;
        self->abandoned |= self->unheld;
        pending_settle(self);
}

void darq_pendings_call_back(struct darq_session *session)
{
        struct list *link;

        while ((link = list_pop(&session->ended)) != NULL)
                pending_call_back(LIST_OF(link, struct darq_pending, link));
}

void darq_pendings_end_all(struct darq_session *session, int result)
{
        struct list *link = session->all_pendings.next;

        while (link != &session->all_pendings) {
                struct darq_pending *self = LIST_OF(link, struct darq_pending, all);

                link = link->next;
                self->target = NULL;
                if (self->owed)
                        pending_leave(self);
                pending_done(self, result, NULL);
                pending_settle(self);
        }
}
