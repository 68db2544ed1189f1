/* SPDX-License-Identifier: MIT */
/*
 * Across a link: calls to examples/hello, streams to a receiver of examples/copy's interface that keeps nothing, and calls with
 * long requests.
 */
#include "tests/bench/link/bench.h"

#include <darq/darq.h>
#include <stdio.h>
#include <stdlib.h>

#include "examples/copy/copy.darq.h"
#include "examples/hello/hello.darq.h"
#include "tests/bench/broker/echo.darq.h"

struct caller {
        struct darq_session *session;
        struct hello hello;
        struct hello_greet_request request;
        unsigned int sent, done, failed;
};

static int caller_open(struct caller *self, const char *target)
{
        int r = darq_session_open(&self->session, NULL, 1000);

        self->request.name = DARQ_STR("a name of some length, so as to be like others");
        if (r == 0)
                r = darq_proxy_connect(&self->hello.proxy, self->session, target);
        return r;
}

static int ended(struct darq_session *session, int result)
{
        if (result != 0)
                fprintf(stderr, "link-bench: %s\n", darq_session_error(session));
        darq_session_close(session);
        return result;
}

int bench_darq_trip(const char *target, unsigned int trips)
{
        static double times[BENCH_TRIPS];
        struct caller caller = {0};
        const struct hello_greet_reply *reply;
        int r = caller_open(&caller, target);

        for (unsigned int i = 0; r == 0 && i < trips; i++) {
                double since = bench_now_s();

                r = hello_greet(&caller.hello, &caller.request, &reply);
                times[i] = bench_now_s() - since;
                if (r == 0)
                        darq_reply_free(reply);
        }
        if (r == 0)
                bench_times_show(times, trips);
        return ended(caller.session, r);
}

static void on_greeting(void *context, int result, const struct hello_greet_reply *reply)
{
        struct caller *self = context;

        (void)reply;
        self->done++;
        self->failed += result != 0;
}

int bench_darq_rate(const char *target)
{
        struct caller self = {0};
        int r = caller_open(&self, target);
        double since = bench_now_s();

        while (r == 0 && self.done < BENCH_CALLS) {
                while (r == 0 && self.sent < BENCH_CALLS &&
                       self.sent - self.done < BENCH_UNDER_WAY) {
                        r = hello_greet_async(&self.hello, &self.request, on_greeting, &self, NULL);
                        self.sent++;
                }
                if (r == 0)
                        r = darq_session_poll(self.session, 1000);
        }
        if (r == 0)
                printf("%.0f\n", BENCH_CALLS / (bench_now_s() - since));
        return ended(self.session, r != 0 ? r : (int)self.failed);
}

/* Long requests */

int bench_darq_large(const char *target)
{
        static uint8_t data[4 << 20];
        struct darq_session *session;
        struct echo echo;
        struct echo_call_request request = {.data = {data, sizeof data}};
        int r = darq_session_open(&session, NULL, 1000);

        if (r == 0)
                r = darq_proxy_connect(&echo.proxy, session, target);
        while (r == 0) {
                const struct echo_call_reply *reply;

                r = echo_call(&echo, &request, &reply);
                if (r == 0)
                        darq_reply_free(reply);
        }
        return ended(session, r);
}

static void on_call(void *context, struct darq_call *call, const struct echo_call_request *request)
{
        (void)context;
        (void)request;
        echo_reply_call(call, &(struct echo_call_reply){.data = {NULL, 0}});
}

int bench_darq_hear(void)
{
        static const struct echo_ops ops = {.call = on_call};

        return echo_ops_main(&ops, NULL, "echo");
}

/* Streams */

int bench_darq_bulk(const char *target, unsigned int mebibytes)
{
        static unsigned char piece[BENCH_PIECE];
        struct copy copy;
        struct darq_session *session;
        struct copy_send_request request = {.path = DARQ_STR("nothing"),
                                            .size = (uint64_t)mebibytes << 20};
        const struct copy_send_reply *reply;
        struct darq_stream *stream = NULL;
        int r = darq_session_open(&session, NULL, 1000);
        double since = bench_now_s();

        if (r == 0)
                r = darq_proxy_connect(&copy.proxy, session, target);
        if (r == 0)
                r = copy_send(&copy, &request, &stream);
        for (uint64_t sent = 0; r == 0 && sent < request.size; sent += sizeof piece)
                r = darq_stream_write(stream, piece, sizeof piece, NULL);
        if (r == 0)
                r = copy_send_finish(stream, &reply);
        if (r == 0) {
                printf("%.1f\n", mebibytes / (bench_now_s() - since));
                darq_reply_free(reply);
        }
        darq_stream_close(stream);
        return ended(session, r);
}

struct taker {
        struct darq_call *call;
        uint64_t taken;
};

static void on_bytes(void *context, struct darq_stream *stream)
{
        static unsigned char buffer[BENCH_PIECE];
        struct taker *self = context;
        size_t size;
        int r;

        while ((r = darq_stream_read(stream, buffer, sizeof buffer, &size)) == 0 && size > 0)
                self->taken += size;
        if (r == DARQ_E_AGAIN)
                return;
        if (r == 0)
                copy_reply_send(self->call, &(struct copy_send_reply){.size = self->taken});
        darq_call_release(self->call);
        free(self);
}

static void on_send(void *context, struct darq_call *call, const struct copy_send_request *request)
{
        struct taker *self = calloc(1, sizeof *self);

        (void)context;
        (void)request;
        if (self == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "no memory");
                return;
        }
        self->call = darq_call_keep(call);
        darq_stream_on_ready(darq_call_stream(call), on_bytes, self);
}

int bench_darq_take(void)
{
        static const struct copy_ops ops = {.send = on_send};

        return copy_ops_main(&ops, NULL, "copy");
}
