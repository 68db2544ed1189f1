/* SPDX-License-Identifier: MIT */
/*
 * Declared services: who serves them, and when they are started.
 *
 * While nobody serves a service its port belongs to the keeper, a connection without a peer that never takes a byte:
 * what waits for the service waits in the keeper's output, under the same limits and in the same order as elsewhere. Lending
 * the port moves all of that to the instance, taking it back moves what hasn't begun to be written; so nothing that is
 * queued is lost, and nothing that was handed over is ever sent again.
 *
 * An instance is over when both its process and its connection have ended, whichever comes first; the next one isn't
 * started before. Bytes are charged to the service's own principal, whoever serves it.
 */
#include "pkernel/core/service.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/port.h"
#include "pkernel/core/run.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { END_MS = 5000, BACK_OFF_FIRST_MS = 100, BACK_OFF_MAX_MS = 30000 };

#define NANOSECONDS_PER_MS UINT64_C(1000000)

static void over_check(struct service *self);

static void timer_start(struct service *self, uint64_t delay_ns)
{
        timer_set(&self->kernel->timers, &self->timer, self->kernel->now_ns + delay_ns);
}

/* What waits */

static void waiting_fail(struct service *self, uint32_t code, const char *detail)
{
        struct list *node;

        run_unfold(self->port->owner, 0);
        node = self->port->waiting.next;
        while (node != &self->port->waiting) {
                struct parcel *parcel = LIST_OF(node, struct parcel, port_node);

                node = node->next;
                if (!parcel->begun)
                        parcel_fail(parcel, code, detail);
        }
}

/* To another connection, in the same order; what has begun stays where it is. */
static void waiting_move(struct service *self, struct connection *to)
{
        struct list *node = self->port->waiting.next;

        while (node != &self->port->waiting) {
                struct parcel *parcel = LIST_OF(node, struct parcel, port_node);

                node = node->next;
                if (!parcel->begun && !parcel_redirect(parcel, to))
                        parcel_fail(parcel, DARQ_FRAME_QUOTA, "out of memory");
        }
}

/* Starting */

static void failure_set(struct service *self, const char *reason)
{
        snprintf(self->failure, sizeof self->failure, "%s", reason);
}

/* Why nobody is served: goes to everybody who waits. */
static void waiting_refuse(struct service *self)
{
        waiting_fail(self, DARQ_FRAME_ACTIVATION_FAILED, self->failure);
}

static void back_off(struct service *self)
{
        uint64_t delay_ms = self->back_off_ns / NANOSECONDS_PER_MS * 2;

        if (delay_ms < BACK_OFF_FIRST_MS)
                delay_ms = BACK_OFF_FIRST_MS;
        if (delay_ms > BACK_OFF_MAX_MS)
                delay_ms = BACK_OFF_MAX_MS;
        self->back_off_ns = delay_ms * NANOSECONDS_PER_MS;
        self->state = DARQ_KERNEL_SERVICE_STATE_BACKING_OFF;
        timer_start(self, self->back_off_ns);
        waiting_refuse(self);
}

/* Whether one more start is within what the manifest grants; after a back-off it is one, until it has proved itself. */
static bool start_admitted(struct service *self)
{
        const struct darq_starter_declaration *declaration = &self->declaration;
        bool probation = self->probation;

        self->probation = false;
        if (self->back_off_ns != 0)
                return probation;
        if (self->window_starts == 0 ||
            self->kernel->now_ns - self->window_ns >=
                    declaration->restart_window_ms * NANOSECONDS_PER_MS) {
                self->window_ns = self->kernel->now_ns;
                self->window_starts = 0;
        }
        return self->window_starts < declaration->restart_count;
}

static void launch(struct service *self)
{
        struct kernel *kernel = self->kernel;

        self->state = DARQ_KERNEL_SERVICE_STATE_STARTING;
        self->number = ++kernel->last_instance;
        self->process = true;
        self->checked_in = false;
        self->pressure = SERVICE_AT_EASE;
        self->held = false;
        self->pid = 0;
        self->starts++;
        self->window_starts++;
        self->since_ns = kernel->now_ns;
        timer_start(self, self->declaration.start_timeout_ms * NANOSECONDS_PER_MS);
        kernel->environment.start(kernel->environment.context, self->number,
                                  self->declaration.name.data);
}

static void start_or_back_off(struct service *self)
{
        if (!start_admitted(self)) {
                if (self->failure[0] == '\0')
                        failure_set(self, "it was started too often");
                back_off(self);
                return;
        }
        launch(self);
}

bool service_start(struct service *self)
{
        self->again = self->state == DARQ_KERNEL_SERVICE_STATE_ENDING;
        if (!service_is_activated(self) || (self->state != DARQ_KERNEL_SERVICE_STATE_STOPPED &&
                                            self->state != DARQ_KERNEL_SERVICE_STATE_BACKING_OFF))
                return false;
        self->window_starts = 0;
        self->back_off_ns = 0;
        launch(self);
        return true;
}

