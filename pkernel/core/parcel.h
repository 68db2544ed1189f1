/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_PARCEL_H
#define PKERNEL_PARCEL_H

#include "libdarqwire/frame.h"
#include "libdarqwire/list.h"
#include "pkernel/core/input.h"
#include "pkernel/core/principal.h"
#include "pkernel/core/timer.h"

#include <sys/uio.h>

/*
 * One frame on its way to one connection. Until the flush its bytes may be lent from the input, the header rewritten
 * in place; parcel_settle() gives what is left of it then memory of its own, and a timer. It ends in exactly one of
 * parcel_sent() (its last byte was taken) and parcel_fail() (it won't be).
 */

struct flow;
struct route;
struct slot;

enum parcel_kind {
        PARCEL_ANSWER,  /* to a frame of its own connection; counts as unread answer */
        PARCEL_MESSAGE, /* one-way, or a chunk between ports */
        PARCEL_REQUEST,
        PARCEL_REPLY,
        PARCEL_CHUNK,   /* of a call's stream */
        PARCEL_OUTCOME, /* Undeliverable that ends a call; stands in its slot */
        PARCEL_CANCEL,  /* stands in its slot */
        PARCEL_CREDIT,  /* stands in its flow */
        PARCEL_EVENT,   /* of a watch; stands in it */
};

enum { PARCEL_HEAD_MAX = 112 };

struct parcel {
        struct list node;       /* in an output, a flow or a lane */
        struct list port_node;  /* among what waits at a port */
        struct list fresh_node; /* in the kernel's fresh, during the turn in which it came */
        struct timer timer;
        enum parcel_kind kind;
        bool begun;            /* its first byte was taken */
        struct connection *to; /* NULL: not queued */
        struct kernel *kernel;
        void (*release)(
                struct parcel *
                        self); /* stands in something else, which is told here; NULL: on the heap */
        void *holder;          /* what it stands in */
        struct route *route;   /* where it waits: MESSAGE, REQUEST */
        struct slot *slot;
        struct flow *flow;
        struct charge charge;
        uint64_t from;          /* connection id of its sender; 0: the p-kernel */
        uint64_t tag;           /* call number for the Undeliverable */
        uint64_t port;          /* its destination, for the same */
        uint64_t deadline_ns;   /* 0: none */
        struct route **gifts;   /* rights that it carries */
        struct route *one_gift; /* what gifts points to when it is one */
        unsigned int gift_count;
        struct charge gift_charge;
        size_t weight;         /* its size as accepted */
        size_t size;           /* what of it is still here */
        size_t sent;           /* of that */
        struct iovec parts[2]; /* the first bytes: a head, and what follows it in the input */
        struct piece *pieces;  /* the rest */
        size_t piece_offset;
        uint8_t head[PARCEL_HEAD_MAX];
};

/** NULL: no memory. */
struct parcel *parcel_new(struct kernel *kernel, enum parcel_kind kind);
void parcel_init(struct parcel *self, struct kernel *kernel, enum parcel_kind kind);

/** What a message is charged while it waits, with or without a parcel. */
static inline uint64_t parcel_cost(size_t size)
{
        return sizeof(struct parcel) + size;
}

/** Where its header stands, while nothing of it was written yet. */
uint8_t *parcel_header(const struct parcel *self);

/** Takes that from a share, if need be after receiver has been written to. False: nothing is taken. */
bool parcel_charge(struct parcel *self, struct share *share, size_t size,
                   struct connection *receiver);

/** Whether one more of the spare ones can be reserved, by counting reserved_parcels up. */
bool parcel_reservable(struct kernel *kernel);

/** One that was reserved. */
struct parcel *parcel_new_reserved(struct kernel *kernel, enum parcel_kind kind);

/** Out of every list, everything given back; then the memory too, unless it stands in something else. */
void parcel_free(struct parcel *self);

/** The frame is what stands in head, size bytes of it, followed by rest, which isn't lent (static, or NULL). */
void parcel_fill(struct parcel *self, size_t head_size, const char *rest);

/** The frame is a head, and what frame has from offset on, up to end; takes its pieces. */
void parcel_take(struct parcel *self, struct frame *frame, const uint8_t *head, size_t head_size,
                 size_t offset, size_t end);

/** The frame is what stands at data, lent from the input. */
void parcel_take_whole(struct parcel *self, uint8_t *data, size_t size);

/** A message or request begins to wait at the port that its route leads to; it counts there already. timeout_ms 0: without end. */
void parcel_wait(struct parcel *self, struct route *route, struct slot *slot, uint64_t call,
                 uint32_t timeout_ms);

/** An Undeliverable: fills head. detail is static; that of ACTIVATION_FAILED is copied, or left out without memory. */
void parcel_undeliverable(struct parcel *self, uint64_t call, uint64_t port, uint32_t code,
                          const char *detail);

/* To another connection: parcel_redirect.c. */

/**
 * A message or chunk that was written for a peer that says Hello becomes one for a legacy peer: without call header and ports.
 * Nothing of it was written yet.
 */
void parcel_make_legacy(struct parcel *self);

/** To another connection; nothing of it was written yet. False: no memory or over quota, and it is where it was. */
bool parcel_redirect(struct parcel *self, struct connection *to);

/** The bytes that are still to be written, at most max parts; returns how many parts. */
int parcel_gather(const struct parcel *self, struct iovec *parts, int max);

/** Whether all of it lies in one place: parts[0] from sent on. */
static inline bool parcel_whole(const struct parcel *self)
{
        return self->pieces == NULL && self->parts[1].iov_len == 0;
}

/** The turn in which it came ends: own memory for what is lent, and a timer. False: no memory. */
bool parcel_settle(struct parcel *self);

/** Just before its first byte is offered: the time that is left. */
void parcel_begin(struct parcel *self);

/** Its last byte was taken. Frees it. */
void parcel_sent(struct parcel *self);

/** It won't be handed over: its sender is told, if it has a way. Frees it. */
void parcel_fail(struct parcel *self, uint32_t code, const char *detail);

#endif
