/* SPDX-License-Identifier: MIT */
/*
 * The report of a comparison: changes in groups of one verdict, the worst first, each with both its places.
 *
 *     wire: fine, readers first; source: fine
 *         store.didl:9:13    'Key' is string<300>, was string<255> [bound-grows]
 *         old.didl:9:13      request of Store.get: upgrade services before clients
 *
 * A group's changes stand in the order of the new text; what is gone, in that of the old one, behind it.
 */
#include "darqidl/report.h"

#include <stdlib.h>
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/page.h"
#include "darqidl/reach.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

struct report {
        struct comparison *comparison;
        struct page *page;
        bool colour;
        int place_width;
};

static const char *place_text(struct region *region, struct span at)
{
        struct place place;

        if (at.source == NULL)
                return "";
        place = source_place(at.source, at.begin);
        return region_format(region, "%s:%u:%u", at.source->path, place.line, place.column);
}

static int spans_compare(struct span left, struct span right)
{
        int paths;

        if (left.source == NULL || right.source == NULL)
                return (left.source == NULL) - (right.source == NULL);
        paths = left.source == right.source ? 0 : strcmp(left.source->path, right.source->path);
        if (paths != 0 || left.begin == right.begin)
                return paths;
        return left.begin < right.begin ? -1 : 1;
}

/* From what breaks both down to what breaks nothing. */
static int severity(const struct change *change)
{
        const struct verdict *verdict = verdict_of(change->rule);

        return 10 * (verdict->wire == WIRE_BREAKS) + 5 * (verdict->code == CODE_BREAKS) +
               (int)verdict->wire;
}

static int changes_compare(const void *a, const void *b)
{
        const struct change *left = *(const struct change *const *)a;
        const struct change *right = *(const struct change *const *)b;
        int order = severity(right) - severity(left);

        if (order == 0)
                order = spans_compare(left->new_at, right->new_at);
        if (order == 0)
                order = spans_compare(left->old_at, right->old_at);
        if (order == 0)
                order = (int)left->rule - (int)right->rule;
        return order != 0 ? order : strcmp(left->text, right->text);
}

static const struct change **changes_sorted(struct comparison *comparison)
{
        const struct change **sorted = region_alloc(
                comparison->region, (comparison->change_count + 1) * sizeof(struct change *));
        size_t i = 0;

        for (const struct change *each = comparison->changes; each != NULL; each = each->next)
                sorted[i++] = each;
        if (i != 0)
                qsort(sorted, i, sizeof(struct change *), changes_compare);
        return sorted;
}

static int place_width(struct comparison *comparison)
{
        enum { WIDTH_MAX = 48 };
        size_t width = 0;

        for (const struct change *each = comparison->changes; each != NULL; each = each->next) {
                size_t old = strlen(place_text(comparison->region, each->old_at));
                size_t now = strlen(place_text(comparison->region, each->new_at));

                if (old > width && old <= WIDTH_MAX)
                        width = old;
                if (now > width && now <= WIDTH_MAX)
                        width = now;
        }
        return (int)width;
}

static void line_print(struct report *self, const char *place, const char *text)
{
        if (text[0] != 0)
                page_print(self->page, "    %-*s  %s\n", self->place_width, place, text);
        else if (place[0] != 0)
                page_print(self->page, "    %s\n", place);
}

/* Interfaces are told by their own name, and lists with what is in them. */
static bool reach_is_told(const struct node *node)
{
        return node->list == LIST_NONE && node->new_version->kind != DECLARATION_INTERFACE;
}

static void change_print(struct report *self, const struct change *change)
{
        struct comparison *comparison = self->comparison;
        struct region *region = comparison->region;
        const struct verdict *verdict = verdict_of(change->rule);
        const char *order = reach_order(change->node, verdict->wire);
        const char *old_place = place_text(region, change->old_at);
        const char *methods = "";

        if (change->node != NULL && reach_is_told(change->node))
                methods = reach_text(comparison, change->node);
        line_print(self,
                   change->new_at.source != NULL ? place_text(region, change->new_at) : old_place,
                   region_format(region, "%s [%s]", change->text, verdict->name));
        line_print(self, change->new_at.source != NULL ? old_place : "", methods);
        if (order != NULL)
                line_print(self, "", region_format(region, "order: %s", order));
        if (verdict->note != NULL)
                line_print(self, "", region_format(region, "note: %s", verdict->note));
        if (change->help != NULL)
                line_print(self, "", region_format(region, "help: %s", change->help));
}

static void heading_print(struct report *self, const struct verdict *verdict)
{
        const char *shade = verdict->wire == WIRE_BREAKS   ? "\033[1;31m"
                            : verdict->code == CODE_BREAKS ? "\033[1;33m"
                            : verdict->wire != WIRE_FINE   ? "\033[1;36m"
                                                           : "\033[1;32m";

        page_print(self->page, "%swire: %s; source: %s%s\n", self->colour ? shade : "",
                   wire_text(verdict->wire), code_effect_text(verdict->code),
                   self->colour ? "\033[0m" : "");
}

static bool summary_print(struct report *self)
{
        unsigned int wire = 0;
        unsigned int code = 0;

        for (const struct change *each = self->comparison->changes; each != NULL;
             each = each->next) {
                wire += verdict_of(each->rule)->wire == WIRE_BREAKS;
                code += verdict_of(each->rule)->code == CODE_BREAKS;
        }
        if (self->comparison->change_count == 0)
                page_print(self->page, "no change\n");
        else
                page_print(self->page, "%zu change%s: %u break%s the wire, %u the source\n",
                           self->comparison->change_count,
                           self->comparison->change_count == 1 ? "" : "s", wire,
                           wire == 1 ? "s" : "", code);
        return wire + code != 0;
}

bool report_print(struct comparison *comparison, struct page *page, bool colour)
{
        struct report self = {.comparison = comparison, .page = page, .colour = colour};
        const struct change **sorted = changes_sorted(comparison);

        reach_find(comparison);
        self.place_width = place_width(comparison);
        for (size_t i = 0; i < comparison->change_count; i++) {
                if (i == 0 || severity(sorted[i]) != severity(sorted[i - 1])) {
                        if (i != 0)
                                page_print(page, "\n");
                        heading_print(&self, verdict_of(sorted[i]->rule));
                }
                change_print(&self, sorted[i]);
        }
        if (comparison->change_count != 0)
                page_print(page, "\n");
        return summary_print(&self);
}
