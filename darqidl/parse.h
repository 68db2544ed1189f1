/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_PARSE_H
#define DARQIDL_PARSE_H

#include "darqidl/build.h"

struct diagnostics;
struct region;
struct tokens;

enum { NAME_MAX_SIZE = 64, SCOPED_MAX_SIZE = 128 }; /* bytes of a name; with its package */

/** A /// comment, and where the token begins that it stands before. */
struct doc {
        struct span at;
        const char *text;
        uint32_t before; /* offset of that token */
        bool used;
};

/** What the grammar calls a token. */
struct symbol {
        const char *name;
        bool keyword;
};

/** One file while it is being parsed. */
struct parse {
        struct region *region;
        struct diagnostics *diagnostics;
        const struct source *source;
        struct file *file;
        struct declaration *last_declaration;
        struct import *last_import;
        struct body body; /* that is open, or was last */
        struct doc *docs; /* in the order of the text */
        size_t doc_count;
        size_t doc_capacity;
        struct span last_error;
        struct tokens *tokens; /* NULL: nobody wants them */
};

/** The tree of a file. Errors go to diagnostics; then the tree holds what could be read. */
struct file *parse_file(struct region *region, struct diagnostics *diagnostics,
                        struct source *source);

/** The same, for its tokens; false after an error. */
bool parse_tokens(struct region *region, struct diagnostics *diagnostics, struct source *source,
                  struct tokens *tokens);

/** Keeps a doc comment; those of a file come in the order of the text. */
void parse_add_doc(struct parse *self, struct doc doc);

/** The doc comment of the node that begins at this offset; NULL without one. */
const char *parse_doc(struct parse *self, uint32_t begin);

/* Called by the grammar. */
void parse_end(struct parse *self);
void parse_error(struct parse *self, struct span at, const char *text);
bool parse_is_hopeless(const struct parse *self); /* so many errors that more aren't kept */
void parse_unexpected(struct parse *self, struct span at, const char *found,
                      const struct symbol *expected, size_t expected_count);

#endif
