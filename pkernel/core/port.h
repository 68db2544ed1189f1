/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_PORT_H
#define PKERNEL_PORT_H

#include "libdarqwire/list.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/table.h"

/* A port: owned by one connection, ends with it. */

struct connection;
struct kernel;
struct name;
struct principal;
struct service;

struct port {
        struct table_node by_number;
        struct list node;    /* in its owner's ports */
        struct list waiting; /* messages that wait to be handed over: parcels */
        struct list routes;
        struct list watches;     /* of those who want to know when it ends */
        struct list watchers;    /* watches that tell this port */
        struct list calls;       /* slots of calls that were made from it */
        struct name *name;       /* that it is checked in under; NULL */
        struct service *service; /* whose port it is, lent to its owner; NULL */
        struct principal *payer; /* of what waits at it */
        struct connection *owner;
        uint64_t number;
        uint64_t messages;       /* that wait */
        uint64_t bytes;          /* of these */
        uint64_t users;          /* routes that have something waiting */
        uint64_t rights;         /* held or under way */
        uint64_t grants;         /* ever given */
        uint64_t unused_watcher; /* port that wants no_senders; 0: none */
        uint64_t told;           /* grants in the last no_senders */
        struct parcel unused;
        struct charge charge;
        bool open; /* anybody may send to it */
};

/** Opens one; number 0: a random one. A darq_frame_result; *port is NULL unless it is OPENED. */
enum darq_frame_result port_open(struct connection *owner, uint64_t number, struct port **port);

/** Ends it: what waits is answered NO_PORT, the calls made from it are cancelled, watchers are told. */
void port_close(struct port *self);

/** Its owner serves it no more: calls made from it are cancelled, watchers are told; what waits stays. */
void port_forget_owner(struct port *self);

struct port *port_find(struct kernel *kernel, uint64_t number);

/** A right more, or less; at the last its owner is told if it wants to be. */
void port_right_added(struct port *self);
void port_right_dropped(struct port *self, uint64_t count);

/** The owner wants no_senders at its port watcher; 0: no more. */
void port_watch_unused(struct port *self, uint64_t watcher);

#endif
