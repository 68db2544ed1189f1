/* SPDX-License-Identifier: MIT */
/*
 * The raw layer: messages whose payload is somebody else's business.
 *
 * A message that came to a raw port is kept as a hold (see hold.c) until it is received and freed; its bytes count
 * among what the session puts off, so that a program that doesn't receive stops the session from reading, and with it,
 * in the end, its senders.
 */
#include <stdlib.h>
#include <string.h>

#include "libdarqwire/clock.h"
#include "libdarqwire/session.h"

struct received {
        struct darq_message message;
        struct list link; /* in its port's messages */
        struct darq_hold *hold;
        size_t counted; /* bytes among the session's deferred ones */
        struct darq_proxy ports[];
};

/* Kept as long as the message; its ports as proxies. */
static struct received *received_new(struct darq_session *session, struct darq_hold *hold)
{
        struct received *self =
                calloc(1, sizeof *self + hold->parcel.port_count * sizeof self->ports[0]);

        if (self == NULL)
                return NULL;
        self->hold = hold;
        for (uint32_t i = 0; i < hold->parcel.port_count; i++)
                self->ports[i] = (struct darq_proxy){
                        .session = session, .port = hold->ports[i], .link = session->link};
        self->message = (struct darq_message){
                .source = hold->parcel.source,
                .destination = hold->parcel.destination,
                .payload = {hold->parcel.data, hold->parcel.size},
                .ports = self->ports,
                .port_count = hold->parcel.port_count,
        };
        return self;
}

static void chunk_fields(struct received *self, const struct darq_frame_chunk *chunk)
{
        self->message.chunk = true;
        self->message.stream = chunk->stream;
        self->message.offset = chunk->offset;
        self->message.fin = (chunk->flags & DARQ_FRAME_FIN) != 0;
}

/* NULL without memory. */
static struct received *received_add(struct darq_session *session, struct darq_port *port,
                                     const struct darq_incoming *frame,
                                     const struct darq_parcel *parcel)
{
        const struct darq_frame_header *header = &frame->header;
        struct darq_hold *hold = darq_hold_new(session, frame, parcel, true);
        struct received *self = hold != NULL ? received_new(session, hold) : NULL;

        if (self == NULL) {
                darq_hold_free(hold);
                return NULL;
        }
        self->message.request = (header->flags & DARQ_FRAME_REQUEST) != 0;
        if (self->message.request) {
                self->message.caller = header->call;
                self->message.timeout_ms = header->timeout_ms;
        }
        self->counted = header->size;
        session->deferred_bytes += self->counted;
        list_append(&port->messages, &self->link);
        return self;
}

int darq_received_add(struct darq_session *session, struct darq_port *port,
                      const struct darq_incoming *frame, const struct darq_parcel *parcel)
{
        return received_add(session, port, frame, parcel) != NULL ? 0 : DARQ_E_NO_MEMORY;
}

int darq_received_add_chunk(struct darq_session *session, struct darq_port *port,
                            const struct darq_incoming *frame, const struct darq_frame_chunk *chunk)
{
        const uint8_t *body = frame->data + frame->header.header_size;
        const struct darq_parcel parcel = {.source = chunk->source,
                                           .destination = chunk->destination,
                                           .data = body + DARQ_FRAME_CHUNK_SIZE,
                                           .size = chunk->payload_size};
        struct received *self = received_add(session, port, frame, &parcel);

        if (self == NULL)
                return DARQ_E_NO_MEMORY;
        chunk_fields(self, chunk);
        return 0;
}

void darq_message_free(struct darq_message *message)
{
        struct received *self;

        if (message == NULL)
                return;
        self = CONTAINER_OF(message, struct received, message);
        darq_hold_free(self->hold);
        free(self);
}

/* The first that came; NULL if there is none. */
static struct darq_message *received_take(struct darq_session *session, struct darq_port *port)
{
        struct list *link = list_pop(&port->messages);
        struct received *self;

        if (link == NULL)
                return NULL;
        self = LIST_OF(link, struct received, link);
        session->deferred_bytes -= self->counted;
        return &self->message;
}

void darq_received_clear(struct darq_session *session, struct darq_port *port)
{
        struct darq_message *message;

        while ((message = received_take(session, port)) != NULL)
                darq_message_free(message);
}

static bool something_came(const void *context)
{
        const struct darq_port *port = context;

        return !list_empty(&port->messages);
}

int darq_message_receive(struct darq_session *session, uint64_t port, int timeout_ms,
                         struct darq_message **message)
{
        struct darq_port *own = darq_port_find(session, port);
        uint64_t deadline_ns = 0;
        int r = 0;

        if (!session->up)
                return darq_session_fail(session, DARQ_E_LINK_LOST,
                                         "there is no link to the p-kernel");
        if (own == NULL || !own->raw)
                return darq_session_fail(session, DARQ_E_INVALID,
                                         "port %llu isn't open for messages here",
                                         (unsigned long long)port);
        if (timeout_ms >= 0)
                deadline_ns = darq_clock_ns() + (uint64_t)timeout_ms * DARQ_NS_PER_MS;
        if (!something_came(own))
                r = darq_session_wait(session, something_came, own, deadline_ns);
        if (r == DARQ_E_TIMEOUT)
                return darq_session_fail(session, DARQ_E_AGAIN,
                                         "no message came to port %llu in time",
                                         (unsigned long long)port);
        if (r == 0)
                *message = received_take(session, own);
        return r;
}

