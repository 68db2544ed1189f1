/* SPDX-License-Identifier: MIT */
/*
 * The scanner's actions.
 *
 * Doc lines are gathered until the next token comes, which gets them as one text; docs that no node asks for get a
 * warning when the file has been parsed.
 */
#include "darqidl/scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/diagnostic.h"
#include "darqidl/parse.h"
#include "darqidl/region.h"
#include "darqidl/source.h"
#include "darqidl/token.h"

#include "darqidl/parser.h"

struct span scan_advance(struct scan *self, uint32_t size)
{
        struct span at = {
                .source = self->parse->source, .begin = self->offset, .end = self->offset + size};

        self->offset = at.end;
        return at;
}

static void doc_append(struct scan *self, const char *text, size_t size)
{
        if (self->doc_size + size + 1 > self->doc_capacity) {
                size_t capacity = 2 * (self->doc_size + size + 1);
                char *doc = region_alloc(self->parse->region, capacity);

                if (self->doc_size != 0)
                        memcpy(doc, self->doc, self->doc_size);
                self->doc = doc;
                self->doc_capacity = capacity;
        }
        memcpy(self->doc + self->doc_size, text, size);
        self->doc_size += size;
}

void scan_comment(struct scan *self, struct span at, int kind)
{
        if (self->parse->tokens != NULL)
                tokens_add(self->parse->tokens, kind, at);
}

void scan_doc(struct scan *self, struct span at, const char *text, size_t size)
{
        scan_comment(self, at, TOKEN_LINE_COMMENT);
        if (self->doc_at.source == NULL)
                self->doc_at = at;
        else
                doc_append(self, "\n", 1);
        self->doc_at.end = at.end;
        text += 3;
        size -= 3;
        if (size > 0 && text[0] == ' ') {
                text++;
                size--;
        }
        while (size > 0 &&
               (text[size - 1] == ' ' || text[size - 1] == '\t' || text[size - 1] == '\r'))
                size--;
        if (size != 0)
                doc_append(self, text, size);
}

int scan_token(struct scan *self, struct span at, int token)
{
        if (self->hushed != 0 && --self->hushed == 0)
                self->parse->last_error = at;
        if (self->parse->tokens != NULL)
                tokens_add(self->parse->tokens, token, at);
        if (self->doc_at.source == NULL)
                return token;
        parse_add_doc(self->parse, (struct doc){.at = self->doc_at,
                                                .text = region_text(self->parse->region, self->doc,
                                                                    self->doc_size),
                                                .before = at.begin});
        self->doc_at.source = NULL;
        self->doc_size = 0;
        return token;
}

void scan_error(struct scan *self, struct span at, enum scan_fault fault)
{
        struct diagnostics *diagnostics = self->parse->diagnostics;

        switch (fault) {
        case SCAN_OPEN_COMMENT:
                at.end = at.begin + 2;
                diagnose(diagnostics, DI_OPEN_COMMENT, at, "this comment has no end");
                break;
        case SCAN_OPEN_STRING:
                at.end = at.begin + 1;
                diagnose(diagnostics, DI_OPEN_STRING, at, "this string has no end on its line");
                self->hushed = 2; /* its own token, and the one that surprises then */
                break;
        case SCAN_BAD_NUMBER:
                diagnose(diagnostics, DI_BAD_NUMBER, at, "'%.*s' is not a number",
                         (int)(at.end - at.begin), at.source->text + at.begin);
                diagnose_help(diagnostics,
                              "numbers are decimal without leading zeros, or hexadecimal: 0x1f");
                break;
        case SCAN_BAD_TEXT:
                diagnose(diagnostics, DI_BAD_TEXT, at, "unexpected character");
                self->hushed = 1;
                break;
        }
        self->parse->last_error = at;
}

struct name scan_word(struct scan *self, struct span at, const char *text, size_t size)
{
        if (size > NAME_MAX_SIZE) {
                self->parse->file->broken = true;
                diagnose(self->parse->diagnostics, DI_LONG_NAME, at,
                         "this name has more than %d letters", NAME_MAX_SIZE);
                size = NAME_MAX_SIZE;
        }
        return (struct name){at, region_text(self->parse->region, text, size)};
}

struct literal scan_integer(struct scan *self, struct span at, const char *text)
{
        struct literal literal = {0};

        errno = 0;
        literal.integer = strtoull(text, NULL, 0);
        literal.faulty = errno == ERANGE;
        if (literal.faulty)
                diagnose(self->parse->diagnostics, DI_NUMBER_TOO_LARGE, at,
                         "this number needs more than 64 bits");
        return literal;
}

struct literal scan_real(struct scan *self, struct span at, const char *text)
{
        struct literal literal = {0};

        errno = 0;
        literal.real = strtod(text, NULL);
        if (errno == ERANGE && (literal.real > 1 || literal.real < -1))
                diagnose(self->parse->diagnostics, DI_NUMBER_TOO_LARGE, at,
                         "this number is too large for an f64");
        return literal;
}

static char unescape(char escaped)
{
        switch (escaped) {
        case '\\':
        case '"':
                return escaped;
        case 'n':
                return '\n';
        case 't':
                return '\t';
        default:
                return 0;
        }
}

struct literal scan_string(struct scan *self, struct span at, const char *text, size_t size)
{
        char *result = region_alloc(self->parse->region, size);
        size_t used = 0;

        for (size_t i = 1; i + 1 < size; i++) {
                if (text[i] != '\\') {
                        result[used++] = text[i];
                        continue;
                }
                result[used] = unescape(text[++i]);
                if (result[used++] == 0) {
                        struct span place = at;

                        place.begin += (uint32_t)i - 1;
                        place.end = place.begin + 2;
                        diagnose(self->parse->diagnostics, DI_BAD_ESCAPE, place,
                                 "unknown escape '\\%c'", text[i]);
                        diagnose_help(self->parse->diagnostics,
                                      "the escapes are \\\\ \\\" \\n \\t");
                        result[used - 1] = '?';
                }
        }
        result[used] = 0;
        return (struct literal){.text = result, .size = (uint32_t)used};
}
