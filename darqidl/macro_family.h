/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_MACRO_FAMILY_H
#define DARQIDL_MACRO_FAMILY_H

#include <stddef.h>

/* Macros in capitals whose names begin with the same word. */
struct macro_family {
        const char *first;
        const char *others; /* what follows the underscore, with spaces between */
};

/** By their first words, in order. */
extern const struct macro_family macro_families[];
extern const size_t macro_family_count;

#endif
