/* SPDX-License-Identifier: MIT */
/*
 * A p-kernel that is a script: see the header. It is one end of a socketpair whose other end the session inherits, in the
 * same process and thread; so what it says has to be said before the library waits for it.
 */
#include "fake_kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "libdarqwire/rpc.h"

void fake_say(struct fake_kernel *self, const void *data, size_t size)
{
        const uint8_t *rest = data;

        while (size > 0) { /* one that waits for room may be interrupted */
                ssize_t sent = send(self->fd, rest, size, MSG_NOSIGNAL);

                assert_true(sent > 0 || (sent < 0 && errno == EINTR));
                rest += sent > 0 ? sent : 0;
                size -= sent > 0 ? (size_t)sent : 0;
        }
}

static void say_frame(struct fake_kernel *self, struct darq_frame_header header,
                      const uint8_t *body, size_t size)
{
        uint8_t frame[4096];
        size_t header_size = header.extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;

        header.size = (uint32_t)(header_size + size);
        darq_frame_header_put(frame, &header);
        memcpy(frame + header_size, body, size);
        fake_say(self, frame, header_size + size);
}

static void say_welcome(struct fake_kernel *self, uint64_t message_max)
{
        struct darq_frame_welcome body = {
                .revision = 1,
                .boot_id = 1,
                .connection_id = FAKE_CONNECTION,
                .message_max_bytes = message_max != 0 ? message_max : 1 << 20,
                .window_bytes = 65536,
        };
        uint8_t bytes[DARQ_FRAME_WELCOME_SIZE];

        say_frame(self, (struct darq_frame_header){.type = DARQ_FRAME_WELCOME}, bytes,
                  darq_frame_welcome_put(bytes, &body));
}

void fake_opened(struct fake_kernel *self, uint32_t request, uint8_t result, uint64_t port)
{
        struct darq_frame_port body = {request, result, port};
        uint8_t bytes[DARQ_FRAME_PORT_SIZE];

        say_frame(self, (struct darq_frame_header){.type = DARQ_FRAME_OPENED_PORT}, bytes,
                  darq_frame_port_put(bytes, &body));
}

void fake_open_port(struct fake_kernel *self, uint64_t port)
{
        uint64_t given = port;

        fake_opened(self, 2, DARQ_FRAME_OPENED, port);
        assert_int_equal(darq_port_open(self->session, &given), 0);
        fake_take(self, DARQ_FRAME_OPEN_PORT);
}

void fake_undeliverable(struct fake_kernel *self, uint64_t call, uint64_t port, uint32_t code,
                        const char *detail)
{
        struct darq_frame_undeliverable body = {port, code, (uint32_t)strlen(detail)};
        uint8_t bytes[256];
        size_t size = darq_frame_undeliverable_put(bytes, &body);

        memcpy(bytes + size, detail, strlen(detail));
        say_frame(self,
                  (struct darq_frame_header){
                          .type = DARQ_FRAME_UNDELIVERABLE, .extended = call != 0, .call = call},
                  bytes, size + strlen(detail));
}

void fake_cancel(struct fake_kernel *self, uint64_t slot)
{
        uint8_t bytes[DARQ_FRAME_CANCEL_SIZE];

        say_frame(self, (struct darq_frame_header){.type = DARQ_FRAME_CANCEL}, bytes,
                  darq_frame_cancel_put(bytes, slot));
}

void fake_message(struct fake_kernel *self, const struct fake_message *message, const void *payload,
                  size_t size)
{
        uint16_t ports = message->ports[0] == 0 ? 0 : message->ports[1] == 0 ? 1 : 2;
        struct darq_frame_header header = {
                .type = DARQ_FRAME_MESSAGE,
                .extended = true,
                .call = message->call,
                .flags = message->flags,
                .timeout_ms = message->timeout_ms,
                .port_count = ports,
        };
        struct darq_frame_message body = {message->source, message->destination, (uint32_t)size};
        size_t start = DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE;
        size_t at = darq_frame_ports_offset(start + size);
        uint8_t *frame = calloc(1, at + 16);

        header.size = (uint32_t)(ports != 0 ? at + ports * 8u : start + size);
        darq_frame_header_put(frame, &header);
        darq_frame_message_put(frame + DARQ_FRAME_CALL_HEADER_SIZE, &body);
        if (size != 0)
                memcpy(frame + start, payload, size);
        for (uint16_t i = 0; i < ports; i++)
                darq_frame_u64_put(frame + at + i * 8u, message->ports[i]);
        fake_say(self, frame, header.size);
        free(frame);
}

