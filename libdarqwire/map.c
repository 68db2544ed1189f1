/* SPDX-License-Identifier: MIT */
/*
 * A hash table of numbers: chains in a power of two of buckets, doubled when there are as many nodes as buckets.
 *
 * Growing may fail for want of memory; chains get longer then, and nothing else happens. Only the first node needs
 * memory. Nothing ever shrinks: a table belongs to a session and ends with it.
 */
#include "libdarqwire/map.h"

#include <darq/status.h>

#include <stdlib.h>

enum { MAP_FIRST = 16 };

static struct darq_map_node **map_bucket(const struct darq_map *self, uint64_t key)
{
        uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);

        return &self->buckets[(hash >> 32) & (self->bucket_count - 1)];
}

void darq_map_deinit(struct darq_map *self)
{
        free(self->buckets);
        *self = (struct darq_map){0};
}

struct darq_map_node *darq_map_find(const struct darq_map *self, uint64_t key)
{
        struct darq_map_node *node;

        if (self->count == 0)
                return NULL;
        for (node = *map_bucket(self, key); node != NULL && node->key != key; node = node->next)
                ;
        return node;
}

static void map_grow(struct darq_map *self)
{
        size_t count = self->bucket_count != 0 ? self->bucket_count * 2 : MAP_FIRST;
        struct darq_map grown = {calloc(count, sizeof *grown.buckets), count, self->count};

        if (grown.buckets == NULL)
                return;
        for (size_t i = 0; i < self->bucket_count; i++) {
                struct darq_map_node *node = self->buckets[i];

                while (node != NULL) {
                        struct darq_map_node *next = node->next;
                        struct darq_map_node **bucket = map_bucket(&grown, node->key);

                        node->next = *bucket;
                        *bucket = node;
                        node = next;
                }
        }
        free(self->buckets);
        *self = grown;
}

int darq_map_add(struct darq_map *self, struct darq_map_node *node, uint64_t key)
{
        struct darq_map_node **bucket;

        if (self->count >= self->bucket_count)
                map_grow(self);
        if (self->bucket_count == 0)
                return DARQ_E_NO_MEMORY;
        bucket = map_bucket(self, key);
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
        for (at = map_bucket(self, node->key); *at != NULL && *at != node; at = &(*at)->next)
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
