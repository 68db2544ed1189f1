/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_FAR_H
#define DARQCTL_FAR_H

#include <darq/darq.h>

#include "pkernel/darqctl/invoke.h"

/** The link of another location, to be asked what is there. */
struct far {
        struct invocation to;
        struct darq_catalog *catalog;
        struct darq_proxy link;
        char name[80]; /* "link@kitchen" */
};

/** DONE, or NOT_DONE after a sentence: then nothing is to be left. */
int far_reach(struct far *self, struct darq_session **session, const char *location);
void far_leave(struct far *self);

#endif
