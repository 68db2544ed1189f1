/* SPDX-License-Identifier: MIT */
#ifndef LINK_PARTS_H
#define LINK_PARTS_H

#include "libdarqwire/map.h"
#include "pkernel/link/outbox.h"

#include <stddef.h>
#include <stdint.h>

/* Records that come in parts, each until it is whole. */

struct bytes;
struct record;

/*
 * Of all that are not whole yet: bytes, more than two outboxes hold back; and records, as those that fit into a piece don't come
 * in parts.
 */
enum { PARTS_MAX = 64 << 20, PARTS_RECORDS_MAX = PARTS_MAX / OUTBOX_PIECE };

struct parts {
        struct darq_map by_id;
        size_t announced; /* what all of them will come to */
        uint64_t
                now_ns; /* the owner sets it: between its first part and its last a record's time passes */
};

enum parts_verdict {
        PARTS_MORE,
        PARTS_WHOLE,
        PARTS_WRONG, /* it isn't the next part, or there are too many */
        PARTS_NO_MEMORY,
};

/** Takes what a part brings. *whole: the record, when this was the last; it stays until parts_remove(). */
enum parts_verdict parts_add(struct parts *self, const struct record *part, struct bytes **whole);

void parts_remove(struct parts *self, uint64_t id);

void parts_deinit(struct parts *self);

#endif
