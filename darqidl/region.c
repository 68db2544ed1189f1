/* SPDX-License-Identifier: MIT */
/*
 * Regions: the compiler's memory.
 *
 * The tree, its names and everything that later phases add live until the compilation ends, so nothing is freed one by
 * one and no phase owns anything. Without memory there is nothing sensible to go on with: the program says so and ends
 * with 1, before it has written anything.
 */
#include "darqidl/region.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 65536 };

struct block {
        struct block *older;
        _Alignas(max_align_t) char bytes[];
};

struct region {
        struct block *newest;
        char *at;
        size_t left;
};

static void *allocate(size_t size)
{
        void *result = calloc(1, size);

        if (result == NULL) {
                fputs("darqidl: error: out of memory\n", stderr);
                exit(1);
        }
        return result;
}

struct region *region_new(void)
{
        return allocate(sizeof(struct region));
}

void region_free(struct region *self)
{
        struct block *block = self != NULL ? self->newest : NULL;

        while (block != NULL) {
                struct block *older = block->older;

                free(block);
                block = older;
        }
        free(self);
}

void *region_alloc(struct region *self, size_t size)
{
        const size_t align = _Alignof(max_align_t);
        void *result;

        size = (size + align - 1) / align * align;
        if (size > self->left) {
                size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
                struct block *block = allocate(sizeof *block + room);

                block->older = self->newest;
                self->newest = block;
                self->at = block->bytes;
                self->left = room;
        }
        result = self->at;
        self->at += size;
        self->left -= size;
        return result;
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
        int size;

        /* What is left is tried first: mostly it fits, and one pass does. */
        va_start(arguments, format);
        size = vsnprintf(self->at, self->left, format, arguments);
        va_end(arguments);
        if ((size_t)size < self->left)
                return region_alloc(self, (size_t)size + 1);
        if (self->left != 0)
                memset(self->at, 0, self->left);
        result = region_alloc(self, (size_t)size + 1);
        va_start(arguments, format);
        vsnprintf(result, (size_t)size + 1, format, arguments);
        va_end(arguments);
        return result;
}
