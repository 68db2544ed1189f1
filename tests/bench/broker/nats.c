/* SPDX-License-Identifier: MIT */
/*
 * NATS, as libnats does best: in an event loop of ours, without threads of its own. What is published is gathered until the
 * descriptor is written.
 */
#include <nats/nats.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/broker/load.h"

enum { SUBJECT_BYTES = 64 };

const char driver_name[] = "nats";

struct client {
        natsConnection *connection;
        natsSubscription *subscription;
        char subject[SUBJECT_BYTES]; /* what it listens to */
        int fd;
        bool writes; /* libnats has something to write */
};

static void check(natsStatus status)
{
        if (status != NATS_OK)
                load_fail(natsStatus_GetText(status));
}

/* What libnats asks of an event loop */

static natsStatus loop_attach(void **context, void *loop, natsConnection *connection, natsSock fd)
{
        struct client *self = loop;

        (void)connection;
        self->fd = fd;
        *context = self;
        return NATS_OK;
}

static natsStatus loop_read(void *context, bool wanted)
{
        (void)context; /* always wanted */
        (void)wanted;
        return NATS_OK;
}

static natsStatus loop_write(void *context, bool wanted)
{
        struct client *self = context;

        self->writes = wanted;
        return NATS_OK;
}

static natsStatus loop_detach(void *context)
{
        (void)context;
        return NATS_OK;
}

static void client_read(struct client *self)
{
        natsConnection_ProcessReadEvent(self->connection);
        if (natsConnection_IsClosed(self->connection))
                load_fail("closed");
}

static void client_write(struct client *self)
{
        while (self->writes) {
                struct pollfd ready = {.fd = self->fd, .events = POLLIN | POLLOUT};

                natsConnection_ProcessWriteEvent(self->connection);
                if (self->writes && poll(&ready, 1, -1) > 0 && (ready.revents & POLLIN) != 0)
                        client_read(self);
        }
}

static struct client *client_new(const char *address, const char *subject)
{
        struct client *self = calloc(1, sizeof *self);
        natsOptions *options = NULL;
        char url[64];

        if (self == NULL)
                load_fail("memory");
        snprintf(url, sizeof url, "nats://127.0.0.1:%s", strrchr(address, ':') + 1);
        snprintf(self->subject, sizeof self->subject, "%s", subject);
        check(natsOptions_Create(&options));
        check(natsOptions_SetURL(options, url));
        check(natsOptions_SetEventLoop(options, self, loop_attach, loop_read, loop_write,
                                       loop_detach));
        check(natsOptions_SetSendAsap(options, true)); /* here: marks the descriptor at once */
        check(natsConnection_Connect(&self->connection, options));
        natsOptions_Destroy(options);
        check(natsConnection_SubscribeSync(&self->subscription, self->connection, self->subject));
        check(natsSubscription_SetPendingLimits(self->subscription, -1, -1));
        client_write(self);
        return self;
}

static natsMsg *message_next(struct client *self)
{
        natsMsg *message = NULL;

        return natsSubscription_NextMsg(&message, self->subscription, 0) == NATS_OK ? message
                                                                                    : NULL;
}

void driver_serve(const char *address)
{
        struct client *self = client_new(address, "echo");

        for (;;) {
                struct pollfd ready = {.fd = self->fd, .events = POLLIN};
                natsMsg *message;

                if (poll(&ready, 1, -1) > 0)
                        client_read(self);
                while ((message = message_next(self)) != NULL) {
                        if (natsMsg_GetReply(message) != NULL)
                                check(natsConnection_Publish(
                                        self->connection, natsMsg_GetReply(message),
                                        natsMsg_GetData(message), natsMsg_GetDataLength(message)));
                        natsMsg_Destroy(message);
                }
                client_write(self);
        }
}

struct client *driver_open(const char *address, unsigned int number)
{
        char subject[SUBJECT_BYTES];

        snprintf(subject, sizeof subject, "reply.%d.%u", (int)getpid(), number);
        return client_new(address, subject);
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        if (request)
                check(natsConnection_PublishRequest(self->connection, "echo", self->subject, data,
                                                    (int)size));
        else
                check(natsConnection_Publish(self->connection, "echo", data, (int)size));
}

void driver_flush(struct client *self)
{
        client_write(self);
}

static bool replies_take(struct client *self)
{
        natsMsg *message;
        bool any = false;

        while ((message = message_next(self)) != NULL) {
                load_reply((const uint8_t *)natsMsg_GetData(message),
                           (size_t)natsMsg_GetDataLength(message));
                natsMsg_Destroy(message);
                any = true;
        }
        return any;
}

void driver_receive(struct client *self, bool wait)
{
        struct pollfd ready = {.fd = self->fd, .events = POLLIN};

        while (!replies_take(self)) {
                if (poll(&ready, 1, wait ? -1 : 0) <= 0)
                        return;
                client_read(self);
        }
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        driver_send(self, data, size, true);
        client_write(self);
        driver_receive(self, true);
}

int driver_fd(struct client *self)
{
        return self->fd;
}
