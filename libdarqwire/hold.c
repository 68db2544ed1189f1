/* SPDX-License-Identifier: MIT */
/*
 * Messages that outlive their frame: replies, and requests that are answered later.
 *
 * A hold keeps the payload (the block that it was read into or, of a small one, a copy), the arena that it is unpacked
 * into, and the ports that came with it, as one of their holders each. Holds that have done their duty are kept as
 * spares, with their arena: a session that has warmed up allocates nothing for a call.
 *
 * The reply that a program gets is the first thing in its hold's arena, with the hold's address before it, so that
 * darq_reply_free() needs the reply only.
 */
#include <assert.h>
#include <stdlib.h>

#include "libdarqwire/arena.h"
#include "libdarqwire/session.h"

enum {
        COPY_MAX = 4096,         /* payloads up to this size are copied */
        SPARE_ARENA_MAX = 65536, /* a spare doesn't keep more memory than about that */
};

static struct darq_hold *hold_alloc(struct darq_session *session, size_t limit)
{
        struct list *link = list_pop(&session->spare_holds);
        struct darq_hold *self;

        if (link != NULL) {
                self = LIST_OF(link, struct darq_hold, link);
                darq_arena_reset(self->arena, limit);
                return self;
        }
        self = calloc(1, sizeof *self);
        if (self == NULL)
                return NULL;
        self->arena = darq_arena_new(limit);
        if (self->arena == NULL) {
                free(self);
                return NULL;
        }
        self->session = session;
        return self;
}

static void hold_dispose(struct darq_hold *self)
{
        darq_block_unref(self->block);
        self->block = NULL;
        if (darq_arena_used(self->arena) <= SPARE_ARENA_MAX) {
                list_prepend(&self->session->spare_holds, &self->link);
                return;
        }
        darq_arena_free(self->arena);
        free(self);
}

static bool payload_copy(struct darq_hold *self)
{
        uint8_t *bytes = darq_arena_alloc(self->arena, self->parcel.size + 1);

        if (bytes == NULL)
                return false;
        memcpy(bytes, self->parcel.data, self->parcel.size);
        self->parcel.data = bytes;
        return true;
}

static bool port_keep(struct darq_hold *self, uint64_t port)
{
        if (darq_target_receive(self->session, port) != 0)
                return false;
        self->ports[self->held++] = port;
        return true;
}

/* Port by port, and the source behind them when the message gives a right on it. */
static __attribute__((noinline)) bool ports_keep(struct darq_hold *self, bool gives_source)
{
        uint32_t count = self->parcel.port_count;

        self->parcel.port_count = 0;
        self->ports = darq_arena_alloc(self->arena, (count + 1) * sizeof *self->ports);
        if (self->ports == NULL)
                return false;
        while (self->held < count)
                if (!port_keep(self,
                               darq_frame_u64_get(self->parcel.ports + (size_t)self->held * 8)))
                        return false;
        self->parcel.port_count = count;
        return !gives_source || port_keep(self, self->parcel.source);
}

struct darq_hold *darq_hold_new(struct darq_session *session, const struct darq_incoming *frame,
                                const struct darq_parcel *parcel, bool copy)
{
        bool gives_source = (frame->header.flags & DARQ_FRAME_GIVE_SOURCE) != 0;
        size_t extra = COPY_MAX + DARQ_FRAME_PORTS_MAX * 8 + 64;
        struct darq_hold *self = hold_alloc(session, darq_arena_limit(parcel->size) + extra);

        if (self == NULL)
                return NULL;
        self->parcel = *parcel;
        self->held = 0;
        self->link_number = session->link;
        list_append(&session->holds, &self->link);
        if (!copy || parcel->size > COPY_MAX)
                self->block = darq_block_ref(frame->block);
        else if (!payload_copy(self))
                goto free;
        if ((parcel->port_count == 0 && !gives_source) || ports_keep(self, gives_source))
                return self;
free:
        darq_hold_free(self);
        return NULL;
}

void darq_hold_free(struct darq_hold *self)
{
        if (self == NULL)
                return;
        list_cut(&self->link);
        if (self->link_number == self->session->link)
                for (uint32_t i = 0; i < self->held; i++)
                        darq_target_drop(self->session, self->ports[i]);
        hold_dispose(self);
}

static void hold_list_free(struct list *list)
{
        struct list *link;

        while ((link = list_pop(list)) != NULL) {
                struct darq_hold *self = LIST_OF(link, struct darq_hold, link);

                darq_block_unref(self->block);
                darq_arena_free(self->arena);
                free(self);
        }
}

void darq_holds_deinit(struct darq_session *session)
{
        hold_list_free(&session->holds);
        hold_list_free(&session->spare_holds);
}

void darq_reply_free(const void *reply)
{
        struct darq_hold *self;

        if (reply == NULL || reply == darq_empty_value())
                return;
        self = darq_arena_owner(reply);
        assert(self != NULL);
        darq_hold_free(self);
}
