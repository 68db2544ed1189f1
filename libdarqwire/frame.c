/* SPDX-License-Identifier: MIT */
/*
 * Frames as bytes, in both directions.
 *
 * A frame is a header of 8 bytes, an optional call header of 16, a fixed part that its type defines, and, for some
 * types, a payload and ports behind it. All integers are big-endian. Nothing here looks at more than it is given,
 * keeps state, or decides what a frame means: a header that breaks the rules is BAD, and its reader ends the
 * connection.
 */
#include "libdarqwire/frame.h"

const struct darq_frame_traits darq_frame_types[DARQ_FRAME_TYPES] = {
        [DARQ_FRAME_OPEN_PORT] = {DARQ_FRAME_PORT_SIZE, DARQ_FRAME_TO_KERNEL},
        [DARQ_FRAME_OPENED_PORT] = {DARQ_FRAME_PORT_SIZE, DARQ_FRAME_FROM_KERNEL},
        [DARQ_FRAME_CLOSE_PORT] = {DARQ_FRAME_PORT_SIZE, DARQ_FRAME_TO_KERNEL},
        [DARQ_FRAME_CLOSED_PORT] = {DARQ_FRAME_PORT_SIZE, DARQ_FRAME_FROM_KERNEL},
        [DARQ_FRAME_MESSAGE_IN] = {DARQ_FRAME_MESSAGE_SIZE, DARQ_FRAME_TO_KERNEL},
        [DARQ_FRAME_CHUNK_IN] = {DARQ_FRAME_CHUNK_SIZE, DARQ_FRAME_TO_KERNEL},
        [DARQ_FRAME_MESSAGE] = {DARQ_FRAME_MESSAGE_SIZE, DARQ_FRAME_FROM_KERNEL},
        [DARQ_FRAME_CHUNK] = {DARQ_FRAME_CHUNK_SIZE, DARQ_FRAME_FROM_KERNEL},
        [DARQ_FRAME_REBOOT] = {0, DARQ_FRAME_TO_KERNEL},
        [DARQ_FRAME_SHUTDOWN] = {0, DARQ_FRAME_TO_KERNEL},
        [DARQ_FRAME_HELLO] = {DARQ_FRAME_HELLO_SIZE, DARQ_FRAME_TO_KERNEL},
        [DARQ_FRAME_WELCOME] = {DARQ_FRAME_WELCOME_SIZE, DARQ_FRAME_FROM_KERNEL},
        [DARQ_FRAME_UNDELIVERABLE] = {DARQ_FRAME_UNDELIVERABLE_SIZE, DARQ_FRAME_BOTH},
        [DARQ_FRAME_CREDIT] = {DARQ_FRAME_CREDIT_SIZE, DARQ_FRAME_BOTH},
        [DARQ_FRAME_CANCEL] = {DARQ_FRAME_CANCEL_SIZE, DARQ_FRAME_BOTH},
        [DARQ_FRAME_PING] = {DARQ_FRAME_PING_SIZE, DARQ_FRAME_BOTH},
        [DARQ_FRAME_PONG] = {DARQ_FRAME_PING_SIZE, DARQ_FRAME_BOTH},
};

struct darq_frame_port darq_frame_port_get(const uint8_t *body)
{
        return (struct darq_frame_port){.request = darq_big_u32_get(body),
                                        .result = body[4],
                                        .port = darq_big_u64_get(body + 8)};
}

struct darq_frame_chunk darq_frame_chunk_get(const uint8_t *body)
{
        return (struct darq_frame_chunk){.source = darq_big_u64_get(body),
                                         .destination = darq_big_u64_get(body + 8),
                                         .stream = darq_big_u64_get(body + 16),
                                         .offset = darq_big_u64_get(body + 24),
                                         .payload_size = darq_big_u32_get(body + 32),
                                         .flags = darq_big_u32_get(body + 36)};
}

struct darq_frame_hello darq_frame_hello_get(const uint8_t *body)
{
        return (struct darq_frame_hello){.revision = darq_big_u32_get(body),
                                         .features = darq_big_u32_get(body + 4)};
}

