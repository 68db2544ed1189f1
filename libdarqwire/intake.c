/* SPDX-License-Identifier: MIT */
/*
 * What a frame from the p-kernel means.
 *
 * In a turn everything is acted upon at once, and callbacks run in the order of the frames. While somebody waits, what
 * would run a handler or a callback is put off, also in order; what only changes our own state (the outcome that is
 * waited for, messages to be received, credit, chunks of a stream) is done at once.
 *
 * The p-kernel is trusted to be ours, not to be right: lengths are checked, answers to questions that nobody asked are
 * dropped.
 */
#include <stdlib.h>
#include <string.h>

#include "libdarqwire/session.h"
#include "libdarqwire/status.h"
#include "libdarqwire/stream.h"

static const uint8_t *body_of(const struct darq_incoming *frame)
{
        return frame->data + frame->header.header_size;
}

/* False: lengths that don't lie within the frame. */
static inline bool parcel_get(struct darq_parcel *self, const struct darq_incoming *frame)
{
        struct darq_frame_message message = darq_frame_message_get(body_of(frame));
        size_t start = frame->header.header_size + DARQ_FRAME_MESSAGE_SIZE;

        if (!darq_frame_message_fits(&frame->header, message.payload_size))
                return false;
        *self = (struct darq_parcel){
                .source = message.source,
                .destination = message.destination,
                .data = frame->data + start,
                .size = message.payload_size,
                .ports = frame->data + darq_frame_ports_offset(start + message.payload_size),
                .port_count = frame->header.port_count,
        };
        return true;
}

/* For a turn. */
static int put_off(struct darq_session *self, const struct darq_incoming *frame)
{
        struct darq_deferred *deferred = malloc(sizeof *deferred);

        if (deferred == NULL)
                return DARQ_E_NO_MEMORY;
        deferred->frame = *frame;
        darq_block_ref(frame->block);
        list_append(&self->deferred, &deferred->link);
        self->deferred_bytes += frame->header.size;
        return 0;
}

/* Rights that came with a message which nobody gets. */
static void ports_decline(struct darq_session *self, const struct darq_incoming *frame,
                          const struct darq_parcel *parcel)
{
        if ((frame->header.flags & DARQ_FRAME_GIVE_SOURCE) != 0 &&
            darq_target_receive(self, parcel->source) == 0)
                darq_target_drop(self, parcel->source);
        for (uint32_t i = 0; i < parcel->port_count; i++) {
                uint64_t port = darq_frame_u64_get(parcel->ports + (size_t)i * 8);

                if (darq_target_receive(self, port) == 0)
                        darq_target_drop(self, port);
        }
}

static struct darq_pending *pending_find(const struct darq_session *self, uint64_t call)
{
        struct darq_map_node *node = darq_map_find(&self->pendings, call);

        return node != NULL ? CONTAINER_OF(node, struct darq_pending, node) : NULL;
}

/* Whether the outcome only changes our own state. */
static bool quiet(const struct darq_pending *pending)
{
        return pending->abandoned || pending->waited || pending->state == DARQ_PENDING_DONE;
}

static int outcome_put_off(struct darq_session *self, const struct darq_incoming *frame,
                           struct darq_pending *pending)
{
        int r = put_off(self, frame);

        if (r == 0)
                darq_pending_put_off(pending);
        return r;
}

static __attribute__((noinline)) int take_reply(struct darq_session *self,
                                                const struct darq_incoming *frame,
                                                const struct darq_parcel *parcel, bool turn)
{
        struct darq_pending *pending = pending_find(self, frame->header.call);
        struct darq_hold *reply;

        if (pending == NULL)
                return 0;
        if (!turn && !quiet(pending))
                return outcome_put_off(self, frame, pending);
        reply = darq_hold_new(self, frame, parcel, pending->waited);
        if (reply == NULL)
                darq_pending_end(pending, DARQ_E_BAD_REPLY, NULL);
        else
                darq_pending_end(pending, 0, reply);
        return 0;
}

/* To a port that was closed here a moment ago. */
static int decline(struct darq_session *self, const struct darq_incoming *frame,
                   const struct darq_parcel *parcel)
{
        ports_decline(self, frame, parcel);
        if ((frame->header.flags & DARQ_FRAME_REQUEST) == 0)
                return 0;
        return darq_session_put_undeliverable(self, parcel->source, DARQ_FRAME_NO_PORT);
}

static int take_message(struct darq_session *self, const struct darq_incoming *frame, bool turn)
{
        struct darq_parcel parcel;
        struct darq_port *port;

        if (!parcel_get(&parcel, frame))
                return DARQ_E_LINK_LOST;
        if ((frame->header.flags & DARQ_FRAME_REPLY) != 0)
                return take_reply(self, frame, &parcel, turn);
        port = darq_port_find(self, parcel.destination);
        if (port != NULL && port->raw)
                return darq_received_add(self, port, frame, &parcel);
        if (!turn)
                return put_off(self, frame);
        if (port == NULL)
                return decline(self, frame, &parcel);
        return darq_service_call_serve(self, port, frame, &parcel);
}

static int take_chunk(struct darq_session *self, const struct darq_incoming *frame, bool turn)
{
        struct darq_frame_chunk chunk = darq_frame_chunk_get(body_of(frame));
        struct darq_stream *stream;
        struct darq_port *port;

        if (!darq_frame_rest_fits(&frame->header, DARQ_FRAME_CHUNK_SIZE, chunk.payload_size))
                return DARQ_E_LINK_LOST;
        stream = darq_stream_find(self, chunk.source, frame->header.call);
        if (stream != NULL)
                return darq_stream_take(stream, &chunk, frame,
                                        body_of(frame) + DARQ_FRAME_CHUNK_SIZE);
        port = darq_port_find(self, chunk.destination);
        if (port != NULL && port->raw && (chunk.source & DARQ_PORT_SLOT) == 0)
                return darq_received_add_chunk(self, port, frame, &chunk);
        return turn ? 0 : put_off(self, frame);
}

