/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_CONNECTION_H
#define PKERNEL_CONNECTION_H

#include "pkernel/core/input.h"
#include "pkernel/core/kernel.h"
#include "pkernel/core/output.h"
#include "pkernel/core/principal.h"

/* One peer. It lives from connection_new() until the flush after it has ended. */

struct connection {
        struct list node;       /* in the kernel */
        struct list ended_node; /* in the kernel's ended */
        struct list tired_node; /* in the kernel's tired */
        struct table_node by_id;
        struct kernel *kernel;
        void *peer;
        struct principal *principal;
        struct share *share;       /* in its own principal's pools */
        struct location *location; /* that it stands for; NULL */
        uint64_t id;               /* never given twice */
        uint64_t last_call;        /* the highest call number that it has used */
        uint64_t work;             /* that it has made since it last rested */
        bool greeted;              /* has said Hello */
        bool ended;
        bool keeper; /* of a service's port: has no peer, and takes nothing */
        bool serves; /* a declared service */
        unsigned int monitors;
        struct input input;
        struct output output;
        struct list ports;
        struct list routes;
        struct list calls;  /* open slots: it is the caller */
        struct list served; /* open slots: it is the callee */
        struct list asked;  /* calls to port 1 that are answered later */
        struct list watches;
};

/**
 * A peer has come. NULL: no memory, or its principal has too many connections; nothing is taken then, and drop is
 * not called. peer is what the environment's functions get.
 */
struct connection *connection_new(struct kernel *kernel, void *peer, const char *principal,
                                  bool privileged);

/** What a service's port belongs to while nobody serves it. NULL: no memory. */
struct connection *connection_new_keeper(struct kernel *kernel, const char *principal);

/** Its ports have been closed. */
void connection_free_keeper(struct connection *self);

/** Bytes from the peer. data is lent until kernel_flush(), and is written to. */
void connection_input(struct connection *self, uint8_t *data, size_t size);

/** The peer has closed, and all that it sent has been put in. */
void connection_close(struct connection *self);

/** Ends it, whatever it has sent. */
void connection_end(struct connection *self);

/** The peer takes bytes again. */
void connection_writable(struct connection *self);

/** False while its peer leaves too many answers unread, or has had its share of the turn: nothing is to be read then. */
bool connection_wants_input(const struct connection *self);

/** True while it has input that it goes on with by itself: its end, too, is to be read later. */
bool connection_goes_on(const struct connection *self);

/* Used inside the core. */

/** It has made the p-kernel look at so many entries of a list: after too many it waits for the next turn. */
void connection_work(struct connection *self, uint64_t entries);

/** A new turn: it goes on. */
void connection_rest(struct connection *self);

/** It is somebody else from now on; what it has stays charged to who it was. False: no memory. */
bool connection_become(struct connection *self, const char *principal);

/** Ends a peer that has broken the rules; text is static. */
void connection_violate(struct connection *self, const char *text);

struct connection *connection_find(struct kernel *kernel, uint64_t id);

/** Dismantles what has ended: slots, ports, rights, queue. Then free it. */
void connection_dismantle(struct connection *self);
void connection_free(struct connection *self);

#endif
