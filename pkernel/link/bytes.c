/* SPDX-License-Identifier: MIT */
/*
 * Queues of bytes: one block of memory, moved together when it would grow otherwise.
 *
 * The block grows by doubling, so that what is put in is copied a constant number of times; an empty queue that had grown
 * large gives its memory back.
 */
#include "pkernel/link/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES_FIRST = 4096, BYTES_KEPT = 1 << 20 };

void bytes_deinit(struct bytes *self)
{
        free(self->data);
        *self = (struct bytes){0};
}

void bytes_reset(struct bytes *self)
{
        bytes_deinit(self);
}

static bool bytes_enlarge(struct bytes *self, size_t needed)
{
        size_t capacity = self->capacity == 0 ? BYTES_FIRST : self->capacity;
        uint8_t *data;

        while (capacity < needed) {
                if (capacity > SIZE_MAX / 2)
                        return false;
                capacity *= 2;
        }
        data = realloc(self->data, capacity);
        if (data == NULL)
                return false;
        self->data = data;
        self->capacity = capacity;
        return true;
}

uint8_t *bytes_grow(struct bytes *self, size_t size)
{
        size_t used = bytes_size(self);

        if (self->failed)
                return NULL;
        if (self->capacity - self->end < size) {
                if (self->begin >= used && self->begin != 0) {
                        memcpy(self->data, self->data + self->begin, used);
                        self->begin = 0;
                        self->end = used;
                }
                if (self->capacity - self->end < size &&
                    (size > SIZE_MAX - self->end || !bytes_enlarge(self, self->end + size))) {
                        self->failed = true;
                        return NULL;
                }
        }
        self->end += size;
        return self->data + self->end - size;
}

void bytes_add(struct bytes *self, const void *data, size_t size)
{
        uint8_t *at = size == 0 ? NULL : bytes_grow(self, size);

        if (at != NULL)
                memcpy(at, data, size);
}

void bytes_drop(struct bytes *self, size_t size)
{
        bool failed = self->failed;

        self->begin += size;
        if (self->begin != self->end)
                return;
        self->begin = self->end = 0;
        if (self->capacity <= BYTES_KEPT)
                return;
        bytes_deinit(self);
        self->failed = failed;
}
