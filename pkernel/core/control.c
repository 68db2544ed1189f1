/* SPDX-License-Identifier: MIT */
/*
 * Port 1: requests to the p-kernel itself.
 *
 * They are dispatched by the code that darqidl generates from idl/kernel.didl, to the functions of control_ops.h, and
 * answered before the turn ends, but for the few that wait: for the starter (errand.h), for another location (location.h), or,
 * those of monitors, until they are cancelled. So no slot is needed, and there is exactly one outcome all the same. Answers are charged to nobody and bounded by the limit on unread answers. Who cancels
 * a call that waits is told so at once: what it has set going goes on, and nobody is answered.
 */
#include "pkernel/core/control.h"

#include "libdarqwire/rpc.h"
#include "pkernel/core/connection.h"
#include "pkernel/core/gift.h"
#include "pkernel/core/message.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/port.h"
#include "pkernel/core/reply.h"

#include <stdlib.h>

enum {
        CONTROL_MESSAGE_MAX = 65 << 10, /* a manifest of 64 KiB, and what is packed around it */
        CONTROL_ARENA = 8 * CONTROL_MESSAGE_MAX + 65536
};

static struct control_call *control_of(struct darq_call *call)
{
        return CONTAINER_OF(call, struct control_call, call);
}

static struct darq_writer *control_writer(struct darq_call *call)
{
        struct control_call *self = control_of(call);

        darq_writer_deinit(&self->writer);
        darq_writer_init(&self->writer, NULL, 0);
        darq_put_run(&self->writer, 1, DARQ_HEADROOM);
        return &self->writer;
}

static void control_abandon(struct darq_call *call)
{
        struct control_call *self = control_of(call);

        if (self->connection == NULL)
                return;
        message_refuse(self->connection, self->number, DARQ_PORT_KERNEL, DARQ_FRAME_NO_REPLY,
                       "not answered");
}

static int control_answer(struct darq_call *call, struct darq_writer *writer)
{
        struct control_call *self = control_of(call);
        size_t begin = DARQ_HEADROOM - DARQ_RPC_HEADER_SIZE;
        struct port *ports[DARQ_FRAME_PORTS_MAX];

        if (self->connection == NULL)
                return DARQ_E_ENDED;
        for (uint32_t index = 0; index < writer->port_count; index++)
                ports[index] = port_find(self->connection->kernel, writer->ports[index]);
        if (!reply_make(self->connection, self->number, self->source, writer->data + begin,
                        writer->size - begin, ports, writer->port_count))
                message_refuse(self->connection, self->number, DARQ_PORT_KERNEL,
                               DARQ_FRAME_NO_REPLY, "no room for the answer");
        return 0;
}

static void control_keep(struct darq_call *call)
{
        struct control_call *self = control_of(call);

        list_append(&self->connection->asked, &self->node);
}

static void control_release(struct darq_call *call)
{
        struct control_call *self = control_of(call);

        list_remove(&self->node);
        darq_writer_deinit(&self->writer);
        darq_arena_free(call->arena);
        free(self);
}

static struct control_call *kept_find(const struct connection *connection, uint64_t call)
{
        const struct list *asked = &connection->asked;

        for (struct list *node = asked->next; node != asked; node = node->next) {
                struct control_call *self = LIST_OF(node, struct control_call, node);

                if (self->number == call)
                        return self;
        }
        return NULL;
}

bool control_in_use(const struct connection *connection, uint64_t call)
{
        return kept_find(connection, call) != NULL;
}

/* Who keeps it may release it at that. */
static void kept_end(struct control_call *self)
{
        list_remove(&self->node);
        self->connection = NULL;
        darq_call_cancel(&self->call);
}

static void kept_cancel(struct control_call *self)
{
        struct connection *connection = self->connection;
        struct parcel *outcome = parcel_new(connection->kernel, PARCEL_ANSWER);
        uint64_t call = self->number;

        kept_end(self);
        if (outcome == NULL) {
                kernel_note(connection->kernel, NOTE_NO_MEMORY, connection,
                            "no memory for an answer");
                connection_end(connection);
                return;
        }
        parcel_undeliverable(outcome, call, DARQ_PORT_KERNEL, DARQ_FRAME_CANCELLED,
                             "cancelled by the caller");
        output_add(connection, outcome);
}

bool control_cancel(struct connection *connection, uint64_t call)
{
        struct control_call *self = kept_find(connection, call);

        if (self == NULL)
                return false;
        kept_cancel(self);
        return true;
}

