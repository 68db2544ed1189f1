/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_MONITOR_H
#define PKERNEL_MONITOR_H

#include "kernel.darq.h"
#include "pkernel/core/connection.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Who looks on: calls of darq.kernel.Kernel.monitor, and the streams that answer them.
 */

struct frame;
struct parcel;

enum { MONITOR_PAYLOAD_MAX = 65536 };

/** Begins with the next frame. False: no memory or over quota; the call is answered neither way. */
bool monitor_begin(struct connection *connection, struct darq_call *call, uint32_t payload_max);

/** The connection lets one of its monitors send up to an offset. False: the call is none. */
bool monitor_credit(struct connection *connection, uint64_t call, uint64_t limit);

/* What passes, where somebody looks on who isn't the one who sends or gets it. */

void monitors_tell_input(struct connection *connection, const struct frame *frame);
void monitors_tell_output(struct connection *connection, const struct parcel *parcel);

static inline bool monitors_look(const struct connection *connection)
{
        return !list_empty(&connection->kernel->monitors) && connection->monitors == 0;
}

static inline void monitors_see_input(struct connection *connection, const struct frame *frame)
{
        if (monitors_look(connection))
                monitors_tell_input(connection, frame);
}

/** Before its first byte is taken away. */
static inline void monitors_see_output(struct connection *connection, const struct parcel *parcel)
{
        if (monitors_look(connection))
                monitors_tell_output(connection, parcel);
}

#endif
