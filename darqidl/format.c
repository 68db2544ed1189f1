/* SPDX-License-Identifier: MIT */
/*
 * The canonical layout of a .didl file.
 *
 * Tokens and comments come out in the order and with the bytes that they have; only the space between them changes. So
 * a file means the same afterwards, and no comment can get lost. Statements end at ';' or '{'; each begins a line, four
 * columns in if it stands in a body. One that fits its line stands on it. In one that doesn't, the parameter lists that
 * are too long, or hold a comment that ends a line, get a line for each parameter; what else is too long goes on eight
 * columns in, behind a ',' or before a '|'. A body that was written on one line and fits one stays there. Of empty
 * lines one is kept, and one stands around what has a body of several lines, behind the package and behind the imports.
 *
 * The layout of a laid out text is the same text: nothing is decided by the lines of the input but where comments and
 * empty lines stand and whether a body is on one line, and the output has all three where the input had them.
 */
#include "darqidl/format.h"

#include <string.h>

#include "darqidl/lines.h"
#include "darqidl/measure.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

#include "darqidl/parser.h"

enum { LEVEL = 4, CONTINUATION = 8, LISTS_MAX = 4 };

enum kind { KIND_NONE, KIND_PACKAGE, KIND_IMPORT, KIND_SHORT, KIND_LONG };

/** A statement: from its attributes to its ';' or '{', or to the '}' of a body that stays on its line. */
struct statement {
        size_t begin;
        size_t main; /* the first token behind the attributes */
        size_t end;  /* its last token */
        enum kind kind;
        bool has_list;
};

struct format {
        const struct token *tokens;
        const struct measure *measures;
        size_t count; /* without END */
        struct lines lines;
        size_t at; /* the next token */
        bool in_body;
        bool opened;    /* nothing stands in this body yet */
        bool fresh;     /* nothing stands behind this statement yet, but a comment on its line */
        enum kind last; /* of the statement before, outside of bodies */
};

/** A statement on its way, where it doesn't stand on one line. */
struct flow {
        size_t indent;
        size_t closes[LISTS_MAX]; /* of the lists that have a line for each parameter */
        size_t depth;
        size_t flat_end; /* up to this token nothing breaks */
        size_t angles;
        bool pending; /* a line ends here; only a comment may still stand on it */
        bool fresh; /* no token stands on this line or the ones before, but attributes and comments */
};

static int kind_at(const struct format *self, size_t i)
{
        return i < self->count ? self->tokens[i].kind : END;
}

/* Columns from the begin of one token to the end of another, on one line. */
static size_t flat_columns(const struct format *self, size_t from, size_t to)
{
        return self->measures[to].flat + self->measures[to].width - self->measures[from].flat;
}

/* Whether a comment among the tokens behind from, up to to, ends a line. */
static bool is_forced(const struct format *self, size_t from, size_t to)
{
        return self->measures[to].forced != self->measures[from].forced;
}

static bool fits(const struct format *self, size_t indent, size_t from, size_t to)
{
        return !is_forced(self, from, to) && indent + flat_columns(self, from, to) <= LINES_WIDTH;
}

static void put(struct format *self, size_t i)
{
        const struct token *token = &self->tokens[i];
        const char *text = token->at.source->text + token->at.begin;
        size_t size = token->at.end - token->at.begin;

        if (token_is_comment(token))
                lines_comment(&self->lines, text, size, self->measures[i].space);
        else
                lines_put(&self->lines, text, size, self->measures[i].space);
}

/* statements */

static size_t comments_skip(const struct format *self, size_t i)
{
        while (i < self->count && token_is_comment(&self->tokens[i]))
                i++;
        return i;
}

/* The first token behind the attributes; begin itself if there are none. */
static size_t attributes_skip(const struct format *self, size_t begin)
{
        size_t i = comments_skip(self, begin);

        if (i < self->count && !self->measures[i].attribute)
                return begin;
        while (i < self->count &&
               (token_is_comment(&self->tokens[i]) || self->measures[i].attribute))
                i++;
        return i;
}

/* The body that opens at a '{', if it stays on the statement's line: the index of its '}'; otherwise of the '{'. */
static size_t body_end(const struct format *self, const struct statement *statement, size_t open)
{
        size_t close = self->measures[open].match;

        if (close == open + 1)
                return close;
        for (size_t i = open; i < close; i++)
                if (token_is_comment(&self->tokens[i]))
                        return open;
        return self->tokens[open].first_line == self->tokens[close].first_line &&
                               fits(self, 0, statement->main, close)
                       ? close
                       : open;
}

