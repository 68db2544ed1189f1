/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_FRAME_H
#define DARQWIRE_FRAME_H

#include "libdarqwire/bigendian.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Frames: what a process and the p-kernel exchange. Pure functions between bytes and structs; big-endian.
 * The library, the p-kernel and the tools share this file; nobody else reads or writes a frame's bytes. What every
 * message needs is inline.
 */

enum {
        DARQ_FRAME_VERSION = 1,
        DARQ_FRAME_REVISION = 1,          /* of Hello and Welcome */
        DARQ_FRAME_HEADER_SIZE = 8,       /* without the call header */
        DARQ_FRAME_CALL_HEADER_SIZE = 24, /* with it */
        DARQ_FRAME_HEADER_MAX = 64,       /* accepted on receipt */
        DARQ_FRAME_PORTS_MAX = 64,
        DARQ_FRAME_CHUNK_MAX = 65536, /* payload of a Chunk inside a call */
};

enum darq_frame_type {
        DARQ_FRAME_NONE = 0, /* to be skipped */
        DARQ_FRAME_OPEN_PORT = 1,
        DARQ_FRAME_OPENED_PORT = 2,
        DARQ_FRAME_CLOSE_PORT = 3,
        DARQ_FRAME_CLOSED_PORT = 4,
        DARQ_FRAME_MESSAGE_IN = 5, /* to the p-kernel */
        DARQ_FRAME_CHUNK_IN = 6,
        DARQ_FRAME_MESSAGE = 7, /* from the p-kernel */
        DARQ_FRAME_CHUNK = 8,
        DARQ_FRAME_REBOOT = 9,
        DARQ_FRAME_SHUTDOWN = 10,
        DARQ_FRAME_HELLO = 11,
        DARQ_FRAME_WELCOME = 12,
        DARQ_FRAME_UNDELIVERABLE = 16,
        DARQ_FRAME_CREDIT = 17,
        DARQ_FRAME_CANCEL = 18,
        DARQ_FRAME_PING = 19,
        DARQ_FRAME_PONG = 20,
};

/* Flags of the call header. */
enum { DARQ_FRAME_REQUEST = 1, DARQ_FRAME_REPLY = 2, DARQ_FRAME_GIVE_SOURCE = 4 };

enum { DARQ_FRAME_FIN = 1 }; /* flag of a Chunk */

/* Results of OpenPort; of ClosePort: 0 or 1. */
enum darq_frame_result {
        DARQ_FRAME_OPENED = 0,
        DARQ_FRAME_IN_USE = 1,
        DARQ_FRAME_REFUSED = 2,
        DARQ_FRAME_NO_QUOTA = 3,
        DARQ_FRAME_BAD_NUMBER = 4,
        DARQ_FRAME_NOT_YOURS = 1,
};

/* Codes of Undeliverable: below 64 nothing was handed over. */
enum darq_frame_code {
        DARQ_FRAME_NO_PORT = 1,
        DARQ_FRAME_NOT_ALLOWED = 2,
        DARQ_FRAME_QUEUE_FULL = 3,
        DARQ_FRAME_QUOTA = 4,
        DARQ_FRAME_TOO_BIG = 5,
        DARQ_FRAME_ACTIVATION_FAILED = 6,
        DARQ_FRAME_EXPIRED = 7,
        DARQ_FRAME_NO_LOCATION = 8,
        DARQ_FRAME_BAD_SOURCE = 9,
        DARQ_FRAME_WITHDRAWN = 10,
        DARQ_FRAME_PEER_DIED = 64,
        DARQ_FRAME_NO_REPLY = 65,
        DARQ_FRAME_LINK_LOST = 66,
        DARQ_FRAME_REPLY_TOO_BIG = 67,
        DARQ_FRAME_CANCELLED = 68,
        DARQ_FRAME_STREAM_BROKEN = 69,
};

/* Port numbers. */
#define DARQ_PORT_KERNEL UINT64_C(1)
#define DARQ_PORT_ASKED_MAX UINT64_C(0xffffffff) /* 2 to this: asked for by number */
#define DARQ_PORT_SLOT (UINT64_C(1) << 63)       /* set in slots, clear in ports */

struct darq_frame_header {
        uint8_t type;
        bool extended;        /* has the call header */
        uint32_t size;        /* of the whole frame */
        uint32_t header_size; /* where the body begins: 8 to 64 as received, 8 or 24 as sent */
        uint64_t call;
        uint32_t timeout_ms;
        uint16_t flags;
        uint16_t port_count;
};

