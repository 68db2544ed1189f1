/* SPDX-License-Identifier: MIT */
/*
 * Connections: a peer from accept to its end.
 *
 *      (new) --connection_new--> LEGACY --Hello--> GREETED
 *      LEGACY, GREETED --connection_close, connection_violate, pace_expire--> ENDED --kernel_flush--> (freed)
 *
 * Ending only marks it: what it has sent has been handled by then, and what ends with it is dismantled at the flush,
 * in this order: a last attempt to write; the calls that it made are cancelled; the ports that it was lent are taken back,
 * with what waits there; what else waits for it is answered NO_PORT; the calls that it had been handed end with PEER_DIED;
 * its ports end, and watchers are told; its rights go.
 */
#include "pkernel/core/connection.h"

#include "pkernel/core/control.h"
#include "pkernel/core/location.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"
#include "pkernel/core/slot.h"
#include "pkernel/core/watch.h"

#include <assert.h>
#include <stdlib.h>

enum {
        NANOSECONDS_PER_MS = 1000000,
        WORK_MAX = 10000, /* entries of lists per turn: well below a millisecond */
};

static void pace_expire(struct timer *timer)
{
        struct input *input = CONTAINER_OF(timer, struct input, timer);
        struct connection *self = CONTAINER_OF(input, struct connection, input);
        const struct limits *limits = &self->kernel->limits;
        uint64_t period_ms = input->begun ? limits->slow_ms : limits->first_frame_ms;

        if (timer_is_late(timer, self->kernel->now_ns) ||
            (input->begun && (input->held || !connection_wants_input(self) ||
                              input->progress >= limits->slow_bytes))) {
                input->progress = 0;
                timer_set(&self->kernel->timers, timer,
                          self->kernel->now_ns + period_ms * NANOSECONDS_PER_MS);
                return;
        }
        kernel_note(self->kernel, NOTE_SLOW, self,
                    input->begun ? "a frame that doesn't go on" : "no first frame");
        connection_end(self);
}

static struct connection *connection_make(struct kernel *kernel, const char *name, bool privileged)
{
        struct principal *principal = principal_ref(kernel, name, privileged);
        struct connection *self = NULL;

        if (principal != NULL && principal->connections < kernel->limits.connections)
                self = calloc(1, sizeof *self);
        if (self != NULL) {
                self->id = kernel->next_connection;
                self->share = share_ref(principal, self->id);
        }
        if (self == NULL || self->share == NULL) {
                principal_unref(principal);
                free(self);
                return NULL;
        }
        kernel->next_connection++;
        principal->connections++;
        self->kernel = kernel;
        self->principal = principal;
        input_init(&self->input, pace_expire);
        output_init(&self->output);
        list_init(&self->node);
        list_init(&self->ended_node);
        list_init(&self->tired_node);
        list_init(&self->ports);
        list_init(&self->routes);
        list_init(&self->calls);
        list_init(&self->served);
        list_init(&self->asked);
        list_init(&self->watches);
        return self;
}

static void connection_release(struct connection *self)
{
        assert(self->output.run == NULL);
        assert(list_empty(&self->output.sending) && list_empty(&self->output.messages));
        assert(list_empty(&self->output.flows) && list_empty(&self->output.lanes));
        assert(self->output.answer_bytes == 0);
        list_remove(&self->output.node);
        if (self->kernel->early == self)
                self->kernel->early = NULL;
        share_unref(self->share);
        self->principal->connections--;
        principal_unref(self->principal);
        free(self);
}

struct connection *connection_new(struct kernel *kernel, void *peer, const char *principal,
                                  bool privileged)
{
        struct connection *self = connection_make(kernel, principal, privileged);

        if (self == NULL)
                return NULL;
        self->peer = peer;
        list_append(&kernel->connections, &self->node);
        table_add(&kernel->by_id, &self->by_id, self->id, 0);
        kernel->connection_count++;
        timer_set(&kernel->timers, &self->input.timer,
                  kernel->now_ns + kernel->limits.first_frame_ms * NANOSECONDS_PER_MS);
        kernel_note(kernel, NOTE_CONNECTED, self, "connected");
        return self;
}