static struct statement statement_at(const struct format *self, size_t begin)
{
        struct statement statement = {.begin = begin, .main = attributes_skip(self, begin)};
        size_t first = comments_skip(self, statement.main);
        size_t i = first;

        while (i < self->count && kind_at(self, i) != ';' && kind_at(self, i) != '{') {
                statement.has_list |= self->measures[i].match != 0;
                i++;
        }
        statement.end = i;
        statement.kind = KIND_SHORT;
        if (kind_at(self, first) == KW_PACKAGE)
                statement.kind = KIND_PACKAGE;
        else if (kind_at(self, first) == KW_IMPORT)
                statement.kind = KIND_IMPORT;
        if (kind_at(self, i) == '{') {
                statement.end = body_end(self, &statement, i);
                if (statement.end == i)
                        statement.kind = KIND_LONG;
        }
        return statement;
}

/* the flow of tokens in one that is too long for its line */

/* The last token that stands on the line with the end of a list that closes at this one, if that isn't broken. */
static size_t list_tail(const struct format *self, const struct flow *flow, size_t close,
                        size_t end)
{
        size_t i = close;

        while (i < end && !self->measures[i + 1].breaks && kind_at(self, i) != ',' &&
               (flow->depth == 0 || i + 1 != flow->closes[flow->depth - 1]) &&
               self->measures[i].match == 0)
                i++;
        return i;
}

/* A list opens: whether its parameters get a line each. */
static void list_open(struct format *self, struct flow *flow, size_t i, size_t end)
{
        size_t close = self->measures[i].match;
        size_t tail = list_tail(self, flow, close, end);
        size_t columns =
                lines_column(&self->lines) + flat_columns(self, i, tail) - self->measures[i].width;

        if (!is_forced(self, i, close) && (columns <= LINES_WIDTH || close == i + 1)) {
                flow->flat_end = close;
                return;
        }
        flow->closes[flow->depth++] = close;
        flow->indent += LEVEL;
        flow->pending = true;
}

/* Whether a line may end before this token: behind ',', before '|' and between attributes. */
static bool may_break(const struct format *self, const struct flow *flow, size_t i)
{
        int kind = kind_at(self, i);

        if (i <= flow->flat_end || flow->angles != 0)
                return false;
        if (self->measures[i].attribute)
                return kind == '@' && flow->fresh;
        return kind == '|' || kind_at(self, i - 1) == ',';
}

/* Whether what stands before the next place where a line may end goes beyond the line. */
static bool overflows(const struct format *self, const struct flow *flow, size_t i, size_t end)
{
        size_t last = i;

        while (last < end && !may_break(self, flow, last + 1))
                last++;
        return lines_column(&self->lines) + 1 + flat_columns(self, i, last) > LINES_WIDTH;
}

/* Begins a line before this token if there has to be one. */
static void token_break(struct format *self, struct flow *flow, size_t i, size_t end)
{
        const struct measure *measure = &self->measures[i];
        bool comment = token_is_comment(&self->tokens[i]);

        if (flow->pending && comment && !measure->begins_line && measure->ends_line)
                return;
        if (flow->pending) {
                lines_begin(&self->lines, flow->indent, false);
                flow->pending = false;
                flow->fresh = true;
        } else if (measure->breaks || (may_break(self, flow, i) && overflows(self, flow, i, end))) {
                bool item = flow->fresh || (comment && flow->depth != 0);

                lines_begin(&self->lines, flow->indent + (item ? 0 : CONTINUATION), false);
        }
        flow->fresh &= comment || measure->attribute;
}

static void token_flow(struct format *self, struct flow *flow, size_t i, size_t end)
{
        int kind = kind_at(self, i);
        bool closes = flow->depth != 0 && flow->closes[flow->depth - 1] == i;

        if (closes) {
                flow->depth--;
                flow->indent -= LEVEL;
                flow->pending = true;
        }
        token_break(self, flow, i, end);
        put(self, i);
        if (self->measures[i].attribute)
                return;
        flow->angles += kind == '<';
        flow->angles -= kind == '>' && flow->angles != 0;
        if (i <= flow->flat_end)
                return;
        if (kind == '(' && self->measures[i].match != 0 && flow->depth < LISTS_MAX)
                list_open(self, flow, i, end);
        else if (kind == ',' && flow->depth != 0 && flow->angles == 0)
                flow->pending = true;
}

