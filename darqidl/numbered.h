/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_NUMBERED_H
#define DARQIDL_NUMBERED_H

#include "darqidl/tree.h"
#include "darqidl/verdict.h"

struct comparison;

/** A member or method: what is known on the wire by a number. */
struct numbered {
        int64_t number;
        const char *name;
        struct span at;
        const struct member *member; /* one of these two */
        const struct method *method;
};

/** All that a declaration numbers, by rising number. */
struct numbers {
        const struct declaration *declaration;
        struct numbered *items;
        size_t count;
};

struct numbers numbers_of(struct comparison *comparison, const struct declaration *declaration);

/** Numbers that are in use or reserved, as ranges by rising number that don't touch one another. */
struct gaps {
        struct gap *items;
        size_t count;
};

struct gaps gaps_of(struct comparison *comparison, const struct declaration *declaration);

/** The first number from low on that isn't in use or reserved. */
int64_t gaps_first_free(const struct gaps *self, int64_t low);

/** What the comparison of two declarations does with what it finds. */
struct numbers_compare {
        enum rule added;
        enum rule removed;          /* leaving its number free */
        enum rule removed_reserved; /* leaving it reserved */
        /** Two that have one number, and are one thing. */
        void (*both)(struct comparison *comparison, const char *subject, const struct numbered *old,
                     const struct numbered *item);
        /** Whether two of different names that have one number can't be one thing. NULL: they always are. */
        bool (*unlike)(const struct numbered *old, const struct numbered *item);
};

void numbers_compare(struct comparison *comparison, const struct declaration *old,
                     const struct declaration *declaration, const struct numbers_compare *how);

/** What is no longer reserved, and what is used again. */
void reserved_compare(struct comparison *comparison, const struct declaration *old,
                      const struct declaration *declaration);

#endif
