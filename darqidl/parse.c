/* SPDX-License-Identifier: MIT */
/*
 * Parsing one file: scanner and grammar put together, syntax errors made into sentences, and doc comments handed to
 * the nodes that they stand before.
 *
 * Docs stand in the order of the text. A rule is reduced when its last token has been read, so a member inside a
 * declaration asks for its doc before the declaration does: the search is by the offset of a node's first token.
 */
#include "darqidl/parse.h"

#include <stdio.h>
#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/diagnostic.h"
#include "darqidl/name.h"
#include "darqidl/region.h"
#include "darqidl/scan.h"
#include "darqidl/source.h"
#include "darqidl/text.h"
#include "darqidl/token.h"

#include "darqidl/parser.h"
#define YYSTYPE DIDL_STYPE
#define YYLTYPE DIDL_LTYPE
#include "darqidl/lexer.h"

void parse_add_doc(struct parse *self, struct doc doc)
{
        if (self->doc_count == self->doc_capacity) {
                size_t capacity = self->doc_capacity * 2 + 16;
                struct doc *docs = region_alloc(self->region, capacity * sizeof *docs);

                if (self->doc_count != 0)
                        memcpy(docs, self->docs, self->doc_count * sizeof *docs);
                self->docs = docs;
                self->doc_capacity = capacity;
        }
        self->docs[self->doc_count++] = doc;
}

const char *parse_doc(struct parse *self, uint32_t begin)
{
        size_t low = 0;
        size_t high = self->doc_count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (self->docs[middle].before < begin)
                        low = middle + 1;
                else
                        high = middle;
        }
        if (low == self->doc_count || self->docs[low].before != begin)
                return NULL;
        self->docs[low].used = true;
        return self->docs[low].text;
}

void parse_end(struct parse *self)
{
        for (size_t i = 0; i < self->doc_count && !self->file->broken; i++)
                if (!self->docs[i].used)
                        diagnose(self->diagnostics, DI_STRAY_DOC, self->docs[i].at,
                                 "this documents nothing: no declaration, member or parameter "
                                 "follows");
}

void parse_error(struct parse *self, struct span at, const char *text)
{
        (void)text; /* the one thing that the parser itself says: its stack is full */
        self->file->broken = true;
        diagnose(self->diagnostics, DI_TOO_DEEP, at, "this is nested too deep");
}

/* Keywords are soft: where a name may stand each of them may, and naming all helps nobody. */
static size_t expected_reduce(struct symbol *symbols, size_t count)
{
        bool name_expected = false;
        size_t kept = 0;

        for (size_t i = 0; i < count; i++)
                name_expected |= strcmp(symbols[i].name, "name") == 0;
        for (size_t i = 0; i < count; i++)
                if (!name_expected || !symbols[i].keyword)
                        symbols[kept++] = symbols[i];
        return kept;
}

static const char *token_text(struct parse *self, struct span at)
{
        uint32_t size = at.end - at.begin;

        if (size == 0)
                return "the end of the file";
        return region_format(self->region, "'%.*s'", (int)(size > 40 ? 40 : size),
                             at.source->text + at.begin);
}

static const char *quoted(struct parse *self, const char *symbol)
{
        bool plain = symbol[0] == '\'' || strchr(symbol, ' ') != NULL ||
                     strcmp(symbol, "name") == 0 || strcmp(symbol, "integer") == 0 ||
                     strcmp(symbol, "number") == 0;

        if (strcmp(symbol, "name") == 0 || strcmp(symbol, "number") == 0 ||
            strcmp(symbol, "string literal") == 0)
                return region_format(self->region, "a %s", symbol);
        if (strcmp(symbol, "integer") == 0)
                return "an integer";
        if (strcmp(symbol, "end of file") == 0)
                return "the end of the file";
        return plain ? symbol : region_format(self->region, "'%s'", symbol);
}

static const char *expected_sentence(struct parse *self, const struct symbol *symbols, size_t count)
{
        const char *sentence = "";

        for (size_t i = 0; i < count; i++)
                sentence = region_format(self->region, "%s%s%s", sentence,
                                         i == 0           ? ""
                                         : i + 1 == count ? " or "
                                                          : ", ",
                                         quoted(self, symbols[i].name));
        return sentence;
}

/* A misspelt keyword is the likeliest reason for a word where only keywords may stand. */
static void keyword_suggest(struct parse *self, struct span at, const struct symbol *symbols,
                            size_t count)
{
        const char *word = region_text(self->region, at.source->text + at.begin, at.end - at.begin);
        size_t budget = 64;
        struct nearest nearest = nearest_to(word, &budget);

        for (size_t i = 0; i < count; i++)
                if (symbols[i].keyword)
                        nearest_try(&nearest, symbols[i].name);
        if (nearest.best != NULL)
                diagnose_help(self->diagnostics, "did you mean '%s'?", nearest.best);
}

bool parse_is_hopeless(const struct parse *self)
{
        return self->diagnostics->errors >= DIAGNOSTIC_KEPT;
}

void parse_unexpected(struct parse *self, struct span at, const char *found,
                      const struct symbol *expected, size_t expected_count)
{
        enum { SHOWN_MAX = 6 };
        struct symbol symbols[64];
        size_t count = expected_count < 64 ? expected_count : 64;

        self->file->broken = true;
        if (self->last_error.source != NULL && self->last_error.begin == at.begin)
                return;
        self->last_error = at;
        if (count != 0)
                memcpy(symbols, expected, count * sizeof *symbols);
        count = expected_reduce(symbols, count);
        if (count == 0 || count > SHOWN_MAX)
                diagnose(self->diagnostics, DI_SYNTAX, at, "unexpected %s",
                         at.end == at.begin ? "end of the file" : token_text(self, at));
        else
                diagnose(self->diagnostics, DI_SYNTAX, at, "expected %s, found %s",
                         expected_sentence(self, symbols, count), token_text(self, at));
        if (strcmp(found, "name") == 0)
                keyword_suggest(self, at, symbols, count);
        if (strcmp(found, "import") == 0)
                diagnose_help(self->diagnostics, "imports stand before all declarations");
}

/* Whether the text could be read to its end. */
static bool parse_run(struct parse *self, struct scan *scan)
{
        const struct source *source = self->source;
        yyscan_t scanner = NULL;
        bool done;

        if (!text_check(self->diagnostics, source, &scan->offset))
                return false;
        /* Neither fails: there is memory, and the text ends as the scanner wants it. */
        didl_lex_init_extra(scan, &scanner);
        didl__scan_buffer((char *)source->text + scan->offset, source->size - scan->offset + 2,
                          scanner);
        done = didl_parse(scanner, self) == 0;
        scan_end(scanner);
        didl_lex_destroy(scanner);
        return done;
}

static struct file *file_parse(struct parse *self)
{
        struct scan scan = {.parse = self};

        self->file = region_alloc(self->region, sizeof *self->file);
        self->file->source = self->source;
        if (!parse_run(self, &scan))
                self->file->broken = true;
        return self->file;
}

struct file *parse_file(struct region *region, struct diagnostics *diagnostics,
                        struct source *source)
{
        struct parse self = {.region = region, .diagnostics = diagnostics, .source = source};

        source->file = file_parse(&self);
        return self.file;
}

bool parse_tokens(struct region *region, struct diagnostics *diagnostics, struct source *source,
                  struct tokens *tokens)
{
        struct parse self = {
                .region = region, .diagnostics = diagnostics, .source = source, .tokens = tokens};
        unsigned int errors = diagnostics->errors;

        *tokens = (struct tokens){.region = region};
        return !file_parse(&self)->broken && diagnostics->errors == errors;
}
