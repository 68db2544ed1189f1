/* SPDX-License-Identifier: MIT */
/*
 * Pages: growing text, and how its lines are broken.
 *
 * What is generated must look as the project's own formatter would leave it, so lists are laid out by its rule: fill
 * the line, align the next one behind the opening parenthesis.
 */
#include "darqidl/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "darqidl/region.h"

enum { COLUMN_MAX = 100, PAGE_FIRST = 256 };

void page_init(struct page *self, struct region *region)
{
        *self = (struct page){.region = region, .capacity = PAGE_FIRST};
        self->text = region_alloc(region, self->capacity);
}

static void page_reserve(struct page *self, size_t size)
{
        char *text;

        if (self->size + size < self->capacity)
                return;
        self->capacity = (self->size + size + 1) * 2;
        text = region_alloc(self->region, self->capacity);
        memcpy(text, self->text, self->size);
        self->text = text;
}

void page_print(struct page *self, const char *format, ...)
{
        size_t room = self->capacity - self->size;
        va_list arguments;
        int size;

        va_start(arguments, format);
        size = vsnprintf(self->text + self->size, room, format, arguments);
        va_end(arguments);
        if ((size_t)size >= room) {
                page_reserve(self, (size_t)size);
                va_start(arguments, format);
                vsnprintf(self->text + self->size, (size_t)size + 1, format, arguments);
                va_end(arguments);
        }
        self->size += (size_t)size;
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
        if (fwrite(self->text, 1, self->size, stdout) == self->size && fflush(stdout) == 0)
                return true;
        perror("darqidl: error: standard output");
        return false;
}

size_t page_column(const struct page *self)
{
        size_t at = self->size;

        while (at != 0 && self->text[at - 1] != '\n')
                at--;
        return self->size - at;
}

void page_list_begin(struct page_list *self, struct page *page)
{
        *self = (struct page_list){.page = page, .indent = page_column(page)};
}

void page_list_add(struct page_list *self, const char *format, ...)
{
        va_list arguments;
        char *text;
        int size;

        va_start(arguments, format);
        size = vsnprintf(NULL, 0, format, arguments);
        va_end(arguments);
        text = region_alloc(self->page->region, (size_t)size + 1);
        va_start(arguments, format);
        vsnprintf(text, (size_t)size + 1, format, arguments);
        va_end(arguments);
        self->items[self->count++] = text;
}

void page_list_end(struct page_list *self, const char *tail)
{
        for (size_t i = 0; i < self->count; i++) {
                size_t size =
                        strlen(self->items[i]) + (i + 1 < self->count ? 1 : strcspn(tail, "\n"));

                if (i != 0 && page_column(self->page) + 1 + size > COLUMN_MAX)
                        page_print(self->page, "\n%*s", (int)self->indent, "");
                else if (i != 0)
                        page_print(self->page, " ");
                page_print(self->page, "%s%s", self->items[i], i + 1 < self->count ? "," : "");
        }
        page_print(self->page, "%s", tail);
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
        size_t at = size;

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
