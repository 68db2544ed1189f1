/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_MEASURE_H
#define DARQIDL_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "darqidl/token.h"

/** What the formatter knows of a token before it places any. */
struct measure {
        size_t flat;      /* where it begins, if everything stood on one line */
        size_t width;     /* its columns */
        size_t match;     /* '(' of a list, '{': the index of what closes it; else 0 */
        size_t forced;    /* tokens up to this one, itself included, that must begin a line */
        bool space;       /* one stands before it on a line */
        bool attribute;   /* it is of an attribute */
        bool begins_line; /* in the text; a doc comment always does */
        bool ends_line;   /* in the text */
        bool breaks;      /* it must begin a line */
};

/** One for each token, in tokens' region. */
struct measure *tokens_measure(const struct tokens *tokens);

#endif