/* The fixed part of a body, by type. Sizes in bytes are what the type needs at least. */

enum {
        DARQ_FRAME_PORT_SIZE = 16,
        DARQ_FRAME_MESSAGE_SIZE = 24,
        DARQ_FRAME_CHUNK_SIZE = 40,
        DARQ_FRAME_HELLO_SIZE = 8,
        DARQ_FRAME_WELCOME_SIZE = 40,
        DARQ_FRAME_UNDELIVERABLE_SIZE = 16,
        DARQ_FRAME_CREDIT_SIZE = 32,
        DARQ_FRAME_CANCEL_SIZE = 16,
        DARQ_FRAME_PING_SIZE = 8,
        DARQ_FRAME_FIXED_MAX = DARQ_FRAME_CALL_HEADER_SIZE +
                               DARQ_FRAME_WELCOME_SIZE, /* any header and fixed part */
};

struct darq_frame_port { /* OpenPort to ClosedPort */
        uint32_t request;
        uint8_t result; /* OpenedPort, ClosedPort */
        uint64_t port;
};

struct darq_frame_message {
        uint64_t source;
        uint64_t destination;
        uint32_t payload_size;
};

struct darq_frame_chunk {
        uint64_t source;
        uint64_t destination;
        uint64_t stream;
        uint64_t offset;
        uint32_t payload_size;
        uint32_t flags;
};

struct darq_frame_hello {
        uint32_t revision;
        uint32_t features;
};

struct darq_frame_welcome {
        uint32_t revision;
        uint32_t features;
        uint64_t boot_id;
        uint64_t connection_id;
        uint64_t message_max_bytes;
        uint32_t window_bytes;
};

struct darq_frame_undeliverable {
        uint64_t port;
        uint32_t code;
        uint32_t detail_size;
};

struct darq_frame_credit {
        uint64_t source;
        uint64_t destination;
        uint64_t stream;
        uint64_t limit;
};

/* Reading */

enum darq_frame_verdict { DARQ_FRAME_BAD = -1, DARQ_FRAME_SHORT = 0, DARQ_FRAME_OK = 1 };

enum darq_frame_direction {
        DARQ_FRAME_TO_KERNEL = 1,
        DARQ_FRAME_FROM_KERNEL = 2,
        DARQ_FRAME_BOTH = 3
};

/* What a type needs at least, and which way it goes. */
struct darq_frame_traits {
        uint8_t fixed_size;
        uint8_t directions;
};

enum { DARQ_FRAME_TYPES = DARQ_FRAME_PONG + 1 };

extern const struct darq_frame_traits darq_frame_types[DARQ_FRAME_TYPES];

/** Bytes of the fixed part of a type's body; 0 for one that is unknown. */
static inline size_t darq_frame_fixed_size(uint8_t type)
{
        return type < DARQ_FRAME_TYPES ? darq_frame_types[type].fixed_size : 0;
}

static inline bool darq_frame_type_expected(uint8_t type, enum darq_frame_direction direction)
{
        return type < DARQ_FRAME_TYPES && (darq_frame_types[type].directions & direction) != 0;
}

static inline bool darq_frame_length_valid(uint8_t length)
{
        return length % 8 == 0 && length >= DARQ_FRAME_HEADER_SIZE &&
               length <= DARQ_FRAME_HEADER_MAX;
}

/**
 * Reads a header from the first available bytes of a frame that goes in this direction. BAD as soon as a byte is wrong
 * (a wrong version is seen in the first): the connection ends. SHORT: not all there yet. A type that is unknown, or of
 * the other direction, is OK and reads as DARQ_FRAME_NONE: to be skipped. A frame shorter than its header, or than its
 * type needs, is BAD.
 */
static inline enum darq_frame_verdict darq_frame_header_get(const uint8_t *data, size_t available,
                                                            enum darq_frame_direction direction,
                                                            struct darq_frame_header *header)
{
        struct darq_frame_header result = {0};