struct connection *connection_new_keeper(struct kernel *kernel, const char *principal)
{
        struct connection *self = connection_make(kernel, principal, false);

        if (self == NULL)
                return NULL;
        self->keeper = true;
        self->greeted = true; /* as those are that it keeps for */
        return self;
}

void connection_free_keeper(struct connection *self)
{
        output_clear(self);
        while (!list_empty(&self->routes))
                route_disconnect(LIST_OF(self->routes.next, struct route, connection_node));
        assert(list_empty(&self->ports) && list_empty(&self->served));
        connection_release(self);
}

void connection_input(struct connection *self, uint8_t *data, size_t size)
{
        if (!self->ended)
                input_take(self, data, size);
}

/* What was held back is looked at now. Nobody will read the answers to it. */
void connection_close(struct connection *self)
{
        self->output.deaf = true;
        if (input_may_resume(self))
                input_resume(self);
        connection_end(self);
}

void connection_end(struct connection *self)
{
        if (self->ended)
                return;
        self->ended = true;
        list_append(&self->kernel->ended, &self->ended_node);
}

void connection_violate(struct connection *self, const char *text)
{
        if (self->ended)
                return;
        self->kernel->statistics.violations++;
        kernel_note(self->kernel, NOTE_VIOLATION, self, text);
        connection_end(self);
}

void connection_writable(struct connection *self)
{
        self->output.blocked = false;
        output_touch(self);
}

bool connection_wants_input(const struct connection *self)
{
        return (self->output.deaf || self->output.answer_bytes <= self->kernel->limits.answers) &&
               list_empty(&self->tired_node);
}

bool connection_goes_on(const struct connection *self)
{
        return self->input.held && self->output.answer_bytes <= self->kernel->limits.answers;
}

void connection_work(struct connection *self, uint64_t entries)
{
        self->work += entries;
        if (self->work > WORK_MAX && !self->ended && list_empty(&self->tired_node))
                list_append(&self->kernel->tired, &self->tired_node);
}

void connection_rest(struct connection *self)
{
        list_remove(&self->tired_node);
        self->work = 0;
        output_touch(self);
}

bool connection_become(struct connection *self, const char *name)
{
        struct principal *principal = principal_ref(self->kernel, name, false);
        struct share *share = principal == NULL ? NULL : share_ref(principal, self->id);

        if (share == NULL) {
                principal_unref(principal);
                return false;
        }
        principal->connections++;
        share_unref(self->share);
        self->principal->connections--;
        principal_unref(self->principal);
        self->principal = principal;
        self->share = share;
        return true;
}

struct connection *connection_find(struct kernel *kernel, uint64_t id)
{
        struct table_node *node = table_find(&kernel->by_id, id, 0);

        return node == NULL ? NULL : LIST_OF(node, struct connection, by_id);
}

static void calls_end(struct connection *self)
{
        while (!list_empty(&self->calls))
                slot_cancel(LIST_OF(self->calls.next, struct slot, caller_node));
}

static void served_end(struct connection *self)
{
        while (!list_empty(&self->served))
                slot_fail(LIST_OF(self->served.next, struct slot, callee_node),
                          DARQ_FRAME_PEER_DIED, "the callee's connection has ended");
}

void connection_dismantle(struct connection *self)
{
        output_write(self);
        kernel_note(self->kernel, NOTE_ENDED, self, "ended");
        calls_end(self);
        roster_disconnected(self);
        control_disconnected(self);
        location_disconnected(self);
        output_clear(self);
        served_end(self);
        while (!list_empty(&self->ports))
                port_close(LIST_OF(self->ports.next, struct port, node));
        while (!list_empty(&self->routes))
                route_disconnect(LIST_OF(self->routes.next, struct route, connection_node));
        watches_clear(self);
        output_clear(self);
        input_deinit(self);
        table_remove(&self->kernel->by_id, &self->by_id);
        list_remove(&self->node);
        list_remove(&self->tired_node);
        self->kernel->connection_count--;
}

void connection_free(struct connection *self)
{
        struct kernel *kernel = self->kernel;
        void *peer = self->peer;

        connection_release(self);
        kernel->environment.drop(kernel->environment.context, peer);
}
