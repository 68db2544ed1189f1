/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_TABLE_H
#define DARQIDL_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct region;

/** Names to things, in constant time whatever their number. */
struct table {
        struct region *region;
        struct entry *entries;
        uint32_t *hashes; /* of the entries, in the same places */
        size_t count;
        size_t capacity;
};

void table_init(struct table *self, struct region *region);

/** What has this name; NULL: nothing. */
void *table_find(const struct table *self, const char *name);

/** Adds a thing. What had the name before is returned and stays; NULL: it was free. */
void *table_add(struct table *self, const char *name, void *thing);

#endif
