/* SPDX-License-Identifier: MIT */
#ifndef LINK_BYTES_H
#define LINK_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A queue of bytes: put in behind, taken out in front. Failing to grow is remembered, and what is put in then is lost:
 * whoever owns the queue looks once, and ends.
 */
struct bytes {
        uint8_t *data;
        size_t begin;
        size_t end;
        size_t capacity;
        bool failed;
};

void bytes_deinit(struct bytes *self);

/** Empties it, and keeps no memory. */
void bytes_reset(struct bytes *self);

static inline size_t bytes_size(const struct bytes *self)
{
        return self->end - self->begin;
}

/** NULL while it has no memory. */
static inline const uint8_t *bytes_front(const struct bytes *self)
{
        return self->data == NULL ? NULL : self->data + self->begin;
}

/** Room for so many bytes behind, which count as put in. NULL: no memory. */
uint8_t *bytes_grow(struct bytes *self, size_t size);

/** Of what bytes_grow() gave last, so many aren't needed. */
static inline void bytes_shrink(struct bytes *self, size_t size)
{
        self->end -= size;
}

void bytes_add(struct bytes *self, const void *data, size_t size);

/** Takes so many out, which are there. */
void bytes_drop(struct bytes *self, size_t size);

#endif
