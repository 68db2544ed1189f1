/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics: collected while the phases run, printed at the end in the order of the text.
 *
 * The form is that of the compilers people know: file:line:column, error or warning, the sentence, the code; then the
 * source line and a caret under the span. Notes and help follow what they belong to. Whether a code is an error or a
 * warning stands in codes.c.
 *
 * Of a hopeless file only the first DIAGNOSTIC_KEPT errors and as many warnings are kept; the others are counted. Where
 * not all are shown, errors go first.
 */
#include "darqidl/diagnostic.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

struct note {
        struct note *next;
        struct span at; /* source NULL: help */
        const char *text;
};

struct diagnostic {
        struct diagnostic *next;
        unsigned int order;
        unsigned int code;
        bool warning;
        struct span at;
        const char *text;
        struct note *notes;
};

void diagnostics_init(struct diagnostics *self, struct region *region)
{
        *self = (struct diagnostics){.region = region};
        self->end = &self->first;
}

static struct diagnostic *diagnostic_make(struct diagnostics *self, unsigned int code, bool warning,
                                          struct span at)
{
        struct diagnostic *diagnostic = region_alloc(self->region, sizeof *diagnostic);

        diagnostic->order = self->kept++;
        diagnostic->code = code;
        diagnostic->warning = warning;
        diagnostic->at = at;
        *self->end = diagnostic;
        self->end = &diagnostic->next;
        return diagnostic;
}

void diagnose(struct diagnostics *self, unsigned int code, struct span at, const char *format, ...)
{
        const struct code_text *known = code_find(code);
        bool warning = known != NULL && known->warning;
        va_list arguments;

        self->last = NULL;
        if (++*(warning ? &self->warnings : &self->errors) > DIAGNOSTIC_KEPT)
                return;
        self->last = diagnostic_make(self, code, warning, at);
        va_start(arguments, format);
        self->last->text = region_format_list(self->region, format, arguments);
        va_end(arguments);
}

__attribute__((format(printf, 3, 0))) static void note_add(struct diagnostics *self, struct span at,
                                                           const char *format, va_list arguments)
{
        struct note *note;
        struct note **end;

        if (self->last == NULL)
                return;
        note = region_alloc(self->region, sizeof *note);
        note->at = at;
        note->text = region_format_list(self->region, format, arguments);
        end = &self->last->notes;
        while (*end != NULL)
                end = &(*end)->next;
        *end = note;
}

void diagnose_note(struct diagnostics *self, struct span at, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        note_add(self, at, format, arguments);
        va_end(arguments);
}

void diagnose_help(struct diagnostics *self, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        note_add(self, (struct span){0}, format, arguments);
        va_end(arguments);
}

/* Bytes of the line that are shown, whole characters. */
static size_t shown(const char *line, size_t size)
{
        enum { SHOWN_MAX = 200 };

        if (size <= SHOWN_MAX)
                return size;
        size = SHOWN_MAX;
        while (size != 0 && ((unsigned char)line[size] & 0xc0) == 0x80)
                size--;
        return size;
}

/* One mark for each character from begin to end; tabs stay tabs, so that both lines keep step. */
static void marks_print(FILE *file, const char *line, size_t begin, size_t end, char first,
                        char others)
{
        for (size_t i = begin; i < end; i++)
                if (i == begin || ((unsigned char)line[i] & 0xc0) != 0x80)
                        fputc(line[i] == '\t' && others == ' ' ? '\t'
                              : i == begin                     ? first
                                                               : others,
                              file);
}

/* The source line and a caret under the span, as far as it is on this line. */
static void caret_print(FILE *file, struct span at, bool colour)
{
        struct place place = source_place(at.source, at.begin);
        size_t size;
        const char *line = source_line(at.source, place.line, &size);
        size_t visible = shown(line, size);
        size_t begin = place.column - 1;
        size_t end = begin + (at.end > at.begin ? at.end - at.begin : 1);

        if (begin > visible)
                return;
        fprintf(file, "    %.*s\n    ", (int)visible, line);
        marks_print(file, line, 0, begin, ' ', ' ');
        fputs(colour ? "\033[1;32m" : "", file);
        if (begin == visible)
                fputc('^', file);
        else
                marks_print(file, line, begin, end < visible ? end : visible, '^', '~');
        fputs(colour ? "\033[0m\n" : "\n", file);
}

static void place_print(FILE *file, struct span at, const char *kind, const char *shade,
                        bool colour)
{
        if (at.source != NULL) {
                struct place place = source_place(at.source, at.begin);

                fprintf(file, "%s:%u:%u: ", at.source->path, place.line, place.column);
        }
        fprintf(file, "%s%s:%s ", colour ? shade : "", kind, colour ? "\033[0m" : "");
}

static void diagnostic_print(const struct diagnostic *self, FILE *file, bool colour)
{
        place_print(file, self->at, self->warning ? "warning" : "error",
                    self->warning ? "\033[1;35m" : "\033[1;31m", colour);
        fprintf(file, "%s [DI%04u]\n", self->text, self->code);
        if (self->at.source != NULL)
                caret_print(file, self->at, colour);
        for (const struct note *note = self->notes; note != NULL; note = note->next) {
                if (note->at.source == NULL) {
                        fprintf(file, "    help: %s\n", note->text);
                        continue;
                }
                place_print(file, note->at, "note", "\033[1;36m", colour);
                fprintf(file, "%s\n", note->text);
                caret_print(file, note->at, colour);
        }
}

static int compare(const void *a, const void *b)
{
        const struct diagnostic *left = *(const struct diagnostic *const *)a;
        const struct diagnostic *right = *(const struct diagnostic *const *)b;

        if (left->at.source == right->at.source && left->at.begin != right->at.begin)
                return left->at.begin < right->at.begin ? -1 : 1;
        if (left->at.source != right->at.source && left->at.source != NULL &&
            right->at.source != NULL && strcmp(left->at.source->path, right->at.source->path) != 0)
                return strcmp(left->at.source->path, right->at.source->path);
        return left->order < right->order ? -1 : 1;
}

void diagnostics_print(struct diagnostics *self, FILE *file, bool colour)
{
        size_t count = self->kept;
        size_t total = (size_t)self->errors + self->warnings;
        unsigned int errors = self->errors < DIAGNOSTIC_MAX ? self->errors : DIAGNOSTIC_MAX;
        unsigned int warnings = DIAGNOSTIC_MAX - errors;
        const struct diagnostic **sorted;
        size_t i = 0;

        if (count == 0)
                return;
        sorted = region_alloc(self->region, count * sizeof *sorted);
        for (const struct diagnostic *each = self->first; each != NULL; each = each->next)
                sorted[i++] = each;
        qsort(sorted, count, sizeof *sorted, compare);
        for (i = 0; i < count && errors + warnings != 0; i++) {
                unsigned int *left = sorted[i]->warning ? &warnings : &errors;

                if (*left == 0)
                        continue;
                --*left;
                diagnostic_print(sorted[i], file, colour);
        }
        if (total > DIAGNOSTIC_MAX)
                fprintf(file, "darqidl: %zu more not shown\n", total - DIAGNOSTIC_MAX);
        if (self->errors != 0)
                fprintf(file, "darqidl: %u error%s\n", self->errors, self->errors == 1 ? "" : "s");
}
