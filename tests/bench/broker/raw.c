/* SPDX-License-Identifier: MIT */
/*
 * Ours without stubs: frames by hand through the p-kernel. Beside driver darq it shows what sessions and generated code cost;
 * beside the relay, what the p-kernel does. The service's port is asked for by number, so that no name is looked up.
 */
#include <stdlib.h>

#include "tests/bench/broker/frames.h"
#include "tests/bench/broker/load.h"

#define ECHO_PORT UINT64_C(20000)

const char driver_name[] = "raw";

struct client {
        struct channel channel;
        uint64_t port;
        uint64_t calls;
};

static bool message_next(struct buffer *in, struct darq_frame_header *header,
                         struct darq_frame_message *message, const uint8_t **data)
{
        const uint8_t *body;

        while (frames_next(in, header, &body)) {
                if (header->type != DARQ_FRAME_MESSAGE)
                        continue;
                *message = darq_frame_message_get(body);
                *data = body + DARQ_FRAME_MESSAGE_SIZE;
                return true;
        }
        return false;
}

/* The service */

static void requests_take(struct channel *self, struct buffer *in)
{
        struct darq_frame_header header;
        struct darq_frame_message message;
        const uint8_t *data;

        while (message_next(in, &header, &message, &data)) {
                if ((header.flags & DARQ_FRAME_REQUEST) != 0)
                        frames_message_put(self, 0, ECHO_PORT, message.source, data,
                                           message.payload_size);
        }
}

void driver_serve(const char *address)
{
        struct channel self;

        frames_open(&self, address);
        frames_port_ask(&self, ECHO_PORT);
        channel_flush(&self);
        frames_port_wait(&self);
        channel_serve(&self, requests_take);
}

/* The client */

struct client *driver_open(const char *address, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        (void)number;
        if (self == NULL)
                load_fail("memory");
        frames_open(&self->channel, address);
        frames_port_ask(&self->channel, 0);
        channel_flush(&self->channel);
        self->port = frames_port_wait(&self->channel);
        return self;
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        frames_message_put(&self->channel, request ? ++self->calls : 0, self->port, ECHO_PORT, data,
                           size);
}

void driver_flush(struct client *self)
{
        channel_flush(&self->channel);
}

static bool replies_take(struct client *self)
{
        struct darq_frame_header header;
        struct darq_frame_message message;
        const uint8_t *data;
        bool any = false;

        while (message_next(&self->channel.in, &header, &message, &data)) {
                load_reply(data, message.payload_size);
                any = true;
        }
        return any;
}

void driver_receive(struct client *self, bool wait)
{
        if (replies_take(self))
                return;
        channel_read(&self->channel, wait);
        replies_take(self);
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        driver_send(self, data, size, true);
        channel_flush(&self->channel);
        while (!replies_take(self))
                channel_read(&self->channel, true);
}

int driver_fd(struct client *self)
{
        return self->channel.fd;
}
