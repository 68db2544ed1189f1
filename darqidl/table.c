/* SPDX-License-Identifier: MIT */
/*
 * A hash table from names to things: open addressing, FNV-1a, at most half full. Entries are never removed; the table
 * lives in the region.
 */
#include "darqidl/table.h"

#include <stdint.h>
#include <string.h>

#include "darqidl/region.h"

struct entry {
        const char *name;
        size_t hash;
        void *thing;
};

static size_t hash(const char *name)
{
        uint64_t sum = UINT64_C(0xcbf29ce484222325);

        for (; *name != 0; name++)
                sum = (sum ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
        return (size_t)(sum ^ sum >> 32);
}

void table_init(struct table *self, struct region *region)
{
        *self = (struct table){.region = region};
}

static struct entry *slot_of(const struct table *self, const char *name, size_t sum)
{
        size_t at = sum & (self->capacity - 1);

        while (self->entries[at].name != NULL &&
               (self->entries[at].hash != sum || strcmp(self->entries[at].name, name) != 0))
                at = (at + 1) & (self->capacity - 1);
        return &self->entries[at];
}

void *table_find(const struct table *self, const char *name)
{
        return self->capacity != 0 ? slot_of(self, name, hash(name))->thing : NULL;
}

static void table_grow(struct table *self)
{
        struct table old = *self;

        self->capacity = old.capacity != 0 ? old.capacity * 2 : 8;
        self->entries = region_alloc(self->region, self->capacity * sizeof *self->entries);
        for (size_t i = 0; i < old.capacity; i++)
                if (old.entries[i].name != NULL)
                        *slot_of(self, old.entries[i].name, old.entries[i].hash) = old.entries[i];
}

void *table_add(struct table *self, const char *name, void *thing)
{
        size_t sum = hash(name);
        struct entry *entry;

        if (self->count * 2 >= self->capacity)
                table_grow(self);
        entry = slot_of(self, name, sum);
        if (entry->name != NULL)
                return entry->thing;
        *entry = (struct entry){name, sum, thing};
        self->count++;
        return NULL;
}
