/* SPDX-License-Identifier: MIT */
/* See the header. A step whose function fails is left; the next one is tried while the link is there. */
#include "tests/unit/client_uses.h"

#include <darq/message.h>
#include <poll.h>

#include "libdarqwire/clock.h"

enum { PATIENCE_MS = 60000, ROUND_MS = 50 };

struct use {
        struct darq_session *session;
        const struct echo *echo;
        unsigned int outcomes;
        int result;
        const char *wrong;
};

static void on_doubled(void *context, int result, const struct echo_doubler_twice_reply *reply)
{
        struct use *self = context;

        self->outcomes++;
        self->result = result;
        if (result == 0 && reply->number != 42)
                self->wrong = "a wrong answer to an asynchronous call";
}

/* In a loop around poll(), as a program has that has one of its own. */
static int loop_use(struct use *self)
{
        const struct echo_doubler doubler = {self->echo->proxy};
        uint64_t end_ns = darq_clock_ns() + PATIENCE_MS * DARQ_NS_PER_MS;
        struct pollfd loop = {.fd = darq_session_fd(self->session), .events = POLLIN};
        int status;

        status = echo_doubler_twice_async(&doubler,
                                          &(struct echo_doubler_twice_request){.number = 21},
                                          on_doubled, self, NULL);
        if (status != 0)
                return status;
        while (self->outcomes == 0 && darq_clock_ns() < end_ns) {
                if (poll(&loop, 1, loop.fd >= 0 ? PATIENCE_MS : ROUND_MS) == 0 && loop.fd >= 0)
                        self->wrong = "another loop sleeps through what is due";
                darq_session_dispatch(self->session);
        }
        if (self->outcomes != 1)
                self->wrong = "an asynchronous call without an outcome";
        return self->result;
}

static void on_end(void *context, uint64_t port)
{
        (void)context;
        (void)port;
}

/* A port of ours goes to the service and comes back; who serves it is called through it, by this very session. */
static int port_use(struct use *self)
{
        static const struct echo_ops ops = {.say = NULL};
        const struct echo_pass_reply *passed = NULL;
        struct echo own = {0};
        int status = echo_ops_serve(&ops, NULL, self->session, &own);

        if (status != 0)
                return status;
        status = echo_pass(self->echo, &(struct echo_pass_request){.given = own}, &passed);
        if (status == 0 && passed->given.proxy.port != own.proxy.port)
                self->wrong = "another port comes back";
        if (status == 0)
                darq_reply_free(passed);
        darq_proxy_close(&own.proxy);
        return status != 0 ? status : darq_proxy_on_death(&self->echo->proxy, on_end, NULL);
}

static int raw_use(struct use *self)
{
        struct darq_message *message = NULL;
        struct darq_outgoing outgoing = {.payload = {(const uint8_t *)"raw", 3}};
        uint64_t port = 0;
        int status = darq_port_open(self->session, &port);

        if (status != 0)
                return status;
        /* A wait of less than a second asks the socket in another way than a longer one. */
        status = darq_message_receive(self->session, port, 1, &message);
        if (status == 0)
                self->wrong = "a message that nobody has sent";
        outgoing.destination = port;
        if (status == DARQ_E_AGAIN)
                status = darq_message_send(self->session, &outgoing);
        if (status == 0)
                status = darq_message_receive(self->session, port, PATIENCE_MS, &message);
        if (status == 0 && message->payload.size != outgoing.payload.size)
                self->wrong = "another message arrives";
        if (status == DARQ_E_AGAIN)
                self->wrong = "a message is lost";
        darq_message_free(message);
        darq_port_close(self->session, port);
        return status;
}

static int stop_use(struct use *self)
{
        int status;

        darq_session_stop(self->session);
        status = darq_session_run(self->session);
        return status != 0 ? status : darq_session_poll(self->session, 0);
}

int client_uses(struct darq_session *session, const struct echo *echo, const char **wrong)
{
        static int (*const uses[])(struct use *) = {loop_use, port_use, raw_use, stop_use};
        struct use self = {.session = session, .echo = echo};
        int first = 0;

        for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
                int status = uses[i](&self);

                first = first == 0 ? status : first;
        }
        *wrong = self.wrong;
        return first;
}