bool service_runs(const struct service *self)
{
        return self->state == DARQ_KERNEL_SERVICE_STATE_RUNNING;
}

void service_waits(struct service *self, uint64_t calls)
{
        self->calls += calls;
        if (self->state == DARQ_KERNEL_SERVICE_STATE_STOPPED && service_is_activated(self))
                start_or_back_off(self);
}

void service_keep_up(struct service *self)
{
        if (self->declaration.activation == DARQ_STARTER_ACTIVATION_AT_START &&
            self->state == DARQ_KERNEL_SERVICE_STATE_STOPPED && !self->held)
                start_or_back_off(self);
}

/* Ending */

static void process_press(struct service *self)
{
        struct kernel *kernel = self->kernel;

        if (!self->process || self->pressure == SERVICE_KILLED)
                return;
        self->pressure++;
        kernel->environment.end(kernel->environment.context, self->number,
                                self->pressure == SERVICE_KILLED);
        timer_start(self, END_MS * NANOSECONDS_PER_MS);
}

static void ending_begin(struct service *self, bool patient)
{
        self->state = DARQ_KERNEL_SERVICE_STATE_ENDING;
        if (patient)
                timer_start(self, END_MS * NANOSECONDS_PER_MS);
        else
                process_press(self);
}

static void start_timed_out(struct service *self)
{
        snprintf(self->failure, sizeof self->failure, "it did not check in within %" PRIu32 " ms",
                 self->declaration.start_timeout_ms);
        self->pressure = SERVICE_ASKED; /* it had its time */
        waiting_refuse(self);
        ending_begin(self, false);
}

static void timer_expire(struct timer *timer)
{
        struct service *self = CONTAINER_OF(timer, struct service, timer);

        bool late = timer_is_late(timer,
                                  self->kernel->now_ns); /* it may have come while we stood still */

        if (self->state == DARQ_KERNEL_SERVICE_STATE_STARTING && late) {
                timer_start(self, self->declaration.start_timeout_ms * NANOSECONDS_PER_MS);
        } else if (self->state == DARQ_KERNEL_SERVICE_STATE_STARTING) {
                start_timed_out(self);
        } else if (self->state == DARQ_KERNEL_SERVICE_STATE_ENDING && late) {
                timer_start(self, END_MS * NANOSECONDS_PER_MS);
        } else if (self->state == DARQ_KERNEL_SERVICE_STATE_ENDING) {
                process_press(self);
        } else if (self->state == DARQ_KERNEL_SERVICE_STATE_BACKING_OFF) {
                self->state = DARQ_KERNEL_SERVICE_STATE_STOPPED;
                self->probation = true;
                if (self->declaration.activation == DARQ_STARTER_ACTIVATION_AT_START)
                        start_or_back_off(self);
        }
}

/* The next message needn't wait, and nothing else starts it. */
static void back_off_stop(struct service *self)
{
        timer_clear(&self->kernel->timers, &self->timer);
        self->state = DARQ_KERNEL_SERVICE_STATE_STOPPED;
        self->probation = true;
        self->held = true;
}

bool service_stop(struct service *self)
{
        self->again = false;
        if (self->state == DARQ_KERNEL_SERVICE_STATE_BACKING_OFF)
                back_off_stop(self);
        if (!self->process)
                return false;
        if (self->state == DARQ_KERNEL_SERVICE_STATE_STARTING) {
                failure_set(self, "it was told to stop");
                waiting_refuse(self);
        }
        self->held = true;
        if (self->pressure == SERVICE_AT_EASE) /* else it has its five seconds already */
                ending_begin(self, false);
        return true;
}

/* Lending */

static void port_give(struct service *self, struct connection *to)
{
        struct port *port = self->port;

        list_remove(&port->node);
        list_append(&to->ports, &port->node);
        port->owner = to;
}

static void port_take_back(struct service *self)
{
        struct port *port = self->port;

        if (port->owner == self->keeper)
                return;
        run_unfold(port->owner, 0);
        port_forget_owner(port);
        if (!service_is_activated(self))
                waiting_fail(self, DARQ_FRAME_NO_PORT, "the service has gone");
        port_give(self, self->keeper);
        waiting_move(self, self->keeper);
}

bool service_check_in(struct service *self, struct connection *connection)
{
        if (self->port->owner != self->keeper ||
            (service_is_activated(self) ? self->state != DARQ_KERNEL_SERVICE_STATE_STARTING
                                        : self->instance != NULL))
                return false;
        if (!service_is_activated(self))
                self->since_ns = self->kernel->now_ns;
        self->instance = connection;
        connection->serves = true;
        self->checked_in = true;
        self->state = DARQ_KERNEL_SERVICE_STATE_RUNNING;
        timer_clear(&self->kernel->timers, &self->timer);
        port_give(self, connection);
        return true;
}

