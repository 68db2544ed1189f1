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

static uint16_t get_u16(const uint8_t *at)
{
        return (uint16_t)((unsigned int)at[0] << 8 | at[1]);
}

static uint32_t get_u32(const uint8_t *at)
{
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t get_u64(const uint8_t *at)
{
        return (uint64_t)get_u32(at) << 32 | get_u32(at + 4);
}

static void put_u16(uint8_t *at, uint16_t value)
{
        at[0] = (uint8_t)(value >> 8);
        at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
        put_u16(at, (uint16_t)(value >> 16));
        put_u16(at + 2, (uint16_t)value);
}

static void put_u64(uint8_t *at, uint64_t value)
{
        put_u32(at, (uint32_t)(value >> 32));
        put_u32(at + 4, (uint32_t)value);
}

static const struct {
        uint8_t fixed_size;
        uint8_t directions;
} types[] = {
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

size_t darq_frame_fixed_size(uint8_t type)
{
        return type < sizeof types / sizeof types[0] ? types[type].fixed_size : 0;
}

static bool type_expected(uint8_t type, enum darq_frame_direction direction)
{
        return type < sizeof types / sizeof types[0] && (types[type].directions & direction) != 0;
}

static bool header_length_valid(uint8_t length)
{
        return length % 8 == 0 && length >= DARQ_FRAME_HEADER_SIZE &&
               length <= DARQ_FRAME_HEADER_MAX;
}

enum darq_frame_verdict darq_frame_header_get(const uint8_t *data, size_t available,
                                              enum darq_frame_direction direction,
                                              struct darq_frame_header *header)
{
        struct darq_frame_header result = {0};

        if (available >= 1 && data[0] > DARQ_FRAME_VERSION)
                return DARQ_FRAME_BAD;
        if (available >= 2 && !header_length_valid(data[1]))
                return DARQ_FRAME_BAD;
        if (available < DARQ_FRAME_HEADER_SIZE)
                return DARQ_FRAME_SHORT;
        result.header_size = data[1];
        result.type = type_expected(data[2], direction) ? data[2] : DARQ_FRAME_NONE;
        result.size = get_u32(data + 4);
        if (result.size < result.header_size + types[result.type].fixed_size)
                return DARQ_FRAME_BAD;
        if (result.header_size >= DARQ_FRAME_CALL_HEADER_SIZE) {
                if (available < DARQ_FRAME_CALL_HEADER_SIZE)
                        return DARQ_FRAME_SHORT;
                result.extended = true;
                result.call = get_u64(data + 8);
                result.timeout_ms = get_u32(data + 16);
                result.flags = get_u16(data + 20);
                result.port_count = get_u16(data + 22);
        }
        *header = result;
        return DARQ_FRAME_OK;
}

struct darq_frame_port darq_frame_port_get(const uint8_t *body)
{
        return (struct darq_frame_port){
                .request = get_u32(body), .result = body[4], .port = get_u64(body + 8)};
}

struct darq_frame_message darq_frame_message_get(const uint8_t *body)
{
        return (struct darq_frame_message){.source = get_u64(body),
                                           .destination = get_u64(body + 8),
                                           .payload_size = get_u32(body + 16)};
}

struct darq_frame_chunk darq_frame_chunk_get(const uint8_t *body)
{
        return (struct darq_frame_chunk){.source = get_u64(body),
                                         .destination = get_u64(body + 8),
                                         .stream = get_u64(body + 16),
                                         .offset = get_u64(body + 24),
                                         .payload_size = get_u32(body + 32),
                                         .flags = get_u32(body + 36)};
}

struct darq_frame_hello darq_frame_hello_get(const uint8_t *body)
{
        return (struct darq_frame_hello){.revision = get_u32(body), .features = get_u32(body + 4)};
}

struct darq_frame_welcome darq_frame_welcome_get(const uint8_t *body)
{
        return (struct darq_frame_welcome){.revision = get_u32(body),
                                           .features = get_u32(body + 4),
                                           .boot_id = get_u64(body + 8),
                                           .connection_id = get_u64(body + 16),
                                           .message_max_bytes = get_u64(body + 24),
                                           .window_bytes = get_u32(body + 32)};
}

struct darq_frame_undeliverable darq_frame_undeliverable_get(const uint8_t *body)
{
        return (struct darq_frame_undeliverable){.port = get_u64(body),
                                                 .code = get_u32(body + 8),
                                                 .detail_size = get_u32(body + 12)};
}

struct darq_frame_credit darq_frame_credit_get(const uint8_t *body)
{
        return (struct darq_frame_credit){.source = get_u64(body),
                                          .destination = get_u64(body + 8),
                                          .stream = get_u64(body + 16),
                                          .limit = get_u64(body + 24)};
}

uint64_t darq_frame_u64_get(const uint8_t *body)
{
        return get_u64(body);
}

size_t darq_frame_ports_offset(size_t end)
{
        return (end + 7) & ~(size_t)7;
}

bool darq_frame_rest_fits(const struct darq_frame_header *header, size_t fixed_size, uint32_t size)
{
        return size <= header->size - header->header_size - fixed_size;
}

bool darq_frame_message_fits(const struct darq_frame_header *header, uint32_t payload_size)
{
        uint64_t end = (uint64_t)header->header_size + DARQ_FRAME_MESSAGE_SIZE + payload_size;

        if (header->port_count > DARQ_FRAME_PORTS_MAX)
                return false;
        if (header->port_count != 0)
                end = ((end + 7) & ~UINT64_C(7)) + (uint64_t)header->port_count * 8;
        return end <= header->size;
}

size_t darq_frame_header_put(uint8_t *data, const struct darq_frame_header *header)
{
        uint8_t size = header->extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;

        data[0] = DARQ_FRAME_VERSION;
        data[1] = size;
        data[2] = header->type;
        data[3] = 0;
        put_u32(data + 4, header->size);
        if (header->extended) {
                put_u64(data + 8, header->call);
                put_u32(data + 16, header->timeout_ms);
                put_u16(data + 20, header->flags);
                put_u16(data + 22, header->port_count);
        }
        return size;
}

void darq_frame_timeout_put(uint8_t *header, uint32_t timeout_ms)
{
        put_u32(header + 16, timeout_ms);
}

size_t darq_frame_port_put(uint8_t *data, const struct darq_frame_port *body)
{
        put_u32(data, body->request);
        put_u32(data + 4, (uint32_t)body->result << 24);
        put_u64(data + 8, body->port);
        return DARQ_FRAME_PORT_SIZE;
}

size_t darq_frame_message_put(uint8_t *data, const struct darq_frame_message *body)
{
        put_u64(data, body->source);
        put_u64(data + 8, body->destination);
        put_u32(data + 16, body->payload_size);
        put_u32(data + 20, 0);
        return DARQ_FRAME_MESSAGE_SIZE;
}

size_t darq_frame_chunk_put(uint8_t *data, const struct darq_frame_chunk *body)
{
        put_u64(data, body->source);
        put_u64(data + 8, body->destination);
        put_u64(data + 16, body->stream);
        put_u64(data + 24, body->offset);
        put_u32(data + 32, body->payload_size);
        put_u32(data + 36, body->flags);
        return DARQ_FRAME_CHUNK_SIZE;
}

size_t darq_frame_hello_put(uint8_t *data, const struct darq_frame_hello *body)
{
        put_u32(data, body->revision);
        put_u32(data + 4, body->features);
        return DARQ_FRAME_HELLO_SIZE;
}

size_t darq_frame_welcome_put(uint8_t *data, const struct darq_frame_welcome *body)
{
        put_u32(data, body->revision);
        put_u32(data + 4, body->features);
        put_u64(data + 8, body->boot_id);
        put_u64(data + 16, body->connection_id);
        put_u64(data + 24, body->message_max_bytes);
        put_u32(data + 32, body->window_bytes);
        put_u32(data + 36, 0);
        return DARQ_FRAME_WELCOME_SIZE;
}

size_t darq_frame_undeliverable_put(uint8_t *data, const struct darq_frame_undeliverable *body)
{
        put_u64(data, body->port);
        put_u32(data + 8, body->code);
        put_u32(data + 12, body->detail_size);
        return DARQ_FRAME_UNDELIVERABLE_SIZE;
}

size_t darq_frame_credit_put(uint8_t *data, const struct darq_frame_credit *body)
{
        put_u64(data, body->source);
        put_u64(data + 8, body->destination);
        put_u64(data + 16, body->stream);
        put_u64(data + 24, body->limit);
        return DARQ_FRAME_CREDIT_SIZE;
}

size_t darq_frame_cancel_put(uint8_t *data, uint64_t port)
{
        put_u64(data, port);
        put_u64(data + 8, 0);
        return DARQ_FRAME_CANCEL_SIZE;
}

size_t darq_frame_u64_put(uint8_t *data, uint64_t value)
{
        put_u64(data, value);
        return sizeof value;
}
