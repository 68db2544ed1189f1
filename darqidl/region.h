/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_REGION_H
#define DARQIDL_REGION_H

#include <stdarg.h>
#include <stddef.h>

/** Memory that lives as long as a compilation and is freed at once. Running out of memory ends the program. */
struct region;

struct region *region_new(void);
void region_free(struct region *self); /* NULL is fine */

/**
 * A region as it stands. Releasing a mark frees what was allocated since, and must not be done once something older has
 * been released: what a part of a work needs goes when the part is done, and the next one finds warm memory.
 */
struct region_mark {
        size_t blocks;
        size_t own;
        char *at;
        size_t left;
};

struct region_mark region_mark(const struct region *self);
void region_release(struct region *self, struct region_mark mark);

/** Zeroed. Never NULL. */
void *region_alloc(struct region *self, size_t size);

/** The same bytes with more room, which isn't zeroed; those that were there before are gone. */
void *region_grow(struct region *self, void *old, size_t old_size, size_t size);

/** A copy that ends in NUL. */
char *region_text(struct region *self, const char *text, size_t size);

/** As printf. */
char *region_format(struct region *self, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

/** As vprintf. */
char *region_format_list(struct region *self, const char *format, va_list arguments)
        __attribute__((format(printf, 2, 0)));

#endif
