/* SPDX-License-Identifier: MIT */
/*
 * What the formatter wants to know of each token before it places the first: the space before it, its width, what closes
 * it, and whether a comment forces it onto a line of its own.
 *
 * Sums run over the whole file, so that the width of any run of tokens, and whether anything in it forces a line, is one
 * subtraction. A // comment, a comment of several lines and one that has a line for itself end their line; a comment
 * of the other kind between two tokens of a line doesn't. The text is one that the parser took.
 */
#include "darqidl/measure.h"

#include <string.h>

#include "darqidl/lines.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

#include "darqidl/parser.h"

static const char *token_text(const struct token *token)
{
        return token->at.source->text + token->at.begin;
}

/* Of a comment of several lines: what stands on its last. */
static size_t width_of(const struct token *token)
{
        const char *text = token_text(token);
        size_t size = token->at.end - token->at.begin;
        const char *fold = memrchr(text, '\n', size);

        if (fold != NULL) {
                size -= (size_t)(fold + 1 - text);
                text = fold + 1;
        }
        while (size != 0 && strchr(" \t", *text) != NULL) {
                text++;
                size--;
        }
        while (size != 0 && strchr(" \t\r", text[size - 1]) != NULL)
                size--;
        return text_columns(text, size);
}

static bool is_one_of(int kind, const char *kinds)
{
        return kind > 0 && kind < 128 && strchr(kinds, kind) != NULL;
}

/* Whether '(' stands off: behind '->', and behind a stream that is no method's name. */
static bool list_stands_off(int before_last, int last)
{
        return last == ARROW ||
               (last == KW_STREAM && (before_last == ARROW || is_one_of(before_last, "(,")));
}

/* A space between the last token and this one; before_last stands before that. No comments among them. */
static bool space_between(int before_last, int last, int kind)
{
        if (is_one_of(last, "(<.@-") || last == DOTDOT)
                return false;
        if (is_one_of(kind, ",;)>?.<") || kind == DOTDOT)
                return false;
        if (kind == ':')
                return last != INT;
        if (kind == '(')
                return list_stands_off(before_last, last);
        return last != '{' || kind != '}';
}

static bool comment_space(int last, int kind)
{
        if (kind > 0)
                return !is_one_of(kind, ",;)>");
        return !is_one_of(last, "(<");
}

/* Whether what follows this comment begins a line: then the comment ends its own. */
static bool comment_ends(const struct measure *self, const struct token *token, int last)
{
        if (token->kind == TOKEN_LINE_COMMENT || token->last_line != token->first_line)
                return true;
        return self->ends_line && (self->begins_line || last == 0 || is_one_of(last, "(,{};"));
}

/* Whether a comment begins a line: it did, and ends it as well. */
static bool comment_begins(const struct measure *self, const struct token *token)
{
        return self->begins_line && (self->ends_line || token->last_line != token->first_line);
}

/* It belongs to what follows, so it doesn't stay behind anything. */
static bool is_doc(const struct token *token)
{
        const char *text = token_text(token);

        return token->kind == TOKEN_LINE_COMMENT && text[2] == '/' && text[3] != '/';
}

static void places_find(const struct tokens *tokens, struct measure *measures)
{
        const struct token *list = tokens->list;

        for (size_t i = 0; i < tokens->count; i++) {
                measures[i].begins_line =
                        i == 0 || list[i - 1].last_line < list[i].first_line || is_doc(&list[i]);
                measures[i].ends_line =
                        i + 1 == tokens->count || list[i].last_line < list[i + 1].first_line;
        }
}

static void sums_find(const struct tokens *tokens, struct measure *measures)
{
        int before_last = 0;
        int last = 0;

        for (size_t i = 0; i < tokens->count; i++) {
                const struct token *token = &tokens->list[i];
                const struct token *left = i != 0 ? token - 1 : NULL;
                struct measure *self = &measures[i];
                bool beside_comment = token->kind < 0 || (left != NULL && left->kind < 0);

                self->width = width_of(token);
                self->space = left != NULL &&
                              (beside_comment ? comment_space(left->kind, token->kind)
                                              : space_between(before_last, last, token->kind));
                self->breaks = left != NULL && left->kind < 0 && comment_ends(self - 1, left, last);
                self->breaks |= token->kind < 0 && comment_begins(self, token);
                self->flat = left != NULL ? self[-1].flat + self[-1].width + self->space : 0;
                self->forced = (left != NULL ? self[-1].forced : 0) + self->breaks;
                if (token->kind < 0)
                        continue;
                before_last = last;
                last = token->kind;
        }
}

/* Attributes, and what closes a list or a body: lists nest at most twice, bodies not at all. */
static void pairs_find(const struct tokens *tokens, struct measure *measures)
{
        enum { OPEN_MAX = 8 };
        size_t open[OPEN_MAX];
        size_t depth = 0;
        int before_last = 0;
        int last = 0;
        bool attribute = false;

        for (size_t i = 0; i < tokens->count; i++) {
                int kind = tokens->list[i].kind;

                if (kind < 0)
                        continue;
                if (!attribute || (last == ')') || (before_last == '@' && kind != '('))
                        attribute = kind == '@';
                measures[i].attribute = attribute;
                if (!attribute && is_one_of(kind, "({") && depth < OPEN_MAX)
                        open[depth++] = i;
                if (!attribute && is_one_of(kind, ")}") && depth != 0)
                        measures[open[--depth]].match = i;
                before_last = last;
                last = kind;
        }
}

struct measure *tokens_measure(const struct tokens *tokens)
{
        struct measure *measures =
                region_alloc(tokens->region, (tokens->count + 1) * sizeof *measures);

        places_find(tokens, measures);
        sums_find(tokens, measures);
        pairs_find(tokens, measures);
        return measures;
}
