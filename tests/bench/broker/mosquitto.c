/* SPDX-License-Identifier: MIT */
/*
 * mosquitto: MQTT 5 with quality of service 0, a request's reply goes to its response topic. One thread; libmosquitto writes each
 * message when it is published, and has no way to gather them.
 */
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/broker/load.h"

enum { TOPIC_BYTES = 64, KEEPALIVE_S = 600, SETUP_MS = 1000 };

const char driver_name[] = "mosquitto";

struct client {
        struct mosquitto *mosquitto;
        char topic[TOPIC_BYTES]; /* what it listens to */
        mosquitto_property *wants_reply;
        bool serves, subscribed, answered;
};

static void check(int result)
{
        if (result != MOSQ_ERR_SUCCESS)
                load_fail(mosquitto_strerror(result));
}

static void on_connect(struct mosquitto *mosquitto, void *context, int result, int flags,
                       const mosquitto_property *properties)
{
        struct client *self = context;

        (void)flags;
        (void)properties;
        check(result);
        check(mosquitto_subscribe(mosquitto, NULL, self->topic, 0));
}

static void on_subscribe(struct mosquitto *mosquitto, void *context, int id, int count,
                         const int *granted)
{
        struct client *self = context;

        (void)mosquitto;
        (void)id;
        (void)count;
        (void)granted;
        self->subscribed = true;
}

static void request_take(struct client *self, const struct mosquitto_message *message,
                         const mosquitto_property *properties)
{
        char *topic = NULL;

        if (mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &topic, false) ==
            NULL)
                return;
        check(mosquitto_publish_v5(self->mosquitto, NULL, topic, message->payloadlen,
                                   message->payload, 0, false, NULL));
        free(topic);
}

static void on_message(struct mosquitto *mosquitto, void *context,
                       const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
        struct client *self = context;

        (void)mosquitto;
        if (self->serves) {
                request_take(self, message, properties);
        } else {
                self->answered = true;
                load_reply(message->payload, (size_t)message->payloadlen);
        }
}

static void connect_to(struct client *self, const char *address)
{
        bool local = strncmp(address, "unix:", 5) == 0;

        check(mosquitto_connect(self->mosquitto, local ? address + 5 : "127.0.0.1",
                                local ? 0 : atoi(strrchr(address, ':') + 1), KEEPALIVE_S));
        while (!self->subscribed)
                check(mosquitto_loop(self->mosquitto, SETUP_MS, 1));
}

static struct client *client_new(const char *address, bool serves, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        if (self == NULL || mosquitto_lib_init() != MOSQ_ERR_SUCCESS)
                load_fail("memory");
        self->serves = serves;
        snprintf(self->topic, sizeof self->topic, "reply/%d/%u", (int)getpid(), number);
        check(mosquitto_property_add_string(&self->wants_reply, MQTT_PROP_RESPONSE_TOPIC,
                                            self->topic));
        if (serves)
                snprintf(self->topic, sizeof self->topic, "echo");
        self->mosquitto = mosquitto_new(NULL, true, self);
        if (self->mosquitto == NULL)
                load_fail("memory");
        mosquitto_int_option(self->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
        mosquitto_int_option(self->mosquitto, MOSQ_OPT_TCP_NODELAY, 1);
        mosquitto_int_option(self->mosquitto, MOSQ_OPT_RECEIVE_MAXIMUM, UINT16_MAX);
        mosquitto_connect_v5_callback_set(self->mosquitto, on_connect);
        mosquitto_subscribe_callback_set(self->mosquitto, on_subscribe);
        mosquitto_message_v5_callback_set(self->mosquitto, on_message);
        connect_to(self, address);
        return self;
}

static void client_turn(struct client *self, bool wait)
{
        struct pollfd ready = {.fd = mosquitto_socket(self->mosquitto), .events = POLLIN};

        if (mosquitto_want_write(self->mosquitto))
                ready.events |= POLLOUT;
        if (poll(&ready, 1, wait ? -1 : 0) <= 0)
                return;
        if ((ready.revents & ~POLLOUT) != 0)
                check(mosquitto_loop_read(self->mosquitto, 1));
        if (mosquitto_want_write(self->mosquitto))
                check(mosquitto_loop_write(self->mosquitto, 1));
}

void driver_serve(const char *address)
{
        struct client *self = client_new(address, true, 0);

        for (;;)
                client_turn(self, true);
}

struct client *driver_open(const char *address, unsigned int number)
{
        return client_new(address, false, number);
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        check(mosquitto_publish_v5(self->mosquitto, NULL, "echo", (int)size, data, 0, false,
                                   request ? self->wants_reply : NULL));
}

void driver_flush(struct client *self)
{
        (void)self; /* what the socket doesn't take goes while replies are waited for */
}

void driver_receive(struct client *self, bool wait)
{
        self->answered = false;
        do
                client_turn(self, wait);
        while (wait && !self->answered);
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        driver_send(self, data, size, true);
        driver_receive(self, true);
}

int driver_fd(struct client *self)
{
        return mosquitto_socket(self->mosquitto);
}
