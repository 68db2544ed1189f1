/* SPDX-License-Identifier: MIT */
/*
 * Regions: the compiler's memory.
 *
 * The tree, its names and everything that later phases add live until the compilation ends, so nothing is freed one by
 * one and no phase owns anything. Where there is no memory, the program ends (memory.c).
 */
#include "darqidl/region.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "darqidl/memory.h"
#include "darqidl/print.h"

/*
 * The first block is small, as most schemas are. Further ones are so large that they come from the kernel, zeroed: only
 * what is used of them becomes memory, in huge pages where there are any, which are what the many small nodes of a large
 * schema cost least in. What stands before the first whole huge page is left alone, and costs addresses only.
 *
 * What grows large (the C that is written) has a block of its own, which the kernel moves without copying it.
 */
enum {
        ALIGN = sizeof(uint64_t), /* nodes hold nothing that wants more */
        BLOCK_FIRST = 256 << 10,
        BLOCK_SIZE = 32 << 20,
        HUGE_PAGE = 2 << 20,
        OWN_MIN = 1 << 20
};

struct block {
        struct block *older;
        size_t size; /* from its begin on */
        char *begin;
};

struct region {
        struct block *newest;
        size_t count;
        struct block *
                spare; /* one that was released, zeroed: parts of a work may begin where a block ends */
        char *at;
        size_t left;
        struct block *own;
        size_t own_count;
};

static char *align_up(const void *at, size_t align)
{
        return (char *)(((uintptr_t)at + align - 1) / align * align);
}

static struct block *block_make(size_t size, size_t align)
{
        struct block *block = memory_alloc(sizeof *block + align + size);

        block->begin = align_up(block + 1, align);
        block->size = size;
        return block;
}

static struct block *block_large(size_t size)
{
        struct block *block = block_make(size > BLOCK_SIZE ? size : BLOCK_SIZE, HUGE_PAGE);

        memory_prefer_huge(block->begin, block->size);
        return block;
}

static void block_push(struct region *self, struct block *block)
{
        block->older = self->newest;
        self->newest = block;
        self->count++;
        self->at = block->begin;
        self->left = block->size;
}

static void block_add(struct region *self, size_t size)
{
        struct block *block = self->spare;

        if (block != NULL && size <= block->size)
                self->spare = NULL;
        else
                block = block_large(size);
        block_push(self, block);
}

struct region *region_new(void)
{
        struct region *self = memory_alloc(sizeof *self);

        block_push(self, block_make(BLOCK_FIRST, ALIGN));
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

void region_free(struct region *self)
{
        if (self == NULL)
                return;
        blocks_free(self->newest);
        blocks_free(self->own);
        free(self->spare);
        free(self);
}

struct region_mark region_mark(const struct region *self)
{
        return (struct region_mark){self->count, self->own_count, self->at, self->left};
}

/* Takes the newest block away. */
static void block_release(struct region *self)
{
        struct block *block = self->newest;

        self->newest = block->older;
        self->count--;
        if (self->spare == NULL && block->size == BLOCK_SIZE) {
                memset(block->begin, 0, block->size - self->left);
                self->spare = block;
        } else {
                free(block);
        }
        self->left = 0;
}

static void own_release(struct region *self)
{
        struct block *block = self->own;

        self->own = block->older;
        self->own_count--;
        free(block);
}

void region_release(struct region *self, struct region_mark mark)
{
        while (self->own_count != mark.own)
                own_release(self);
        while (self->count != mark.blocks)
                block_release(self);
        if (mark.left != self->left)
                memset(mark.at, 0, mark.left - self->left);
        self->at = mark.at;
        self->left = mark.left;
}

void *region_alloc(struct region *self, size_t size)
{
        void *result;

        size = (size + ALIGN - 1) / ALIGN * ALIGN;
        if (size > self->left)
                block_add(self, size);
        result = self->at;
        self->at += size;
        self->left -= size;
        return result;
}

/* Where the block is linked that is this thing's own; NULL: it has none. */
static struct block **own_find(struct region *self, const void *thing)
{
        for (struct block **link = &self->own; *link != NULL; link = &(*link)->older)
                if ((*link)->begin == thing)
                        return link;
        return NULL;
}

static void *own_add(struct region *self, const void *thing, size_t thing_size, size_t size)
{
        struct block *block = block_make(size, ALIGN);

        memcpy(block->begin, thing, thing_size);
        block->older = self->own;
        self->own = block;
        self->own_count++;
        return block->begin;
}

static void *own_grow(struct block **link, size_t size)
{
        size_t before = (size_t)((*link)->begin - (char *)*link);
        struct block *block = memory_grow(*link, before + size);

        block->begin = (char *)block + before;
        block->size = size;
        *link = block;
        return block->begin;
}

void *region_grow(struct region *self, void *old, size_t old_size, size_t size)
{
        struct block **own = old_size >= OWN_MIN ? own_find(self, old) : NULL;

        if (own != NULL)
                return own_grow(own, size);
        return size < OWN_MIN ? memcpy(region_alloc(self, size), old, old_size)
                              : own_add(self, old, old_size, size);
}

char *region_text(struct region *self, const char *text, size_t size)
{
        char *result = region_alloc(self, size + 1);

        if (size != 0)
                memcpy(result, text, size);
        return result;
}

char *region_format_list(struct region *self, const char *format, va_list arguments)
{
        va_list again;
        char *result;
        size_t size;

        /* What is left is tried first: mostly it fits, and one pass does. */
        va_copy(again, arguments);
        size = print_text(self->at, self->left, format, arguments);
        if (size < self->left) {
                result = region_alloc(self, size + 1);
        } else {
                if (self->left != 0)
                        memset(self->at, 0, self->left);
                result = region_alloc(self, size + 1);
                print_text(result, size + 1, format, again);
        }
        va_end(again);
        return result;
}

char *region_format(struct region *self, const char *format, ...)
{
        va_list arguments;
        char *result;

        va_start(arguments, format);
        result = region_format_list(self, format, arguments);
        va_end(arguments);
        return result;
}