static void statement_print(struct format *self, const struct statement *statement, bool blank)
{
        size_t indent = self->in_body ? LEVEL : 0;
        struct flow flow = {.indent = indent, .fresh = true};
        bool flat = fits(self, indent, statement->begin, statement->end);
        bool apart = statement->main != statement->begin &&
                     (!self->in_body || statement->has_list || !flat);

        lines_begin(&self->lines, indent, blank);
        if (flat && !apart)
                flow.flat_end = statement->end;
        for (size_t i = statement->begin; i <= statement->end; i++) {
                if (i == statement->main) {
                        flow.pending |= apart;
                        if (fits(self, indent, i, statement->end))
                                flow.flat_end = statement->end;
                }
                if (i == statement->begin) {
                        put(self, i);
                        flow.fresh =
                                self->measures[i].attribute || token_is_comment(&self->tokens[i]);
                        continue;
                }
                token_flow(self, &flow, i, statement->end);
        }
        self->at = statement->end + 1;
        self->fresh = true;
        self->opened = kind_at(self, statement->end) == '{';
        if (self->opened)
                self->in_body = true;
        else if (!self->in_body)
                self->last = statement->kind;
}

/* the file */

/* Behind the comments of one line: what follows them there, or the next line's begin. */
static size_t comments_end(const struct format *self, size_t i)
{
        do
                i++;
        while (i < self->count && token_is_comment(&self->tokens[i]) && !self->measures[i].breaks);
        return i;
}

/* Where the statement begins that follows: at the comments that go before it on its line, if there are any. */
static size_t statement_next(const struct format *self, size_t i)
{
        while (i < self->count && token_is_comment(&self->tokens[i])) {
                size_t end = comments_end(self, i);

                if (end < self->count && !self->measures[end].breaks)
                        break;
                i = end;
        }
        return i;
}

/* Whether an empty line stands before the next token, which begins one. */
static bool blank_before(struct format *self)
{
        size_t i = self->at;
        bool fresh = self->fresh;
        bool opened = self->opened;
        enum kind next;

        self->fresh = self->opened = false;
        if (i == 0 || opened)
                return false;
        if (self->tokens[i].first_line - self->tokens[i - 1].last_line > 1)
                return true;
        if (self->in_body || !fresh)
                return false;
        i = statement_next(self, i);
        next = i < self->count ? statement_at(self, i).kind : KIND_NONE;
        return self->last == KIND_PACKAGE || self->last == KIND_LONG ||
               (self->last == KIND_IMPORT && next != KIND_IMPORT) ||
               (self->last != KIND_NONE && next == KIND_LONG);
}

/* Whether a comment between statements stands on the line of the one before it. */
static bool comment_trails(const struct format *self, size_t i)
{
        return i != 0 && !self->measures[i].begins_line &&
               (kind_at(self, i - 1) != '{' || self->measures[i].ends_line);
}

static void comments_print(struct format *self, size_t end, bool blank)
{
        lines_begin(&self->lines, self->in_body ? LEVEL : 0, blank);
        while (self->at < end)
                put(self, self->at++);
}

static void body_close(struct format *self)
{
        lines_begin(&self->lines, 0, false);
        put(self, self->at++);
        self->in_body = false;
        self->fresh = true;
        self->last = KIND_LONG;
}

/* A statement with the comments before it on its line, or comments that have a line for themselves. */
static void item_print(struct format *self)
{
        size_t begin = self->at;
        size_t next = token_is_comment(&self->tokens[begin]) ? comments_end(self, begin) : begin;
        bool blank = blank_before(self);
        struct statement statement;

        if (next >= self->count || kind_at(self, next) == '}' ||
            (next != begin && self->measures[next].breaks)) {
                comments_print(self, next, blank);
                return;
        }
        statement = statement_at(self, begin);
        statement_print(self, &statement, blank);
}

void format_print(const struct tokens *tokens, struct page *page)
{
        struct format self = {.tokens = tokens->list,
                              .measures = tokens_measure(tokens),
                              .count = tokens->count - 1};

        lines_init(&self.lines, page->region);
        while (self.at < self.count) {
                if (token_is_comment(&self.tokens[self.at]) && comment_trails(&self, self.at))
                        put(&self, self.at++);
                else if (kind_at(&self, self.at) == '}')
                        body_close(&self);
                else
                        item_print(&self);
        }
        lines_print(&self.lines, page);
}
