/* SPDX-License-Identifier: MIT */
#ifndef LINK_PLACE_H
#define LINK_PLACE_H

#include "pkernel/link/peer.h"

#include <stdbool.h>

/* Another location with what it needs of the system: a connection to the p-kernel. */

struct bus;

enum { PLACE_READ_MAX = 256 << 10 };

struct place {
        struct peer peer;
        struct bus *bus;
        const char *pkernel; /* the address; NULL: the default */
        int fd;              /* -1: none */
        uint32_t entries;    /* connections so far */
        bool shunned;        /* connecting failed, and was said to */
        bool reached;        /* since it was lost last */
        char failure[256];   /* why that was */
};

void place_init(struct place *self, const char *name, const char *pkernel, struct bus *bus);
void place_deinit(struct place *self);

/** What to wait for on fd. */
short place_events(const struct place *self);

/** After poll(): reads and writes what can be. */
void place_go_on(struct place *self, short events);

/** The clock that all of this goes by. */
uint64_t place_clock_ns(void);

#endif
