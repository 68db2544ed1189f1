/* SPDX-License-Identifier: MIT */
/*
 * Messages: the checks in their order, then the way to the receiver.
 *
 *      source is the sender's own port            else BAD_SOURCE
 *      it isn't too large                         else TOO_BIG (REPLY_TOO_BIG), QUOTA
 *      destination exists, sender may send to it  else NO_PORT, the same for both
 *      sender may pass each port in it            else NOT_ALLOWED (NO_REPLY)
 *      room at the port, after trying to write    else QUEUE_FULL
 *      fewer open calls there than the limit      else QUOTA
 *      sender's share of the receiver's bytes     else QUOTA (NO_REPLY)
 *
 * A refused message changes nothing. An accepted one is in its receiver's output, with a promise of each right that
 * it carries.
 */
#include "pkernel/core/message.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/control.h"
#include "pkernel/core/gift.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/port.h"
#include "pkernel/core/reply.h"
#include "pkernel/core/route.h"
#include "pkernel/core/run.h"
#include "pkernel/core/series.h"
#include "pkernel/core/service.h"
#include "pkernel/core/slot.h"
#include "pkernel/core/stream.h"

#include <assert.h>

/* A one-way message, a request or a raw chunk on its way through the checks. */
struct delivery {
        struct connection *sender;
        struct frame *frame;
        uint64_t source;
        uint64_t destination;
        uint32_t payload_size;
        size_t fixed_size;
        bool request;
        struct port *source_port;
        struct port *port;
        struct route *route;
        struct gifts *gifts;
        const char *detail;
};

static void sender_note(struct connection *connection, uint32_t code, const char *detail)
{
        if (code == DARQ_FRAME_BAD_SOURCE)
                kernel_note(connection->kernel, NOTE_BAD_SOURCE, connection, detail);
        else if (code == DARQ_FRAME_NOT_ALLOWED)
                kernel_note(connection->kernel, NOTE_NOT_ALLOWED, connection, detail);
        else if (code == DARQ_FRAME_QUOTA)
                kernel_note(connection->kernel, NOTE_QUOTA, connection, detail);
}

void message_refuse(struct connection *connection, uint64_t call, uint64_t port, uint32_t code,
                    const char *detail)
{
        struct kernel *kernel = connection->kernel;
        struct parcel *answer;

        kernel->statistics.undelivered++;
        sender_note(connection, code, detail);
        if (!connection->greeted) {
                kernel->statistics.unreported++;
                return;
        }
        answer = parcel_new(kernel, PARCEL_ANSWER);
        if (answer == NULL) {
                kernel_note(kernel, NOTE_NO_MEMORY, connection, "no memory for an answer");
                connection_end(connection);
                return;
        }
        parcel_undeliverable(answer, call, port, code, detail);
        output_add(connection, answer);
}

static uint32_t refuse(struct delivery *self, uint32_t code, const char *detail)
{
        self->detail = detail;
        return code;
}

/* Who, where, and whether: 0 or a code. */
static uint32_t delivery_address(struct delivery *self)
{
        struct kernel *kernel = self->sender->kernel;

        self->source_port = port_find(kernel, self->source);
        if (self->source_port == NULL || self->source_port->owner != self->sender)
                return refuse(self, DARQ_FRAME_BAD_SOURCE,
                              "the source is not a port of the sender");
        if (self->frame->refusal == DARQ_FRAME_TOO_BIG)
                return refuse(self, DARQ_FRAME_TOO_BIG, "longer than the limit on messages");
        self->port = port_find(kernel, self->destination);
        if (self->port != NULL)
                self->route = route_find(self->sender, self->port);
        if (self->port == NULL || !route_allows(self->route, self->sender, self->port))
                return refuse(self, DARQ_FRAME_NO_PORT, "no such port");
        if (self->frame->refusal != 0)
                return refuse(self, self->frame->refusal, "over quota while it arrived");
        return self->port->service == NULL ? 0 : service_admit(self->port->service, &self->detail);
}

/* Room at the port, if need be after trying to make some. */
static uint32_t delivery_admit(struct delivery *self)
{
        struct connection *owner = self->port->owner;

        if (self->route == NULL)
                self->route = route_new(self->sender, self->port);
        if (self->route != NULL && !route_admits(self->route)) {
                output_write(owner);
                self->route = route_get(self->sender, self->port);
                if (self->route != NULL && !route_admits(self->route))
                        return refuse(self, DARQ_FRAME_QUEUE_FULL, "too much waits at the port");
        }
        if (self->route == NULL || route_share(self->route) == NULL)
                return refuse(self, DARQ_FRAME_QUOTA, "out of memory");
        if (self->request && self->route->calls >= self->sender->kernel->limits.calls)
                return refuse(self, DARQ_FRAME_QUOTA, "too many open calls to the port");
        return 0;
}

