/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_TABLE_H
#define PKERNEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A hash table of nodes that stand inside what they find, under a key of two numbers. The hash is SipHash-1-3 under
 * a secret, so that a peer that chooses the keys can't choose where they fall. Keys that we count up ourselves need no secret:
 * they fall side by side.
 *
 * Adding can't fail: when there is no memory for more buckets the chains grow instead.
 */

struct table_node {
        struct table_node *next;
        uint64_t a;
        uint64_t b;
        uint64_t hash;
};

enum { TABLE_RECENT = 256, TABLE_BUCKETS = 1024 /* at least */ };

struct table {
        struct table_node **buckets;
        size_t mask; /* buckets - 1 */
        size_t count;
        bool keyed;
        uint64_t secret[2];
        struct table_node *recent
                [TABLE_RECENT]; /* found lately, by a few bits of their keys: most messages go where the last ones went */
};

/** secret NULL: the first number of a key is one that we count up. 0, or -ENOMEM. */
int table_init(struct table *self, const uint64_t secret[2]);

/** The table must be empty by then. */
void table_deinit(struct table *self);

/** The key must not be in the table. */
void table_add(struct table *self, struct table_node *node, uint64_t a, uint64_t b);

void table_remove(struct table *self, struct table_node *node);

/** The number of nodes asks for more buckets, or for fewer. */
void table_resize(struct table *self);

/* The same, of tables whose keys we count up, and whose second number is 0. */

static inline void table_enter(struct table *self, struct table_node *node, uint64_t number)
{
        struct table_node **bucket;

        if (self->count > self->mask)
                table_resize(self);
        bucket = &self->buckets[number & self->mask];
        *node = (struct table_node){*bucket, number, 0, number};
        *bucket = node;
        self->count++;
}

static inline struct table_node *table_at(struct table *self, uint64_t number)
{
        struct table_node *node = self->buckets[number & self->mask];

        while (node != NULL && node->a != number)
                node = node->next;
        return node;
}

static inline void table_leave(struct table *self, struct table_node *node)
{
        struct table_node **at = &self->buckets[node->hash & self->mask];

        while (*at != node)
                at = &(*at)->next;
        *at = node->next;
        self->count--;
        if (self->count < self->mask / 8 && self->mask >= TABLE_BUCKETS)
                table_resize(self);
}

static inline bool table_matches(const struct table_node *node, uint64_t a, uint64_t b)
{
        return node != NULL && node->a == a && node->b == b;
}

/** Where what was found lately under this key would stand. */
static inline struct table_node **table_recent(struct table *self, uint64_t a, uint64_t b)
{
        uint64_t bits = a ^ b << 1;

        return &self->recent[(bits ^ bits >> 32) % TABLE_RECENT];
}

/** By the hash alone. */
struct table_node *table_search(struct table *self, uint64_t a, uint64_t b);

/** NULL when there is none. */
static inline struct table_node *table_find(struct table *self, uint64_t a, uint64_t b)
{
        struct table_node *node =
                self->keyed ? *table_recent(self, a, b) : self->buckets[a & self->mask];

        return table_matches(node, a, b) ? node : table_search(self, a, b);
}

#endif
