/* SPDX-License-Identifier: MIT */
/*
 * Arenas: memory that is handed out piece by piece and freed at once.
 *
 * An arena belongs to one message. What decoding needs beside the message's own bytes (vectors of structs, optional
 * members) comes from here, never more than the limit, so that a small message can't ask for much. Blocks form a list,
 * the newest first; each is at least as large as all before it together, so their number grows with the logarithm of
 * what is used. reset() keeps the largest: a session that has warmed up allocates nothing.
 *
 * Invariant: used <= limit; at <= end; every block's bytes from at on are zero.
 */
#include <darq/wire.h>

#include <stdlib.h>

#include "libdarqwire/arena.h"

enum { ARENA_ALIGN = 8, ARENA_FIRST_BLOCK = 1024, ARENA_SLACK = 65536 };

struct block {
        struct block *older;
        size_t size; /* of bytes */
        _Alignas(ARENA_ALIGN) uint8_t bytes[];
};

/* What stands before a tagged allocation. */
struct tag {
        uint64_t mark;
        void *owner;
};

enum { TAG_SIZE = 16 };
static const uint64_t tag_mark = UINT64_C(0xda29a3e0c0ffee11);

struct darq_arena {
        struct block *newest;
        uint8_t *at;
        uint8_t *end;
        size_t used;
        size_t limit;
        void *tag; /* for the next allocation; NULL: none */
};

size_t darq_arena_limit(size_t message_size)
{
        return message_size > (SIZE_MAX - ARENA_SLACK) / 8 ? SIZE_MAX
                                                           : message_size * 8 + ARENA_SLACK;
}

struct darq_arena *darq_arena_new(size_t limit)
{
        struct darq_arena *self = calloc(1, sizeof *self);

        if (self != NULL)
                self->limit = limit;
        return self;
}

static void blocks_free(struct block *block)
{
        while (block != NULL) {
                struct block *older = block->older;

                free(block);
                block = older;
        }
}

void darq_arena_free(struct darq_arena *self)
{
        if (self == NULL)
                return;
        blocks_free(self->newest);
        free(self);
}

void darq_arena_reset(struct darq_arena *self, size_t limit)
{
        if (self->used != 0) {
                blocks_free(self->newest->older);
                self->newest->older = NULL;
                memset(self->newest->bytes, 0, (size_t)(self->at - self->newest->bytes));
                self->at = self->newest->bytes;
        }
        self->used = 0;
        self->limit = limit;
        self->tag = NULL;
}

static bool arena_grow(struct darq_arena *self, size_t size)
{
        size_t room = self->newest != NULL ? self->newest->size * 2 : ARENA_FIRST_BLOCK;
        struct block *block;

        if (room > self->limit - self->used)
                room = self->limit - self->used;
        if (room < size)
                room = size;
        block = calloc(1, sizeof *block + room);
        if (block == NULL)
                return false;
        block->older = self->newest;
        block->size = room;
        self->newest = block;
        self->at = block->bytes;
        self->end = block->bytes + room;
        return true;
}

void darq_arena_tag(struct darq_arena *self, void *owner)
{
        self->tag = owner;
}

void *darq_arena_owner(const void *allocation)
{
        struct tag tag;

        memcpy(&tag, (const uint8_t *)allocation - TAG_SIZE, sizeof tag);
        return tag.mark == tag_mark ? tag.owner : NULL;
}

/* Tag and allocation in one piece. */
static void *tagged_alloc(struct darq_arena *self, size_t size)
{
        struct tag tag = {tag_mark, self->tag};
        uint8_t *at;

        self->tag = NULL;
        at = darq_arena_alloc(self, size + TAG_SIZE);
        if (at == NULL)
                return NULL;
        memcpy(at, &tag, sizeof tag);
        return at + TAG_SIZE;
}

/* For what doesn't fit into the block, or is tagged. */
static __attribute__((noinline)) void *special_alloc(struct darq_arena *self, size_t size)
{
        if (self->tag != NULL)
                return tagged_alloc(self, size);
        if (size > self->limit - self->used ||
            ((self->at == NULL || size > (size_t)(self->end - self->at)) &&
             !arena_grow(self, size)))
                return NULL;
        self->at += size;
        self->used += size;
        return self->at - size;
}

static inline void *rounded_alloc(struct darq_arena *self, size_t size)
{
        if (__builtin_expect(self->tag != NULL || size > self->limit - self->used ||
                                     size >= (size_t)(self->end - self->at),
                             0))
                return special_alloc(self, size);
        self->at += size;
        self->used += size;
        return self->at - size;
}

void *darq_arena_alloc(struct darq_arena *self, size_t size)
{
        if (size > SIZE_MAX / 2)
                return NULL;
        return rounded_alloc(self, (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1));
}

void *darq_reader_alloc(struct darq_reader *self, size_t count, size_t size)
{
        void *result = NULL;

        if (self->error != 0 || count == 0)
                return NULL;
        if (self->arena != NULL && count <= SIZE_MAX / 2 / size)
                result = rounded_alloc(self->arena, (count * size + ARENA_ALIGN - 1) &
                                                            ~(size_t)(ARENA_ALIGN - 1));
        if (result == NULL)
                darq_reader_fail(self, "the message unfolds to more memory than it may");
        return result;
}

void darq_clear(void *data, size_t size)
{
        memset(data, 0, size);
}

size_t darq_arena_used(const struct darq_arena *self)
{
        return self->used;
}
