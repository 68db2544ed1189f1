/* SPDX-License-Identifier: MIT */
/*
 * A hash table of numbers: chains in a power of two of buckets, doubled when there are as many nodes as buckets.
 *
 * Growing may fail for want of memory; chains get longer then, and nothing else happens. Only the first node needs
 * memory. Nothing ever shrinks: a table belongs to a session and ends with it.
 */
#include "libdarqwire/map.h"

#include <darq/status.h>

#include <stdbool.h>
#include <stdlib.h>

enum { MAP_FIRST_BITS = 4, MAP_FIRST = 1 << MAP_FIRST_BITS };

void darq_map_deinit(struct darq_map *self)
{
        free(self->buckets);
        *self = (struct darq_map){0};
}

/* False: there are no buckets at all. */
static __attribute__((noinline)) bool map_grow(struct darq_map *self)
{
        size_t count = self->bucket_count != 0 ? self->bucket_count * 2 : MAP_FIRST;
        struct darq_map grown = *self;

        grown.buckets = calloc(count, sizeof *grown.buckets);
        if (grown.buckets == NULL)
                return self->bucket_count != 0;
        grown.bucket_count = count;
        grown.shift = self->bucket_count != 0 ? self->shift - 1 : 64 - MAP_FIRST_BITS;
        for (size_t i = 0; i < self->bucket_count; i++) {
                struct darq_map_node *node = self->buckets[i];

                while (node != NULL) {
                        struct darq_map_node *next = node->next;
                        struct darq_map_node **bucket = darq_map_bucket(&grown, node->key);

                        node->next = *bucket;
                        *bucket = node;
                        node = next;
                }
        }
        free(self->buckets);
        *self = grown;
        return true;
}

int darq_map_add(struct darq_map *self, struct darq_map_node *node, uint64_t key)
{
        struct darq_map_node **bucket;

        if (self->count >= self->bucket_count && !map_grow(self))
                return DARQ_E_NO_MEMORY;
        bucket = darq_map_bucket(self, key);
        node->key = key;
        node->next = *bucket;
        *bucket = node;
        self->count++;
        return 0;
}

void darq_map_remove(struct darq_map *self, struct darq_map_node *node)
{
        struct darq_map_node **at;

        if (self->count == 0)
                return;
        for (at = darq_map_bucket(self, node->key); *at != NULL && *at != node; at = &(*at)->next)
                ;
        if (*at == NULL)
                return;
        *at = node->next;
        node->next = NULL;
        self->count--;
}

struct darq_map_node *darq_map_any(const struct darq_map *self)
{
        for (size_t i = 0; self->count != 0 && i < self->bucket_count; i++)
                if (self->buckets[i] != NULL)
                        return self->buckets[i];
        return NULL;
}
