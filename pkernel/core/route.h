/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_ROUTE_H
#define PKERNEL_ROUTE_H

#include "libdarqwire/list.h"
#include "pkernel/core/principal.h"
#include "pkernel/core/table.h"

/*
 * What one connection has at one port: counted rights, open calls, and messages that wait there. It lives as long
 * as one of these isn't zero.
 */

struct connection;
struct port;

struct route {
        struct table_node by_ends; /* connection id and port number */
        struct list connection_node;
        struct list port_node;
        struct kernel *kernel;
        struct connection *connection; /* NULL: has ended */
        struct port *port;             /* NULL: has ended */
        uint64_t connection_id;
        uint64_t rights;
        uint64_t under_way; /* rights in messages that it hasn't got yet */
        uint64_t calls;
        uint64_t messages;
        uint64_t bytes;
        struct share *
                share; /* of the connection in the pools of the port's owner; NULL: has sent nothing yet */
        struct charge charge; /* of the holder, while there are rights */
};

struct route *route_find(const struct connection *connection, const struct port *port);

/** Finds or makes it. NULL: no memory. Release it if nothing was put into it. */
struct route *route_get(struct connection *connection, struct port *port);

/** The same, where route_find() has found nothing. */
struct route *route_new(struct connection *connection, struct port *port);

/** It holds nothing: frees it. */
void route_free(struct route *self);

/** Frees it if it holds nothing. NULL is fine. */
static inline void route_release(struct route *self)
{
        if (self != NULL && self->rights + self->under_way + self->calls + self->messages == 0)
                route_free(self);
}

/** Whether connection may send to port, and pass it on: its owner, a holder, anybody if it is open. */
bool route_allowed(const struct connection *connection, const struct port *port);

/** The same, of one whose route is known; NULL: it has none. */
bool route_allows(const struct route *self, const struct connection *connection,
                  const struct port *port);

/** A right for its connection, under way in a message. False: over quota, or no memory. */
bool route_promise(struct route *self);
void route_keep_promise(struct route *self);
void route_break_promise(struct route *self);

/** The same promise to another connection; NULL: no memory or over its quota, and nothing has changed. */
struct route *route_redirect_promise(struct route *self, struct connection *to);

/** Drops rights that are held. False: it holds fewer; nothing changes. */
bool route_drop_rights(struct route *self, uint64_t count);

/** Its share in the receiver's pools. NULL: no memory. */
struct share *route_share(struct route *self);

/** Whether one more message may wait at the port on behalf of this connection. */
bool route_admits(const struct route *self);

/** So many more may wait there, and each as long as those before it have fewer bytes; where some wait already. */
void route_room(const struct route *self, uint64_t *messages, uint64_t *bytes);

void route_enter(struct route *self, uint64_t messages, uint64_t bytes);
void route_leave(struct route *self, uint64_t messages, uint64_t bytes);

/** One of its ends has gone. */
void route_disconnect(struct route *self);
void route_port_ended(struct route *self);

#endif