static int take_credit(struct darq_session *self, const struct darq_incoming *frame, bool turn)
{
        struct darq_frame_credit credit = darq_frame_credit_get(body_of(frame));
        struct darq_stream *stream = darq_stream_find(self, credit.source, frame->header.call);

        if (stream != NULL)
                darq_stream_credit(stream, credit.limit);
        return stream != NULL || turn ? 0 : put_off(self, frame);
}

/* The text of an Undeliverable, on the heap; NULL without one. */
static char *detail_of(const struct darq_incoming *frame,
                       const struct darq_frame_undeliverable *body)
{
        const char *text = (const char *)body_of(frame) + DARQ_FRAME_UNDELIVERABLE_SIZE;

        return body->detail_size != 0 ? strndup(text, body->detail_size) : NULL;
}

static int take_undelivered(struct darq_session *self, const struct darq_incoming *frame,
                            const struct darq_frame_undeliverable *body, bool turn)
{
        int status = darq_status_of_undeliverable(body->code);
        char *detail;

        if (self->undelivered == NULL)
                return 0;
        if (!turn)
                return put_off(self, frame);
        detail = detail_of(frame, body);
        self->undelivered(self->undelivered_context, body->port, status,
                          detail != NULL ? detail : darq_status_text(status));
        free(detail);
        return 0;
}

static int take_undeliverable(struct darq_session *self, const struct darq_incoming *frame,
                              bool turn)
{
        struct darq_frame_undeliverable body = darq_frame_undeliverable_get(body_of(frame));
        struct darq_pending *pending;

        if (!darq_frame_rest_fits(&frame->header, DARQ_FRAME_UNDELIVERABLE_SIZE, body.detail_size))
                return DARQ_E_LINK_LOST;
        if (frame->header.call == 0)
                return take_undelivered(self, frame, &body, turn);
        pending = pending_find(self, frame->header.call);
        if (pending == NULL)
                return 0;
        if (!turn && !quiet(pending))
                return outcome_put_off(self, frame, pending);
        if (pending->state != DARQ_PENDING_DONE)
                pending->detail = detail_of(frame, &body);
        darq_pending_end(pending, darq_status_of_undeliverable(body.code), NULL);
        return 0;
}

/* The request itself may still be put off, so its Cancel has to stay behind it. */
static int take_cancel(struct darq_session *self, const struct darq_incoming *frame, bool turn)
{
        uint64_t slot = darq_frame_u64_get(body_of(frame));

        if (!turn && darq_map_find(&self->calls, slot) == NULL)
                return put_off(self, frame);
        darq_service_call_cancel(self, slot);
        return 0;
}

static int take_opened(struct darq_session *self, const struct darq_incoming *frame)
{
        struct darq_frame_port body = darq_frame_port_get(body_of(frame));

        if (body.request != self->answer.request || self->answer.come)
                return 0;
        self->answer.come = true;
        self->answer.result = body.result;
        self->answer.port = body.port;
        darq_port_opened(self);
        return 0;
}

/* All but messages. */
static __attribute__((noinline)) int take_other(struct darq_session *self,
                                                const struct darq_incoming *frame, bool turn)
{
        switch (frame->header.type) {
        case DARQ_FRAME_WELCOME:
                self->welcome = darq_frame_welcome_get(body_of(frame));
                return 0;
        case DARQ_FRAME_OPENED_PORT:
                return take_opened(self, frame);
        case DARQ_FRAME_CHUNK:
                return take_chunk(self, frame, turn);
        case DARQ_FRAME_UNDELIVERABLE:
                return take_undeliverable(self, frame, turn);
        case DARQ_FRAME_CREDIT:
                return take_credit(self, frame, turn);
        case DARQ_FRAME_CANCEL:
                return take_cancel(self, frame, turn);
        case DARQ_FRAME_PING:
                return darq_session_put_pong(self, darq_frame_u64_get(body_of(frame)));
        default:
                return 0;
        }
}

int darq_intake_frame(struct darq_session *self, const struct darq_incoming *frame, bool turn)
{
        if (frame->header.type == DARQ_FRAME_MESSAGE)
                return take_message(self, frame, turn);
        return take_other(self, frame, turn);
}

/* Whether a frame is for the stream of a call on this slot. */
static bool concerns(const struct darq_incoming *frame, uint64_t slot)
{
        switch (frame->header.type) {
        case DARQ_FRAME_CHUNK:
                return darq_frame_chunk_get(body_of(frame)).source == slot;
        case DARQ_FRAME_CREDIT:
                return darq_frame_credit_get(body_of(frame)).source == slot;
        case DARQ_FRAME_CANCEL:
                return darq_frame_u64_get(body_of(frame)) == slot;
        default:
                return false;
        }
}

/* The call is there, and this a turn: what doesn't find it, since it was cancelled meanwhile, is for nobody, and waits no more. */
int darq_intake_claim(struct darq_session *self, uint64_t slot)
{
        struct list *link = self->deferred.next;
        int r = 0;

        while (r == 0 && link != &self->deferred) {
                struct darq_deferred *deferred = LIST_OF(link, struct darq_deferred, link);

                link = link->next;
                if (!concerns(&deferred->frame, slot))
                        continue;
                list_remove(&deferred->link);
                self->deferred_bytes -= deferred->frame.header.size;
                r = darq_intake_frame(self, &deferred->frame, true);
                darq_block_unref(deferred->frame.block);
                free(deferred);
        }
        return r;
}
