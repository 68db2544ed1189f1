/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_TOKEN_H
#define DARQIDL_TOKEN_H

#include "darqidl/tree.h"

struct region;

/* Kinds are the grammar's, and these. */
enum { TOKEN_LINE_COMMENT = -1, TOKEN_BLOCK_COMMENT = -2 };

/** A token or a comment, as it stands in the text. */
struct token {
        struct span at;
        int kind;
        uint32_t first_line, last_line;
};

/** The tokens and comments of a file in the order of the text; the last one is END. */
struct tokens {
        struct region *region;
        struct token *list;
        size_t count;
        size_t capacity;
};

void tokens_add(struct tokens *self, int kind, struct span at);

bool token_is_comment(const struct token *self);

#endif
