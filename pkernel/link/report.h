/* SPDX-License-Identifier: MIT */
#ifndef LINK_REPORT_H
#define LINK_REPORT_H

#include "pkernel/link/query.h"

#include <stddef.h>
#include <stdint.h>

/* The service "link": what darqctl asks how the other locations are, and what is at one of them. */

struct darq_session;
struct place;

struct report {
        const char *location;
        const char *pkernel;
        struct place *places;
        size_t count;
        uint64_t strangers;           /* envelopes of locations that aren't ours to hear */
        struct darq_session *session; /* NULL: not checked in */
        struct queries queries;       /* that are open on it */
        uint32_t sessions;            /* so far */
        uint64_t retry_ns;
};

void report_deinit(struct report *self);

/** What to wait for; -1: nothing. */
int report_fd(struct report *self);

/** Serves what has come; checks in, if it isn't and it is time to try. */
void report_go_on(struct report *self, uint64_t now_ns);

#endif
