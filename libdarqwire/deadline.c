/* SPDX-License-Identifier: MIT */
/*
 * Calls by deadline.
 *
 * Most calls of a program have the same timeout, so that each has a later deadline than all before it: those stand in a
 * queue, where coming and going costs nothing. The others stand in a binary heap: those whose deadline is earlier than
 * that of the queue's last, and one that would make all that follow so, when it is alone in the queue.
 *
 * Invariants: deadlines rise along the queue; items[i]->deadline_ns <= that of items[2i+1] and items[2i+2];
 * items[i]->deadline_index == i. A call that isn't in the heap has DARQ_DEADLINE_NONE.
 */
#include "libdarqwire/deadline.h"

#include <stdlib.h>

#include "libdarqwire/session.h"

static struct darq_pending *pending_of(struct list *link)
{
        return LIST_OF(link, struct darq_pending, deadline_link);
}

void darq_deadlines_init(struct darq_deadlines *self)
{
        *self = (struct darq_deadlines){0};
        list_init(&self->queue);
}

void darq_deadlines_deinit(struct darq_deadlines *self)
{
        free(self->items);
        darq_deadlines_init(self);
}

static void place(struct darq_deadlines *self, size_t index, struct darq_pending *pending)
{
        self->items[index] = pending;
        pending->deadline_index = index;
}

static void rise(struct darq_deadlines *self, size_t index, struct darq_pending *pending)
{
        while (index > 0 && self->items[(index - 1) / 2]->deadline_ns > pending->deadline_ns) {
                place(self, index, self->items[(index - 1) / 2]);
                index = (index - 1) / 2;
        }
        place(self, index, pending);
}

static void sink(struct darq_deadlines *self, size_t index, struct darq_pending *pending)
{
        for (;;) {
                size_t child = 2 * index + 1;

                if (child + 1 < self->count &&
                    self->items[child + 1]->deadline_ns < self->items[child]->deadline_ns)
                        child++;
                if (child >= self->count || self->items[child]->deadline_ns >= pending->deadline_ns)
                        break;
                place(self, index, self->items[child]);
                index = child;
        }
        place(self, index, pending);
}

static int heap_add(struct darq_deadlines *self, struct darq_pending *pending)
{
        if (self->count == self->capacity) {
                size_t capacity = self->capacity != 0 ? self->capacity * 2 : 16;
                struct darq_pending **items = realloc(self->items, capacity * sizeof *items);

                if (items == NULL)
                        return DARQ_E_NO_MEMORY;
                self->items = items;
                self->capacity = capacity;
        }
        rise(self, self->count++, pending);
        return 0;
}

static void heap_remove(struct darq_deadlines *self, struct darq_pending *pending)
{
        size_t index = pending->deadline_index;
        struct darq_pending *last = self->items[--self->count];

        pending->deadline_index = DARQ_DEADLINE_NONE;
        if (last == pending)
                return;
        if (index > 0 && self->items[(index - 1) / 2]->deadline_ns > last->deadline_ns)
                rise(self, index, last);
        else
                sink(self, index, last);
}

/* One that is earlier than the queue's last. */
static int early_add(struct darq_deadlines *self, struct darq_pending *pending)
{
        struct darq_pending *last = pending_of(self->queue.previous);
        int r;

        if (self->queue.next != self->queue.previous)
                return heap_add(self, pending);
        r = heap_add(self, last);
        if (r != 0)
                return r;
        list_remove(&last->deadline_link);
        list_append(&self->queue, &pending->deadline_link);
        return 0;
}

int darq_deadlines_add(struct darq_deadlines *self, struct darq_pending *pending)
{
        if (!list_empty(&self->queue) &&
            pending_of(self->queue.previous)->deadline_ns > pending->deadline_ns)
                return early_add(self, pending);
        list_append(&self->queue, &pending->deadline_link);
        return 0;
}

void darq_deadlines_remove(struct darq_deadlines *self, struct darq_pending *pending)
{
        if (pending->deadline_index != DARQ_DEADLINE_NONE)
                heap_remove(self, pending);
        else
                list_remove(&pending->deadline_link);
}

struct darq_pending *darq_deadlines_first(const struct darq_deadlines *self)
{
        struct darq_pending *top = self->count != 0 ? self->items[0] : NULL;
        struct darq_pending *first = list_empty(&self->queue) ? NULL : pending_of(self->queue.next);

        if (first == NULL || (top != NULL && top->deadline_ns < first->deadline_ns))
                return top;
        return first;
}
