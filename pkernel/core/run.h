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

/* It counts at its route, and is charged, as a parcel would be. */
struct receipt {
        uint8_t *data;       /* the whole frame, lent from the input */
        struct route *route; /* MESSAGE, REQUEST: where it waits */
        struct share *share; /* to which it is charged; a reference */
        struct slot *slot;   /* REQUEST */
        uint64_t tag;        /* call number for the Undeliverable */
        uint32_t size;
        uint32_t paid;       /* bytes charged */
        uint32_t timeout_ms; /* 0: none */
        uint32_t kind;       /* MESSAGE, REQUEST or REPLY */
};

/* Before everything else that its connection's output has. Each of them has a parcel reserved. */
struct run {
        struct run *next;   /* among the spare ones */
        unsigned int first; /* receipts before it have been written */
        unsigned int count;
        size_t bytes;
        struct receipt receipts[RUN_MAX];
};

/** Whether a frame of size bytes may be added; else it needs a parcel. */
bool run_admits(struct connection *to, size_t size);

/** What run_admits() has let in: it can't be refused any more. The receipt's share is charged here. */
void run_add(struct connection *to, const struct receipt *receipt);

/** The run's next receipts, so many, have been filled in. There was room for them, and for as many parcels to be reserved. */
void run_added(struct connection *to, unsigned int messages, size_t bytes);

/** The connection took so many bytes of what it was offered. Returns those that weren't the run's. */
size_t run_taken(struct connection *to, size_t taken);

/** Parcels of what hasn't been written, in sending, the first of which so many bytes have been taken of. */
void run_unfold(struct connection *to, size_t sent);

/** Gives back the memory that is kept for the next turns. */
void runs_free_spare(struct kernel *kernel);

#endif
