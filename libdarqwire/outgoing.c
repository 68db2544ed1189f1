/* SPDX-License-Identifier: MIT */
/*
 * Frames to the p-kernel, queued on the session's connection.
 *
 * A message is packed behind a headroom that its headers are then written into, right before the payload, so that the
 * frame is one piece and a large one goes out from where it was packed. Frames without a call header begin 16 bytes
 * later in the headroom than those with one.
 */
#include "libdarqwire/rpc.h"
#include "libdarqwire/session.h"

enum { SCRATCH_KEPT = 256 << 10 }; /* memory of a larger message isn't used again */

struct darq_writer *darq_session_writer(struct darq_session *self)
{
        if (self->scratch.capacity > SCRATCH_KEPT)
                darq_writer_deinit(&self->scratch);
        darq_writer_reset(&self->scratch);
        self->scratch.session = self;
        darq_put_run(&self->scratch, 1, DARQ_HEADROOM); /* to be filled in */
        return &self->scratch;
}

/* Zeros up to a multiple of 8 from the frame's start, and the ports. */
static __attribute__((noinline)) int ports_put(struct darq_writer *writer, size_t frame_start)
{
        size_t end = writer->size - frame_start;
        size_t padding = darq_frame_ports_offset(end) - end;
        uint8_t *at = darq_put_run(writer, 1, padding + (size_t)writer->port_count * 8);

        if (at == NULL)
                return writer->error;
        memset(at, 0, padding);
        at += padding;
        for (uint32_t i = 0; i < writer->port_count; i++)
                at += darq_frame_u64_put(at, writer->ports[i]);
        return 0;
}

int darq_session_put_message(struct darq_session *self, struct darq_writer *writer, size_t start,
                             const struct darq_envelope *envelope)
{
        /* A reply needs no call header, but its caller gets one: where there is room for it nothing has to be moved. */
        bool reply = (envelope->destination & DARQ_PORT_SLOT) != 0;
        bool extended =
                reply || envelope->call != 0 || envelope->flags != 0 || writer->port_count != 0;
        size_t header_size = extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;
        size_t frame_start = start - DARQ_FRAME_MESSAGE_SIZE - header_size;
        size_t size = writer->size - start;
        int r;

        if (writer->port_count != 0)
                darq_ports_offered(self, writer);
        if (size > self->welcome.message_max_bytes)
                return DARQ_E_TOO_BIG;
        if ((envelope->flags & DARQ_FRAME_GIVE_SOURCE) != 0)
                darq_port_offered(self, envelope->source);
        r = writer->port_count != 0 ? ports_put(writer, frame_start) : 0;
        if (r != 0)
                return r;
        darq_frame_header_put(
                writer->data + frame_start,
                &(struct darq_frame_header){.type = DARQ_FRAME_MESSAGE_IN,
                                            .extended = extended,
                                            .size = (uint32_t)(writer->size - frame_start),
                                            .call = envelope->call,
                                            .timeout_ms = envelope->timeout_ms,
                                            .flags = envelope->flags,
                                            .port_count = (uint16_t)writer->port_count});
        darq_frame_message_put(writer->data + frame_start + header_size,
                               &(struct darq_frame_message){.source = envelope->source,
                                                            .destination = envelope->destination,
                                                            .payload_size = (uint32_t)size});
        return darq_connection_put_writer(&self->connection, writer, frame_start);
}

/* A frame that is headers only: its fixed part follows the header. */
static int fixed_put(struct darq_session *self, uint8_t *frame, struct darq_frame_header header,
                     size_t body_size)
{
        size_t header_size = header.extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;

        header.size = (uint32_t)(header_size + body_size);
        darq_frame_header_put(frame, &header);
        return darq_connection_put(&self->connection, frame, header.size);
}

int darq_port_put_request(struct darq_session *self, uint8_t type, uint64_t number)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];
        struct darq_frame_port body = {.request = self->answer.request, .port = number};
        size_t size = darq_frame_port_put(frame + DARQ_FRAME_HEADER_SIZE, &body);

        return fixed_put(self, frame, (struct darq_frame_header){.type = type}, size);
}

int darq_session_put_cancel(struct darq_session *self, uint64_t port, uint64_t call)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];
        size_t size = darq_frame_cancel_put(frame + DARQ_FRAME_CALL_HEADER_SIZE, port);

        return fixed_put(self, frame,
                         (struct darq_frame_header){
                                 .type = DARQ_FRAME_CANCEL, .extended = true, .call = call},
                         size);
}

int darq_session_put_undeliverable(struct darq_session *self, uint64_t slot, uint32_t code)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];
        struct darq_frame_undeliverable body = {.port = slot, .code = code};
        size_t size = darq_frame_undeliverable_put(frame + DARQ_FRAME_HEADER_SIZE, &body);

        return fixed_put(self, frame, (struct darq_frame_header){.type = DARQ_FRAME_UNDELIVERABLE},
                         size);
}

int darq_session_put_pong(struct darq_session *self, uint64_t token)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];
        size_t size = darq_frame_u64_put(frame + DARQ_FRAME_HEADER_SIZE, token);

        return fixed_put(self, frame, (struct darq_frame_header){.type = DARQ_FRAME_PONG}, size);
}

int darq_session_put_credit(struct darq_session *self, uint64_t destination, uint64_t call,
                            uint64_t limit)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];
        struct darq_frame_credit body = {
                .source = self->own_port, .destination = destination, .limit = limit};
        struct darq_frame_header header = {
                .type = DARQ_FRAME_CREDIT, .extended = call != 0, .call = call};
        size_t at = call != 0 ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;
        size_t size = darq_frame_credit_put(frame + at, &body);

        return fixed_put(self, frame, header, size);
}

int darq_session_put_chunk(struct darq_session *self, const struct darq_envelope *envelope,
                           const struct darq_frame_chunk *chunk, const void *data)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];
        struct darq_frame_header header = {.type = DARQ_FRAME_CHUNK_IN,
                                           .extended = envelope->call != 0 || envelope->flags != 0,
                                           .call = envelope->call,
                                           .flags = envelope->flags};
        size_t size;

        if ((envelope->flags & DARQ_FRAME_GIVE_SOURCE) != 0)
                darq_port_offered(self, chunk->source);
        size = header.extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;
        header.size = (uint32_t)(size + DARQ_FRAME_CHUNK_SIZE) + chunk->payload_size;
        size = darq_frame_header_put(frame, &header);
        size += darq_frame_chunk_put(frame + size, chunk);
        return darq_connection_put_pair(&self->connection, frame, size, data, chunk->payload_size);
}
