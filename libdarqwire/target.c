/* SPDX-License-Identifier: MIT */
/*
 * Ports, as far as this session has to do with them by their number.
 *
 * A target counts two things: the rights that the p-kernel counts for us (one for each time that the port came in a
 * message), and its holders here (each message that carries it, each darq_proxy_keep()). When the last holder goes, all
 * rights are given back at once. It also knows the open calls, since only so many may be under way to one port, and who
 * wants to know when it ends.
 *
 * A port of our own has holders too, but its owner holds no rights; when the last one goes it is closed, if it is served.
 * Who holds a port needn't remember whose it was then: the number may be ours at one time and another's later.
 */
#include <stdlib.h>

#include "libdarqwire/session.h"

struct darq_target *darq_target_new(struct darq_session *session, uint64_t port)
{
        struct darq_target *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        list_init(&self->waiting);
        list_init(&self->watchers);
        if (darq_map_add(&session->targets, &self->node, port) == 0)
                return self;
        free(self);
        return NULL;
}

static void watchers_free(struct list *watchers)
{
        struct list *link;

        while ((link = list_pop(watchers)) != NULL)
                free(LIST_OF(link, struct darq_watcher, link));
}

static void watchers_drop(struct list *watchers, uint64_t port, darq_port_callback *callback,
                          void *context)
{
        struct list *link = watchers->next;

        while (link != watchers) {
                struct darq_watcher *watcher = LIST_OF(link, struct darq_watcher, link);

                link = link->next;
                if (watcher->port != port || (callback != NULL && (watcher->callback != callback ||
                                                                   watcher->context != context)))
                        continue;
                list_remove(&watcher->link);
                free(watcher);
        }
}

void darq_target_unwatch(struct darq_session *session, uint64_t port, darq_port_callback *callback,
                         void *context)
{
        struct darq_target *target = darq_target_find(session, port);

        if (target != NULL)
                watchers_drop(&target->watchers, port, callback, context);
        watchers_drop(&session->deaths, port, callback, context);
}

void darq_target_settle(struct darq_session *session, struct darq_target *target)
{
        uint64_t rights = target->rights;
        uint64_t port = target->node.key;
        struct darq_port *own;

        if (target->holders != 0)
                return;
        target->rights = 0;
        darq_target_unwatch(session, port, NULL, NULL);
        if (target->open_calls == 0 && list_empty(&target->waiting)) {
                darq_map_remove(&session->targets, &target->node);
                free(target);
        }
        if (rights != 0)
                darq_control_release(session, port, rights);
        own = darq_port_find(session, port);
        if (own != NULL && !own->raw)
                darq_port_free(session, own);
}

int darq_target_receive(struct darq_session *session, uint64_t port)
{
        struct darq_target *self = darq_target_get(session, port);

        if (self == NULL)
                return DARQ_E_NO_MEMORY;
        self->holders++;
        self->rights += darq_port_find(session, port) == NULL;
        return 0;
}

void darq_target_drop(struct darq_session *session, uint64_t port)
{
        struct darq_target *self = darq_target_find(session, port);

        if (self == NULL || self->holders == 0)
                return;
        self->holders--;
        darq_target_settle(session, self);
}

void darq_target_ended(struct darq_session *session, uint64_t port)
{
        struct darq_target *self = darq_target_find(session, port);

        if (self != NULL)
                list_splice(&session->deaths, &self->watchers);
}

static void target_lose(struct darq_session *session, struct darq_target *self)
{
        list_splice(&session->deaths, &self->watchers);
        while (list_pop(&self->waiting) != NULL)
                ; /* those calls end with all others */
        darq_map_remove(&session->targets, &self->node);
        free(self);
}

void darq_targets_lose(struct darq_session *session)
{
        struct darq_map_node *node;
        struct list *link;

        for (link = session->all_pendings.next; link != &session->all_pendings; link = link->next)
                LIST_OF(link, struct darq_pending, all)->target = NULL;
        while ((node = darq_map_any(&session->targets)) != NULL)
                target_lose(session, CONTAINER_OF(node, struct darq_target, node));
}

void darq_targets_call_back(struct darq_session *session)
{
        struct list *link;

        while ((link = list_pop(&session->deaths)) != NULL) {
                struct darq_watcher *watcher = LIST_OF(link, struct darq_watcher, link);
                struct darq_watcher due = *watcher;

                free(watcher);
                due.callback(due.context, due.port);
        }
}

void darq_targets_deinit(struct darq_session *session)
{
        darq_targets_lose(session);
        watchers_free(&session->deaths);
        darq_map_deinit(&session->targets);
}
