/* SPDX-License-Identifier: MIT */
/*
 * Our frames by hand: what is measured with them is the p-kernel alone, without sessions and generated code.
 */
#include "tests/bench/broker/frames.h"

#include "tests/bench/broker/load.h"

static void put(struct channel *self, uint8_t type, const uint8_t *body, size_t size)
{
        struct darq_frame_header header = {.type = type,
                                           .size = (uint32_t)(DARQ_FRAME_HEADER_SIZE + size)};
        uint8_t head[DARQ_FRAME_HEADER_SIZE];

        channel_put(self, head, darq_frame_header_put(head, &header), body, size);
}

bool frames_next(struct buffer *in, struct darq_frame_header *header, const uint8_t **body)
{
        size_t available = buffer_size(in);
        enum darq_frame_verdict verdict;

        if (available == 0)
                return false;
        verdict = darq_frame_header_get(in->data + in->begin, available, DARQ_FRAME_FROM_KERNEL,
                                        header);
        if (verdict == DARQ_FRAME_BAD ||
            (verdict == DARQ_FRAME_OK && header->type == DARQ_FRAME_UNDELIVERABLE))
                load_fail("a frame that was not expected");
        if (verdict == DARQ_FRAME_SHORT || available < header->size)
                return false;
        *body = in->data + in->begin + header->header_size;
        in->begin += header->size;
        return true;
}

/* The body of the next frame, which is of this type. */
static const uint8_t *frames_wait(struct channel *self, uint8_t type)
{
        struct darq_frame_header header;
        const uint8_t *body;

        while (!frames_next(&self->in, &header, &body))
                channel_read(self, true);
        if (header.type != type)
                load_fail("another frame was expected");
        return body;
}

void frames_open(struct channel *self, const char *address)
{
        uint8_t body[DARQ_FRAME_HELLO_SIZE];
        struct darq_frame_hello hello = {.revision = DARQ_FRAME_REVISION};

        channel_connect(self, address);
        put(self, DARQ_FRAME_HELLO, body, darq_frame_hello_put(body, &hello));
        channel_flush(self);
        frames_wait(self, DARQ_FRAME_WELCOME);
}

void frames_port_ask(struct channel *self, uint64_t number)
{
        uint8_t body[DARQ_FRAME_PORT_SIZE];
        struct darq_frame_port ask = {.request = 1, .port = number};

        put(self, DARQ_FRAME_OPEN_PORT, body, darq_frame_port_put(body, &ask));
}

uint64_t frames_port_wait(struct channel *self)
{
        struct darq_frame_port opened =
                darq_frame_port_get(frames_wait(self, DARQ_FRAME_OPENED_PORT));

        if (opened.result != DARQ_FRAME_OPENED)
                load_fail("no port");
        return opened.port;
}

void frames_message_put(struct channel *self, uint64_t call, uint64_t source, uint64_t destination,
                        const uint8_t *data, size_t size)
{
        uint8_t head[DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE];
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE_IN,
                                           .extended = call != 0,
                                           .call = call,
                                           .flags = call != 0 ? DARQ_FRAME_REQUEST : 0};
        struct darq_frame_message message = {source, destination, (uint32_t)size};
        size_t header_size = call != 0 ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;

        header.size = (uint32_t)(header_size + DARQ_FRAME_MESSAGE_SIZE + size);
        header_size = darq_frame_header_put(head, &header);
        header_size += darq_frame_message_put(head + header_size, &message);
        channel_put(self, head, header_size, data, size);
}
