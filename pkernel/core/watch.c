/* SPDX-License-Identifier: MIT */
/*
 * Watches: who wants to know when a port ends.
 *
 * The notice stands in the watch and is paid for with it. A watch ends when its notice has been taken, when the
 * watcher's own port ends, or with the watcher's connection.
 */
#include "pkernel/core/watch.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/event.h"
#include "pkernel/core/port.h"

#include <stdlib.h>

struct watch {
        struct list connection_node;
        struct list port_node;
        struct list watcher_node;
        struct connection *connection;
        uint64_t number;
        uint64_t watcher;
        struct charge charge;
        struct parcel notice;
};

static void watch_free(struct parcel *notice)
{
        struct watch *self = notice->holder;

        list_remove(&self->connection_node);
        list_remove(&self->port_node);
        list_remove(&self->watcher_node);
        charge_release(&self->charge);
        free(self);
}

static void watch_tell(struct watch *self, uint64_t from)
{
        list_remove(&self->port_node);
        if (self->connection->ended) {
                parcel_free(&self->notice);
                return;
        }
        event_ended(&self->notice, self->number, self->watcher);
        self->notice.from = from;
        output_add(self->connection, &self->notice);
}

struct watch *watch_new(uint64_t number, struct port *watcher)
{
        struct connection *connection = watcher->owner;
        struct watch *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        if (!charge_take(&self->charge, connection->share, RESOURCE_OBJECTS, 1)) {
                free(self);
                return NULL;
        }
        parcel_init(&self->notice, connection->kernel, PARCEL_EVENT);
        self->notice.release = watch_free;
        self->notice.holder = self;
        self->connection = connection;
        self->number = number;
        self->watcher = watcher->number;
        list_init(&self->port_node);
        list_append(&watcher->watchers, &self->watcher_node);
        list_append(&connection->watches, &self->connection_node);
        return self;
}

void watch_start(struct watch *self, struct port *port)
{
        if (port == NULL)
                watch_tell(self, 0);
        else
                list_append(&port->watches, &self->port_node);
}

void watches_tell(struct port *port)
{
        while (!list_empty(&port->watches))
                watch_tell(LIST_OF(port->watches.next, struct watch, port_node), port->owner->id);
}

void watches_drop(struct port *watcher)
{
        while (!list_empty(&watcher->watchers)) {
                struct watch *self = LIST_OF(watcher->watchers.next, struct watch, watcher_node);

                list_remove(&self->watcher_node);
                if (self->notice.to == NULL)
                        parcel_free(&self->notice);
        }
}

void watches_clear(struct connection *connection)
{
        while (!list_empty(&connection->watches))
                parcel_free(
                        &LIST_OF(connection->watches.next, struct watch, connection_node)->notice);
}
