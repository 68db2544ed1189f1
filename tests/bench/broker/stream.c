/* SPDX-License-Identifier: MIT */
/*
 * A stream of bytes through generated code, in pieces of 64 KiB.
 *
 *      PROGRAM serve ADDRESS
 *      PROGRAM write ADDRESS MILLISECONDS
 *
 * The writer blocks when its credit is used up; a quarter more of the time goes to warming up. Prints pieces a second. The service
 * counts what came, and what it says must be what was written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <darq/darq.h>

#include "stream.darq.h"

enum { PIECE = 64 << 10, CONNECT_MS = 2000 };

struct counter {
        struct darq_call *call;
        uint64_t size;
};

static uint64_t now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int fail(struct darq_session *session, const char *what)
{
        fprintf(stderr, "stream: %s: %s\n", what, darq_session_error(session));
        return EXIT_FAILURE;
}

static void counter_free(struct counter *self)
{
        darq_call_release(self->call);
        free(self);
}

static void on_cancel(void *context, struct darq_call *call)
{
        (void)call;
        counter_free(context);
}

static void on_bytes(void *context, struct darq_stream *stream)
{
        struct counter *self = context;
        const void *data;
        size_t size = 0;
        int r;

        while ((r = darq_stream_view(stream, &data, &size)) == 0 && size > 0)
                self->size += size;
        if (r == DARQ_E_AGAIN)
                return;
        if (r == 0)
                stream_reply_send(self->call, &(struct stream_send_reply){.size = self->size});
        counter_free(self);
}

static void on_send(void *self, struct darq_call *call, const struct stream_send_request *request)
{
        struct counter *counter = calloc(1, sizeof *counter);

        (void)self;
        (void)request;
        if (counter == NULL)
                return;
        counter->call = darq_call_keep(call);
        darq_call_on_cancel(call, on_cancel, counter);
        darq_stream_on_ready(darq_call_stream(call), on_bytes, counter);
}

/* Until the time is over; how many were written in the time that counts. */
static int pieces_write(struct darq_stream *stream, uint64_t milliseconds, uint64_t *written,
                        uint64_t *counted)
{
        static unsigned char piece[PIECE];
        uint64_t begin_ns = now_ns() + milliseconds * 250000;
        uint64_t end_ns = begin_ns + milliseconds * 1000000;
        uint64_t now;
        int r = 0;

        memset(piece, 'x', sizeof piece);
        while (r == 0 && (now = now_ns()) < end_ns) {
                *counted += now >= begin_ns;
                *written += 1;
                r = darq_stream_write(stream, piece, sizeof piece, NULL);
        }
        return r;
}

static int run(struct darq_session *session, const struct stream *proxy, uint64_t milliseconds)
{
        const struct stream_send_reply *reply = NULL;
        uint64_t written = 0;
        uint64_t counted = 0;
        struct darq_stream *stream;
        uint64_t size;

        if (stream_send(proxy, NULL, &stream) != 0)
                return fail(session, "open");
        if (pieces_write(stream, milliseconds, &written, &counted) != 0)
                return fail(session, "write");
        if (stream_send_finish(stream, &reply) != 0)
                return fail(session, "finish");
        size = reply->size;
        darq_reply_free(reply);
        darq_stream_close(stream);
        if (size != written * PIECE)
                return fail(session, "another number of bytes came");
        printf("%.1f\n", (double)counted * 1e3 / (double)milliseconds);
        return EXIT_SUCCESS;
}

int main(int count, char **arguments)
{
        static const struct stream_ops ops = {.send = on_send};
        struct darq_session *session;
        struct stream proxy;
        int status;

        if (count == 3 && strcmp(arguments[1], "serve") == 0) {
                setenv("DARQ_PKERNEL", arguments[2], 1);
                return stream_ops_main(&ops, NULL, "stream");
        }
        if (count != 4 || strcmp(arguments[1], "write") != 0) {
                fprintf(stderr, "usage: %s serve|write ADDRESS [MILLISECONDS]\n", arguments[0]);
                return 2;
        }
        if (darq_session_open(&session, arguments[2], CONNECT_MS) != 0 ||
            darq_proxy_connect(&proxy.proxy, session, "stream") != 0)
                return fail(session, "connect");
        status = run(session, &proxy, strtoull(arguments[3], NULL, 10));
        darq_session_close(session);
        return status;
}
