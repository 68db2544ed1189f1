/* SPDX-License-Identifier: MIT */
#ifndef DARQ_CURSOR_H
#define DARQ_CURSOR_H

#include <darq/arena.h>
#include <darq/number.h>
#include <darq/text.h>
#include <darq/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Taking: what is as it mostly is, without a call and without a failure, so that a loop keeps in registers where it is.
 * What isn't taken leaves the cursor anywhere; the reader then goes on from where it was.
 */

struct darq_cursor {
        const uint8_t *data;
        size_t size;
        size_t offset;
        size_t next; /* offset, rounded up to 4: for unions */
        struct darq_arena *arena;
};

/** A text that is short and plain. */
static inline bool darq_take_string(struct darq_cursor *self, size_t max, struct darq_string *value)
{
        size_t start = (self->offset + 3) & ~(size_t)3;
        const uint8_t *text;
        uint32_t length;
        size_t size;

        if ((uint64_t)start + 4 >= self->size)
                return false;
        text = self->data + start + 4;
        length = darq_load_u32(text - 4);
        if ((uint64_t)start + 4 + length > self->size)
                return false;
        /* A length of 0 is a size that is not short. */
        size = (size_t)length - 1;
        if (size > max)
                return false;
        if (start + length < DARQ_TEXT_REACH - 4 || (text + length)[-1] != 0)
                return false;
        if (!darq_text_plain(text, size))
                return false;
        self->offset = start + 4 + length;
        value->data = (const char *)text;
        value->size = size;
        return true;
}

/** So many bytes of a union's member are there where darq_take_union() finds one. */
enum { DARQ_UNION_ROOM = 16 };

/** How a union with a member of constant size begins: how many bytes follow, with the discriminator, and which it is. */
static inline uint64_t darq_union_head(uint32_t which, uint32_t size)
{
        return (uint64_t)which << 32 | (size + 4);
}

/**
 * How the union that comes next begins; its member is to be taken. 0, which none is, where the message is about to end. A union
 * begins where a member of constant size or a text ended, not where the one before claims to end: who goes there needn't
 * wait for what is read.
 */
static inline uint64_t darq_take_union(const struct darq_cursor *self)
{
        if (__builtin_expect((uint64_t)self->next + 8 + DARQ_UNION_ROOM > self->size, 0))
                return 0;
        return darq_load_u64(self->data + self->next);
}

/** A member of constant size; NULL where it isn't there. */
static inline const uint8_t *darq_take_member(struct darq_cursor *self, size_t size)
{
        const uint8_t *at = self->data + self->next + 8;

        if (size > DARQ_UNION_ROOM && (uint64_t)self->next + 8 + size > self->size)
                return NULL;
        self->offset = self->next + 8 + size;
        self->next += 8 + ((size + 3) & ~(size_t)3);
        return at;
}

/** A member that is a plain struct: a view; NULL where it isn't aligned to align. */
static inline const void *darq_take_plain(struct darq_cursor *self, size_t size, size_t align)
{
        const uint8_t *at = darq_take_member(self, size);

        return !DARQ_BIG_ENDIAN && __builtin_expect((uintptr_t)at % align == 0, 1) ? at : NULL;
}

/**
 * A member that is a text, short and plain. The union is one of a vec: what stands before the text is more than the bytes that
 * darq_text_plain() may read there.
 */
static inline bool darq_take_text(struct darq_cursor *self, uint64_t head, size_t max,
                                  struct darq_string *value)
{
        uint64_t length = (uint32_t)head;
        uint64_t end = self->next + 4 + length;
        size_t size = (size_t)(length - 9);
        const uint8_t *text;

        /* What is too short for a text has a size that isn't short. */
        if (__builtin_expect(length - 9 >= DARQ_TEXT_SHORT || size > max || end > self->size, 0))
                return false;
        text = self->data + self->next + 12;
        if (__builtin_expect(darq_load_u32(text - 4) != size + 1 || text[size] != 0, 0) ||
            __builtin_expect(!darq_text_plain(text, size), 0))
                return false;
        self->offset = (size_t)end;
        self->next = (self->offset + 3) & ~(size_t)3;
        value->data = (const char *)text;
        value->size = size;
        return true;
}

/** Memory for an object of size bytes; NULL where the arena's block has no room. */
static inline void *darq_take_memory(struct darq_cursor *self, size_t size)
{
        struct darq_arena *arena = self->arena;

        if (arena == NULL || darq_arena_round(size) > (size_t)(arena->end - arena->at))
                return NULL;
        arena->at += darq_arena_round(size);
        return arena->at - darq_arena_round(size);
}

#ifdef __cplusplus
}
#endif
#endif
