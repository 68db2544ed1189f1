/* SPDX-License-Identifier: MIT */
/*
 * What frame.c makes of bytes: one line for each frame that stands on standard input, a header of little-endian u32s
 * (direction, size) and its bytes. "bad"; "short"; or type, sizes, the call header, the fixed part where all of it is there, and
 * whether what its lengths promise lies within the frame.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "libdarqwire/frame.h"

static void message_say(const struct darq_frame_header *header, const uint8_t *body)
{
        struct darq_frame_message m = darq_frame_message_get(body);

        printf(" %" PRIu64 " %" PRIu64 " %" PRIu32 " %s", m.source, m.destination, m.payload_size,
               darq_frame_message_fits(header, m.payload_size) ? "fits" : "beyond");
}

static void chunk_say(const struct darq_frame_header *header, const uint8_t *body)
{
        struct darq_frame_chunk c = darq_frame_chunk_get(body);

        printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32 " %" PRIu32 " %s",
               c.source, c.destination, c.stream, c.offset, c.payload_size, c.flags,
               darq_frame_rest_fits(header, DARQ_FRAME_CHUNK_SIZE, c.payload_size) ? "fits"
                                                                                   : "beyond");
}

static void undeliverable_say(const struct darq_frame_header *header, const uint8_t *body)
{
        struct darq_frame_undeliverable u = darq_frame_undeliverable_get(body);

        printf(" %" PRIu64 " %" PRIu32 " %" PRIu32 " %s", u.port, u.code, u.detail_size,
               darq_frame_rest_fits(header, DARQ_FRAME_UNDELIVERABLE_SIZE, u.detail_size)
                       ? "fits"
                       : "beyond");
}

static void port_say(uint8_t type, const uint8_t *body)
{
        struct darq_frame_port p = darq_frame_port_get(body);
        bool answer = type == DARQ_FRAME_OPENED_PORT || type == DARQ_FRAME_CLOSED_PORT;

        printf(" %" PRIu32 " %u %" PRIu64, p.request, answer ? p.result : 0u, p.port);
}

static void welcome_say(const uint8_t *body)
{
        struct darq_frame_welcome w = darq_frame_welcome_get(body);

        printf(" %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu32, w.revision,
               w.features, w.boot_id, w.connection_id, w.message_max_bytes, w.window_bytes);
}

static void credit_say(const uint8_t *body)
{
        struct darq_frame_credit c = darq_frame_credit_get(body);

        printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, c.source, c.destination, c.stream,
               c.limit);
}

static void body_say(const struct darq_frame_header *header, const uint8_t *body)
{
        struct darq_frame_hello hello;

        switch (header->type) {
        case DARQ_FRAME_OPEN_PORT:
        case DARQ_FRAME_OPENED_PORT:
        case DARQ_FRAME_CLOSE_PORT:
        case DARQ_FRAME_CLOSED_PORT:
                port_say(header->type, body);
                break;
        case DARQ_FRAME_MESSAGE_IN:
        case DARQ_FRAME_MESSAGE:
                message_say(header, body);
                break;
        case DARQ_FRAME_CHUNK_IN:
        case DARQ_FRAME_CHUNK:
                chunk_say(header, body);
                break;
        case DARQ_FRAME_HELLO:
                hello = darq_frame_hello_get(body);
                printf(" %" PRIu32 " %" PRIu32, hello.revision, hello.features);
                break;
        case DARQ_FRAME_WELCOME:
                welcome_say(body);
                break;
        case DARQ_FRAME_UNDELIVERABLE:
                undeliverable_say(header, body);
                break;
        case DARQ_FRAME_CREDIT:
                credit_say(body);
                break;
        case DARQ_FRAME_CANCEL:
        case DARQ_FRAME_PING:
        case DARQ_FRAME_PONG:
                printf(" %" PRIu64, darq_frame_u64_get(body));
                break;
        default:
                break;
        }
}

static void frame_say(const uint8_t *data, size_t size, enum darq_frame_direction direction)
{
        struct darq_frame_header header;
        enum darq_frame_verdict verdict = darq_frame_header_get(data, size, direction, &header);

        if (verdict != DARQ_FRAME_OK) {
                printf(verdict == DARQ_FRAME_BAD ? "bad\n" : "short\n");
                return;
        }
        printf("%u %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIu32 " %u %u", header.type, header.size,
               header.header_size, header.call, header.timeout_ms, header.flags, header.port_count);
        if (size >= header.header_size + darq_frame_fixed_size(header.type))
                body_say(&header, data + header.header_size);
        printf("\n");
}

int main(void)
{
        uint32_t input[2];

        while (fread(input, sizeof input, 1, stdin) == 1) {
                uint32_t size = le32toh(input[1]);
                uint8_t *data = malloc(size != 0 ? size : 1); /* of its size, for sanitizers */

                if (data == NULL || fread(data, 1, size, stdin) != size)
                        abort();
                frame_say(data, size, (enum darq_frame_direction)le32toh(input[0]));
                free(data);
        }
        return 0;
}
