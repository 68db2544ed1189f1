/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_OUTPUT_H
#define PKERNEL_OUTPUT_H

#include "libdarqwire/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What waits to be written to a connection: messages first in first out, and streams, which take turns of at most
 * 64 KiB between them. A message from a connection whose earlier outcome still waits for its stream's last bytes
 * waits in that connection's lane, so that the order between two connections holds.
 */

struct connection;
struct flow;
struct kernel;
struct parcel;
struct run;

/* Bytes in a stream's turn; messages that are written before the turn ends, so that their receiver can begin. */
enum { OUTPUT_TURN = 65536, OUTPUT_EARLY = 256 };

struct output {
        struct list node;    /* in the kernel's dirty */
        struct run *run;     /* before all that follows; NULL: empty */
        struct list sending; /* in the order decided; the first may have begun */
        struct list messages;
        struct list flows; /* streams that have something to send */
        struct list lanes;
        size_t answer_bytes;
        size_t message_turn; /* bytes of messages since the last stream's turn */
        unsigned int fresh;  /* messages queued since the last write */
        bool blocked;        /* the last write took less than it was offered */
        bool deaf;           /* the peer has closed: answers go nowhere */
};

void output_init(struct output *self);

/** Queues it behind what its sender has queued before. */
void output_add(struct connection *to, struct parcel *parcel);

/** Makes the connection one that the flush writes to. */
void output_touch(struct connection *connection);

/** So many more messages have been queued. */
void output_grown(struct connection *connection, unsigned int messages);

/** Whether nothing waits but, perhaps, a run. */
static inline bool output_is_free(const struct output *self)
{
        return list_empty(&self->sending) && list_empty(&self->messages) &&
               list_empty(&self->flows) && list_empty(&self->lanes) && !self->blocked;
}

/** Writes as much as the connection takes. The run is empty then. */
void output_write(struct connection *connection);

/** Between two frames of a turn: writes where much has been queued, so that its receiver begins while the turn goes on. */
void output_write_early(struct kernel *kernel);

/** A stream's last byte has gone: what waited for it follows. */
void output_flow_drained(struct connection *to, struct flow *flow);

/** Drops everything that wasn't written, telling the senders. */
void output_clear(struct connection *connection);

#endif
