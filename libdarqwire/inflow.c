/* SPDX-License-Identifier: MIT */
/*
 * What came on a stream and waits to be read: pieces of the blocks that it was read into.
 *
 * A large piece holds its block; small ones are copied together, so that a stream of single bytes keeps no more than its
 * bytes. What was taken stays where it is until the next take, since an item points into it.
 */
#include <stdlib.h>
#include <string.h>

#include "libdarqwire/stream.h"

enum { PIECE_COPY_MAX = 2048, PIECE_ROOM = 8192 };

struct piece {
        struct list link;
        struct darq_block *block; /* NULL: copied */
        const uint8_t *data;      /* what is left */
        size_t size;
        size_t room; /* of copy, behind what is there */
        uint8_t copy[];
};

void darq_inflow_init(struct darq_inflow *self)
{
        *self = (struct darq_inflow){0};
        list_init(&self->pieces);
        list_init(&self->used);
}

static void pieces_free(struct list *list)
{
        struct list *link;

        while ((link = list_pop(list)) != NULL) {
                struct piece *piece = LIST_OF(link, struct piece, link);

                darq_block_unref(piece->block);
                free(piece);
        }
}

void darq_inflow_deinit(struct darq_inflow *self)
{
        pieces_free(&self->pieces);
        pieces_free(&self->used);
}

static struct piece *piece_new(size_t room)
{
        struct piece *self = malloc(sizeof *self + room);

        if (self == NULL)
                return NULL;
        *self = (struct piece){.room = room};
        self->data = self->copy;
        return self;
}

int darq_inflow_add(struct darq_inflow *self, struct darq_block *block, const uint8_t *data,
                    size_t size)
{
        struct piece *piece = LIST_OF(self->pieces.previous, struct piece, link);
        bool copied = size <= PIECE_COPY_MAX;

        if (!copied || list_empty(&self->pieces) || piece->block != NULL || piece->room < size) {
                piece = piece_new(copied ? PIECE_ROOM : 0);
                if (piece == NULL)
                        return DARQ_E_NO_MEMORY;
                list_append(&self->pieces, &piece->link);
        }
        if (copied) {
                memcpy(piece->copy + (PIECE_ROOM - piece->room), data, size);
                piece->room -= size;
        } else {
                piece->block = darq_block_ref(block);
                piece->data = data;
        }
        piece->size += size;
        self->size += size;
        return 0;
}

size_t darq_inflow_together(const struct darq_inflow *self)
{
        return LIST_OF(self->pieces.next, struct piece, link)->size;
}

void darq_inflow_peek(const struct darq_inflow *self, uint8_t *to, size_t size)
{
        for (const struct list *link = self->pieces.next; size != 0; link = link->next) {
                const struct piece *piece = LIST_OF(link, struct piece, link);
                size_t part = piece->size < size ? piece->size : size;

                memcpy(to, piece->data, part);
                to += part;
                size -= part;
        }
}

/* The first bytes aren't waiting any more; an empty piece goes to those that are used. */
static void skip(struct darq_inflow *self, size_t size)
{
        self->size -= size;
        while (size != 0) {
                struct piece *piece = LIST_OF(self->pieces.next, struct piece, link);
                size_t part = piece->size < size ? piece->size : size;

                piece->data += part;
                piece->size -= part;
                size -= part;
                if (piece->size == 0) {
                        list_remove(&piece->link);
                        list_append(&self->used, &piece->link);
                }
        }
}

void darq_inflow_drop(struct darq_inflow *self, size_t size)
{
        skip(self, size);
        pieces_free(&self->used);
}

const uint8_t *darq_inflow_take(struct darq_inflow *self, size_t size)
{
        struct piece *first = LIST_OF(self->pieces.next, struct piece, link);
        struct piece *whole;
        const uint8_t *data;

        pieces_free(&self->used);
        if (first->size >= size) {
                data = first->data;
                skip(self, size);
                return data;
        }
        whole = piece_new(size);
        if (whole == NULL)
                return NULL;
        darq_inflow_peek(self, whole->copy, size);
        skip(self, size);
        pieces_free(&self->used);
        list_append(&self->used, &whole->link);
        return whole->copy;
}
