/* SPDX-License-Identifier: MIT */
/*
 * Ours, through generated code on both sides. Asynchronous calls are corked: others gather what they send too.
 */
#include <stdlib.h>

#include <darq/darq.h>

#include "echo.darq.h"
#include "tests/bench/broker/load.h"

enum { CONNECT_MS = 2000 };

const char driver_name[] = "darq";

struct client {
        struct darq_session *session;
        struct echo echo;
};

static void on_call(void *self, struct darq_call *call, const struct echo_call_request *request)
{
        (void)self;
        echo_reply_call(call, &(struct echo_call_reply){.data = request->data});
}

static void on_tell(void *self, struct darq_call *call, const struct echo_tell_request *request)
{
        (void)self;
        (void)call;
        (void)request;
}

void driver_serve(const char *address)
{
        static const struct echo_ops ops = {.call = on_call, .tell = on_tell};

        setenv("DARQ_PKERNEL", address, 1);
        exit(echo_ops_main(&ops, NULL, "echo"));
}

struct client *driver_open(const char *address, unsigned int number)
{
        struct client *self = calloc(1, sizeof *self);

        (void)number;
        if (self == NULL || darq_session_open(&self->session, address, CONNECT_MS) != 0 ||
            darq_proxy_connect(&self->echo.proxy, self->session, "echo") != 0 ||
            darq_session_cork(self->session, true) != 0)
                load_fail("open");
        return self;
}

void driver_call(struct client *self, const uint8_t *data, size_t size)
{
        const struct echo_call_reply *reply;

        if (echo_call(&self->echo, &(struct echo_call_request){.data = {data, size}}, &reply) != 0)
                load_fail(darq_session_error(self->session));
        load_reply(reply->data.data, reply->data.size);
        darq_reply_free(reply);
}

static void on_reply(void *context, int result, const struct echo_call_reply *reply)
{
        struct client *self = context;

        if (result != 0)
                load_fail(darq_session_error(self->session));
        load_reply(reply->data.data, reply->data.size);
}

void driver_send(struct client *self, const uint8_t *data, size_t size, bool request)
{
        int result;

        if (request)
                result = echo_call_async(&self->echo,
                                         &(struct echo_call_request){.data = {data, size}},
                                         on_reply, self, NULL);
        else
                result = echo_tell(&self->echo, &(struct echo_tell_request){.data = {data, size}});
        if (result != 0)
                load_fail(darq_session_error(self->session));
}

void driver_flush(struct client *self)
{
        darq_session_cork(self->session, false);
        darq_session_cork(self->session, true);
}

void driver_receive(struct client *self, bool wait)
{
        if (darq_session_poll(self->session, wait ? -1 : 0) != 0)
                load_fail(darq_session_error(self->session));
}

int driver_fd(struct client *self)
{
        return darq_session_fd(self->session);
}
