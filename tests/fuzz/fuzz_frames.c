/* SPDX-License-Identifier: MIT */
/*
 * Frames that come from a fuzzer, as the functions between bytes and structs see them, the p-kernel, and the library.
 *
 * Input: a byte says how the rest is cut into pieces. What is too short stays acceptable as more of it comes, and what
 * is bad stays bad. A header and a fixed part that are accepted are the same when they are written and read again, and the
 * same bytes where a writer chooses nothing. The p-kernel's core says the same, and the library gives out the same frames,
 * whether the bytes come at once or in pieces.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libdarqwire/connection.h"
#include "tests/simulation/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 4096, PIECES_MAX = 200, PORT = 12000 };

/* Header and fixed part */

static bool headers_equal(const struct darq_frame_header *a, const struct darq_frame_header *b)
{
        return a->type == b->type && a->extended == b->extended && a->size == b->size &&
               a->call == b->call && a->timeout_ms == b->timeout_ms && a->flags == b->flags &&
               a->port_count == b->port_count;
}

static void header_check(const struct darq_frame_header *header, const uint8_t *frame,
                         enum darq_frame_direction direction)
{
        struct darq_frame_header again = {0};
        uint8_t written[DARQ_FRAME_CALL_HEADER_SIZE];
        size_t size = darq_frame_header_put(written, header);

        assert(darq_frame_header_get(written, size, direction, &again) == DARQ_FRAME_OK);
        assert(again.header_size == size && headers_equal(&again, header));
        if (frame[0] == DARQ_FRAME_VERSION && frame[2] == header->type && frame[3] == 0 &&
            header->header_size == size)
                assert(memcmp(written, frame, size) == 0);
}

/* Writes the fixed part as it was read; its size, and in *reserved how many bytes from *at on nobody looks at. */
static size_t fixed_rewrite(uint8_t type, const uint8_t *body, uint8_t *written, size_t *at,
                            size_t *reserved)
{
        const struct darq_frame_port port = darq_frame_port_get(body);
        const struct darq_frame_message message = darq_frame_message_get(body);
        const struct darq_frame_chunk chunk = darq_frame_chunk_get(body);
        const struct darq_frame_hello hello = darq_frame_hello_get(body);
        const struct darq_frame_welcome welcome = darq_frame_welcome_get(body);
        const struct darq_frame_undeliverable lost = darq_frame_undeliverable_get(body);
        const struct darq_frame_credit credit = darq_frame_credit_get(body);

        *at = *reserved = 0;
        switch (type) {
        case DARQ_FRAME_OPEN_PORT:
        case DARQ_FRAME_OPENED_PORT:
        case DARQ_FRAME_CLOSE_PORT:
        case DARQ_FRAME_CLOSED_PORT:
                *at = 5, *reserved = 3;
                return darq_frame_port_put(written, &port);
        case DARQ_FRAME_MESSAGE:
        case DARQ_FRAME_MESSAGE_IN:
                *at = 20, *reserved = 4;
                return darq_frame_message_put(written, &message);
        case DARQ_FRAME_CHUNK:
        case DARQ_FRAME_CHUNK_IN:
                return darq_frame_chunk_put(written, &chunk);
        case DARQ_FRAME_HELLO:
                return darq_frame_hello_put(written, &hello);
        case DARQ_FRAME_WELCOME:
                *at = 36, *reserved = 4;
                return darq_frame_welcome_put(written, &welcome);
        case DARQ_FRAME_UNDELIVERABLE:
                return darq_frame_undeliverable_put(written, &lost);
        case DARQ_FRAME_CREDIT:
                return darq_frame_credit_put(written, &credit);
        case DARQ_FRAME_CANCEL:
                *at = 8, *reserved = 8;
                return darq_frame_cancel_put(written, darq_frame_u64_get(body));
        case DARQ_FRAME_PING:
        case DARQ_FRAME_PONG:
                return darq_frame_u64_put(written, darq_frame_u64_get(body));
        default:
                return 0;
        }
}

static void fixed_check(const struct darq_frame_header *header, const uint8_t *frame)
{
        uint8_t body[DARQ_FRAME_FIXED_MAX] = {0};
        uint8_t written[DARQ_FRAME_FIXED_MAX];
        size_t size = darq_frame_fixed_size(header->type), at, reserved;

        memcpy(body, frame + header->header_size, size);
        assert(fixed_rewrite(header->type, body, written, &at, &reserved) == size);
        memset(body + at, 0, reserved);
        assert(memcmp(written, body, size) == 0);
}

/* Whether a payload fits is asked of a frame whose size is told by its header. */
static void payload_check(const struct darq_frame_header *header, const uint8_t *frame)
{
        uint32_t payload = darq_frame_message_get(frame + header->header_size).payload_size;
        size_t end = (size_t)header->header_size + DARQ_FRAME_MESSAGE_SIZE + payload;
        size_t ports = header->port_count;

        if (ports != 0)
                end = darq_frame_ports_offset(end) + ports * 8;
        assert(darq_frame_message_fits(header, payload) ==
               (ports <= DARQ_FRAME_PORTS_MAX && end <= header->size));
}

