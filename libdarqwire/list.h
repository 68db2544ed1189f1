/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_LIST_H
#define DARQWIRE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Lists whose links stand inside what is listed. A link that is in no list points to itself, or is all zero; removing
 * such a one does nothing.
 */

struct darq_link {
        struct darq_link *next;
        struct darq_link *previous;
};

/** What a link is a member of. */
#define DARQ_CONTAINER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void darq_list_init(struct darq_link *list)
{
        list->next = list->previous = list;
}

static inline bool darq_list_empty(const struct darq_link *list)
{
        return list->next == list;
}

static inline bool darq_link_used(const struct darq_link *link)
{
        return link->next != NULL && link->next != link;
}

static inline void darq_list_add(struct darq_link *list, struct darq_link *link)
{
        link->next = list;
        link->previous = list->previous;
        list->previous->next = link;
        list->previous = link;
}

/** At the beginning: the next to be popped. */
static inline void darq_list_push(struct darq_link *list, struct darq_link *link)
{
        darq_list_add(list->next, link);
}

static inline void darq_list_remove(struct darq_link *link)
{
        if (link->next == NULL)
                return;
        link->next->previous = link->previous;
        link->previous->next = link->next;
        link->next = link->previous = NULL;
}

/** The first, taken out; NULL if there is none. */
static inline struct darq_link *darq_list_pop(struct darq_link *list)
{
        struct darq_link *first = list->next;

        if (first == list)
                return NULL;
        list->next = first->next;
        first->next->previous = list;
        first->next = first->previous = NULL;
        return first;
}

/** All of from to the end of list. */
static inline void darq_list_move(struct darq_link *list, struct darq_link *from)
{
        struct darq_link *link;

        while ((link = darq_list_pop(from)) != NULL)
                darq_list_add(list, link);
}

#endif
