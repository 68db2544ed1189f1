/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_REACH_H
#define DARQIDL_REACH_H

#include <stdbool.h>
#include <stddef.h>

#include "darqidl/compare.h"

/** The lists of methods that hold what a node stands for, itself included, in the order of their interfaces. */
struct reach {
        const struct node **lists;
        size_t count;
        bool by_clients, by_services; /* who writes them */
};

struct reach reach_of(struct comparison *comparison, struct node *node);

/** "requests of Store.get, Store.set; errors of Store.set; and 3 more"; "" where nothing is reached. */
const char *reach_text(struct comparison *comparison, const struct reach *reach);

/** Who is to be upgraded first, in words. NULL: no verdict that asks for an order. */
const char *reach_order(const struct reach *reach, enum wire wire);

#endif
