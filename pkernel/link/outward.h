/* SPDX-License-Identifier: MIT */
#ifndef LINK_OUTWARD_H
#define LINK_OUTWARD_H

/* What the p-kernel sends on a location's connection: from frames to records. */

struct peer;

/** Takes all whole frames of from_kernel. */
void outward_go_on(struct peer *peer);

#endif