void service_deliver(struct service *self)
{
        waiting_move(self, self->port->owner);
}

/* It doesn't serve any more: what comes from now on is the next one's. It may still answer what it was handed. */
static void lease_end(struct service *self)
{
        port_take_back(self);
        if (service_is_activated(self)) {
                ending_begin(self, true);
                return;
        }
        self->instance = NULL;
        over_check(self);
}

bool service_check_out(struct service *self)
{
        if (self->port->messages != 0 || !list_empty(&self->instance->served))
                return false;
        lease_end(self);
        return true;
}

void service_close(struct service *self)
{
        lease_end(self);
}

void service_disconnected(struct service *self)
{
        port_take_back(self);
        self->instance = NULL;
        if (self->state == DARQ_KERNEL_SERVICE_STATE_STARTING)
                failure_set(self, "its connection ended before it checked in");
        if (self->process && self->state != DARQ_KERNEL_SERVICE_STATE_ENDING)
                ending_begin(self, true); /* it may be writing its last things down */
        over_check(self);
}

/* An instance is over */

void service_free(struct service *self)
{
        struct kernel *kernel = self->kernel;

        timer_clear(&kernel->timers, &self->timer);
        list_remove(&self->node);
        if (self->port != NULL) {
                self->port->service = NULL;
                port_close(self->port);
        }
        if (self->keeper != NULL)
                connection_free_keeper(self->keeper);
        darq_arena_free(self->arena);
        free(self->bytes);
        free(self);
}

/* Up for long enough to count as mended. */
static bool proved_itself(const struct service *self)
{
        return self->checked_in && self->kernel->now_ns - self->since_ns >=
                                           self->declaration.restart_window_ms * NANOSECONDS_PER_MS;
}

static void next_begin(struct service *self)
{
        bool wanted = !list_empty(&self->port->waiting);
        bool always = self->declaration.activation == DARQ_STARTER_ACTIVATION_AT_START;

        self->state = DARQ_KERNEL_SERVICE_STATE_STOPPED;
        if (self->again) {
                service_start(self);
                return;
        }
        if (proved_itself(self)) {
                self->back_off_ns = 0;
                self->window_starts = 0;
        } else if (self->back_off_ns != 0 && service_is_activated(self)) {
                self->probation = self->held; /* it was told to: the next message needn't wait */
                if (!self->held) {
                        back_off(self);
                        return;
                }
        }
        if (service_is_activated(self) && (wanted || (always && !self->held)))
                start_or_back_off(self);
}

static void over_check(struct service *self)
{
        if (self->process || self->instance != NULL)
                return;
        timer_clear(&self->kernel->timers, &self->timer);
        self->pid = 0;
        if (service_is_activated(self) && !self->checked_in)
                waiting_refuse(self);
        if (self->declared)
                next_begin(self);
        else
                service_free(self);
}

void service_over(struct service *self, const char *reason)
{
        self->process = false;
        if (self->checked_in || self->pressure == SERVICE_AT_EASE)
                failure_set(self, reason); /* else it is said already why we ended it */
        if (self->state == DARQ_KERNEL_SERVICE_STATE_STARTING)
                self->state = DARQ_KERNEL_SERVICE_STATE_ENDING;
        over_check(self);
}

bool service_started(struct service *self, uint32_t pid, struct connection *connection)
{
        self->pid = pid;
        if (connection != NULL && self->state == DARQ_KERNEL_SERVICE_STATE_STARTING) {
                self->instance = connection;
                connection->serves = true;
                return true;
        }
        if (self->state == DARQ_KERNEL_SERVICE_STATE_STARTING)
                failure_set(self, "the p-kernel had no room for its connection");
        process_press(self);
        return false;
}

struct service *service_new(struct kernel *kernel,
                            const struct darq_starter_declaration *declaration)
{
        struct service *self = calloc(1, sizeof *self);
        char principal[PRINCIPAL_NAME_MAX];

        if (self == NULL)
                return NULL;
        list_init(&self->node);
        timer_init(&self->timer, timer_expire);
        self->kernel = kernel;
        snprintf(principal, sizeof principal, "service:%s", declaration->name.data);
        if (service_declare(self, declaration))
                self->keeper = connection_new_keeper(kernel, principal);
        if (self->keeper == NULL ||
            port_open(self->keeper, declaration->port, &self->port) != DARQ_FRAME_OPENED) {
                service_free(self);
                return NULL;
        }
        self->port->service = self;
        self->declared = self->listed = true;
        return self;
}

uint32_t service_admit(const struct service *self, const char **detail)
{
        if (self->state == DARQ_KERNEL_SERVICE_STATE_BACKING_OFF) {
                *detail = self->failure;
                return DARQ_FRAME_ACTIVATION_FAILED;
        }
        *detail = "no such port";
        return !service_is_activated(self) && self->instance == NULL ? DARQ_FRAME_NO_PORT : 0;
}
