/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_REGION_H
#define DARQIDL_REGION_H

#include <stddef.h>

/** Memory that lives as long as a compilation and is freed at once. Running out of memory ends the program. */
struct region;

struct region *region_new(void);
void region_free(struct region *self); /* NULL is fine */

/** Zeroed. Never NULL. */
void *region_alloc(struct region *self, size_t size);

/** A copy that ends in NUL. */
char *region_text(struct region *self, const char *text, size_t size);

/** As printf. */
char *region_format(struct region *self, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

#endif