/* Sending */

static struct darq_writer *writer_of(struct darq_session *session,
                                     const struct darq_outgoing *message)
{
        struct darq_writer *writer = darq_session_writer(session);
        uint8_t *at = darq_put_run(writer, 1, message->payload.size);

        if (at != NULL && message->payload.size != 0)
                memcpy(at, message->payload.data, message->payload.size);
        for (size_t i = 0; i < message->port_count && writer->error == 0; i++) {
                if (message->ports[i].port == 0 || message->ports[i].session != session)
                        darq_writer_fail(writer, DARQ_E_INVALID,
                                         "a port is missing, or belongs to another session");
                else if (writer->port_count == DARQ_PORTS_MAX)
                        darq_writer_fail(writer, DARQ_E_INVALID,
                                         "more than 64 ports in one message");
                else
                        writer->ports[writer->port_count++] = message->ports[i].port;
        }
        return writer;
}

static int may_send(struct darq_session *session, const struct darq_outgoing *message)
{
        if (!session->up)
                return darq_session_fail(session, DARQ_E_LINK_LOST,
                                         "there is no link to the p-kernel");
        if (message->destination == 0)
                return darq_session_fail(session, DARQ_E_INVALID,
                                         "a message without a destination");
        return darq_session_may_send(session);
}

static int sent(struct darq_session *session, const struct darq_outgoing *message, int r)
{
        if (r == 0)
                return darq_session_flush(session, true);
        return darq_session_fail(session, r, "a message to port %llu was not sent: %s",
                                 (unsigned long long)message->destination, darq_status_text(r));
}

static struct darq_envelope envelope_of(const struct darq_session *session,
                                        const struct darq_outgoing *message)
{
        return (struct darq_envelope){
                .source = message->source != 0 || (message->destination & DARQ_PORT_SLOT) != 0
                                  ? message->source
                                  : session->own_port,
                .destination = message->destination,
                .flags = message->give_source ? DARQ_FRAME_GIVE_SOURCE : 0,
        };
}

int darq_message_send(struct darq_session *session, const struct darq_outgoing *message)
{
        struct darq_envelope envelope = envelope_of(session, message);
        struct darq_writer *writer;
        int r = may_send(session, message);

        if (r != 0)
                return r;
        writer = writer_of(session, message);
        if (writer->error != 0)
                return darq_session_fail(session, writer->error, "a message was not sent: %s",
                                         writer->reason);
        return sent(session, message,
                    darq_session_put_message(session, writer, DARQ_HEADROOM, &envelope));
}

int darq_chunk_send(struct darq_session *session, const struct darq_outgoing *message,
                    uint64_t stream, uint64_t offset, bool fin)
{
        struct darq_envelope envelope = envelope_of(session, message);
        struct darq_frame_chunk chunk = {
                .source = envelope.source,
                .destination = envelope.destination,
                .stream = stream,
                .offset = offset,
                .payload_size = (uint32_t)message->payload.size,
                .flags = fin ? DARQ_FRAME_FIN : 0,
        };
        int r = may_send(session, message);

        if (r != 0)
                return r;
        if (message->payload.size > session->welcome.message_max_bytes)
                return sent(session, message, DARQ_E_TOO_BIG);
        if (message->port_count != 0)
                return darq_session_fail(session, DARQ_E_INVALID, "a chunk carries no ports");
        return sent(session, message,
                    darq_session_put_chunk(session, &envelope, &chunk, message->payload.data));
}

int darq_message_call(struct darq_session *session, const struct darq_outgoing *request,
                      unsigned int timeout_ms, struct darq_message **reply)
{
        struct darq_request_to to = {
                .source = request->source,
                .port = request->destination,
                .timeout_ms = timeout_ms != 0 ? timeout_ms : DARQ_TIMEOUT_DEFAULT_MS,
        };
        struct darq_pending *pending;
        struct darq_writer *writer;
        struct received *received;
        const void *nothing;
        int r = may_send(session, request);

        if (r != 0)
                return r;
        writer = writer_of(session, request);
        if (writer->error != 0)
                return darq_session_fail(session, writer->error, "a request was not sent: %s",
                                         writer->reason);
        r = darq_pending_start(session, &to, writer, DARQ_HEADROOM, &pending);
        if (r != 0)
                return r;
        darq_pending_await(pending);
        r = darq_pending_result(pending, &nothing);
        if (r == 0 && reply != NULL) {
                received = received_new(session, pending->reply);
                if (received == NULL)
                        r = darq_session_fail(session, DARQ_E_NO_MEMORY,
                                              "no memory for the answer");
                else
                        *reply = &received->message;
                if (received != NULL)
                        pending->reply = NULL;
        }
        darq_pending_abandon(pending);
        return r;
}
