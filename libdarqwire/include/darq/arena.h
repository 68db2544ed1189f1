/* SPDX-License-Identifier: MIT */
#ifndef DARQ_ARENA_H
#define DARQ_ARENA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct darq_arena_block;

/** Memory that lives as long as one message. What it is made of is seen here only so that taking some costs nothing. */
struct darq_arena {
        uint8_t *at;    /* what is handed out next */
        uint8_t *end;   /* of what this block may give: its own, or where the limit is */
        uint8_t *begin; /* of this block */
        size_t room;    /* of this block */
        size_t limit;
        size_t ample;  /* limits above leave only at to reset: room; SIZE_MAX: none does */
        size_t before; /* used of older blocks; 0: there are none */
        void *tag;     /* of the next allocation; NULL: none */
        struct darq_arena_block *newest; /* NULL: the first one, which stands behind the arena */
};

/** At most limit bytes. NULL without memory. */
struct darq_arena *darq_arena_new(size_t limit);
void darq_arena_free(struct darq_arena *self);

/** darq_arena_reset() where there are older blocks, a tag waits, or the end isn't the block's, or isn't going to be. */
void darq_arena_reset_slowly(struct darq_arena *self, size_t limit) __attribute__((cold));

/** Forgets everything that was allocated. The largest block is kept, so that a warm session allocates nothing. */
static inline void darq_arena_reset(struct darq_arena *self, size_t limit)
{
        if (__builtin_expect(limit <= self->ample, 0)) {
                darq_arena_reset_slowly(self, limit);
                return;
        }
        self->limit = limit;
        self->at = self->begin;
}

/** What size bytes take. */
static inline size_t darq_arena_round(size_t size)
{
        return (size + 7) & ~(size_t)7;
}

/** Zeroed, aligned for any scalar or pointer. NULL beyond the limit or without memory. */
void *darq_arena_alloc(struct darq_arena *self, size_t size);
size_t darq_arena_used(const struct darq_arena *self);

/** What the arena of a message may hold: 8 x its size + 64 KiB. */
static inline size_t darq_arena_limit(size_t message_size)
{
        enum { SLACK = 65536 };

        /* No memory holds a message that is too long for this with sizes of 64 bits. */
        if (SIZE_MAX <= UINT32_MAX && message_size > (SIZE_MAX - SLACK) / 8)
                return SIZE_MAX;
        return message_size * 8 + SLACK;
}

#ifdef __cplusplus
}
#endif
#endif
