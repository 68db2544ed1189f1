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

void tokens_add(struct tokens *self, int kind, struct span at, uint32_t last_line)
{
        if (self->count == self->capacity) {
                size_t capacity = self->capacity * 2 + 256;
                struct token *list = region_alloc(self->region, capacity * sizeof *list);

                if (self->count != 0)
                        memcpy(list, self->list, self->count * sizeof *list);
                self->list = list;
                self->capacity = capacity;
        }
        self->list[self->count++] = (struct token){.at = at, .kind = kind, .last_line = last_line};
}

bool token_is_comment(const struct token *self)
{
        return self->kind < 0;
}