static uint32_t delivery_gifts(struct delivery *self)
{
        bool give_source =
                !self->request && (!self->sender->greeted ||
                                   (self->frame->header.flags & DARQ_FRAME_GIVE_SOURCE) != 0);

        if (!gifts_check(self->gifts, self->sender, self->frame,
                         self->fixed_size + self->payload_size))
                return refuse(self, DARQ_FRAME_NOT_ALLOWED,
                              "a port in it is not the sender's to pass");
        if (give_source)
                self->gifts->source = self->source_port;
        return 0;
}

static struct darq_frame_header delivery_header(const struct delivery *self)
{
        bool greeted = self->port->owner->greeted;
        bool given = self->gifts->source != NULL && self->gifts->source->owner != self->port->owner;
        bool message = self->frame->header.type == DARQ_FRAME_MESSAGE_IN;
        struct darq_frame_header header = {.type = message ? DARQ_FRAME_MESSAGE : DARQ_FRAME_CHUNK,
                                           .timeout_ms = self->frame->header.timeout_ms};
        size_t size;

        header.port_count = greeted ? (uint16_t)self->gifts->port_count : 0;
        header.flags = (uint16_t)((self->request ? DARQ_FRAME_REQUEST : 0) |
                                  (given ? DARQ_FRAME_GIVE_SOURCE : 0));
        header.call = self->request ? self->sender->id : 0;
        header.extended =
                greeted && (header.flags != 0 || header.port_count != 0 || header.timeout_ms != 0);
        size = (header.extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE) +
               self->fixed_size + self->payload_size;
        if (header.port_count > 0)
                size = darq_frame_ports_offset(size) + 8 * (size_t)header.port_count;
        header.size = (uint32_t)size;
        return header;
}

/* Header and fixed part; at may lie within them as they were received. */
static size_t delivery_head(const struct delivery *self, const struct darq_frame_header *header,
                            const struct slot *slot, uint8_t *at)
{
        size_t size;

        if (header->type == DARQ_FRAME_CHUNK) {
                struct darq_frame_chunk chunk =
                        darq_frame_chunk_get(self->frame->data + self->frame->header.header_size);

                size = darq_frame_header_put(at, header);
                return size + darq_frame_chunk_put(at + size, &chunk);
        }
        size = darq_frame_header_put(at, header);
        return size +
               darq_frame_message_put(at + size, &(struct darq_frame_message){
                                                         slot == NULL ? self->source : slot->number,
                                                         self->destination, self->payload_size});
}

/* Puts it into the receiver's output. It can't be refused any more. */
static void delivery_send(struct delivery *self, struct parcel *parcel, struct slot *slot)
{
        struct connection *owner = self->port->owner;
        struct frame *frame = self->frame;
        struct darq_frame_header header = delivery_header(self);
        uint8_t head[DARQ_FRAME_FIXED_MAX];
        size_t head_size = delivery_head(self, &header, slot, head);
        size_t offset = frame->header.header_size + self->fixed_size;
        size_t end = owner->greeted ? frame->size : offset + self->payload_size;

        gifts_clear_padding(self->gifts, frame, offset + self->payload_size);
        parcel_take(parcel, frame, head, head_size, offset, end);
        route_enter(self->route, 1, parcel->weight);
        run_unfold(owner, 0); /* waits at the port before it */
        parcel_wait(parcel, self->route, slot, frame->header.call, frame->header.timeout_ms);
        output_add(owner, parcel);
}

/* Puts it into the receiver's run, with its header rewritten where it lies. */
static void delivery_run(struct delivery *self, struct slot *slot)
{
        struct frame *frame = self->frame;
        struct darq_frame_header header = delivery_header(self);
        uint8_t *at = frame->data + frame->size - header.size;

        assert(header.size <= frame->size);
        delivery_head(self, &header, slot, at);
        route_enter(self->route, 1, header.size);
        run_add(self->port->owner, &(struct receipt){.data = at,
                                                     .route = self->route,
                                                     .share = self->route->share,
                                                     .slot = slot,
                                                     .tag = slot == NULL ? frame->header.call : 0,
                                                     .size = header.size,
                                                     .count = 1,
                                                     .cut = (uint32_t)(frame->size - header.size),
                                                     .timeout_ms = frame->header.timeout_ms});
}

/* Without a parcel, which most need none of. False: it needs one, or is to be refused; nothing has changed. */
static bool delivery_accept_run(struct delivery *self)
{
        struct frame *frame = self->frame;
        struct slot *slot = NULL;

        if (frame->pieces != NULL || gifts_any(self->gifts) ||
            !run_admits(self->port->owner, frame->size) ||
            !share_allows(self->route->share, RESOURCE_BYTES, parcel_cost(frame->size)))
                return false;
        if (self->request) {
                slot = slot_open(self->sender, frame->header.call, self->source_port, self->route);
                if (slot == NULL)
                        return false;
        }
        delivery_run(self, slot);
        if (frame->behind > 0)
                series_of_messages(self->sender, frame, self->source, self->route, slot);
        return true;
}

