/* SPDX-License-Identifier: MIT */
/*
 * What each type of frame does.
 *
 * By now the header is valid and the fixed part is there. A legacy peer's frames of types that only a greeted peer
 * uses are skipped and counted, as unknown types are; a call header from it ends its connection.
 */
#include "pkernel/core/connection.h"
#include "pkernel/core/control.h"
#include "pkernel/core/message.h"
#include "pkernel/core/monitor.h"
#include "pkernel/core/name.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"
#include "pkernel/core/service.h"
#include "pkernel/core/slot.h"
#include "pkernel/core/stream.h"

/* An answer whose body stands in its head behind the header; NULL: no memory, the connection ends. */
static struct parcel *answer_new(struct connection *connection)
{
        struct parcel *answer = parcel_new(connection->kernel, PARCEL_ANSWER);

        if (answer != NULL)
                return answer;
        kernel_note(connection->kernel, NOTE_NO_MEMORY, connection, "no memory for an answer");
        connection_end(connection);
        return NULL;
}

static void answer_send(struct connection *connection, struct parcel *answer, uint8_t type,
                        size_t body_size)
{
        struct darq_frame_header header = {.type = type,
                                           .size = (uint32_t)(DARQ_FRAME_HEADER_SIZE + body_size)};

        darq_frame_header_put(answer->head, &header);
        parcel_fill(answer, header.size, NULL);
        output_add(connection, answer);
}

static void answer_port(struct connection *connection, uint8_t type, struct darq_frame_port body)
{
        struct parcel *answer = answer_new(connection);

        if (answer == NULL)
                return;
        answer_send(connection, answer, type,
                    darq_frame_port_put(answer->head + DARQ_FRAME_HEADER_SIZE, &body));
}

static void open_receive(struct connection *connection, const uint8_t *data)
{
        struct darq_frame_port body = darq_frame_port_get(data);
        struct port *port;

        body.result = (uint8_t)name_open_port(connection, body.port, &port);
        if (port != NULL)
                body.port = port->number;
        else
                connection->kernel->statistics.refused++;
        answer_port(connection, DARQ_FRAME_OPENED_PORT, body);
        if (port != NULL && port->service != NULL)
                service_deliver(port->service);
}

static void close_receive(struct connection *connection, const uint8_t *data)
{
        struct darq_frame_port body = darq_frame_port_get(data);
        struct port *port = port_find(connection->kernel, body.port);

        body.result = DARQ_FRAME_NOT_YOURS;
        if (port != NULL && port->owner == connection) {
                if (port->service != NULL)
                        service_close(port->service);
                else
                        port_close(port);
                body.result = 0;
        }
        answer_port(connection, DARQ_FRAME_CLOSED_PORT, body);
}

static void hello_receive(struct connection *connection)
{
        struct kernel *kernel = connection->kernel;
        struct darq_frame_welcome body = {.revision = DARQ_FRAME_REVISION,
                                          .boot_id = kernel->boot_id,
                                          .connection_id = connection->id,
                                          .message_max_bytes = kernel->limits.message,
                                          .window_bytes = STREAM_WINDOW};
        struct parcel *answer = answer_new(connection);

        if (answer == NULL)
                return;
        connection->greeted = true;
        answer_send(connection, answer, DARQ_FRAME_WELCOME,
                    darq_frame_welcome_put(answer->head + DARQ_FRAME_HEADER_SIZE, &body));
}

static void ping_receive(struct connection *connection, const uint8_t *data)
{
        struct parcel *answer = answer_new(connection);

        if (answer == NULL)
                return;
        answer_send(connection, answer, DARQ_FRAME_PONG,
                    darq_frame_u64_put(answer->head + DARQ_FRAME_HEADER_SIZE,
                                       darq_frame_u64_get(data)));
}

static struct slot *called(struct connection *connection, uint64_t call, uint64_t port)
{
        struct slot *slot = call == 0 ? NULL : slot_find_call(connection, call);

