/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_MAP_H
#define DARQWIRE_MAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * From numbers (ports, slots, calls) to what stands behind them. Nodes stand inside what is found (container.h). The
 * numbers are the p-kernel's or our own, so the hash needs no key.
 */

struct darq_map_node {
        struct darq_map_node *next;
        uint64_t key;
};

struct darq_map {
        struct darq_map_node **buckets; /* NULL while empty from the start */
        size_t bucket_count;            /* a power of two */
        size_t count;
};

void darq_map_deinit(struct darq_map *self);

/** Where the chain of a number begins; there are buckets. */
static inline struct darq_map_node **darq_map_bucket(const struct darq_map *self, uint64_t key)
{
        uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);

        return &self->buckets[(hash >> 32) & (self->bucket_count - 1)];
}

/** NULL if there is none. */
static inline struct darq_map_node *darq_map_find(const struct darq_map *self, uint64_t key)
{
        struct darq_map_node *node;

        if (self->count == 0)
                return NULL;
        for (node = *darq_map_bucket(self, key); node != NULL && node->key != key;
             node = node->next)
                ;
        return node;
}

/** The key must be new. 0 or DARQ_E_NO_MEMORY. */
int darq_map_add(struct darq_map *self, struct darq_map_node *node, uint64_t key);

/** Does nothing for a node that isn't there. */
void darq_map_remove(struct darq_map *self, struct darq_map_node *node);

/** Any node; NULL when there is none left. For emptying. */
struct darq_map_node *darq_map_any(const struct darq_map *self);

#endif
