/* SPDX-License-Identifier: MIT */
/*
 * What has numbers - members of enum, bits, error, table and union, methods - in two versions.
 *
 * The number is what counts on the wire: what has the same one is the same thing, renamed if its name is another. A name
 * that is found under another number has changed its number; a number under which something else stands was reused.
 */
#include "darqidl/numbered.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/region.h"

static int by_number(const void *a, const void *b)
{
        const struct numbered *left = a;
        const struct numbered *right = b;

        return left->number < right->number ? -1 : left->number > right->number;
}

static size_t count_of(const struct declaration *declaration)
{
        size_t count = 0;

        for (const struct member *each = declaration->members; each != NULL; each = each->next)
                count++;
        for (const struct method *each = declaration->methods; each != NULL; each = each->next)
                count++;
        return count;
}

struct numbers numbers_of(struct comparison *comparison, const struct declaration *declaration)
{
        struct numbers self = {.declaration = declaration};
        bool bits = declaration->kind == DECLARATION_BITS;

        self.items =
                region_alloc(comparison->region, (count_of(declaration) + 1) * sizeof *self.items);
        for (const struct member *each = declaration->members; each != NULL; each = each->next)
                self.items[self.count++] =
                        (struct numbered){.number = bits ? (int64_t)each->bits_value : each->number,
                                          .name = each->name.text,
                                          .at = each->name.at,
                                          .member = each};
        for (const struct method *each = declaration->methods; each != NULL; each = each->next)
                self.items[self.count++] = (struct numbered){.number = each->ordinal,
                                                             .name = each->name.text,
                                                             .at = each->name.at,
                                                             .method = each};
        if (self.count != 0)
                qsort(self.items, self.count, sizeof *self.items, by_number);
        return self;
}

/* Two versions of one declaration's numbers, and their names. */
struct comparing {
        struct comparison *comparison;
        const struct numbers_compare *how;
        struct numbers old, now;
        struct gaps old_gaps, gaps;
        struct table old_names, names; /* struct numbered */
};

static void names_add(struct table *names, const struct numbers *numbers)
{
        for (size_t i = 0; i < numbers->count; i++)
                table_add(names, numbers->items[i].name, &numbers->items[i]);
}

static const char *subject_of(const struct comparing *self, const struct numbers *numbers,
                              const struct numbered *item)
{
        return region_format(self->comparison->region, "'%s.%s'",
                             told_name(self->comparison, numbers->declaration), item->name);
}

/* As it is written: bits in hexadecimal. */
static const char *number_text(const struct comparing *self, const struct numbered *item)
{
        return self->now.declaration->kind == DECLARATION_BITS
                       ? region_format(self->comparison->region, "0x%" PRIx64,
                                       (uint64_t)item->number)
                       : region_format(self->comparison->region, "%" PRId64, item->number);
}

/* Whether a number that isn't in use is reserved. */
static bool is_reserved(const struct gaps *gaps, int64_t number)
{
        return gaps_first_free(gaps, number) != number;
}

static void removed(struct comparing *self, const struct numbered *old)
{
        bool reserved = is_reserved(&self->gaps, old->number);

        change_add(self->comparison, reserved ? self->how->removed_reserved : self->how->removed,
                   old->at, (struct span){.source = NULL}, "%s is gone%s",
                   subject_of(self, &self->old, old), reserved ? ", its number reserved" : "");
}

static void added(struct comparing *self, const struct numbered *item)
{
        if (is_reserved(&self->old_gaps, item->number))
                change_add(self->comparison, RULE_RESERVED_NUMBER_USED,
                           (struct span){.source = NULL}, item->at,
                           "%s has the number %s, which was reserved",
                           subject_of(self, &self->now, item), number_text(self, item));
        else
                change_add(self->comparison, self->how->added, (struct span){.source = NULL},
                           item->at, "%s is new", subject_of(self, &self->now, item));
}

/* Old numbers that lead nowhere now. True: the name stands under another one. */
static bool moved(struct comparing *self, const struct numbered *old)
{
        const struct numbered *item = table_find(&self->names, old->name);

        if (item == NULL || item->number == old->number)
                return false;
        change_add(self->comparison, RULE_NUMBER_CHANGED, old->at, item->at,
                   "%s has the number %s, was %s", subject_of(self, &self->now, item),
                   number_text(self, item), number_text(self, old));
        return true;
}

static bool has_moved(const struct comparing *self, const struct numbered *item)
{
        return table_find(&self->old_names, item->name) != NULL;
}

/* Enumerators are their names in C; of members and methods more names are made than the one that @c_name gives. */
static bool is_kept_in_c(const struct numbered *old, const struct numbered *item)
{
        return item->member != NULL && item->member->type == NULL &&
               strcmp(old->member->c_name, item->member->c_name) == 0;
}

static void renamed(struct comparing *self, const struct numbered *old, const struct numbered *item)
{
        change_add(self->comparison,
                   is_kept_in_c(old, item) ? RULE_MEMBER_RENAMED_C_KEPT : RULE_MEMBER_RENAMED,
                   old->at, item->at, "%s was '%s'", subject_of(self, &self->now, item), old->name);
}

static void reused(struct comparing *self, const struct numbered *old, const struct numbered *item)
{
        change_add(self->comparison, RULE_NUMBER_REUSED, old->at, item->at,
                   "number %s is %s, was %s", number_text(self, item),
                   subject_of(self, &self->now, item), subject_of(self, &self->old, old));
}

static void same_number(struct comparing *self, const struct numbered *old,
                        const struct numbered *item)
{
        bool renames = strcmp(old->name, item->name) != 0;
        bool old_moved = renames && moved(self, old);

        if (renames && (old_moved || has_moved(self, item))) {
                if (!old_moved || !has_moved(self, item))
                        reused(self, old, item);
                return;
        }
        if (renames && self->how->unlike != NULL && self->how->unlike(old, item)) {
                reused(self, old, item);
                return;
        }
        if (renames)
                renamed(self, old, item);
        self->how->both(self->comparison, subject_of(self, &self->now, item), old, item);
}

void numbers_compare(struct comparison *comparison, const struct declaration *old,
                     const struct declaration *declaration, const struct numbers_compare *how)
{
        struct comparing self = {.comparison = comparison, .how = how};
        size_t i = 0;
        size_t j = 0;

        self.old = numbers_of(comparison, old);
        self.now = numbers_of(comparison, declaration);
        self.old_gaps = gaps_of(comparison, old);
        self.gaps = gaps_of(comparison, declaration);
        table_init(&self.old_names, comparison->region);
        table_init(&self.names, comparison->region);
        names_add(&self.old_names, &self.old);
        names_add(&self.names, &self.now);
        while (i < self.old.count || j < self.now.count) {
                const struct numbered *before = i < self.old.count ? &self.old.items[i] : NULL;
                const struct numbered *after = j < self.now.count ? &self.now.items[j] : NULL;

                if (before != NULL && (after == NULL || before->number < after->number)) {
                        if (!moved(&self, before))
                                removed(&self, before);
                        i++;
                } else if (after != NULL && (before == NULL || after->number < before->number)) {
                        if (!has_moved(&self, after))
                                added(&self, after);
                        j++;
                } else {
                        assert(before != NULL && after != NULL);
                        same_number(&self, before, after);
                        i++;
                        j++;
                }
        }
        reserved_compare(comparison, old, declaration);
}
