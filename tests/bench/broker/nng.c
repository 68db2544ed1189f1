/* SPDX-License-Identifier: MIT */
/*
 * nng: raw REQ clients, nng_device() between raw REP and raw REQ, a raw REP service: raw sockets may have many requests under
 * way, and needn't answer. Its threads read and write, one operation a message. A REP socket drops replies when 64 of them wait for
 * one peer; a load that waits for such a one is given up. The last byte of a payload tells a request from a one-way message.
 */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/broker/load.h"

enum { URL_BYTES = 160 };
#define FIRST_REQUEST (UINT32_C(1) << 31) /* set in every request's number */

const char driver_name[] = "nng";

struct client {
        nng_socket socket;
        uint32_t requests;
};

static void check(int result)
{
        if (result != 0)
                load_fail(nng_strerror(result));
}

/* The services' side is on the next port, or beside the path. */
static void url_of(char *text, const char *address, bool services)
{
        if (strncmp(address, "unix:", 5) == 0)
                snprintf(text, URL_BYTES, "ipc://%s%s", address + 5, services ? ".s" : "");
        else
                snprintf(text, URL_BYTES, "tcp://127.0.0.1:%d",
                         atoi(strrchr(address, ':') + 1) + services);
}

static nng_socket socket_new(int (*open)(nng_socket *), const char *address, bool services,
                             bool listens)
{
        char url[URL_BYTES];
        nng_socket self;

        url_of(url, address, services);
        check(open(&self));
        check(nng_socket_set_size(self, NNG_OPT_RECVMAXSZ, 0));
        check(listens ? nng_listen(self, url, NULL, 0) : nng_dial(self, url, NULL, 0));
        return self;
}

void driver_broker(const char *address)
{
        nng_socket back = socket_new(nng_req0_open_raw, address, true, true);
        nng_socket front = socket_new(nng_rep0_open_raw, address, false, true);

        check(nng_device(front, back));
}

void driver_serve(const char *address)
{
        nng_socket self = socket_new(nng_rep0_open_raw, address, true, false);
        nng_msg *message;

        for (;;) {
                const char *data;

                check(nng_recvmsg(self, &message, 0));
                data = nng_msg_body(message);
                if (data[nng_msg_len(message) - 1] == 'r')
                        check(nng_sendmsg(self, message, 0));
                else
                        nng_msg_free(message);
        }
}

struct client *driver_open(const char *address, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        (void)number;
        if (self == NULL)
                load_fail("memory");
        self->socket = socket_new(nng_req0_open_raw, address, false, false);
        return self;
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        nng_msg *message;
        char *copy;

        check(nng_msg_alloc(&message, size));
        check(nng_msg_header_append_u32(message, FIRST_REQUEST | self->requests++));
        copy = nng_msg_body(message);
        memcpy(copy, data, size);
        copy[size - 1] = request ? 'r' : 'o';
        check(nng_sendmsg(self->socket, message, 0));
}

void driver_flush(struct client *self)
{
        (void)self; /* threads of its own send */
}

void driver_receive(struct client *self, bool wait)
{
        nng_msg *message;
        int result = nng_recvmsg(self->socket, &message, wait ? 0 : NNG_FLAG_NONBLOCK);

        while (result == 0) {
                load_reply(nng_msg_body(message), nng_msg_len(message));
                nng_msg_free(message);
                result = nng_recvmsg(self->socket, &message, NNG_FLAG_NONBLOCK);
        }
        if (result != NNG_EAGAIN)
                check(result);
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        nng_msg *message;

        driver_send(self, data, size, true);
        check(nng_recvmsg(self->socket, &message, 0));
        load_reply(nng_msg_body(message), nng_msg_len(message));
        nng_msg_free(message);
}

int driver_fd(struct client *self)
{
        int fd = -1;

        check(nng_socket_get_int(self->socket, NNG_OPT_RECVFD, &fd));
        return fd;
}
