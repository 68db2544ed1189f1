/* SPDX-License-Identifier: MIT */
/*
 * Lines: what the formatter writes.
 *
 * Each is kept with its indentation and the place of the comment that ends it, so that the comments of neighbouring
 * lines can be aligned when all are there. Neighbours are lines of one indentation with a comment each and nothing
 * between. Whitespace at the end of a line doesn't get here.
 */
#include "darqidl/lines.h"

#include <string.h>

#include "darqidl/region.h"

struct line {
        size_t begin;
        size_t end;
        size_t comment; /* where the last one begins; end: none, or something follows it */
        size_t indent;
        bool blank;  /* an empty line stands before it */
        bool folded; /* the comment has several lines */
};

void lines_init(struct lines *self, struct region *region)
{
        *self = (struct lines){.count = 0};
        page_init(&self->text, region);
}

size_t text_columns(const char *text, size_t size)
{
        size_t columns = 0;

        for (size_t i = 0; i < size; i++)
                columns += ((unsigned char)text[i] & 0xc0) != 0x80;
        return columns;
}

static struct line *line_last(const struct lines *self)
{
        return &self->list[self->count - 1];
}

void lines_begin(struct lines *self, size_t indent, bool blank)
{
        if (self->count == self->capacity) {
                size_t capacity = self->capacity * 2 + 64;
                struct line *list = region_alloc(self->text.region, capacity * sizeof *list);

                if (self->count != 0)
                        memcpy(list, self->list, self->count * sizeof *list);
                self->list = list;
                self->capacity = capacity;
        }
        self->list[self->count++] = (struct line){.begin = self->text.size,
                                                  .end = self->text.size,
                                                  .comment = self->text.size,
                                                  .indent = indent,
                                                  .blank = blank};
}

void lines_put(struct lines *self, const char *text, size_t size, bool space)
{
        struct line *line = line_last(self);

        page_append(&self->text, " ", space && line->end != line->begin ? 1 : 0);
        page_append(&self->text, text, size);
        line->end = line->comment = self->text.size;
}

static size_t trimmed(const char *text, size_t size)
{
        while (size != 0 && strchr(" \t\r", text[size - 1]) != NULL)
                size--;
        return size;
}

/* The lines of a comment behind its first. */
static void fold(struct lines *self, const char *text, size_t size)
{
        size_t indent = line_last(self)->indent;

        while (size != 0) {
                const char *end = memchr(text, '\n', size);
                size_t length = end != NULL ? (size_t)(end - text) : size;
                size_t margin = strspn(text, " \t");

                if (text[margin] != '*')
                        page_print(&self->text, "\n");
                else
                        page_print(&self->text, "\n%*s", (int)indent + 1, "");
                margin = text[margin] == '*' ? margin : 0;
                page_append(&self->text, text + margin, trimmed(text + margin, length - margin));
                if (end == NULL)
                        break;
                text = end + 1;
                size -= length + 1;
        }
}

void lines_comment(struct lines *self, const char *text, size_t size, bool space)
{
        const char *end = memchr(text, '\n', size);
        size_t first = end != NULL ? (size_t)(end - text) : size;
        struct line *line = line_last(self);
        size_t begin = self->text.size + (space && line->end != line->begin ? 1 : 0);

        lines_put(self, text, trimmed(text, first), space);
        line->folded |= end != NULL;
        if (end != NULL)
                fold(self, end + 1, size - first - 1);
        line->end = self->text.size;
        line->comment = begin != line->begin ? begin : line->end;
}

size_t lines_column(const struct lines *self)
{
        const struct line *line = line_last(self);
        const char *text = self->text.text + line->begin;
        const char *fold = memrchr(text, '\n', line->end - line->begin);

        if (fold != NULL)
                return text_columns(fold + 1, (size_t)(self->text.text + line->end - fold - 1));
        return line->indent + text_columns(text, line->end - line->begin);
}

/* Whether its comment may move to the right. */
static bool line_aligns(const struct line *self)
{
        return self->comment != self->end && !self->folded;
}

/* Columns of the code before a comment. */
static size_t code_columns(const struct lines *self, const struct line *line)
{
        return text_columns(self->text.text + line->begin, line->comment - line->begin);
}

/* The lines from first that are neighbours; *columns: of the longest one's code. */
static size_t neighbours(const struct lines *self, size_t first, size_t *columns)
{
        size_t i = first;

        *columns = 0;
        do {
                size_t code = code_columns(self, &self->list[i]);

                *columns = code > *columns ? code : *columns;
                i++;
        } while (i < self->count && line_aligns(&self->list[i]) && !self->list[i].blank &&
                 self->list[i].indent == self->list[first].indent);
        return i - first;
}

static void line_print(const struct lines *self, const struct line *line, size_t columns,
                       struct page *page)
{
        const char *text = self->text.text;
        size_t pad = columns != 0 ? columns - code_columns(self, line) : 0;

        page_print(page, "%s%*s", line->blank ? "\n" : "", (int)line->indent, "");
        page_append(page, text + line->begin, line->comment - line->begin);
        page_print(page, "%*s", (int)pad, "");
        page_append(page, text + line->comment, line->end - line->comment);
        page_print(page, "\n");
}

void lines_print(const struct lines *self, struct page *page)
{
        for (size_t i = 0; i < self->count;) {
                size_t columns = 0;
                size_t count = line_aligns(&self->list[i]) ? neighbours(self, i, &columns) : 1;

                for (size_t end = i + count; i < end; i++)
                        line_print(self, &self->list[i], columns, page);
        }
}