        if (available >= 1 && data[0] > DARQ_FRAME_VERSION)
                return DARQ_FRAME_BAD;
        if (available >= 2 && !darq_frame_length_valid(data[1]))
                return DARQ_FRAME_BAD;
        if (available < DARQ_FRAME_HEADER_SIZE)
                return DARQ_FRAME_SHORT;
        result.header_size = data[1];
        result.type = darq_frame_type_expected(data[2], direction) ? data[2] : DARQ_FRAME_NONE;
        result.size = darq_big_u32_get(data + 4);
        if (result.size < result.header_size + darq_frame_types[result.type].fixed_size)
                return DARQ_FRAME_BAD;
        if (result.header_size >= DARQ_FRAME_CALL_HEADER_SIZE) {
                if (available < DARQ_FRAME_CALL_HEADER_SIZE)
                        return DARQ_FRAME_SHORT;
                result.extended = true;
                result.call = darq_big_u64_get(data + 8);
                result.timeout_ms = darq_big_u32_get(data + 16);
                result.flags = darq_big_u16_get(data + 20);
                result.port_count = darq_big_u16_get(data + 22);
        }
        *header = result;
        return DARQ_FRAME_OK;
}

/* The fixed parts: body has at least that many bytes. */
struct darq_frame_port darq_frame_port_get(const uint8_t *body);
static inline struct darq_frame_message darq_frame_message_get(const uint8_t *body)
{
        return (struct darq_frame_message){.source = darq_big_u64_get(body),
                                           .destination = darq_big_u64_get(body + 8),
                                           .payload_size = darq_big_u32_get(body + 16)};
}
struct darq_frame_chunk darq_frame_chunk_get(const uint8_t *body);
struct darq_frame_hello darq_frame_hello_get(const uint8_t *body);
struct darq_frame_welcome darq_frame_welcome_get(const uint8_t *body);
struct darq_frame_undeliverable darq_frame_undeliverable_get(const uint8_t *body);
struct darq_frame_credit darq_frame_credit_get(const uint8_t *body);
uint64_t
darq_frame_u64_get(const uint8_t *body); /* Cancel's port, Ping's token, a port behind a payload */

/** Offset of a Message's ports from the frame's start, for a payload that ends at end. */
static inline size_t darq_frame_ports_offset(size_t end)
{
        return (end + 7) & ~(size_t)7;
}

/** Whether payload and ports of a Message lie within its frame, and the ports are no more than 64. */
static inline bool darq_frame_message_fits(const struct darq_frame_header *header,
                                           uint32_t payload_size)
{
        uint64_t end = (uint64_t)header->header_size + DARQ_FRAME_MESSAGE_SIZE + payload_size;

        if (header->port_count > DARQ_FRAME_PORTS_MAX)
                return false;
        if (header->port_count != 0)
                end = ((end + 7) & ~UINT64_C(7)) + (uint64_t)header->port_count * 8;
        return end <= header->size;
}

/** Whether size bytes behind a fixed part of fixed bytes lie within the frame: Chunk, Undeliverable. */
static inline bool darq_frame_rest_fits(const struct darq_frame_header *header, size_t fixed_size,
                                        uint32_t size)
{
        return size <= header->size - header->header_size - fixed_size;
}

/**
 * How much of room to read, so that the read ends with a frame: rest of the first, and of that size whatever follows,
 * as large ones mostly come one after the other. All, where not even the first fits.
 */
static inline size_t darq_frame_best(size_t room, size_t size, size_t rest)
{
        return rest > room ? room : rest + (room - rest) / size * size;
}

/* Writing: each returns the bytes written at data, which has room for them. */

/** 8 or 24 bytes, by header->extended. header->header_size is ignored. */
static inline size_t darq_frame_header_put(uint8_t *data, const struct darq_frame_header *header)
{
        uint8_t size = header->extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;

        data[0] = DARQ_FRAME_VERSION;
        data[1] = size;
        data[2] = header->type;
        data[3] = 0;
        darq_big_u32_put(data + 4, header->size);
        if (header->extended) {
                darq_big_u64_put(data + 8, header->call);
                darq_big_u32_put(data + 16, header->timeout_ms);
                darq_big_u16_put(data + 20, header->flags);
                darq_big_u16_put(data + 22, header->port_count);
        }
        return size;
}

/** Changes the timeout of a header that has the call header. */
static inline void darq_frame_timeout_put(uint8_t *header, uint32_t timeout_ms)
{
        darq_big_u32_put(header + 16, timeout_ms);
}

