/* SPDX-License-Identifier: MIT */
/*
 * What was reserved, and still is: a gap that is closed keeps nobody from using a number again.
 *
 * Numbers that are in use now count as kept here; numbered.c tells of those.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/numbered.h"
#include "darqidl/region.h"

struct gap {
        int64_t low, high; /* inclusive */
};

static int by_low(const void *a, const void *b)
{
        const struct gap *left = a;
        const struct gap *right = b;

        return left->low < right->low ? -1 : left->low > right->low;
}

/* Ranges that overlap or touch become one. */
static void gaps_merge(struct gaps *self)
{
        size_t used = 0;

        for (size_t i = 1; i < self->count; i++) {
                struct gap *last = &self->items[used];

                if (self->items[i].low > last->high && self->items[i].low - 1 > last->high)
                        self->items[++used] = self->items[i];
                else if (self->items[i].high > last->high)
                        last->high = self->items[i].high;
        }
        if (self->count != 0)
                self->count = used + 1;
}

struct gaps gaps_of(struct comparison *comparison, const struct declaration *declaration)
{
        struct numbers used = numbers_of(comparison, declaration);
        struct gaps self = {.count = 0};
        size_t total = used.count + 1;

        for (const struct reserved *each = declaration->reserved; each != NULL; each = each->next)
                total++;
        self.items = region_alloc(comparison->region, total * sizeof *self.items);
        for (size_t i = 0; i < used.count; i++)
                self.items[self.count++] = (struct gap){used.items[i].number, used.items[i].number};
        for (const struct reserved *each = declaration->reserved; each != NULL; each = each->next)
                if (each->name == NULL)
                        self.items[self.count++] = (struct gap){each->low, each->high};
        if (self.count != 0)
                qsort(self.items, self.count, sizeof *self.items, by_low);
        gaps_merge(&self);
        return self;
}

int64_t gaps_first_free(const struct gaps *self, int64_t low)
{
        size_t from = 0;
        size_t to = self->count;

        while (from < to) {
                size_t middle = from + (to - from) / 2;

                if (self->items[middle].high < low)
                        from = middle + 1;
                else
                        to = middle;
        }
        return from < self->count && self->items[from].low <= low ? self->items[from].high + 1
                                                                  : low;
}

static void names_compare(struct comparison *self, const struct declaration *old,
                          const struct declaration *declaration)
{
        struct numbers used = numbers_of(self, declaration);
        struct table reserved;
        struct table names;

        table_init(&reserved, self->region);
        table_init(&names, self->region);
        for (const struct reserved *each = declaration->reserved; each != NULL; each = each->next)
                if (each->name != NULL)
                        table_add(&reserved, each->name, (void *)(uintptr_t)each);
        for (size_t i = 0; i < used.count; i++)
                table_add(&names, used.items[i].name, &used.items[i]);
        for (const struct reserved *each = old->reserved; each != NULL; each = each->next) {
                const struct numbered *user;

                if (each->name == NULL || table_find(&reserved, each->name) != NULL)
                        continue;
                user = table_find(&names, each->name);
                if (user != NULL)
                        change_add(self, RULE_RESERVED_NAME_USED, each->at, user->at,
                                   "'%s.%s' has a name that was reserved",
                                   told_name(self, declaration), each->name);
                else
                        change_add(self, RULE_RESERVED_DROPPED, each->at, declaration->name.at,
                                   "'%s' no longer reserves the name \"%s\"",
                                   told_name(self, declaration), each->name);
        }
}

void reserved_compare(struct comparison *self, const struct declaration *old,
                      const struct declaration *declaration)
{
        struct gaps gaps;

        if (old->reserved == NULL)
                return;
        gaps = gaps_of(self, declaration);
        for (const struct reserved *each = old->reserved; each != NULL; each = each->next) {
                int64_t lost;

                if (each->name != NULL)
                        continue;
                lost = gaps_first_free(&gaps, each->low);
                if (lost <= each->high)
                        change_add(self, RULE_RESERVED_DROPPED, each->at, declaration->name.at,
                                   "'%s' no longer reserves %" PRId64, told_name(self, declaration),
                                   lost);
        }
        names_compare(self, old, declaration);
}
