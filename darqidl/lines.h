/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_LINES_H
#define DARQIDL_LINES_H

#include <stdbool.h>

#include "darqidl/page.h"

struct region;
struct line;

enum { LINES_WIDTH = 100 };

/** Text that is written line by line; a comment at a line's end is aligned with those of its neighbours. */
struct lines {
        struct page text; /* of all lines, without what stands before them */
        struct line *list;
        size_t count;
        size_t capacity;
};

void lines_init(struct lines *self, struct region *region);

/** Begins a line. blank: an empty one stands before it. */
void lines_begin(struct lines *self, size_t indent, bool blank);

/** Appends to the line; space: one stands between. */
void lines_put(struct lines *self, const char *text, size_t size, bool space);

/** Appends a comment. Of several lines those that begin with a star get it below the first one's. */
void lines_comment(struct lines *self, const char *text, size_t size, bool space);

/** The line's columns so far, as characters. */
size_t lines_column(const struct lines *self);

/** All lines. */
void lines_print(const struct lines *self, struct page *page);

/** Characters of a text. */
size_t text_columns(const char *text, size_t size);

#endif
