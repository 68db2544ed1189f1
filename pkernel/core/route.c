/* SPDX-License-Identifier: MIT */
/*
 * Routes: rights, calls and waiting messages of one connection at one port.
 *
 * Invariants: port->rights is the sum of rights + under_way over its routes; port->messages, bytes and users the
 * same for what waits. An owner has no rights on its own port. A route outlives its connection or its port only
 * while messages that point to it are queued.
 */
#include "pkernel/core/route.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/port.h"
#include "pkernel/core/service.h"

#include <assert.h>
#include <stdlib.h>

struct route *route_find(const struct connection *connection, const struct port *port)
{
        struct table_node *node =
                table_find(&connection->kernel->routes, connection->id, port->number);
        struct route *self = node == NULL ? NULL : LIST_OF(node, struct route, by_ends);

        return self != NULL && self->port == port ? self : NULL;
}

struct route *route_new(struct connection *connection, struct port *port)
{
        struct route *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        self->kernel = connection->kernel;
        self->connection = connection;
        self->connection_id = connection->id;
        self->port = port;
        list_append(&connection->routes, &self->connection_node);
        list_append(&port->routes, &self->port_node);
        table_add(&self->kernel->routes, &self->by_ends, connection->id, port->number);
        return self;
}

struct route *route_get(struct connection *connection, struct port *port)
{
        struct route *self = route_find(connection, port);

        return self != NULL ? self : route_new(connection, port);
}

/* Nobody finds it any more: one of its ends has gone. */
static void route_hide(struct route *self)
{
        if (self->connection != NULL && self->port != NULL)
                table_remove(&self->kernel->routes, &self->by_ends);
}

void route_free(struct route *self)
{
        route_hide(self);
        list_remove(&self->connection_node);
        list_remove(&self->port_node);
        charge_release(&self->charge);
        share_unref(self->share);
        free(self);
}

bool route_allows(const struct route *self, const struct connection *connection,
                  const struct port *port)
{
        if ((self != NULL && self->rights > 0) || port->owner == connection)
                return true;
        if (!port->open)
                return false;
        return port->service == NULL ? connection->location == NULL
                                     : service_allows(port->service, connection);
}

bool route_allowed(const struct connection *connection, const struct port *port)
{
        return route_allows(route_find(connection, port), connection, port);
}

bool route_promise(struct route *self)
{
        if (self->charge.share == NULL &&
            !charge_take(&self->charge, self->connection->share, RESOURCE_OBJECTS, 1))
                return false;
        self->under_way++;
        port_right_added(self->port);
        return true;
}

static void rights_changed(struct route *self, uint64_t dropped)
{
        if (self->port != NULL && dropped > 0)
                port_right_dropped(self->port, dropped);
        if (self->rights + self->under_way == 0)
                charge_release(&self->charge);
}

void route_keep_promise(struct route *self)
{
        self->under_way--;
        if (self->port != NULL && self->connection != NULL)
                self->rights++;
        route_release(self);
}

void route_break_promise(struct route *self)
{
        self->under_way--;
        rights_changed(self, 1);
        route_release(self);
}

struct route *route_redirect_promise(struct route *self, struct connection *to)
{
        struct route *route = self->port == NULL ? NULL : route_get(to, self->port);

        if (route == NULL)
                return NULL;
        if (route->charge.share == NULL &&
            !charge_take(&route->charge, to->share, RESOURCE_OBJECTS, 1)) {
                route_release(route);
                return NULL;
        }
        route->under_way++;
        self->under_way--;
        rights_changed(self, 0);
        route_release(self);
        return route;
}

bool route_drop_rights(struct route *self, uint64_t count)
{
        if (count > self->rights)
                return false;
        self->rights -= count;
        rights_changed(self, count);
        route_release(self);
        return true;
}

struct share *route_share(struct route *self)
{
        if (self->share == NULL)
                self->share = share_ref(self->port->payer, self->connection_id);
        return self->share;
}

/* own < (limit - others) / (users + 1), the division rounded down, without it. */
static bool share_left(uint64_t limit, uint64_t total, uint64_t own, uint64_t users)
{
        uint64_t others = total - own;
        uint64_t least;

        return total < limit && !__builtin_mul_overflow(own + 1, users + 1, &least) &&
               least <= limit - others;
}

bool route_admits(const struct route *self)
{
        const struct limits *limits = &self->kernel->limits;
        uint64_t users = self->port->users + (self->messages == 0 ? 1 : 0);

        if (self->port->messages == 0)
                return true;
        return share_left(limits->port_messages, self->port->messages, self->messages, users) &&
               share_left(limits->port_bytes, self->port->bytes, self->bytes, users);
}

/* How often own may grow by one until share_left() is false. */
static uint64_t room_left(uint64_t limit, uint64_t total, uint64_t own, uint64_t users)
{
        uint64_t others = total - own;
        uint64_t most = others < limit ? (limit - others) / (users + 1) : 0;

        return most > own ? most - own : 0;
}

void route_room(const struct route *self, uint64_t *messages, uint64_t *bytes)
{
        const struct limits *limits = &self->kernel->limits;
        const struct port *port = self->port;
        uint64_t users = port->users + (self->messages == 0 ? 1 : 0);

        *messages = room_left(limits->port_messages, port->messages, self->messages, users);
        *bytes = room_left(limits->port_bytes, port->bytes, self->bytes, users);
}

void route_enter(struct route *self, uint64_t messages, uint64_t bytes)
{
        if (self->messages == 0)
                self->port->users++;
        self->messages += messages;
        self->bytes += bytes;
        self->port->messages += messages;
        self->port->bytes += bytes;
}

void route_leave(struct route *self, uint64_t messages, uint64_t bytes)
{
        assert(self->messages >= messages && self->bytes >= bytes);
        self->messages -= messages;
        self->bytes -= bytes;
        if (self->port == NULL)
                return;
        self->port->messages -= messages;
        self->port->bytes -= bytes;
        if (self->messages == 0)
                self->port->users--;
}

void route_disconnect(struct route *self)
{
        uint64_t rights = self->rights;

        route_hide(self);
        list_remove(&self->connection_node);
        self->connection = NULL;
        self->rights = 0;
        rights_changed(self, rights);
        route_release(self);
}

void route_port_ended(struct route *self)
{
        route_hide(self);
        list_remove(&self->port_node);
        self->port = NULL;
        self->rights = 0;
        rights_changed(self, 0);
        route_release(self);
}
