/* SPDX-License-Identifier: MIT */
/*
 * Parcels that were made for one connection and go to another, which may speak the other protocol: what waited for a declared
 * service goes to its next instance.
 *
 * The header is made anew where it stands or in the parcel, and the rights are promised to the new owner. Nothing of it
 * has begun to be written.
 */
#include "pkernel/core/parcel.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/piece.h"
#include "pkernel/core/route.h"
#include "pkernel/core/slot.h"

#include <assert.h>
#include <string.h>

/* A right on a port that has ended meanwhile stays where it is: it means nothing. */
static bool gift_redirect(struct route **gift, struct connection *to)
{
        struct route *route;

        if ((*gift)->port == NULL)
                return true;
        route = route_redirect_promise(*gift, to);
        if (route == NULL)
                return false;
        *gift = route;
        return true;
}

/* Of the rights only that on the source stays, which stands last where there is one. */
static void gifts_keep_source(struct parcel *self, bool given)
{
        unsigned int dropped = self->gift_count - (given ? 1 : 0);

        for (unsigned int index = 0; index < dropped; index++)
                route_break_promise(self->gifts[index]);
        if (dropped > 0 && given)
                self->gifts[0] = self->gifts[dropped];
        self->gift_count -= dropped;
}

void parcel_make_legacy(struct parcel *self)
{
        enum { CUT = DARQ_FRAME_CALL_HEADER_SIZE - DARQ_FRAME_HEADER_SIZE };
        uint8_t *head = parcel_header(self);
        const uint8_t *body = head + DARQ_FRAME_CALL_HEADER_SIZE;
        struct darq_frame_header header;

        if (darq_frame_header_get(head, DARQ_FRAME_CALL_HEADER_SIZE, DARQ_FRAME_FROM_KERNEL,
                                  &header) != DARQ_FRAME_OK ||
            !header.extended)
                return;
        gifts_keep_source(self, (header.flags & DARQ_FRAME_GIVE_SOURCE) != 0);
        self->size = DARQ_FRAME_HEADER_SIZE + darq_frame_fixed_size(header.type) +
                     (header.type == DARQ_FRAME_CHUNK ? darq_frame_chunk_get(body).payload_size
                                                      : darq_frame_message_get(body).payload_size);
        header = (struct darq_frame_header){.type = header.type, .size = (uint32_t)self->size};
        darq_frame_header_put(head + CUT, &header);
        if (self->parts[0].iov_len > 0)
                self->parts[0] = (struct iovec){head + CUT, self->parts[0].iov_len - CUT};
        else
                self->piece_offset += CUT;
}

/* What stands in its call header, if there is something that it has to say. */
static struct darq_frame_header call_header(const struct parcel *self, uint8_t type)
{
        bool request = self->kind == PARCEL_REQUEST;
        bool given =
                self->gift_count > 0; /* on its source: other rights don't go to legacy peers */

        return (struct darq_frame_header){
                .type = type,
                .extended = request || given || self->deadline_ns != 0,
                .size = (uint32_t)(self->size + DARQ_FRAME_CALL_HEADER_SIZE -
                                   DARQ_FRAME_HEADER_SIZE),
                .call = request ? self->from : 0,
                .flags = (uint16_t)((request ? DARQ_FRAME_REQUEST : 0) |
                                    (given ? DARQ_FRAME_GIVE_SOURCE : 0))};
}

/* It was made for a legacy peer, which hasn't taken it. Its header, made anew, stands in the parcel. */
static void parcel_make_greeted(struct parcel *self)
{
        uint8_t *head = parcel_header(self);
        struct darq_frame_header header = call_header(self, head[2]);
        size_t fixed_size = darq_frame_fixed_size(header.type);
        size_t head_size = DARQ_FRAME_HEADER_SIZE + fixed_size;

        if (head[1] != DARQ_FRAME_HEADER_SIZE || !header.extended)
                return;
        if (self->parts[0].iov_len == 0)
                self->piece_offset += head_size;
        else if (self->parts[0].iov_len > head_size)
                self->parts[1] =
                        (struct iovec){head + head_size, self->parts[0].iov_len - head_size};
        memmove(self->head + DARQ_FRAME_CALL_HEADER_SIZE, head + DARQ_FRAME_HEADER_SIZE,
                fixed_size); /* the head that it has may stand there, too */
        darq_frame_header_put(self->head, &header);
        self->parts[0] = (struct iovec){self->head, DARQ_FRAME_CALL_HEADER_SIZE + fixed_size};
        self->size = header.size;
}

bool parcel_redirect(struct parcel *self, struct connection *to)
{
        assert(!self->begun && (self->kind == PARCEL_MESSAGE || self->kind == PARCEL_REQUEST));
        if (to->greeted)
                parcel_make_greeted(self);
        else
                parcel_make_legacy(self);
        for (unsigned int index = 0; index < self->gift_count; index++)
                if (!gift_redirect(&self->gifts[index], to))
                        return false;
        if (self->slot != NULL && !slot_redirect(self->slot, to))
                return false;
        list_remove(&self->node);
        output_add(to, self);
        return true;
}
