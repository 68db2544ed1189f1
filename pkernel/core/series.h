/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SERIES_H
#define PKERNEL_SERIES_H

#include "libdarqwire/frame.h"

#include <stdint.h>

/* What lies behind a message in the same read, and is like it. */

struct connection;
struct frame;
struct route;
struct slot;

/**
 * The frame has just entered its receiver's run, as a one-way message or a request from that source by that route: takes
 * along what lies behind it from the same source to the same port. like is its slot; NULL: it is one-way.
 */
void series_of_messages(struct connection *sender, struct frame *frame, uint64_t source,
                        struct route *route, struct slot *like);

/** The frame, a reply, has just entered its caller's run: takes along replies behind it to calls of the same caller. */
void series_of_replies(struct connection *callee, struct frame *frame, struct connection *caller);

#endif
