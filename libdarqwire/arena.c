/* SPDX-License-Identifier: MIT */
/*
 * Arenas: memory that is handed out piece by piece and freed at once.
 *
 * An arena belongs to one message. What decoding needs beside the message's own bytes (vectors of structs, optional
 * members) comes from here, never more than the limit, so that a small message can't ask for much. The first block comes with the
 * arena. Further ones form a list, the newest first; each is at least as large as all before it together, so their number
 * grows with the logarithm of what is used. A reset keeps the largest, that is the newest: a session that has warmed up allocates
 * nothing.
 *
 * Invariants: what is used is at most the limit; begin <= at <= end, all in the newest block. A tag that waits has end at at, so
 * that whoever takes memory comes by here. ample is room only where the end is the block's, no tag waits, and there are no older
 * blocks: then a reset stores two words, which each message of a session waits for.
 */
#include <darq/wire.h>

#include <stdlib.h>

#include "libdarqwire/arena.h"

enum { ARENA_ALIGN = 8, ARENA_FIRST_BLOCK = 1024 };

struct darq_arena_block {
        struct darq_arena_block *older;
        _Alignas(ARENA_ALIGN) uint8_t bytes[];
};

struct arena_and_block {
        struct darq_arena arena;
        _Alignas(ARENA_ALIGN) uint8_t bytes[ARENA_FIRST_BLOCK];
};

/* What stands before a tagged allocation. */
struct tag {
        uint64_t mark;
        void *owner;
};

enum { TAG_SIZE = 16 };
static const uint64_t tag_mark = UINT64_C(0xda29a3e0c0ffee11);

struct darq_arena *darq_arena_new(size_t limit)
{
        struct arena_and_block *self = malloc(sizeof *self);

        if (self == NULL)
                return NULL;
        self->arena = (struct darq_arena){.begin = self->bytes, .room = sizeof self->bytes};
        darq_arena_reset_slowly(&self->arena, limit);
        return &self->arena;
}

static void blocks_free(struct darq_arena_block *block)
{
        while (block != NULL) {
                struct darq_arena_block *older = block->older;

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

size_t darq_arena_used(const struct darq_arena *self)
{
        return self->before + (size_t)(self->at - self->begin);
}

static void end_set(struct darq_arena *self)
{
        size_t room = self->limit - self->before;
        bool whole = room >= self->room;

        self->end = self->begin + (whole ? self->room : room);
        self->ample = whole && self->before == 0 ? self->room : SIZE_MAX;
}

void darq_arena_reset_slowly(struct darq_arena *self, size_t limit)
{
        if (self->before != 0) {
                blocks_free(self->newest->older);
                self->newest->older = NULL;
                self->before = 0;
        }
        self->limit = limit;
        self->tag = NULL;
        self->at = self->begin;
        end_set(self);
}

static bool arena_grow(struct darq_arena *self, size_t size)
{
        size_t used = darq_arena_used(self);
        size_t room = self->room * 2;
        struct darq_arena_block *block;

        if (size > self->limit - used)
                return false;
        if (room > self->limit - used)
                room = self->limit - used;
        if (room < size)
                room = size;
        block = malloc(sizeof *block + room);
        if (block == NULL)
                return false;
        if (used == 0) {
                blocks_free(self->newest);
                self->newest = NULL;
        }
        block->older = self->newest;
        self->newest = block;
        self->before = used;
        self->begin = self->at = block->bytes;
        self->room = room;
        end_set(self);
        return true;
}

void darq_arena_tag(struct darq_arena *self, void *owner)
{
        self->tag = owner;
        self->end = self->at;
        self->ample = SIZE_MAX;
}

void *darq_arena_owner(const void *allocation)
{
        struct tag tag;

        memcpy(&tag, (const uint8_t *)allocation - TAG_SIZE, sizeof tag);
        return tag.mark == tag_mark ? tag.owner : NULL;
}

/* size is a multiple of the alignment. */
static void *arena_take(struct darq_arena *self, size_t size)
{
        if (size > (size_t)(self->end - self->at) && !arena_grow(self, size))
                return NULL;
        self->at += size;
        return self->at - size;
}

/* The tag and the allocation in one piece. */
static void *tagged_take(struct darq_arena *self, size_t size)
{
        struct tag tag = {tag_mark, self->tag};
        uint8_t *at;

        self->tag = NULL;
        end_set(self);
        at = arena_take(self, size + TAG_SIZE);
        if (at == NULL)
                return NULL;
        memcpy(at, &tag, sizeof tag);
        return at + TAG_SIZE;
}

static void *any_take(struct darq_arena *self, size_t size)
{
        size = darq_arena_round(size);
        return self->tag != NULL ? tagged_take(self, size) : arena_take(self, size);
}

void *darq_arena_alloc(struct darq_arena *self, size_t size)
{
        void *result = size <= SIZE_MAX / 2 ? any_take(self, size) : NULL;

        if (result != NULL)
                memset(result, 0, size);
        return result;
}

void *darq_reader_alloc_slowly(struct darq_reader *self, size_t count, size_t size)
{
        void *result = NULL;

        if (self->error != 0)
                return NULL;
        if (self->arena != NULL && count <= SIZE_MAX / 2 / size)
                result = any_take(self->arena, count * size);
        if (result == NULL)
                darq_reader_fail(self, "the message unfolds to more memory than it may");
        return result;
}

void darq_clear(void *data, size_t size)
{
        memset(data, 0, size);
}
