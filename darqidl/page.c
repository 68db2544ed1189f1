/* SPDX-License-Identifier: MIT */
/*
 * Pages: growing text, and how its lines are broken.
 *
 * What is generated must look as the project's own formatter would leave it, so lists are laid out by its rule: fill
 * the line, align the next one behind the opening parenthesis.
 */
#include "darqidl/page.h"

#include <stdarg.h>
#include <string.h>

#include "darqidl/output.h"
#include "darqidl/print.h"
#include "darqidl/region.h"

enum { COLUMN_MAX = 100, PAGE_FIRST = 256 };

void page_init(struct page *self, struct region *region)
{
        *self = (struct page){.region = region, .capacity = PAGE_FIRST};
        self->text = region_alloc(region, self->capacity);
}

void page_clear(struct page *self)
{
        self->size = 0;
        self->text[0] = 0;
}

static void page_reserve(struct page *self, size_t size)
{
        size_t capacity = (self->size + size + 1) * 2;

        if (self->size + size < self->capacity)
                return;
        self->text = region_grow(self->region, self->text, self->capacity, capacity);
        self->capacity = capacity;
}

static void print(struct page *self, const char *format, va_list arguments)
        __attribute__((format(printf, 2, 0)));

static void print(struct page *self, const char *format, va_list arguments)
{
        size_t room = self->capacity - self->size;
        va_list again;
        size_t size;

        va_copy(again, arguments);
        size = print_text(self->text + self->size, room, format, arguments);
        if (size >= room) {
                page_reserve(self, size);
                print_text(self->text + self->size, size + 1, format, again);
        }
        va_end(again);
        self->size += size;
}

void page_print(struct page *self, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        print(self, format, arguments);
        va_end(arguments);
}

void page_append(struct page *self, const char *text, size_t size)
{
        page_reserve(self, size);
        if (size != 0)
                memcpy(self->text + self->size, text, size);
        self->size += size;
        self->text[self->size] = 0;
}

bool page_show(const struct page *self)
{
        return output_show(self->text, self->size);
}

size_t page_column(const struct page *self)
{
        const char *line = memrchr(self->text, '\n', self->size);

        return line != NULL ? self->size - 1 - (size_t)(line - self->text) : self->size;
}

void page_list_begin(struct page_list *self, struct page *page)
{
        size_t indent = page_column(page);

        *self = (struct page_list){
                .page = page, .indent = indent, .line = page->size - indent, .item = page->size};
}

/* The last item goes to a line of its own, in place of the space before it. */
static void item_wrap(struct page_list *self)
{
        struct page *page = self->page;

        page_reserve(page, self->indent);
        memmove(page->text + self->item + self->indent, page->text + self->item,
                page->size + 1 - self->item);
        page->text[self->item - 1] = '\n';
        memset(page->text + self->item, ' ', self->indent);
        page->size += self->indent;
        self->line = self->item;
        self->item += self->indent;
}

/* Whether the last item fits its line is known when it is known what follows it. */
static void item_end(struct page_list *self, const char *tail)
{
        if (self->count > 1 && self->page->size - self->line + strcspn(tail, "\n") > COLUMN_MAX)
                item_wrap(self);
        page_append(self->page, tail, strlen(tail));
}

void page_list_add(struct page_list *self, const char *format, ...)
{
        va_list arguments;

        if (self->count != 0) {
                item_end(self, ",");
                page_append(self->page, " ", 1);
                self->item = self->page->size;
        }
        va_start(arguments, format);
        print(self->page, format, arguments);
        va_end(arguments);
        self->count++;
}

void page_list_end(struct page_list *self, const char *tail)
{
        item_end(self, tail);
}

/* A doc comment's text can't end the comment that it goes into. */
static char *comment_safe(struct page *self, const char *text)
{
        char *copy = region_text(self->region, text, strlen(text));

        for (char *at = strstr(copy, "*/"); at != NULL; at = strstr(at, "*/"))
                at[1] = ' ';
        for (char *at = strstr(copy, "/*"); at != NULL; at = strstr(at, "/*"))
                at[0] = ' ';
        return copy;
}

/* Not a list's, nor indented, nor empty. */
static bool is_prose(const char *line)
{
        return *line != 0 && strchr(" \t\n\v-*|", *line) == NULL;
}

/* Where the paragraph that begins here ends, and whether one of its lines is too long. */
static char *paragraph_end(char *text, size_t width, bool *too_long)
{
        bool prose = is_prose(text);

        *too_long = false;
        for (;;) {
                size_t size = strcspn(text, "\n\v");

                *too_long |= size > width;
                text += size;
                if (*text != '\n' || !prose || !is_prose(text + 1))
                        return text;
                text++;
        }
}

/* A paragraph with a line that has to be broken becomes one line, so that it is broken evenly. */
static void paragraphs_join(char *text, size_t width)
{
        while (*text != 0) {
                bool too_long;
                char *end = paragraph_end(text, width, &too_long);

                for (; text < end; text++)
                        if (*text == '\n' && too_long)
                                *text = ' ';
                if (*text == PAGE_BREAK)
                        *text = '\n';
                text += *text != 0;
        }
}

/* Bytes of the next line of a text: up to its end, or to the last space before the width. */
static size_t line_size(const char *text, size_t width)
{
        size_t size = strcspn(text, "\n");
        size_t at;

        if (size <= width)
                return size;
        for (at = width; at > 0 && text[at] != ' '; at--)
                ;
        return at != 0 ? at : size;
}

void page_comment(struct page *self, const char *indent, const char *opening, const char *text)
{
        size_t width = COLUMN_MAX - strlen(indent) - strlen(" * ");
        char *lines = comment_safe(self, text);

        paragraphs_join(lines, width);
        text = lines;
        if (strchr(text, '\n') == NULL &&
            strlen(indent) + strlen(opening) + strlen(text) + 4 <= COLUMN_MAX) {
                page_print(self, "%s%s %s */\n", indent, opening, text);
                return;
        }
        page_print(self, "%s%s\n", indent, opening);
        while (*text != 0) {
                size_t size = line_size(text, width);

                page_print(self, "%s *%s%.*s\n", indent, size != 0 ? " " : "", (int)size, text);
                text += size;
                if (*text != 0)
                        text++;
        }
        page_print(self, "%s */\n", indent);
}
