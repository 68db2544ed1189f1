/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_H
#define GRAPH_H

#include <darq/darq.h>

#include "type.darq.h"

enum { GRAPH_NAME_MAX = 128, GRAPH_TEXT_MAX = 255 };

/** A type that was declared. Texts end in NUL. */
struct kind {
        char name[GRAPH_NAME_MAX + 1];
        char description[GRAPH_TEXT_MAX + 1];
        size_t parent_count;
        struct darq_string parents[TYPE_MAX_PARENTS]; /* into texts */
        char texts[TYPE_MAX_PARENTS][GRAPH_NAME_MAX + 1];
};

/** Declared types, by name. Zero: none. */
struct graph {
        struct kind **kinds; /* sorted */
        size_t count;
        size_t room;
};

/** Types that one conforms to, the nearest first, itself at the head. Names point into the graph and the one asked for. */
struct ancestry {
        struct darq_string names[TYPE_MAX_ANCESTORS + 1];
        size_t count;
};

/** Whether a type may be called so. */
bool graph_name_valid(struct darq_string name);

/** NULL: not declared. */
const struct kind *graph_find(const struct graph *self, struct darq_string name);

/** Whether it could be declared so: 0 or an enum type_error. */
int graph_check(const struct graph *self, struct darq_string name,
                const struct type_declaration *declaration);

/** Declares what was checked, in place of what was declared before. 0 or DARQ_E_NO_MEMORY. */
int graph_put(struct graph *self, struct darq_string name,
              const struct type_declaration *declaration);
void graph_remove(struct graph *self, struct darq_string name);
void graph_clear(struct graph *self);

/** 0, or TYPE_ERROR_TOO_MANY. */
int graph_ancestry(const struct graph *self, struct darq_string name, struct ancestry *ancestry);

/** Whether a name is in it. */
bool ancestry_has(const struct ancestry *self, struct darq_string name);

#endif
