/* SPDX-License-Identifier: MIT */
/*
 * ZeroMQ: DEALER clients, ROUTER and DEALER with zmq_proxy() between them, a DEALER service. Its threads read and write, and gather
 * what they send; no limit on what waits. The last byte of a payload tells a request from a one-way message.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "tests/bench/broker/load.h"

enum { SOCKETS = 2000, ENDPOINT_BYTES = 160 };

const char driver_name[] = "zmq";

struct client {
        void *socket;
};

/* The services' side is on the next port, or beside the path. */
static void endpoint_of(char *text, const char *address, bool services)
{
        if (strncmp(address, "unix:", 5) == 0)
                snprintf(text, ENDPOINT_BYTES, "ipc://%s%s", address + 5, services ? ".s" : "");
        else
                snprintf(text, ENDPOINT_BYTES, "tcp://127.0.0.1:%d",
                         atoi(strrchr(address, ':') + 1) + services);
}

static void *socket_new(int type)
{
        static void *context;
        void *self;
        int none = 0;

        if (context == NULL) {
                context = zmq_ctx_new();
                zmq_ctx_set(context, ZMQ_MAX_SOCKETS, SOCKETS);
        }
        self = zmq_socket(context, type);
        if (self == NULL)
                load_fail("zmq_socket");
        zmq_setsockopt(self, ZMQ_SNDHWM, &none, sizeof none);
        zmq_setsockopt(self, ZMQ_RCVHWM, &none, sizeof none);
        zmq_setsockopt(self, ZMQ_LINGER, &none, sizeof none);
        return self;
}

static void *socket_connect(const char *address, bool services)
{
        char endpoint[ENDPOINT_BYTES];
        void *self = socket_new(ZMQ_DEALER);

        endpoint_of(endpoint, address, services);
        if (zmq_connect(self, endpoint) != 0)
                load_fail("zmq_connect");
        return self;
}

static void socket_bind(void *self, const char *address, bool services)
{
        char endpoint[ENDPOINT_BYTES];

        endpoint_of(endpoint, address, services);
        if (zmq_bind(self, endpoint) != 0)
                load_fail("zmq_bind");
}

void driver_broker(const char *address)
{
        void *front = socket_new(ZMQ_ROUTER);
        void *back = socket_new(ZMQ_DEALER);

        socket_bind(back, address, true);
        socket_bind(front, address, false);
        zmq_proxy(front, back, NULL);
}

void driver_serve(const char *address)
{
        void *self = socket_connect(address, true);
        zmq_msg_t from, message;

        zmq_msg_init(&from);
        zmq_msg_init(&message);
        while (zmq_msg_recv(&from, self, 0) >= 0 && zmq_msg_recv(&message, self, 0) > 0) {
                const char *data = zmq_msg_data(&message);

                if (data[zmq_msg_size(&message) - 1] != 'r')
                        continue;
                if (zmq_msg_send(&from, self, ZMQ_SNDMORE) < 0 ||
                    zmq_msg_send(&message, self, 0) < 0)
                        load_fail("zmq_msg_send");
        }
        load_fail("zmq_msg_recv");
}

struct client *driver_open(const char *address, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        (void)number;
        if (self == NULL)
                load_fail("memory");
        self->socket = socket_connect(address, false);
        return self;
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        zmq_msg_t message;
        char *copy;

        if (zmq_msg_init_size(&message, size) != 0)
                load_fail("memory");
        copy = zmq_msg_data(&message);
        memcpy(copy, data, size);
        copy[size - 1] = request ? 'r' : 'o';
        if (zmq_msg_send(&message, self->socket, 0) < 0)
                load_fail("zmq_msg_send");
}

static bool reply_take(struct client *self, int flags)
{
        zmq_msg_t message;
        bool any;

        zmq_msg_init(&message);
        any = zmq_msg_recv(&message, self->socket, flags) >= 0;
        if (any)
                load_reply(zmq_msg_data(&message), zmq_msg_size(&message));
        zmq_msg_close(&message);
        return any;
}

void driver_receive(struct client *self, bool wait)
{
        if (wait && !reply_take(self, 0))
                load_fail("zmq_msg_recv");
        while (reply_take(self, ZMQ_DONTWAIT))
                ;
}

/* To send may use up the descriptor's news of a reply, so replies are looked for here too. */
void driver_flush(struct client *self)
{
        driver_receive(self, false);
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        driver_send(self, data, size, true);
        if (!reply_take(self, 0))
                load_fail("zmq_msg_recv");
}

int driver_fd(struct client *self)
{
        size_t size = sizeof(int);
        int fd = -1;

        zmq_getsockopt(self->socket, ZMQ_FD, &fd, &size);
        return fd;
}
