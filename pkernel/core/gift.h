/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_GIFT_H
#define PKERNEL_GIFT_H

#include "libdarqwire/frame.h"
#include "pkernel/core/input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rights that a message carries: on the ports behind its payload, and on its source. */

struct connection;
struct frame;
struct parcel;
struct port;

struct gifts {
        struct port
                *ports[DARQ_FRAME_PORTS_MAX]; /* NULL: the p-kernel's own, which needs no right */
        unsigned int port_count;
        struct port *source; /* NULL: no right on it is given */
};

/** The same as gifts_check(), of a frame that has ports. */
bool gifts_look_up(struct gifts *self, struct connection *sender, const struct frame *frame,
                   size_t size);

/** Looks the frame's ports up, which stand behind size bytes of body. False: sender may not pass one of them. */
static inline bool gifts_check(struct gifts *self, struct connection *sender,
                               const struct frame *frame, size_t size)
{
        self->source = NULL;
        self->port_count = 0;
        return frame->header.port_count == 0 || gifts_look_up(self, sender, frame, size);
}

static inline bool gifts_any(const struct gifts *self)
{
        return self->port_count > 0 || self->source != NULL;
}

/** Promises all of them to the receiver, for parcel, which a legacy receiver gets without ports. False: none. */
bool gifts_promise(const struct gifts *self, struct parcel *parcel, struct connection *sender,
                   struct connection *receiver);

/** Zeroes the bytes between payload and ports. */
void gifts_clear_padding(const struct gifts *self, struct frame *frame, size_t payload_end);

#endif
