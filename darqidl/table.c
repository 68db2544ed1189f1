/* SPDX-License-Identifier: MIT */
/*
 * A hash table from names to things: open addressing, at most three quarters full. Entries are never removed; the table
 * lives in the region.
 *
 * Hashes stand apart from the entries, so that a search among many names looks at sixteen of them at a time, and at an
 * entry only where it is likely the one. A hash of 0 is a place that is free.
 */
#include "darqidl/table.h"

#include <string.h>

#include "darqidl/region.h"

struct entry {
        const char *name;
        void *thing;
};

static uint64_t mix(uint64_t sum, uint64_t part)
{
        sum = (sum ^ part) * UINT64_C(0x9e3779b97f4a7c15);
        return sum ^ sum >> 32;
}

/* Eight bytes at a time; what their order in a number is doesn't show. */
static uint32_t hash(const char *name)
{
        size_t left = strlen(name);
        uint64_t sum = left;
        uint64_t part;

        for (; left >= sizeof part; left -= sizeof part, name += sizeof part) {
                memcpy(&part, name, sizeof part);
                sum = mix(sum, part);
        }
        for (part = 0; left != 0; left--)
                part = part << 8 | (unsigned char)*name++;
        return (uint32_t)mix(mix(sum, part), 0) | 1;
}

void table_init(struct table *self, struct region *region)
{
        *self = (struct table){.region = region};
}

/* Where a name is, or would be. */
static size_t place_of(const struct table *self, const char *name, uint32_t sum)
{
        size_t at = sum & (self->capacity - 1);

        while (self->hashes[at] != 0 &&
               (self->hashes[at] != sum || strcmp(self->entries[at].name, name) != 0))
                at = (at + 1) & (self->capacity - 1);
        return at;
}

void *table_find(const struct table *self, const char *name)
{
        return self->capacity != 0 ? self->entries[place_of(self, name, hash(name))].thing : NULL;
}

static void table_grow(struct table *self)
{
        struct table old = *self;

        self->capacity = old.capacity != 0 ? old.capacity * 2 : 8;
        self->entries = region_alloc(self->region, self->capacity * sizeof *self->entries);
        self->hashes = region_alloc(self->region, self->capacity * sizeof *self->hashes);
        for (size_t i = 0; i < old.capacity; i++) {
                size_t at;

                if (old.hashes[i] == 0)
                        continue;
                at = place_of(self, old.entries[i].name, old.hashes[i]);
                self->hashes[at] = old.hashes[i];
                self->entries[at] = old.entries[i];
        }
}

void *table_add(struct table *self, const char *name, void *thing)
{
        uint32_t sum = hash(name);
        size_t at;

        if (self->count >= self->capacity / 4 * 3)
                table_grow(self);
        at = place_of(self, name, sum);
        if (self->hashes[at] != 0)
                return self->entries[at].thing;
        self->hashes[at] = sum;
        self->entries[at] = (struct entry){name, thing};
        self->count++;
        return NULL;
}
