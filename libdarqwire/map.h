/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_MAP_H
#define DARQWIRE_MAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * From numbers (ports, slots, calls) to what stands behind them. Nodes stand inside what is found (container.h).
 *
 * A number is multiplied by an odd one, and the uppermost bits choose the bucket. Who doesn't know the odd number can't choose
 * numbers that meet: for a random one any two do so with at most twice the chance of chance itself (Dietzfelbinger, Hagerup,
 * Katajainen and Penttonen, A Reliable Randomized Algorithm for the Closest-Pair Problem, 1997, lemma 2.4). Where the numbers
 * are the p-kernel's or our own, the golden section will do (Knuth, volume 3, 6.4).
 */

struct darq_map_node {
        struct darq_map_node *next;
        uint64_t key;
};

struct darq_map {
        struct darq_map_node **buckets; /* NULL while empty from the start */
        size_t bucket_count;            /* a power of two */
        size_t count;
        unsigned shift;  /* bits of a hash that choose nothing */
        uint64_t secret; /* random, set before the first node; 0 if no stranger chooses numbers */
};

void darq_map_deinit(struct darq_map *self);

/** Where the chain of a number begins; there are buckets. */
static inline struct darq_map_node **darq_map_bucket(const struct darq_map *self, uint64_t key)
{
        uint64_t hash = key * (UINT64_C(0x9e3779b97f4a7c15) ^ self->secret << 1);

        return &self->buckets[hash >> self->shift];
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
