/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_CONTROL_H
#define PKERNEL_CONTROL_H

#include "kernel.darq.h"
#include "libdarqwire/dispatch.h"
#include "libdarqwire/frame.h"
#include "libdarqwire/list.h"

/* Port 1: the p-kernel's own interface, idl/kernel.didl. */

struct connection;
struct frame;
struct port;

/** A request to port 1 until it is answered. */
struct control_call {
        struct darq_call call;
        struct list node; /* in its connection's asked ones, if it is kept */
        struct darq_writer writer;
        struct connection *connection; /* NULL: nobody waits any more */
        uint64_t number;               /* the caller's call number */
        uint64_t source;               /* the port that it called from */
};

/** What is served: each function's self is the kernel. */
extern const struct darq_kernel_ops control_ops;

/** Whether the connection has a call of this number here that isn't answered yet. */
bool control_in_use(const struct connection *connection, uint64_t call);

/** Its caller wants it to end: CANCELLED. False: there is no such call. */
bool control_cancel(struct connection *connection, uint64_t call);

/** A port closes, which cancels what was asked from it. */
void control_port_closed(const struct port *port);

/** A connection ends: nobody waits for what it has asked. */
void control_disconnected(struct connection *connection);

/** A message or request to port 1. */
void control_receive(struct connection *connection, struct frame *frame,
                     const struct darq_frame_message *body);

#endif