void control_port_closed(const struct port *port)
{
        struct list *asked = &port->owner->asked;
        struct list *next;

        for (struct list *node = asked->next; node != asked && !port->owner->ended; node = next) {
                struct control_call *self = LIST_OF(node, struct control_call, node);

                next = node->next;
                if (self->source == port->number)
                        kept_cancel(self);
        }
}

void control_disconnected(struct connection *connection)
{
        while (!list_empty(&connection->asked))
                kept_end(LIST_OF(connection->asked.next, struct control_call, node));
}

/* What sends a stream makes it itself (monitor.h). */
static int control_stream(struct darq_call *call)
{
        call->stream = NULL;
        return 0;
}

static const struct darq_carrier carrier = {
        .stream = control_stream,
        .writer = control_writer,
        .answer = control_answer,
        .abandon = control_abandon,
        .keep = control_keep,
        .release = control_release,
};

static void control_serve(struct control_call *self, const uint8_t *payload, size_t size,
                          const struct gifts *gifts)
{
        struct kernel *kernel = self->connection->kernel;
        struct darq_served served = {&darq_kernel_interface, &control_ops, kernel};
        struct darq_request request = {
                .data = payload, .size = size, .port_count = gifts->port_count};
        uint64_t ports[DARQ_FRAME_PORTS_MAX];

        for (unsigned int index = 0; index < gifts->port_count; index++)
                ports[index] = gifts->ports[index] == NULL ? DARQ_PORT_KERNEL
                                                           : gifts->ports[index]->number;
        request.ports = ports;
        if (!darq_dispatch(&self->call, &served, &request))
                kernel->statistics.unserved++;
}

/* The payload in one piece: where it lies, or copied to *copy. */
static const uint8_t *payload_of(const struct frame *frame, size_t offset, size_t size,
                                 uint8_t **copy)
{
        if (frame->pieces == NULL)
                return frame->data + offset;
        *copy = malloc(size + 1);
        if (*copy != NULL)
                frame_copy(frame, offset, *copy, size);
        return *copy;
}

static uint32_t control_check(struct connection *connection, struct frame *frame,
                              const struct darq_frame_message *body, struct gifts *gifts,
                              const char **detail)
{
        struct port *source = port_find(connection->kernel, body->source);

        *detail = "the source is not a port of the sender";
        if (source == NULL || source->owner != connection)
                return DARQ_FRAME_BAD_SOURCE;
        *detail = "too long for the p-kernel's own port";
        if (frame->refusal != 0 || body->payload_size > CONTROL_MESSAGE_MAX)
                return DARQ_FRAME_TOO_BIG;
        *detail = "a port in it is not the sender's to pass";
        if (!gifts_check(gifts, connection, frame,
                         DARQ_FRAME_MESSAGE_SIZE + (size_t)body->payload_size))
                return DARQ_FRAME_NOT_ALLOWED;
        return 0;
}

static struct control_call *control_new(struct connection *connection, const struct frame *frame,
                                        const struct darq_frame_message *body)
{
        struct control_call *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        list_init(&self->node);
        darq_writer_init(&self->writer, NULL, 0);
        self->connection = connection;
        self->number = frame->header.call;
        self->source = body->source;
        self->call.carrier = &carrier;
        self->call.caller = connection->id;
        self->call.two_way = (frame->header.flags & DARQ_FRAME_REQUEST) != 0;
        self->call.arena = darq_arena_new(CONTROL_ARENA);
        if (self->call.arena != NULL)
                return self;
        free(self);
        return NULL;
}

void control_receive(struct connection *connection, struct frame *frame,
                     const struct darq_frame_message *body)
{
        struct control_call *self;
        struct gifts gifts;
        uint8_t *copy = NULL;
        const uint8_t *payload;
        const char *detail;
        uint32_t code = control_check(connection, frame, body, &gifts, &detail);

        if (code != 0) {
                message_refuse(connection, frame->header.call, DARQ_PORT_KERNEL, code, detail);
                return;
        }
        payload = payload_of(frame, frame->header.header_size + DARQ_FRAME_MESSAGE_SIZE,
                             body->payload_size, &copy);
        self = payload == NULL ? NULL : control_new(connection, frame, body);
        if (self == NULL)
                message_refuse(connection, frame->header.call, DARQ_PORT_KERNEL, DARQ_FRAME_QUOTA,
                               "out of memory");
        else
                control_serve(self, payload, body->payload_size, &gifts);
        free(copy);
}
