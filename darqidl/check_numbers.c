/* SPDX-License-Identifier: MIT */
/*
 * Numbers of one declaration: each is used once, and none that is reserved.
 *
 * Reserved gaps are sorted by where they begin; beside each stands the one that reaches furthest of
 * those up to it, so that one search tells whether a number is reserved, however the gaps overlap.
 */
#include <stdlib.h>
#include <string.h>

#include "darqidl/check.h"
#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

struct gaps {
        const struct reserved **sorted;
        const struct reserved **widest;
        size_t count;
};

static int compare(const void *a, const void *b)
{
        const struct reserved *left = *(const struct reserved *const *)a;
        const struct reserved *right = *(const struct reserved *const *)b;

        if (left->low != right->low)
                return left->low < right->low ? -1 : 1;
        return left->at.begin < right->at.begin ? -1 : 1;
}

static struct gaps gaps_sort(struct region *region, const struct declaration *declaration)
{
        struct gaps gaps = {0};
        size_t count = 0;

        for (const struct reserved *gap = declaration->reserved; gap != NULL; gap = gap->next)
                count += gap->numbered;
        if (count == 0)
                return gaps;
        gaps.sorted = region_alloc(region, count * sizeof *gaps.sorted);
        gaps.widest = region_alloc(region, count * sizeof *gaps.widest);
        for (const struct reserved *gap = declaration->reserved; gap != NULL; gap = gap->next)
                if (gap->numbered)
                        gaps.sorted[gaps.count++] = gap;
        qsort(gaps.sorted, count, sizeof *gaps.sorted, compare);
        for (size_t i = 0; i < count; i++) {
                gaps.widest[i] = gaps.sorted[i];
                if (i > 0 && gaps.widest[i - 1]->high >= gaps.sorted[i]->high)
                        gaps.widest[i] = gaps.widest[i - 1];
        }
        return gaps;
}

static void overlaps_check(struct compilation *self, const struct gaps *gaps)
{
        for (size_t i = 1; i < gaps->count; i++) {
                const struct reserved *first = gaps->widest[i - 1];
                const struct reserved *second = gaps->sorted[i];

                if (first->high < second->low)
                        continue;
                if (first->at.begin > second->at.begin) {
                        second = first;
                        first = gaps->sorted[i];
                }
                diagnose(&self->diagnostics, DI_RESERVED_TWICE, second->at,
                         "this is reserved already");
                diagnose_note(&self->diagnostics, first->at, "here");
        }
}

/* The gap that a number is in; NULL: none. */
static const struct reserved *gap_of(const struct gaps *gaps, int64_t number)
{
        size_t low = 0;
        size_t high = gaps->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (gaps->sorted[middle]->low <= number)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low > 0 && gaps->widest[low - 1]->high >= number ? gaps->widest[low - 1] : NULL;
}

struct numbers {
        struct compilation *compilation;
        struct gaps gaps;
        struct table used;
        bool ascend; /* so that none is used twice */
};

static bool numbers_ascend(const struct declaration *declaration)
{
        int64_t last = INT64_MIN;

        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                if (member->numbered && member->number <= last)
                        return false;
                last = member->numbered ? member->number : last;
        }
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next) {
                if (method->ordinal != 0 && method->ordinal <= last)
                        return false;
                last = method->ordinal != 0 ? method->ordinal : last;
        }
        return true;
}

/* What has the number already. */
static const struct value *number_use(struct numbers *self, int64_t number,
                                      const struct value *value)
{
        const char *text;

        if (self->ascend)
                return NULL;
        text = region_format(self->compilation->scratch, "%lld", (long long)number);
        return table_add(&self->used, text, (void *)(uintptr_t)value);
}

static void number_check(struct numbers *self, int64_t number, const struct value *value)
{
        struct compilation *compilation = self->compilation;
        int size = (int)(value->at.end - value->at.begin);
        const char *text = value->at.source->text + value->at.begin;
        const struct value *other = number_use(self, number, value);
        const struct reserved *gap = gap_of(&self->gaps, number);

        if (other != NULL) {
                diagnose(&compilation->diagnostics, DI_DUPLICATE_NUMBER, value->at,
                         "the number %.*s is used twice", size, text);
                diagnose_note(&compilation->diagnostics, other->at, "the first one");
        }
        if (gap != NULL) {
                diagnose(&compilation->diagnostics, DI_RESERVED_USED, value->at,
                         "the number %.*s is reserved", size, text);
                diagnose_note(&compilation->diagnostics, gap->at, "here");
        }
}

void check_numbers(struct compilation *self, const struct file *file,
                   struct declaration *declaration)
{
        struct numbers numbers = {.compilation = self, .ascend = numbers_ascend(declaration)};

        (void)file;
        numbers.gaps = gaps_sort(self->scratch, declaration);
        table_init(&numbers.used, self->scratch);
        overlaps_check(self, &numbers.gaps);
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                if (member->numbered)
                        number_check(&numbers, member->number, member->number_value);
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next)
                if (method->ordinal != 0)
                        number_check(&numbers, method->ordinal, method->ordinal_value);
}
