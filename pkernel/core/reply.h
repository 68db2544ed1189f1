/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_REPLY_H
#define PKERNEL_REPLY_H

#include "libdarqwire/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What answers a request. */

struct connection;
struct frame;
struct port;

/** A Message to a slot. */
void reply_receive(struct connection *connection, struct frame *frame,
                   const struct darq_frame_message *body);

/** A reply made by the p-kernel itself: payload and ports, of which the caller gets rights. False: no memory. */
bool reply_make(struct connection *caller, uint64_t call, uint64_t caller_port, const void *payload,
                size_t size, struct port *const *ports, unsigned int port_count);

#endif
