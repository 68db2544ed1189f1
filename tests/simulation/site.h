/* SPDX-License-Identifier: MIT */
#ifndef SIMULATION_SITE_H
#define SIMULATION_SITE_H

#include "pkernel/link/peer.h"
#include "tests/simulation/world.h"

/*
 * Two locations in a virtual world, hall and kitchen: each the core of a p-kernel and the core of a link, with a bus between
 * them that loses, repeats or holds back what it is told to.
 */

enum { SITE_ECHO = 15000 };

struct mail {
        struct mail *next;
        size_t size;
        uint8_t data[];
};

struct side {
        struct site *site;
        struct world world;
        struct peer peer;          /* the other location, as seen from here */
        struct endpoint *endpoint; /* that stands for it; NULL */
        struct mail *inbox;
        struct mail **inbox_last;
        unsigned int notes;
        bool refuses; /* no connection to the p-kernel can be had */
        bool stuck;   /* that connection takes nothing */
};

struct site {
        struct side hall;
        struct side kitchen;
        uint64_t now_ns;
        unsigned int lose; /* so many of the next envelopes */
        bool hold;         /* nothing is delivered */
};

void site_init(struct site *self);

/** Ends both; asserts that every charge is zero. */
void site_deinit(struct site *self);

/** Until nothing moves any more. */
void site_settle(struct site *self);

/** The same, and time passes, in steps of a tenth of a second. */
void site_advance(struct site *self, uint64_t milliseconds);

/** Gives a side what its bus could bring. */
void site_deliver(struct side *side, const uint8_t *data, size_t size);

#endif
