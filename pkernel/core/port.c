/* SPDX-License-Identifier: MIT */
/*
 * Ports: their numbers, their owners, their end.
 *
 * A number that the p-kernel chooses is random in 2^32..2^63-1; 63 random bits are not drawn twice, and a number that
 * is in use is drawn again. A port that was asked for by number is open to everybody; any other needs a right.
 */
#include "pkernel/core/port.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/control.h"
#include "pkernel/core/event.h"
#include "pkernel/core/name.h"
#include "pkernel/core/route.h"
#include "pkernel/core/run.h"
#include "pkernel/core/slot.h"
#include "pkernel/core/watch.h"

#include <assert.h>
#include <stdlib.h>

struct port *port_find(struct kernel *kernel, uint64_t number)
{
        struct table_node *node = table_find(&kernel->ports, number, 0);

        return node == NULL ? NULL : LIST_OF(node, struct port, by_number);
}

static uint64_t number_choose(struct kernel *kernel)
{
        uint64_t number;

        do {
                number = kernel_random(kernel) & ~DARQ_PORT_SLOT;
        } while (number <= DARQ_PORT_ASKED_MAX || port_find(kernel, number) != NULL);
        return number;
}

static void unused_tell(struct port *self);

/* The notice has gone, or won't go: a right may have come and gone while it was being written. */
static void unused_sent(struct parcel *parcel)
{
        struct port *self = parcel->holder;

        if (self->owner == NULL)
                free(self);
        else if (!self->owner->ended && self->told != self->grants)
                unused_tell(self);
}

static struct port *port_new(struct connection *owner, uint64_t number)
{
        struct port *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        if (!charge_take(&self->charge, owner->share, RESOURCE_OBJECTS, 1)) {
                free(self);
                return NULL;
        }
        self->open = number != 0;
        self->number = number != 0 ? number : number_choose(owner->kernel);
        self->owner = owner;
        self->payer = owner->principal;
        list_init(&self->waiting);
        list_init(&self->routes);
        list_init(&self->watches);
        list_init(&self->watchers);
        list_init(&self->calls);
        parcel_init(&self->unused, owner->kernel, PARCEL_EVENT);
        self->unused.release = unused_sent;
        self->unused.holder = self;
        list_append(&owner->ports, &self->node);
        table_add(&owner->kernel->ports, &self->by_number, self->number, 0);
        return self;
}

enum darq_frame_result port_open(struct connection *owner, uint64_t number, struct port **port)
{
        *port = NULL;
        if (number == DARQ_PORT_KERNEL || number > DARQ_PORT_ASKED_MAX)
                return DARQ_FRAME_BAD_NUMBER;
        if (number != 0 && port_find(owner->kernel, number) != NULL)
                return DARQ_FRAME_IN_USE;
        *port = port_new(owner, number);
        return *port == NULL ? DARQ_FRAME_NO_QUOTA : DARQ_FRAME_OPENED;
}

static void calls_cancel(struct port *self)
{
        while (!list_empty(&self->calls))
                slot_cancel(LIST_OF(self->calls.next, struct slot, source_node));
        control_port_closed(self);
}

/* What waits is answered; what has begun goes on, and stays a call. */
static void waiting_fail(struct port *self)
{
        struct list *node = self->waiting.next;

        while (node != &self->waiting) {
                struct parcel *parcel = LIST_OF(node, struct parcel, port_node);

                node = node->next;
                if (!parcel->begun)
                        parcel_fail(parcel, DARQ_FRAME_NO_PORT, "no such port");
        }
}

void port_forget_owner(struct port *self)
{
        calls_cancel(self);
        watches_tell(self);
        watches_drop(self);
        self->unused_watcher = 0;
        if (self->unused.to != NULL && !self->unused.begun) {
                list_remove(&self->unused.node);
                self->unused.to = NULL;
        }
}

void port_close(struct port *self)
{
        struct connection *owner = self->owner;

        run_unfold(owner, 0);
        name_drop(self);
        table_remove(&owner->kernel->ports, &self->by_number);
        waiting_fail(self);
        calls_cancel(self);
        while (!list_empty(&self->waiting))
                list_remove(self->waiting.next);
        while (!list_empty(&self->routes))
                route_port_ended(LIST_OF(self->routes.next, struct route, port_node));
        watches_tell(self);
        watches_drop(self);
        list_remove(&self->node);
        charge_release(&self->charge);
        self->owner = NULL;
        if (!self->unused.begun)
                parcel_free(&self->unused);
}

void port_right_added(struct port *self)
{
        self->rights++;
        self->grants++;
}

static void unused_tell(struct port *self)
{
        struct port *watcher = port_find(self->owner->kernel, self->unused_watcher);

        if (self->rights > 0 || self->grants == 0 || watcher == NULL ||
            watcher->owner != self->owner)
                return;
        if (self->unused.to != NULL) {
                if (self->unused.begun)
                        return;
                list_remove(&self->unused.node);
        }
        self->told = self->grants;
        event_no_senders(&self->unused, self->number, self->grants, self->unused_watcher);
        output_add(self->owner, &self->unused);
}

void port_right_dropped(struct port *self, uint64_t count)
{
        assert(self->owner != NULL); /* what is closed has no routes */
        self->rights -= count;
        if (!self->owner->ended)
                unused_tell(self);
}

void port_watch_unused(struct port *self, uint64_t watcher)
{
        self->unused_watcher = watcher;
        unused_tell(self);
}
