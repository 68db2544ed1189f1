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
#include <stdlib.h>
#include <string.h>

#include "darqidl/memory.h"
#include "darqidl/print.h"

/* So large that it comes from the kernel, zeroed, and only what is used of it becomes memory. */
enum { BLOCK_SIZE = 1 << 20 };

struct block {
        struct block *older;
        size_t size;
        _Alignas(max_align_t) char bytes[];
};

struct region {
        struct block *newest;
        size_t count;
        struct block *
                spare; /* one that was released, zeroed: parts of a work may begin where a block ends */
        char *at;
        size_t left;
};

static struct block *block_new(size_t size)
{
        struct block *block = memory_alloc(sizeof *block + size);

        block->size = size;
        return block;
}

static void block_add(struct region *self, size_t size)
{
        bool spare = self->spare != NULL && size <= self->spare->size;
        struct block *block = spare ? self->spare : block_new(size);

        if (spare)
                self->spare = NULL;
        block->older = self->newest;
        self->newest = block;
        self->count++;
        self->at = block->bytes;
        self->left = block->size;
}

struct region *region_new(void)
{
        struct region *self = memory_alloc(sizeof *self);

        block_add(self, BLOCK_SIZE);
        return self;
}

void region_free(struct region *self)
{
        struct block *block = self != NULL ? self->newest : NULL;

        while (block != NULL) {
                struct block *older = block->older;

                free(block);
                block = older;
        }
        if (self != NULL)
                free(self->spare);
        free(self);
}

struct region_mark region_mark(const struct region *self)
{
        return (struct region_mark){self->count, self->at, self->left};
}

/* Takes the newest block away. */
static void block_release(struct region *self)
{
        struct block *block = self->newest;

        self->newest = block->older;
        self->count--;
        if (self->spare == NULL && block->size == BLOCK_SIZE) {
                memset(block->bytes, 0, block->size - self->left);
                self->spare = block;
        } else {
                free(block);
        }
        self->left = 0;
}

void region_release(struct region *self, struct region_mark mark)
{
        while (self->count != mark.blocks)
                block_release(self);
        if (mark.left != self->left)
                memset(mark.at, 0, mark.left - self->left);
        self->at = mark.at;
        self->left = mark.left;
}

void *region_alloc(struct region *self, size_t size)
{
        const size_t align = _Alignof(max_align_t);
        void *result;

        size = (size + align - 1) / align * align;
        if (size > self->left)
                block_add(self, size > BLOCK_SIZE ? size : BLOCK_SIZE);
        result = self->at;
        self->at += size;
        self->left -= size;
        return result;
}

void *region_grow(struct region *self, void *old, size_t old_size, size_t size)
{
        struct block **link = &self->newest;
        struct block *block = old_size >= BLOCK_SIZE ? self->newest : NULL;

        for (; block != NULL && block->bytes != old; block = *link)
                link = &block->older;
        if (block == NULL)
                return memcpy(region_alloc(self, size), old, old_size);
        block = memory_grow(block, sizeof *block + size);
        block->size = size;
        *link = block;
        return block->bytes;
}

char *region_text(struct region *self, const char *text, size_t size)
{
        char *result = region_alloc(self, size + 1);

        if (size != 0)
                memcpy(result, text, size);
        return result;
}

char *region_format(struct region *self, const char *format, ...)
{
        va_list arguments;
        char *result;
        size_t size;

        /* What is left is tried first: mostly it fits, and one pass does. */
        va_start(arguments, format);
        size = print_text(self->at, self->left, format, arguments);
        va_end(arguments);
        if (size < self->left)
                return region_alloc(self, size + 1);
        if (self->left != 0)
                memset(self->at, 0, self->left);
        result = region_alloc(self, size + 1);
        va_start(arguments, format);
        print_text(result, size + 1, format, arguments);
        va_end(arguments);
        return result;
}
