/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_RUN_H
#define PKERNEL_RUN_H

#include "pkernel/core/parcel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Messages of this turn that nothing waits before at their receiver. Nearly all of them are written whole before the
 * turn ends; so each has a receipt only, of what happens then, and becomes a parcel where it has to wait.
 */

struct connection;
struct kernel;

enum { RUN_MAX = 256, RUN_BYTES = 65536 };

/*
 * What is kept of messages that lie directly behind each other and are alike: mostly of all that go from one port to another.
 * Each counts at the route, and is charged, as its parcel would be.
 */
struct receipt {
        uint8_t *data;       /* whole frames, lent from the input */
        struct route *route; /* where they wait; NULL: they are replies */
        struct share *share; /* to which they are charged; a reference */
        struct slot *
                slot; /* the first one's; those of the others follow it in served. NULL: no requests */
        uint64_t tag;  /* call number for the Undeliverable, of what is no request */
        uint32_t size; /* of all */
        uint32_t count;
        uint32_t cut;        /* bytes that each was longer by as it came, which are charged, too */
        uint32_t timeout_ms; /* 0: none */
};

/* Before everything else that its connection's output has. Each message has a parcel reserved. */
struct run {
        struct run *next;      /* among the spare ones */
        unsigned int first;    /* receipts before it have been written */
        unsigned int count;    /* of receipts */
        unsigned int messages; /* that haven't been written */
        size_t bytes;
        struct receipt receipts[RUN_MAX];
};

/** Whether a frame of size bytes may be added; else it needs a parcel. */
bool run_admits(struct connection *to, size_t size);

/** What run_admits() has let in, one message: it can't be refused any more. Its share is charged here. */
void run_add(struct connection *to, const struct receipt *receipt);

/** So many messages more: their receipts have been filled in. There was room for them, and for as many parcels to be reserved. */
void run_added(struct connection *to, unsigned int messages, size_t bytes);

/** The connection took so many bytes of what it was offered. Returns those that weren't the run's. */
size_t run_taken(struct connection *to, size_t taken);

/** Parcels of what hasn't been written, in sending, the first of which so many bytes have been taken of. */
void run_unfold(struct connection *to, size_t sent);

/** Gives back the memory that is kept for the next turns. */
void runs_free_spare(struct kernel *kernel);

#endif
