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

/** A request to port 1 until it is answered. */
struct control_call {
        struct darq_call call;
        struct list node; /* in the kernel's kept ones */
        struct darq_writer writer;
        struct connection *connection; /* NULL: has ended meanwhile */
        uint64_t number;               /* the caller's call number */
        uint64_t source;               /* the port that it called from */
};

/** What is served: each function's self is the kernel. */
extern const struct darq_kernel_ops control_ops;

/** A connection ends: nobody waits for what it has asked. */
void control_disconnected(struct connection *connection);

/** A message or request to port 1. */
void control_receive(struct connection *connection, struct frame *frame,
                     const struct darq_frame_message *body);

#endif