struct darq_frame_welcome darq_frame_welcome_get(const uint8_t *body)
{
        return (struct darq_frame_welcome){.revision = darq_big_u32_get(body),
                                           .features = darq_big_u32_get(body + 4),
                                           .boot_id = darq_big_u64_get(body + 8),
                                           .connection_id = darq_big_u64_get(body + 16),
                                           .message_max_bytes = darq_big_u64_get(body + 24),
                                           .window_bytes = darq_big_u32_get(body + 32)};
}

struct darq_frame_undeliverable darq_frame_undeliverable_get(const uint8_t *body)
{
        return (struct darq_frame_undeliverable){.port = darq_big_u64_get(body),
                                                 .code = darq_big_u32_get(body + 8),
                                                 .detail_size = darq_big_u32_get(body + 12)};
}

struct darq_frame_credit darq_frame_credit_get(const uint8_t *body)
{
        return (struct darq_frame_credit){.source = darq_big_u64_get(body),
                                          .destination = darq_big_u64_get(body + 8),
                                          .stream = darq_big_u64_get(body + 16),
                                          .limit = darq_big_u64_get(body + 24)};
}

uint64_t darq_frame_u64_get(const uint8_t *body)
{
        return darq_big_u64_get(body);
}

size_t darq_frame_port_put(uint8_t *data, const struct darq_frame_port *body)
{
        darq_big_u32_put(data, body->request);
        darq_big_u32_put(data + 4, (uint32_t)body->result << 24);
        darq_big_u64_put(data + 8, body->port);
        return DARQ_FRAME_PORT_SIZE;
}

size_t darq_frame_chunk_put(uint8_t *data, const struct darq_frame_chunk *body)
{
        darq_big_u64_put(data, body->source);
        darq_big_u64_put(data + 8, body->destination);
        darq_big_u64_put(data + 16, body->stream);
        darq_big_u64_put(data + 24, body->offset);
        darq_big_u32_put(data + 32, body->payload_size);
        darq_big_u32_put(data + 36, body->flags);
        return DARQ_FRAME_CHUNK_SIZE;
}

size_t darq_frame_hello_put(uint8_t *data, const struct darq_frame_hello *body)
{
        darq_big_u32_put(data, body->revision);
        darq_big_u32_put(data + 4, body->features);
        return DARQ_FRAME_HELLO_SIZE;
}

size_t darq_frame_welcome_put(uint8_t *data, const struct darq_frame_welcome *body)
{
        darq_big_u32_put(data, body->revision);
        darq_big_u32_put(data + 4, body->features);
        darq_big_u64_put(data + 8, body->boot_id);
        darq_big_u64_put(data + 16, body->connection_id);
        darq_big_u64_put(data + 24, body->message_max_bytes);
        darq_big_u32_put(data + 32, body->window_bytes);
        darq_big_u32_put(data + 36, 0);
        return DARQ_FRAME_WELCOME_SIZE;
}

size_t darq_frame_undeliverable_put(uint8_t *data, const struct darq_frame_undeliverable *body)
{
        darq_big_u64_put(data, body->port);
        darq_big_u32_put(data + 8, body->code);
        darq_big_u32_put(data + 12, body->detail_size);
        return DARQ_FRAME_UNDELIVERABLE_SIZE;
}

size_t darq_frame_credit_put(uint8_t *data, const struct darq_frame_credit *body)
{
        darq_big_u64_put(data, body->source);
        darq_big_u64_put(data + 8, body->destination);
        darq_big_u64_put(data + 16, body->stream);
        darq_big_u64_put(data + 24, body->limit);
        return DARQ_FRAME_CREDIT_SIZE;
}

size_t darq_frame_cancel_put(uint8_t *data, uint64_t port)
{
        darq_big_u64_put(data, port);
        darq_big_u64_put(data + 8, 0);
        return DARQ_FRAME_CANCEL_SIZE;
}

size_t darq_frame_u64_put(uint8_t *data, uint64_t value)
{
        darq_big_u64_put(data, value);
        return sizeof value;
}
