/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_REACH_H
#define DARQIDL_REACH_H

#include "darqidl/compare.h"

/** Finds for all nodes which lists of methods hold what they stand for. */
void reach_find(struct comparison *comparison);

/** "requests of Store.get, Store.set; errors of Store.set; and more"; "" where nothing is reached. */
const char *reach_text(struct comparison *comparison, const struct node *node);

/** Who is to be upgraded first, in words. NULL: no verdict that asks for an order. node may be NULL. */
const char *reach_order(const struct node *node, enum wire wire);

#endif
