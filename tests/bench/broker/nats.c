/* SPDX-License-Identifier: MIT */
/*
 * NATS, as libnats offers it: its threads read and write; SendAsap in the service and for single requests, which would otherwise
 * wait for the flusher.
 */
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/broker/load.h"

enum { PATIENCE_MS = 5000, PENDING_BYTES = 256 << 20 };

const char driver_name[] = "nats";

struct client {
        natsConnection *connection;
        natsSubscription *replies;
        natsInbox *inbox;
};

static void check(natsStatus status)
{
        if (status != NATS_OK)
                load_fail(natsStatus_GetText(status));
}

static natsConnection *server_connect(const char *address, bool asap)
{
        natsConnection *connection = NULL;
        natsOptions *options = NULL;
        char url[64];

        snprintf(url, sizeof url, "nats://127.0.0.1:%s", strrchr(address, ':') + 1);
        check(natsOptions_Create(&options));
        check(natsOptions_SetURL(options, url));
        check(natsOptions_SetSendAsap(options, asap));
        check(natsConnection_Connect(&connection, options));
        natsOptions_Destroy(options);
        return connection;
}

static void on_message(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                       void *context)
{
        (void)subscription;
        (void)context;
        if (natsMsg_GetReply(message) != NULL)
                check(natsConnection_Publish(connection, natsMsg_GetReply(message),
                                             natsMsg_GetData(message),
                                             natsMsg_GetDataLength(message)));
        natsMsg_Destroy(message);
}

void driver_serve(const char *address)
{
        natsConnection *connection = server_connect(address, true);
        natsSubscription *subscription = NULL;

        check(natsConnection_Subscribe(&subscription, connection, "echo", on_message, NULL));
        check(natsSubscription_SetPendingLimits(subscription, -1, PENDING_BYTES));
        for (;;)
                pause();
}

struct client *driver_open(const char *address, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        (void)number;
        if (self == NULL)
                load_fail("memory");
        self->connection = server_connect(address, true);
        check(natsInbox_Create(&self->inbox));
        check(natsConnection_SubscribeSync(&self->replies, self->connection, self->inbox));
        return self;
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        if (request)
                check(natsConnection_PublishRequest(self->connection, "echo", self->inbox, data,
                                                    (int)size));
        else
                check(natsConnection_Publish(self->connection, "echo", data, (int)size));
}

void driver_flush(struct client *self)
{
        (void)self; /* SendAsap */
}

void driver_receive(struct client *self, bool wait)
{
        natsMsg *message = NULL;

        (void)wait;
        check(natsSubscription_NextMsg(&message, self->replies, PATIENCE_MS));
        load_reply((const uint8_t *)natsMsg_GetData(message),
                   (size_t)natsMsg_GetDataLength(message));
        natsMsg_Destroy(message);
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        driver_send(self, data, size, true);
        driver_receive(self, true);
}

int driver_fd(struct client *self)
{
        (void)self;
        return -1;
}
