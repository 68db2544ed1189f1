/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_CONTROL_H
#define PKERNEL_CONTROL_H

#include "libdarqwire/frame.h"

/* Port 1: the p-kernel's own interface, idl/kernel.didl. */

struct connection;
struct frame;

/** A message or request to port 1. */
void control_receive(struct connection *connection, struct frame *frame,
                     const struct darq_frame_message *body);

#endif
