/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_STREAM_H
#define PKERNEL_STREAM_H

#include "libdarqwire/list.h"
#include "pkernel/core/parcel.h"

/*
 * The two byte streams of a call. A flow is one direction: what its sender may send, what waits, and what its
 * receiver has taken. Offsets only grow: taken <= sent <= passed, and passed <= taken + limit.
 */

struct connection;
struct slot;

enum { STREAM_WINDOW = 65536 };

struct lane {
        struct list node; /* in the receiver's output */
        struct list parcels;
        uint64_t from;
};

struct flow {
        struct list node;   /* in the receiver's output, while something waits and may be sent */
        struct list chunks; /* that wait */
        size_t queued;      /* chunks that exist: waiting, or being written */
        struct slot *slot;
        struct connection *receiver;
        bool download;    /* to the caller */
        bool finished;    /* FIN has been sent */
        uint64_t sent;    /* offset up to which the sender has sent */
        uint64_t taken;   /* up to which the receiver's socket took */
        uint64_t allowed; /* the receiver's last Credit */
        uint64_t passed;  /* the Credit that the sender has */
        struct parcel credit;
        struct lane lane; /* messages that must follow its chunks */
};

struct stream {
        struct flow upload;
        struct flow download;
};

/** A Chunk of a call. */
void stream_chunk(struct slot *slot, bool download, struct frame *frame,
                  const struct darq_frame_chunk *chunk);

/** A Credit of a call, for what the other side sends. */
void stream_credit(struct slot *slot, bool download, uint64_t limit);

/** Its request was handed over: the upload may begin. */
void stream_start(struct slot *slot);

/** One of its chunks was taken by the receiver. */
void flow_taken(struct flow *self, uint64_t bytes);

/** One of its chunks won't be: its receiver has gone. */
void flow_dropped(struct flow *self);

/** What waits goes to another connection, which nothing of it has been offered to. */
void flow_redirect(struct flow *self, struct connection *receiver);

/** Throws away what waits in one direction. */
void flow_clear(struct flow *self);

/** True when nothing of it waits. */
bool flow_idle(const struct flow *self);

/** Frees it if nothing of it is queued; false: something is, and slot_release() will be called again. */
bool stream_free(struct slot *slot);

#endif
