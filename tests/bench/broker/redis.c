/* SPDX-License-Identifier: MIT */
/*
 * Redis: publish and subscribe. Each process has one connection for each; a request names its reply's channel in its head.
 */
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/broker/load.h"

enum { CHANNEL_BYTES = 32, WRITE_AT = 128 << 10 };

const char driver_name[] = "redis";

struct client {
        redisContext *in, *out;
        char channel[CHANNEL_BYTES];
        uint8_t *message; /* channel, payload */
        size_t capacity;
};

static redisContext *server_connect(const char *address)
{
        redisContext *server = strncmp(address, "unix:", 5) == 0
                                       ? redisConnectUnix(address + 5)
                                       : redisConnect("127.0.0.1", atoi(strrchr(address, ':') + 1));

        if (server == NULL || server->err != 0)
                load_fail("connect");
        return server;
}

static void out_write(struct client *self)
{
        int done = 0;

        while (done == 0) {
                if (redisBufferWrite(self->out, &done) != REDIS_OK)
                        load_fail("write");
        }
}

static struct client *client_new(const char *address, const char *channel)
{
        struct client *self = calloc(1, sizeof *self);

        if (self == NULL)
                load_fail("memory");
        self->in = server_connect(address);
        self->out = server_connect(address);
        snprintf(self->channel, sizeof self->channel, "%s", channel);
        freeReplyObject(redisCommand(self->in, "SUBSCRIBE %s", channel));
        redisAppendCommand(self->out, "CLIENT REPLY OFF");
        out_write(self);
        return self;
}

static void publish(struct client *self, const char *channel, const void *data, size_t size)
{
        const char *words[] = {"PUBLISH", channel, data};
        const size_t sizes[] = {7, strlen(channel), size};

        redisAppendCommandArgv(self->out, 3, words, sizes);
        if (sdslen(self->out->obuf) >= WRITE_AT)
                out_write(self);
}

typedef void taker(struct client *self, const uint8_t *data, size_t size);

static bool messages_take(struct client *self, taker *take)
{
        redisReply *reply;
        bool any = false;

        while (redisGetReplyFromReader(self->in, (void **)&reply) == REDIS_OK && reply != NULL) {
                if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 3 &&
                    reply->element[2]->type == REDIS_REPLY_STRING) {
                        take(self, (const uint8_t *)reply->element[2]->str, reply->element[2]->len);
                        any = true;
                }
                freeReplyObject(reply);
        }
        return any;
}

static void request_take(struct client *self, const uint8_t *data, size_t size)
{
        const char *channel = (const char *)data;

        if (size > CHANNEL_BYTES && channel[0] != '\0')
                publish(self, channel, data + CHANNEL_BYTES, size - CHANNEL_BYTES);
}

static void reply_take(struct client *self, const uint8_t *data, size_t size)
{
        (void)self;
        load_reply(data, size);
}

void driver_serve(const char *address)
{
        struct client *self = client_new(address, "echo");

        while (redisBufferRead(self->in) == REDIS_OK) {
                messages_take(self, request_take);
                out_write(self);
        }
        exit(EXIT_SUCCESS);
}

struct client *driver_open(const char *address, unsigned int number)
{
        char channel[CHANNEL_BYTES];

        snprintf(channel, sizeof channel, "reply.%d.%u", (int)getpid(), number);
        return client_new(address, channel);
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        if (self->capacity < CHANNEL_BYTES + size) {
                self->capacity = CHANNEL_BYTES + size;
                self->message = realloc(self->message, self->capacity);
                if (self->message == NULL)
                        load_fail("memory");
        }
        memset(self->message, 0, CHANNEL_BYTES);
        if (request)
                memcpy(self->message, self->channel, CHANNEL_BYTES);
        memcpy(self->message + CHANNEL_BYTES, data, size);
        publish(self, "echo", self->message, CHANNEL_BYTES + size);
}

void driver_flush(struct client *self)
{
        out_write(self);
}

void driver_receive(struct client *self, bool wait)
{
        struct pollfd ready = {.fd = self->in->fd, .events = POLLIN};

        while (!messages_take(self, reply_take)) {
                if (!wait && poll(&ready, 1, 0) <= 0)
                        return;
                if (redisBufferRead(self->in) != REDIS_OK)
                        load_fail("read");
        }
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        driver_send(self, data, size, true);
        out_write(self);
        driver_receive(self, true);
}

int driver_fd(struct client *self)
{
        return self->in->fd;
}
