/* SPDX-License-Identifier: MIT */
/*
 * What a change reaches: from the lists of all methods down to what they use, and what that uses.
 *
 * The direction of what is reached says who writes and who reads: clients write requests and what is uploaded, services
 * write replies, errors and what is downloaded. Readers first means services first for what stands in requests only.
 *
 * A node keeps the first REACH_MAX lists that hold it. A search that meets one which has so many goes no further: what is
 * below has as many. So no node is met more often than that, and the time is linear in the number of uses.
 */
#include "darqidl/reach.h"

#include <stdlib.h>

#include "darqidl/page.h"
#include "darqidl/region.h"

enum { BY_CLIENTS = 1, BY_SERVICES = 2 };

/* Nodes that are still to be looked at. */
struct stack {
        struct node **nodes;
        size_t count;
};

static unsigned int direction_of(const struct node *list)
{
        return list->list <= LIST_UPLOAD ? BY_CLIENTS : BY_SERVICES;
}

/* False: it was met before, or has all that it keeps. */
static bool node_reach(struct node *self, const struct node *list, unsigned int visit)
{
        bool is_new = (self->directions & direction_of(list)) == 0;

        if (self->visit == visit)
                return false;
        self->visit = visit;
        self->directions |= direction_of(list);
        if (self->list_count == REACH_MAX)
                return is_new;
        self->lists[self->list_count++] = list;
        return true;
}

static void list_reach(struct comparison *comparison, struct stack *stack, struct node *list)
{
        unsigned int visit = ++comparison->visit;

        node_reach(list, list, visit);
        stack->nodes[stack->count++] = list;
        while (stack->count != 0) {
                const struct node *user = stack->nodes[--stack->count];

                for (const struct node_use *use = user->uses; use != NULL; use = use->next)
                        if (node_reach(use->node, list, visit))
                                stack->nodes[stack->count++] = use->node;
        }
}

static int by_kind(const void *a, const void *b)
{
        const struct node *left = *(const struct node *const *)a;
        const struct node *right = *(const struct node *const *)b;

        if (left->list != right->list)
                return left->list < right->list ? -1 : 1;
        return left->order < right->order ? -1 : left->order > right->order;
}

void reach_find(struct comparison *comparison)
{
        size_t size = (comparison->node_count + 1) * sizeof(struct node *);
        struct node **lists = region_alloc(comparison->region, size);
        struct stack stack = {.nodes = region_alloc(comparison->region, size)};
        size_t count = 0;

        for (struct node *node = comparison->first; node != NULL; node = node->next)
                if (node->list != LIST_NONE)
                        lists[count++] = node;
        qsort(lists, count, sizeof(struct node *), by_kind);
        for (size_t i = 0; i < count; i++)
                list_reach(comparison, &stack, lists[i]);
}

const char *reach_text(struct comparison *comparison, const struct node *node)
{
        static const char *const names[LIST_COUNT] = {
                [LIST_REQUEST] = "requests",   [LIST_UPLOAD] = "uploads", [LIST_REPLY] = "replies",
                [LIST_DOWNLOAD] = "downloads", [LIST_ERRORS] = "errors",
        };
        enum list_kind last = LIST_NONE;
        struct page page;

        page_init(&page, comparison->region);
        for (unsigned int i = 0; i < node->list_count && i + 1 < REACH_MAX; i++) {
                const struct node *list = node->lists[i];

                if (list->list != last)
                        page_print(&page, "%s%s of %s", i != 0 ? "; " : "", names[list->list],
                                   list->subject);
                else
                        page_print(&page, ", %s", list->subject);
                last = list->list;
        }
        if (node->list_count == REACH_MAX)
                page_print(&page, "; and more");
        return page.text;
}

const char *reach_order(const struct node *node, enum wire wire)
{
        static const char *const readers_first[] = {
                "upgrade what reads it before what writes it",
                "upgrade services before clients",
                "upgrade clients before services",
                "upgrade both sides before either sends what is new",
        };
        static const char *const writers_first[] = {
                "upgrade what writes it before what reads it",
                "upgrade clients before services",
                "upgrade services before clients",
                "see that neither side sends what is refused now, then upgrade both",
        };
        unsigned int writers = node != NULL ? node->directions : 0;

        if (wire == WIRE_READERS_FIRST)
                return readers_first[writers];
        return wire == WIRE_WRITERS_FIRST ? writers_first[writers] : NULL;
}
