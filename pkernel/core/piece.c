/* SPDX-License-Identifier: MIT */
/*
 * Chains of pieces of memory. A chain has one owner, who frees it whole.
 */
#include "pkernel/core/piece.h"

#include <stdlib.h>
#include <string.h>

struct piece *piece_new(size_t capacity)
{
        struct piece *self = malloc(sizeof *self + capacity);

        if (self == NULL)
                return NULL;
        self->next = NULL;
        self->capacity = capacity;
        self->used = 0;
        return self;
}

void pieces_free(struct piece *first)
{
        while (first != NULL) {
                struct piece *next = first->next;

                free(first);
                first = next;
        }
}

void pieces_copy(const struct piece *first, size_t offset, void *data, size_t size)
{
        uint8_t *to = data;

        while (size > 0) {
                size_t take = first->used > offset ? first->used - offset : 0;

                if (take > size)
                        take = size;
                if (take > 0)
                        memcpy(to, first->data + offset, take);
                offset = offset > first->used ? offset - first->used : 0;
                to += take;
                size -= take;
                first = first->next;
        }
}
