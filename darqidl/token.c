/* SPDX-License-Identifier: MIT */
/*
 * The tokens of a file, kept for who wants the text and not the tree: the formatter.
 *
 * The scanner adds them while the parser runs, comments included. A kind is the grammar's number, or below zero for a
 * comment; a token's text is that of its span.
 */
#include "darqidl/token.h"

#include <string.h>

#include "darqidl/region.h"
#include "darqidl/source.h"

void tokens_add(struct tokens *self, int kind, struct span at)
{
        if (self->count == self->capacity) {
                size_t capacity = self->capacity * 2 + 256;
                struct token *list = region_alloc(self->region, capacity * sizeof *list);

                if (self->count != 0)
                        memcpy(list, self->list, self->count * sizeof *list);
                self->list = list;
                self->capacity = capacity;
        }
        self->list[self->count++] = (struct token){
                .at = at,
                .kind = kind,
                .first_line = source_place(at.source, at.begin).line,
                .last_line = source_place(at.source, at.end).line,
        };
}

bool token_is_comment(const struct token *self)
{
        return self->kind < 0;
}
