/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_LIST_H
#define PKERNEL_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Doubly linked circular lists; the nodes stand inside what they link. A node that is in no list points to itself,
 * so that removing it twice is harmless.
 */

struct list {
        struct list *next;
        struct list *previous;
};

#define LIST_OF(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void list_init(struct list *self)
{
        self->next = self;
        self->previous = self;
}

static inline bool list_empty(const struct list *self)
{
        return self->next == self;
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
        node->previous->next = node->next;
        node->next->previous = node->previous;
        list_init(node);
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
