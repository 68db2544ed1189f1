/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_SCAN_H
#define DARQIDL_SCAN_H

#include "darqidl/build.h"

/*
 * What the scanner's actions call: positions, words, numbers, strings, and the comments that are kept.
 */

struct parse;

enum scan_fault { SCAN_OPEN_COMMENT, SCAN_OPEN_STRING, SCAN_BAD_NUMBER, SCAN_BAD_TEXT };

/** A scan of one source. */
struct scan {
        struct parse *parse;
        uint32_t offset; /* of the next byte */
        /* doc lines that wait for their token */
        char *doc;
        size_t doc_size;
        size_t doc_capacity;
        struct span doc_at;
        unsigned int
                hushed; /* tokens until one that is no syntax error, as what stood before it was one */
};

/** The span of the next size bytes; moves behind them. */
struct span scan_advance(struct scan *self, uint32_t size);

/** Hands the doc lines that wait to the token at this span. Returns token. */
int scan_token(struct scan *self, struct span at, int token);

/** A comment of this kind (token.h), a doc line among them: kept for who wants all tokens. */
void scan_comment(struct scan *self, struct span at, int kind);

void scan_doc(struct scan *self, struct span at, const char *text, size_t size);
void scan_error(struct scan *self, struct span at, enum scan_fault fault);
/** A word as a name; of one that is too long its begin, after saying so. */
struct name scan_word(struct scan *self, struct span at, const char *text, size_t size);
struct literal scan_integer(struct scan *self, struct span at, const char *text);
struct literal scan_real(struct scan *self, struct span at, const char *text);
struct literal scan_string(struct scan *self, struct span at, const char *text, size_t size);

/** Puts back what stood behind the last token: the scanner ends each with a NUL, in the text itself. */
void scan_end(void *scanner);

#endif