size_t darq_frame_port_put(uint8_t *data, const struct darq_frame_port *body);
static inline size_t darq_frame_message_put(uint8_t *data, const struct darq_frame_message *body)
{
        darq_big_u64_put(data, body->source);
        darq_big_u64_put(data + 8, body->destination);
        darq_big_u32_put(data + 16, body->payload_size);
        darq_big_u32_put(data + 20, 0);
        return DARQ_FRAME_MESSAGE_SIZE;
}
size_t darq_frame_chunk_put(uint8_t *data, const struct darq_frame_chunk *body);
size_t darq_frame_hello_put(uint8_t *data, const struct darq_frame_hello *body);
size_t darq_frame_welcome_put(uint8_t *data, const struct darq_frame_welcome *body);
size_t darq_frame_undeliverable_put(uint8_t *data, const struct darq_frame_undeliverable *body);
size_t darq_frame_credit_put(uint8_t *data, const struct darq_frame_credit *body);
size_t darq_frame_cancel_put(uint8_t *data, uint64_t port);
size_t darq_frame_u64_put(uint8_t *data, uint64_t value);

/* Messages that are like one another */

/**
 * A Message's header and fixed part, as bytes. Like it is a Message whose header differs in size and call number only,
 * and that ends with its payload.
 */
struct darq_frame_pattern {
        uint8_t bytes[DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE];
        size_t header_size;
};

static inline void darq_frame_pattern_put(struct darq_frame_pattern *self,
                                          const struct darq_frame_header *header,
                                          const struct darq_frame_message *body)
{
        self->header_size = darq_frame_header_put(self->bytes, header);
        darq_frame_message_put(self->bytes + self->header_size, body);
}

/** What stands at data is one, with a header as it is sent: 8 or 24 bytes. */
static inline void darq_frame_pattern_read(struct darq_frame_pattern *self, const uint8_t *data)
{
        self->header_size = data[1];
        if (self->header_size == DARQ_FRAME_CALL_HEADER_SIZE)
                memcpy(self->bytes, data, DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE);
        else
                memcpy(self->bytes, data, DARQ_FRAME_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE);
}

/** The size of the frame at data if it is like the pattern and all of it is there; else 0. */
static inline size_t darq_frame_pattern_match(const struct darq_frame_pattern *self,
                                              const uint8_t *data, size_t available)
{
        size_t fixed_end = self->header_size + DARQ_FRAME_MESSAGE_SIZE;
        uint64_t size;

        if (available < fixed_end || memcmp(data, self->bytes, 4) != 0 ||
            (self->header_size == DARQ_FRAME_CALL_HEADER_SIZE &&
             memcmp(data + 16, self->bytes + 16, 8) != 0))
                return 0;
        size = darq_big_u32_get(data + 4);
        return size <= available &&
                               size == fixed_end + (uint64_t)darq_big_u32_get(data + fixed_end - 8)
                       ? (size_t)size
                       : 0;
}

/** Whether what is like the pattern goes from the same source to the same destination. */
static inline bool darq_frame_pattern_ends_match(const struct darq_frame_pattern *self,
                                                 const uint8_t *data)
{
        return memcmp(data + self->header_size, self->bytes + self->header_size, 16) == 0;
}

/** Header and fixed part of the pattern, for payload_size bytes that follow at payload, go before them. Returns where. */
static inline uint8_t *darq_frame_pattern_stamp(const struct darq_frame_pattern *self,
                                                uint8_t *payload, size_t payload_size)
{
        size_t fixed_end = self->header_size + DARQ_FRAME_MESSAGE_SIZE;
        uint8_t *at = payload - fixed_end;

        memcpy(at, self->bytes, DARQ_FRAME_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE);
        if (self->header_size == DARQ_FRAME_CALL_HEADER_SIZE)
                memcpy(at + 32, self->bytes + 32, 16);
        darq_big_u32_put(at + 4, (uint32_t)(fixed_end + payload_size));
        darq_big_u32_put(at + fixed_end - 8, (uint32_t)payload_size);
        return at;
}

/** Of a frame with a valid header: its size, header included. */
static inline uint32_t darq_frame_size_get(const uint8_t *data)
{
        return darq_big_u32_get(data + 4);
}

/** Of a Message with a header as it is sent: its call number, where it has the call header, its source and destination. */
static inline uint64_t darq_frame_call_get(const uint8_t *data)
{
        return darq_big_u64_get(data + 8);
}

static inline void darq_frame_call_put(uint8_t *data, uint64_t call)
{
        darq_big_u64_put(data + 8, call);
}

static inline void darq_frame_source_put(uint8_t *data, uint64_t source)
{
        darq_big_u64_put(data + data[1], source);
}

static inline uint64_t darq_frame_destination_get(const uint8_t *data)
{
        return darq_big_u64_get(data + data[1] + 8);
}

static inline void darq_frame_destination_put(uint8_t *data, uint64_t destination)
{
        darq_big_u64_put(data + data[1] + 8, destination);
}

#endif
