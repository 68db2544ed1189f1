/* SPDX-License-Identifier: MIT */
/*
 * A binary heap of calls by deadline.
 *
 * Invariants: items[i]->deadline_ns <= that of items[2i+1] and items[2i+2]; items[i]->deadline_index == i. A call that is
 * in no heap has DARQ_DEADLINE_NONE.
 */
#include "libdarqwire/deadline.h"

#include <stdlib.h>

#include "libdarqwire/session.h"

void darq_deadlines_deinit(struct darq_deadlines *self)
{
        free(self->items);
        *self = (struct darq_deadlines){0};
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

int darq_deadlines_add(struct darq_deadlines *self, struct darq_pending *pending)
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

void darq_deadlines_remove(struct darq_deadlines *self, struct darq_pending *pending)
{
        size_t index = pending->deadline_index;
        struct darq_pending *last;

        if (index == DARQ_DEADLINE_NONE)
                return;
        pending->deadline_index = DARQ_DEADLINE_NONE;
        last = self->items[--self->count];
        if (last == pending)
                return;
        if (index > 0 && self->items[(index - 1) / 2]->deadline_ns > last->deadline_ns)
                rise(self, index, last);
        else
                sink(self, index, last);
}

struct darq_pending *darq_deadlines_first(const struct darq_deadlines *self)
{
        return self->count != 0 ? self->items[0] : NULL;
}
