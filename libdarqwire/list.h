/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_LIST_H
#define DARQWIRE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "libdarqwire/container.h"

/*
 * Doubly linked circular lists; the nodes stand inside what they link. A node that is in no list points to itself, or is
 * all zero; removing such a one does nothing. A list's head must have been initialised. The p-kernel has its lists from
 * here too; nothing of them is a symbol of the library, nor in its public headers.
 */

struct list {
        struct list *next;
        struct list *previous;
};

#define LIST_OF CONTAINER_OF

static inline void list_init(struct list *self)
{
        self->next = self;
        self->previous = self;
}

static inline bool list_empty(const struct list *self)
{
        return self->next == self;
}

/** Whether a node is in a list. */
static inline bool list_linked(const struct list *node)
{
        return node->next != NULL && node->next != node;
}

/** Puts node before self: for a list's head, at the end. */
static inline void list_append(struct list *self, struct list *node)
{
        node->next = self;
        node->previous = self->previous;
        self->previous->next = node;
        self->previous = node;
}

/** Puts node behind self: for a list's head, at the beginning. */
static inline void list_prepend(struct list *self, struct list *node)
{
        list_append(self->next, node);
}

static inline void list_remove(struct list *node)
{
        if (node->next == NULL)
                return;
        node->previous->next = node->next;
        node->next->previous = node->previous;
        list_init(node);
}

/** Takes out a node that is in a list, and won't be asked again whether it is in one. */
static inline void list_cut(struct list *node)
{
        struct list *next = node->next;
        struct list *previous = node->previous;

        previous->next = next;
        next->previous = previous;
}

/** Moves all of from to the end of self. */
static inline void list_splice(struct list *self, struct list *from)
{
        if (list_empty(from))
                return;
        from->next->previous = self->previous;
        self->previous->next = from->next;
        from->previous->next = self;
        self->previous = from->previous;
        list_init(from);
}

static inline struct list *list_first(const struct list *self)
{
        return list_empty(self) ? NULL : self->next;
}

/** The first, taken out; NULL if there is none. */
static inline struct list *list_pop(struct list *self)
{
        struct list *first = list_first(self);

        if (first == NULL)
                return NULL;
        self->next = first->next;
        first->next->previous = self;
        list_init(first);
        return first;
}

#endif
