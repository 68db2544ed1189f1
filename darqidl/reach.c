/* SPDX-License-Identifier: MIT */
/*
 * What a change reaches: from a pair of declarations up to all who use it, until methods are met.
 *
 * The direction of what is reached says who writes and who reads: clients write requests and what is uploaded, services
 * write replies, errors and what is downloaded. Readers first means services first for what stands in requests only.
 */
#include "darqidl/reach.h"

#include <stdlib.h>

#include "darqidl/page.h"
#include "darqidl/region.h"

enum { REACH_TOLD = 8 };

/* Nodes to look at; each enters it once. */
struct queue {
        struct node **nodes;
        size_t count, capacity;
};

static void queue_add(struct queue *self, struct region *region, struct node *node)
{
        if (self->count == self->capacity) {
                struct node **nodes;

                self->capacity = self->capacity != 0 ? self->capacity * 2 : 16;
                nodes = region_alloc(region, self->capacity * sizeof(struct node *));
                for (size_t i = 0; i < self->count; i++)
                        nodes[i] = self->nodes[i];
                self->nodes = nodes;
        }
        self->nodes[self->count++] = node;
}

static int by_order(const void *a, const void *b)
{
        const struct node *left = *(const struct node *const *)a;
        const struct node *right = *(const struct node *const *)b;

        if (left->list != right->list)
                return left->list < right->list ? -1 : 1;
        return left->order < right->order ? -1 : left->order > right->order;
}

static struct reach reach_find(struct comparison *comparison, struct node *node)
{
        struct reach self = {.count = 0};
        struct queue queue = {.count = 0};

        node->visit = ++comparison->visit;
        queue_add(&queue, comparison->region, node);
        for (size_t i = 0; i < queue.count; i++)
                for (struct node_user *user = queue.nodes[i]->users; user != NULL;
                     user = user->next) {
                        if (user->node->visit == comparison->visit)
                                continue;
                        user->node->visit = comparison->visit;
                        queue_add(&queue, comparison->region, user->node);
                }
        self.lists = region_alloc(comparison->region, queue.count * sizeof(struct node *));
        for (size_t i = 0; i < queue.count; i++)
                if (queue.nodes[i]->list != LIST_NONE) {
                        self.lists[self.count++] = queue.nodes[i];
                        if (queue.nodes[i]->list <= LIST_UPLOAD)
                                self.by_clients = true;
                        else
                                self.by_services = true;
                }
        if (self.count != 0)
                qsort(self.lists, self.count, sizeof(struct node *), by_order);
        return self;
}

struct reach reach_of(struct comparison *comparison, struct node *node)
{
        if (node == NULL)
                return (struct reach){.count = 0};
        if (node->reach == NULL) {
                node->reach = region_alloc(comparison->region, sizeof *node->reach);
                *node->reach = reach_find(comparison, node);
        }
        return *node->reach;
}

const char *reach_text(struct comparison *comparison, const struct reach *reach)
{
        static const char *const names[LIST_COUNT] = {
                [LIST_REQUEST] = "requests",   [LIST_UPLOAD] = "uploads", [LIST_REPLY] = "replies",
                [LIST_DOWNLOAD] = "downloads", [LIST_ERRORS] = "errors",
        };
        enum list_kind last = LIST_NONE;
        struct page page;

        page_init(&page, comparison->region);
        for (size_t i = 0; i < reach->count && i < REACH_TOLD; i++) {
                const struct node *node = reach->lists[i];

                if (node->list != last)
                        page_print(&page, "%s%s of %s", i != 0 ? "; " : "", names[node->list],
                                   node->subject);
                else
                        page_print(&page, ", %s", node->subject);
                last = node->list;
        }
        if (reach->count > REACH_TOLD)
                page_print(&page, "; and %zu more", reach->count - REACH_TOLD);
        return page.text;
}

const char *reach_order(const struct reach *reach, enum wire wire)
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
        unsigned int writers = (reach->by_clients ? 1u : 0u) + (reach->by_services ? 2u : 0u);

        if (wire == WIRE_READERS_FIRST)
                return readers_first[writers];
        return wire == WIRE_WRITERS_FIRST ? writers_first[writers] : NULL;
}
