/* SPDX-License-Identifier: MIT */
/*
 * Keyed hash table with chains.
 *
 * Invariants: the number of buckets is a power of two; every node's key is in the table once; the chains are on
 * average at most one node long as long as memory lasts; what is in recent is in the table. The table owns its buckets only; nodes belong to whoever
 * added them. There is no iteration: everything that is found by number also stands in a list of its owner.
 */
#include "pkernel/core/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static uint64_t rotate(uint64_t value, int bits)
{
        return value << bits | value >> (64 - bits);
}

struct sip {
        uint64_t v0, v1, v2, v3;
};

static inline void sip_round(struct sip *s)
{
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t word)
{
        s->v3 ^= word;
        sip_round(s);
        s->v0 ^= word;
}

static uint64_t sip_hash(const struct table *self, uint64_t a, uint64_t b)
{
        struct sip s = {self->secret[0] ^ UINT64_C(0x736f6d6570736575),
                        self->secret[1] ^ UINT64_C(0x646f72616e646f6d),
                        self->secret[0] ^ UINT64_C(0x6c7967656e657261),
                        self->secret[1] ^ UINT64_C(0x7465646279746573)};

        sip_word(&s, a);
        sip_word(&s, b);
        sip_word(&s, UINT64_C(16) << 56);
        s.v2 ^= 0xff;
        sip_round(&s);
        sip_round(&s);
        sip_round(&s);
        return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

static uint64_t table_hash(const struct table *self, uint64_t a, uint64_t b)
{
        return self->keyed ? sip_hash(self, a, b) : a;
}

int table_init(struct table *self, const uint64_t secret[2])
{
        *self = (struct table){.mask = TABLE_BUCKETS - 1, .keyed = secret != NULL};
        if (secret != NULL)
                self->secret[0] = secret[0], self->secret[1] = secret[1];
        self->buckets = calloc(TABLE_BUCKETS, sizeof(struct table_node *));
        return self->buckets == NULL ? -ENOMEM : 0;
}

void table_deinit(struct table *self)
{
        assert(self->count == 0);
        free(self->buckets);
        self->buckets = NULL;
}

static struct table_node **bucket_of(const struct table *self, uint64_t hash)
{
        return &self->buckets[hash & self->mask];
}

void table_resize(struct table *self)
{
        struct table old = *self;
        size_t buckets = self->count > self->mask ? (self->mask + 1) * 2 : (self->mask + 1) / 4;
        struct table_node **fresh;

        if (buckets < TABLE_BUCKETS)
                buckets = TABLE_BUCKETS;
        fresh = calloc(buckets, sizeof(struct table_node *));

        if (fresh == NULL)
                return;
        self->buckets = fresh;
        self->mask = buckets - 1;
        for (size_t index = 0; index <= old.mask; index++) {
                struct table_node *node = old.buckets[index];

                while (node != NULL) {
                        struct table_node *next = node->next;
                        struct table_node **bucket = bucket_of(self, node->hash);

                        node->next = *bucket;
                        *bucket = node;
                        node = next;
                }
        }
        free(old.buckets);
}

void table_add(struct table *self, struct table_node *node, uint64_t a, uint64_t b)
{
        struct table_node **bucket;

        if (self->count > self->mask)
                table_resize(self);
        node->a = a;
        node->b = b;
        node->hash = table_hash(self, a, b);
        bucket = bucket_of(self, node->hash);
        node->next = *bucket;
        *bucket = node;
        self->count++;
}

void table_remove(struct table *self, struct table_node *node)
{
        struct table_node **at = bucket_of(self, node->hash);
        struct table_node **recent = table_recent(self, node->a, node->b);

        if (*recent == node)
                *recent = NULL;
        while (*at != node)
                at = &(*at)->next;
        *at = node->next;
        node->next = NULL;
        self->count--;
        if (self->count < self->mask / 8 && self->mask >= TABLE_BUCKETS)
                table_resize(self);
}

struct table_node *table_search(struct table *self, uint64_t a, uint64_t b)
{
        struct table_node *node = *bucket_of(self, table_hash(self, a, b));

        while (node != NULL && !table_matches(node, a, b))
                node = node->next;
        if (node != NULL && self->keyed)
                *table_recent(self, a, b) = node;
        return node;
}