/* Everything that it costs, or a code and nothing. */
static uint32_t delivery_accept_parcel(struct delivery *self)
{
        struct connection *owner = self->port->owner;
        struct parcel *parcel =
                parcel_new(self->sender->kernel, self->request ? PARCEL_REQUEST : PARCEL_MESSAGE);
        struct slot *slot = NULL;

        self->route->calls++; /* holds it while the receiver is written to */
        if (parcel == NULL ||
            !parcel_charge(parcel, self->route->share, self->frame->size, owner) ||
            !gifts_promise(self->gifts, parcel, self->sender, owner))
                goto refused;
        if (self->request) {
                slot = slot_open(self->sender, self->frame->header.call, self->source_port,
                                 self->route);
                if (slot == NULL)
                        goto refused;
        }
        self->route->calls--;
        delivery_send(self, parcel, slot);
        return 0;

refused:
        self->route->calls--;
        parcel_free(parcel);
        return refuse(self, DARQ_FRAME_QUOTA, "over quota");
}

static uint32_t delivery_accept(struct delivery *self)
{
        uint32_t code = delivery_accept_run(self) ? 0 : delivery_accept_parcel(self);

        if (code == 0 && self->port->service != NULL)
                service_waits(self->port->service, self->request ? 1 : 0);
        return code;
}

static void deliver(struct connection *sender, struct frame *frame, uint64_t source,
                    uint64_t destination, uint32_t payload_size)
{
        bool message = frame->header.type == DARQ_FRAME_MESSAGE_IN;
        struct gifts
                gifts; /* not zeroed: it is large, and gifts_check() says how much of it counts */
        struct delivery self = {
                .sender = sender,
                .frame = frame,
                .source = source,
                .destination = destination,
                .payload_size = payload_size,
                .fixed_size = message ? DARQ_FRAME_MESSAGE_SIZE : DARQ_FRAME_CHUNK_SIZE,
                .request = message && (frame->header.flags & DARQ_FRAME_REQUEST) != 0,
                .gifts = &gifts,
        };
        uint32_t code = delivery_address(&self);

        if (code == 0)
                code = delivery_gifts(&self);
        if (code == 0)
                code = delivery_admit(&self);
        if (code == 0)
                code = delivery_accept(&self);
        if (code == 0)
                return;
        route_release(self.route);
        message_refuse(sender, frame->header.call, destination, code, self.detail);
}

/* Numbers mostly rise: one that is higher than all before can't be in use. */
static bool call_number_is_bad(const struct connection *connection, uint64_t call)
{
        return call == 0 ||
               (call <= connection->last_call &&
                (slot_find_call(connection, call) != NULL || control_in_use(connection, call)));
}

void message_receive(struct connection *connection, struct frame *frame)
{
        struct darq_frame_message body =
                darq_frame_message_get(frame->data + frame->header.header_size);

        if ((body.destination & DARQ_PORT_SLOT) != 0) {
                reply_receive(connection, frame, &body);
                return;
        }
        if ((frame->header.flags & DARQ_FRAME_REQUEST) != 0) {
                if (call_number_is_bad(connection, frame->header.call)) {
                        connection_violate(connection, "a call number that is 0 or in use");
                        return;
                }
                if (frame->header.call > connection->last_call)
                        connection->last_call = frame->header.call;
        }
        if (body.destination == DARQ_PORT_KERNEL)
                control_receive(connection, frame, &body);
        else
                deliver(connection, frame, body.source, body.destination, body.payload_size);
}

/* Of a call that this connection made: also one that has ended, whose late chunks vanish. */
static bool is_upload(const struct connection *connection, const struct frame *frame,
                      const struct darq_frame_chunk *body)
{
        uint64_t call = frame->header.call;
        const struct slot *slot = call == 0 ? NULL : slot_find_call(connection, call);

        if (slot != NULL)
                return slot->port == body->destination;
        return call != 0 && body->stream == 0 && call <= connection->last_call;
}

void chunk_receive(struct connection *connection, struct frame *frame)
{
        struct darq_frame_chunk body =
                darq_frame_chunk_get(frame->data + frame->header.header_size);
        struct slot *slot;

        if ((body.destination & DARQ_PORT_SLOT) != 0) {
                slot = slot_find_served(connection, body.destination);
                if (slot != NULL)
                        stream_chunk(slot, true, frame, &body);
        } else if (is_upload(connection, frame, &body)) {
                slot = slot_find_call(connection, frame->header.call);
                if (slot != NULL)
                        stream_chunk(slot, false, frame, &body);
                else
                        connection->kernel->statistics.dropped++;
        } else {
                frame->header.port_count = 0;
                deliver(connection, frame, body.source, body.destination, body.payload_size);
        }
}
