/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_PAGE_H
#define DARQIDL_PAGE_H

#include <stdbool.h>
#include <stddef.h>

struct region;

/** Text that is being written, in the region; it always ends in NUL beyond size. */
struct page {
        struct region *region;
        char *text;
        size_t size;
        size_t capacity;
};

void page_init(struct page *self, struct region *region);

/** Empties it. */
void page_clear(struct page *self);

/** As printf. */
void page_print(struct page *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Bytes as they are. */
void page_append(struct page *self, const char *text, size_t size);

/** To standard output. False with a line on stderr. */
bool page_show(const struct page *self);

/** Columns from the last line's begin to its end. */
size_t page_column(const struct page *self);

/**
 * A list in parentheses that breaks its lines as clang-format does with this project's settings: as many items to a
 * line as fit before column 100, further lines aligned behind the parenthesis. Begin it behind "name("; end with
 * page_list_end(), whose tail (");" or ")") counts as part of the last item.
 */
struct page_list {
        struct page *page;
        size_t indent;
        size_t count;
        size_t line; /* where the last item's line begins, and the item itself */
        size_t item;
};

void page_list_begin(struct page_list *self, struct page *page);
void page_list_add(struct page_list *self, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
void page_list_end(struct page_list *self, const char *tail);

/** In the text of a comment: a line ends here whatever its length. */
#define PAGE_BREAK '\v'
#define PAGE_BREAK_TEXT "\v"

/**
 * A comment of one or several lines, indented: one that fits a line stands on one. Lines that fit stay as they are; a
 * paragraph with one that doesn't is broken anew. opening: a slash and one or two stars.
 */
void page_comment(struct page *self, const char *indent, const char *opening, const char *text);

#endif
