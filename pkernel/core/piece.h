/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_PIECE_H
#define PKERNEL_PIECE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Memory of frames that outlive the turn in which they came: frames that are not complete yet, and frames that a
 * receiver's socket doesn't take. A frame is a chain of pieces. None is larger than what has arrived by then asks
 * for: a length that a peer only claims allocates nothing.
 */

enum { PIECE_MIN = 1024, PIECE_MAX = 65536 };

struct piece {
        struct piece *next;
        size_t capacity;
        size_t used;
        uint8_t data[];
};

struct piece *piece_new(size_t capacity); /* NULL: no memory */
void pieces_free(struct piece *first);

/** Copies size bytes from offset of the chain on, which has them. */
void pieces_copy(const struct piece *first, size_t offset, void *data, size_t size);

#endif