        if (slot != NULL && slot->port == port)
                return slot;
        connection->kernel->statistics.dropped++;
        return NULL;
}

static void cancel_receive(struct connection *connection, const struct frame *frame,
                           const uint8_t *data)
{
        uint64_t port = darq_frame_u64_get(data);
        struct slot *slot;

        if (port == DARQ_PORT_KERNEL && control_cancel(connection, frame->header.call))
                return;
        slot = called(connection, frame->header.call, port);
        if (slot != NULL)
                slot_cancel(slot);
}

static void undeliverable_receive(struct connection *connection, struct frame *frame,
                                  const uint8_t *data)
{
        struct slot *slot = slot_find_served(connection, darq_frame_undeliverable_get(data).port);

        if (slot != NULL)
                slot_fail_by_callee(slot, frame);
}

static void credit_receive(struct connection *connection, const struct frame *frame,
                           const uint8_t *data)
{
        struct darq_frame_credit body = darq_frame_credit_get(data);
        bool to_slot = (body.destination & DARQ_PORT_SLOT) != 0;
        struct slot *slot;

        if (body.destination == DARQ_PORT_KERNEL &&
            monitor_credit(connection, frame->header.call, body.limit))
                return;
        slot = to_slot ? slot_find_served(connection, body.destination)
                       : called(connection, frame->header.call, body.destination);
        if (slot != NULL)
                stream_credit(slot, !to_slot, body.limit);
}

static void stop_receive(struct connection *connection, enum kernel_stop how)
{
        struct kernel *kernel = connection->kernel;

        if (connection->principal->privileged)
                kernel->environment.stop(kernel->environment.context, how);
        else
                kernel_note(kernel, NOTE_NOT_ALLOWED, connection, "asked the p-kernel to end");
}

/* Types that both kinds of peers use. False: not one of them. */
static bool legacy_receive(struct connection *connection, struct frame *frame, const uint8_t *body)
{
        switch (frame->header.type) {
        case DARQ_FRAME_OPEN_PORT:
                open_receive(connection, body);
                return true;
        case DARQ_FRAME_CLOSE_PORT:
                close_receive(connection, body);
                return true;
        case DARQ_FRAME_MESSAGE_IN:
                message_receive(connection, frame);
                return true;
        case DARQ_FRAME_CHUNK_IN:
                chunk_receive(connection, frame);
                return true;
        case DARQ_FRAME_REBOOT:
                stop_receive(connection, KERNEL_REBOOT);
                return true;
        case DARQ_FRAME_SHUTDOWN:
                stop_receive(connection, KERNEL_SHUTDOWN);
                return true;
        case DARQ_FRAME_HELLO:
                hello_receive(connection);
                return true;
        default:
                return false;
        }
}

static bool greeted_receive(struct connection *connection, struct frame *frame, const uint8_t *body)
{
        switch (frame->header.type) {
        case DARQ_FRAME_UNDELIVERABLE:
                undeliverable_receive(connection, frame, body);
                return true;
        case DARQ_FRAME_CREDIT:
                credit_receive(connection, frame, body);
                return true;
        case DARQ_FRAME_CANCEL:
                cancel_receive(connection, frame, body);
                return true;
        case DARQ_FRAME_PING:
                ping_receive(connection, body);
                return true;
        default:
                return false;
        }
}

void frame_receive(struct connection *connection, struct frame *frame)
{
        const uint8_t *body = frame->data + frame->header.header_size;

        monitors_see_input(connection, frame);
        if (!connection->greeted && frame->header.extended &&
            frame->header.type != DARQ_FRAME_HELLO) {
                connection_violate(connection, "a call header without Hello");
                return;
        }
        if (legacy_receive(connection, frame, body))
                return;
        if (connection->greeted && greeted_receive(connection, frame, body))
                return;
        connection->kernel->statistics.skipped++;
        kernel_note(connection->kernel, NOTE_UNEXPECTED, connection,
                    "a frame of no type that it may send");
}
