/* SPDX-License-Identifier: MIT */
#ifndef LINK_INWARD_H
#define LINK_INWARD_H

/* What the other location's link sends: from records to frames for the local p-kernel. */

#include <stddef.h>
#include <stdint.h>

struct peer;

/** Takes records, as many as are whole, while the p-kernel keeps up. Returns how many bytes; the rest is to come again. */
size_t inward_take(struct peer *peer, const uint8_t *data, size_t size);

/** The same, of what waits in incoming. */
void inward_go_on(struct peer *peer);

#endif