/* The frames that stand in data one behind the other, as seen from one side. */
static void frames_check(const uint8_t *data, size_t size, enum darq_frame_direction direction)
{
        struct darq_frame_header header = {0}, more = {0};
        enum darq_frame_verdict verdict;

        while (size != 0) {
                verdict = DARQ_FRAME_SHORT;
                for (size_t n = 0; n <= size && n <= DARQ_FRAME_HEADER_MAX; n++) {
                        enum darq_frame_verdict next =
                                darq_frame_header_get(data, n, direction, &more);

                        assert(verdict == DARQ_FRAME_SHORT || next == verdict);
                        assert(verdict != DARQ_FRAME_OK || headers_equal(&more, &header));
                        verdict = next;
                        if (verdict == DARQ_FRAME_OK)
                                header = more;
                }
                if (verdict != DARQ_FRAME_OK)
                        return;
                assert(header.size >= header.header_size);
                header_check(&header, data, direction);
                if (header.size > size)
                        return;
                fixed_check(&header, data);
                if (header.type == DARQ_FRAME_MESSAGE || header.type == DARQ_FRAME_MESSAGE_IN)
                        payload_check(&header, data);
                data += header.size;
                size -= header.size;
        }
}

/* In pieces */

/* How much comes next: with cut 0 everything; else pieces of one size or of several, so few that they fit into one turn. */
static size_t piece_size(unsigned int cut, size_t at, size_t left)
{
        size_t size = cut == 0 ? left : cut < 32 ? cut : 1 + (at * cut / 8) % 61;

        if (at + left > PIECES_MAX * size)
                size = (at + left) / PIECES_MAX + 1;
        return size < left ? size : left;
}

/* What the p-kernel says to one peer when another, or the same, sends this. */
static struct endpoint *kernel_feed(struct world *world, unsigned int cut, const uint8_t *data,
                                    size_t size, struct endpoint **other)
{
        struct endpoint *peer;

        world_init(world, 7, NULL);
        *other = world_greet(world, "uid:0", true);
        peer = world_greet(world, "uid:1", false);
        assert(endpoint_open(*other, PORT) == PORT && endpoint_open(peer, PORT + 1) == PORT + 1);
        for (size_t at = 0, piece; at < size; at += piece) {
                piece = piece_size(cut, at, size - at);
                endpoint_put(peer, data + at, piece);
        }
        world_flush(world);
        return peer;
}

static bool outputs_equal(const struct endpoint *a, const struct endpoint *b)
{
        return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* In pieces the core looks at a header's begin when more of it is there: what is bad may be so a little later. */
static void kernel_check(unsigned int cut, const uint8_t *data, size_t size)
{
        struct world *worlds = calloc(2, sizeof *worlds);
        struct endpoint *peers[2], *others[2];

        if (worlds == NULL)
                abort();
        for (size_t i = 0; i < 2; i++)
                peers[i] = kernel_feed(&worlds[i], i == 0 ? 0 : cut, data, size, &others[i]);
        assert(peers[1]->connection != NULL || peers[0]->connection == NULL);
        if ((peers[0]->connection == NULL) == (peers[1]->connection == NULL)) {
                assert(outputs_equal(peers[0], peers[1]));
                assert(outputs_equal(others[0], others[1]));
        }
        world_deinit(&worlds[0]);
        world_deinit(&worlds[1]);
        free(worlds);
}

/* The library's connection: how the input ends, and what was given out, in bytes. */
static size_t library_feed(unsigned int cut, const uint8_t *data, size_t size, uint8_t *given,
                           int *end)
{
        struct darq_connection connection;
        struct darq_incoming frame;
        size_t given_size = 0;
        int fds[2];

        assert(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
        darq_connection_init(&connection);
        darq_connection_open(&connection, fds[0]);
        *end = 0;
        for (size_t at = 0, piece; at < size && *end == 0; at += piece) {
                piece = piece_size(cut, at, size - at);
                assert(send(fds[1], data + at, piece, 0) == (ssize_t)piece);
                assert(darq_connection_read(&connection, 0) == 0);
                while ((*end = darq_connection_next(&connection, &frame)) == 1) {
                        memcpy(given + given_size, frame.data, frame.header.size);
                        given_size += frame.header.size;
                }
        }
        darq_connection_close(&connection);
        assert(close(fds[1]) == 0);
        return given_size;
}

static void library_check(unsigned int cut, const uint8_t *data, size_t size)
{
        static uint8_t given[2][INPUT_MAX];
        size_t sizes[2];
        int ends[2];

        for (size_t i = 0; i < 2; i++)
                sizes[i] = library_feed(i == 0 ? 0 : cut, data, size, given[i], &ends[i]);
        assert(sizes[0] == sizes[1] && ends[0] == ends[1]);
        assert(memcmp(given[0], given[1], sizes[0]) == 0);
        assert(memcmp(given[0], data, sizes[0]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        if (size == 0 || size > INPUT_MAX)
                return 0;
        frames_check(data + 1, size - 1, DARQ_FRAME_TO_KERNEL);
        frames_check(data + 1, size - 1, DARQ_FRAME_FROM_KERNEL);
        kernel_check(data[0], data + 1, size - 1);
        library_check(data[0], data + 1, size - 1);
        return 0;
}