void fake_chunk(struct fake_kernel *self, uint64_t source, uint64_t call, uint64_t offset,
                const void *data, size_t size, bool fin)
{
        struct darq_frame_header header = {
                .type = DARQ_FRAME_CHUNK, .extended = true, .call = call};
        struct darq_frame_chunk chunk = {.source = source,
                                         .destination = FAKE_OWN_PORT,
                                         .offset = offset,
                                         .payload_size = (uint32_t)size,
                                         .flags = fin ? DARQ_FRAME_FIN : 0};
        uint8_t *frame = malloc(DARQ_FRAME_FIXED_MAX + size);
        size_t at = DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_CHUNK_SIZE;

        header.size = (uint32_t)(at + size);
        darq_frame_header_put(frame, &header);
        darq_frame_chunk_put(frame + DARQ_FRAME_CALL_HEADER_SIZE, &chunk);
        if (size != 0)
                memcpy(frame + at, data, size);
        fake_say(self, frame, at + size);
        free(frame);
}

struct darq_bytes fake_payload(struct fake_kernel *self, uint64_t interface, uint32_t ordinal,
                               int32_t status, darq_pack *pack, const void *value)
{
        struct darq_rpc_header header = {interface, ordinal, status};
        uint8_t *at;

        darq_writer_reset(&self->said);
        at = darq_put_run(&self->said, 1, DARQ_RPC_HEADER_SIZE);
        darq_rpc_header_put(at, &header);
        pack(&self->said, value);
        assert_int_equal(self->said.error, 0);
        return darq_bytes_of(self->said.data, self->said.size);
}

void fake_pack_text(struct darq_writer *writer, const void *text)
{
        darq_put_string(writer, darq_string_of(text), SIZE_MAX);
}

void fake_reply(struct fake_kernel *self, uint64_t call, struct darq_bytes payload)
{
        struct fake_message message = {.source = FAKE_PEER,
                                       .destination = FAKE_OWN_PORT,
                                       .call = call,
                                       .flags = DARQ_FRAME_REPLY};

        fake_message(self, &message, payload.data, payload.size);
}

void fake_request(struct fake_kernel *self, uint64_t port, struct darq_bytes payload)
{
        struct fake_message message = {.source = FAKE_SLOT,
                                       .destination = port,
                                       .call = 1234,
                                       .flags = DARQ_FRAME_REQUEST,
                                       .timeout_ms = 5000};

        fake_message(self, &message, payload.data, payload.size);
}

static void listen_once(struct fake_kernel *self)
{
        ssize_t size = recv(self->fd, self->bytes + self->size, sizeof self->bytes - self->size,
                            MSG_DONTWAIT);

        if (size > 0)
                self->size += (size_t)size;
}

struct fake_frame fake_take(struct fake_kernel *self, enum darq_frame_type type)
{
        struct fake_frame frame;
        const uint8_t *data = self->bytes + self->parsed;

        listen_once(self);
        assert_int_equal(darq_frame_header_get(data, self->size - self->parsed,
                                               DARQ_FRAME_TO_KERNEL, &frame.header),
                         DARQ_FRAME_OK);
        assert_true(frame.header.size <= self->size - self->parsed);
        assert_int_equal(frame.header.type, type);
        self->parsed += frame.header.size;
        frame.body = data + frame.header.header_size;
        if (type == DARQ_FRAME_MESSAGE_IN) {
                frame.message = darq_frame_message_get(frame.body);
                frame.payload = frame.body + DARQ_FRAME_MESSAGE_SIZE;
        }
        return frame;
}

void fake_expect_silence(struct fake_kernel *self)
{
        listen_once(self);
        assert_int_equal(self->size, self->parsed);
}

struct fake_kernel *fake_open(uint64_t message_max)
{
        struct fake_kernel *self = calloc(1, sizeof *self);
        char address[64];
        int fds[2];
        int r;

        assert_non_null(self);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        self->fd = fds[0];
        darq_writer_init(&self->said, NULL, 0);
        say_welcome(self, message_max);
        fake_opened(self, 1, DARQ_FRAME_OPENED, FAKE_OWN_PORT);
        snprintf(address, sizeof address, "fd:%d:%ld", fds[1], (long)getpid());
        r = darq_session_open(&self->session, address, 0);
        if (r != 0)
                print_message("%s\n", darq_session_error(self->session));
        assert_int_equal(r, 0);
        fake_take(self, DARQ_FRAME_HELLO);
        fake_take(self, DARQ_FRAME_OPEN_PORT);
        return self;
}

void fake_hang_up(struct fake_kernel *self)
{
        close(self->fd);
        self->fd = -1;
}

void fake_close(struct fake_kernel *self)
{
        darq_session_close(self->session);
        if (self->fd >= 0)
                close(self->fd);
        darq_writer_deinit(&self->said);
        free(self);
}
