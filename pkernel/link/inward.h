/* SPDX-License-Identifier: MIT */
#ifndef LINK_INWARD_H
#define LINK_INWARD_H

/* What the other location's link sends: from records to frames for the local p-kernel. */

struct peer;

/** Takes records of incoming, as many as are whole, while the p-kernel keeps up; and says how much was taken. */
void inward_go_on(struct peer *peer);

#endif
