/* SPDX-License-Identifier: MIT */
/*
 * The library against a hostile p-kernel.
 *
 * Input: the first byte says whether the greeting is in order; the others say by turns what the program does (calls,
 * waits, streams, serves, polls) and, whenever the library waits, what the p-kernel does. Whatever that is, a call has
 * one outcome: a synchronous one by its result, with a reply if that is 0; an asynchronous one by one callback, at the
 * latest when the session closes, and none if it was never made or has been freed. The session can be closed at any
 * point, and no descriptor is lost.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <darq/darq.h>

#include "echo.darq.h"
#include "streams.darq.h"
#include "tests/fuzz/hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ASKED_MAX = 32, STREAMS_MAX = 4, KEPT_MAX = 4, PROXIES = 4, TIMEOUT_MS = 3000 };

/* An asynchronous call. */
struct asked {
        struct darq_pending *pending;
        bool made;
        bool freed;
        unsigned int outcomes;
};

struct program {
        struct darq_session *session;
        struct darq_proxy proxies[PROXIES]; /* of anybody; may be zero, or stale */
        struct asked asked[ASKED_MAX];
        size_t asked_count;
        struct darq_stream *streams[STREAMS_MAX];
        uint8_t kinds[STREAMS_MAX]; /* by which action it was opened */
        struct darq_call *kept[KEPT_MAX];
        unsigned int deaths[PROXIES]; /* told of, at most as often as it was asked */
        unsigned int watches[PROXIES];
        uint64_t raw; /* a port without an interface */
        bool in_handler;
};

static struct darq_string text_take(void)
{
        size_t size;
        const uint8_t *bytes = hostile_bytes(hostile_byte() % 70, &size);

        return (struct darq_string){(const char *)bytes, size};
}

static struct darq_proxy *proxy_pick(struct program *self)
{
        return &self->proxies[hostile_byte() % PROXIES];
}

/* What it serves */

static void keep_or(struct program *self, struct darq_call *call)
{
        struct darq_call **place = &self->kept[hostile_byte() % KEPT_MAX];

        if (*place == NULL)
                *place = darq_call_keep(call);
}

static void on_say(void *context, struct darq_call *call, const struct echo_say_request *request)
{
        uint8_t how = hostile_byte();

        if (how % 4 == 0)
                echo_reply_say(call, &(struct echo_say_reply){.text = request->text});
        else if (how % 4 == 1)
                echo_fail_say(call, ECHO_ERROR_WRONG, "so");
        else if (how % 4 == 2)
                keep_or(context, call);
}

static void on_note(void *context, struct darq_call *call, const struct echo_note_request *request)
{
        (void)context;
        (void)call;
        (void)request;
}

static void on_pass(void *context, struct darq_call *call, const struct echo_pass_request *request)
{
        struct program *self = context;
        struct darq_proxy *proxy = proxy_pick(self);

        if (proxy->port == 0) {
                darq_proxy_keep(&request->given.proxy);
                *proxy = request->given.proxy;
        }
        echo_reply_pass(call, &(struct echo_pass_reply){.given = request->given});
}

static void on_list(void *context, struct darq_call *call,
                    const struct streams_store_list_request *request)
{
        struct streams_store_list_item item = {.key = request->prefix, .size = 1};

        for (uint8_t left = hostile_byte() % 8; left > 0; left--)
                streams_store_push_list(call, &item);
        if (hostile_byte() % 2 == 0)
                streams_store_reply_list(call);
        else
                keep_or(context, call);
}

static void on_filter(void *context, struct darq_call *call,
                      const struct streams_store_filter_request *request)
{
        const struct streams_store_filter_part *part;

        (void)request;
        if (hostile_byte() % 2 == 0) {
                keep_or(context, call);
                return;
        }
        while (streams_store_take_filter(call, &part) == 0 && part != NULL)
                streams_store_push_filter(call, &(struct streams_store_filter_item){part->line});
        streams_store_reply_filter(call);
}

static void kept_end(struct program *self, size_t index)
{
        struct darq_call *call = self->kept[index];

        self->kept[index] = NULL;
        if (call != NULL && hostile_byte() % 2 == 0)
                darq_call_fail(call, DARQ_E_REFUSED, "no");
        darq_call_release(call);
}

static void serve(struct program *self)
{
        static const struct echo_ops echo = {.say = on_say, .note = on_note, .pass = on_pass};
        static const struct streams_store_ops store = {.list = on_list, .filter = on_filter};
        struct darq_proxy *proxy = proxy_pick(self);

        if (proxy->port != 0)
                return;
        if (hostile_byte() % 2 == 0)
                echo_ops_serve(&echo, self, self->session, (struct echo *)proxy);
        else
                streams_store_ops_serve(&store, self, self->session, (struct streams_store *)proxy);
}

/* What it calls */

static void reply_take(int status, const void *reply)
{
        assert(status == 0 || reply == NULL);
        darq_reply_free(reply);
}

static void call_wait(struct program *self)
{
        struct echo echo = {*proxy_pick(self)};
        const struct echo_say_reply *said = NULL;
        const struct echo_pass_reply *passed = NULL;
        int status;

        echo.proxy.timeout_ms = TIMEOUT_MS;
        if (hostile_byte() % 2 == 0) {
                status = echo_say(&echo, &(struct echo_say_request){text_take()}, &said);
                reply_take(status, said);
        } else {
                status =
                        echo_pass(&echo, &(struct echo_pass_request){{*proxy_pick(self)}}, &passed);
                reply_take(status, passed);
        }
        assert(darq_session_error(self->session) != NULL);
}

static void on_said(void *context, int result, const struct echo_say_reply *reply)
{
        struct asked *asked = context;

        assert(asked->made && !asked->freed);
        assert((result == 0) == (reply != NULL));
        asked->outcomes++;
}

static void call_begin(struct program *self)
{
        struct echo echo = {*proxy_pick(self)};
        struct asked *asked = &self->asked[self->asked_count];
        uint8_t how = hostile_byte();

        if (self->asked_count == ASKED_MAX)
                return;
        self->asked_count++;
        echo.proxy.timeout_ms = how & 1 ? TIMEOUT_MS : 0;
        asked->made = true;
        if (echo_say_async(&echo, &(struct echo_say_request){text_take()}, on_said, asked,
                           how & 2 ? NULL : &asked->pending) != 0)
                asked->made = false;
}

static void call_forget(struct program *self)
{
        struct asked *asked = &self->asked[hostile_byte() % ASKED_MAX];

        if (!asked->made || asked->pending == NULL || asked->freed)
                return;
        darq_pending_free(asked->pending);
        asked->freed = true;
}

static void note(struct program *self)
{
        struct echo echo = {*proxy_pick(self)};

        echo_note(&echo, &(struct echo_note_request){hostile_byte()});
}

/* Streams */

static void stream_open(struct program *self)
{
        struct streams_store store = {*proxy_pick(self)};
        size_t index = hostile_byte() % STREAMS_MAX;
        struct darq_stream **stream = &self->streams[index];

        if (*stream != NULL)
                return;
        store.proxy.timeout_ms = TIMEOUT_MS;
        self->kinds[index] = hostile_byte() % 5;
        switch (self->kinds[index]) {
        case 0:
                streams_store_list(&store, &(struct streams_store_list_request){text_take()},
                                   stream);
                break;
        case 1:
                streams_store_upload(&store, &(struct streams_store_upload_request){text_take()},
                                     stream);
                break;
        case 2:
                streams_store_load(&store, &(struct streams_store_load_request){9}, stream);
                break;
        case 3:
                streams_store_filter(&store, NULL, stream);
                break;
        default:
                streams_store_pipe(&store, NULL, stream);
                break;
        }
}

static void stream_put(struct darq_stream *stream, uint8_t kind)
{
        static const uint8_t zeros[70000];

        if (kind == 2)
                streams_store_load_push(
                        stream, &(struct streams_store_load_part){text_take(), {zeros, 3000}});
        else if (kind == 3)
                streams_store_filter_push(stream, &(struct streams_store_filter_part){text_take()});
        else if (kind != 0)
                darq_stream_write(stream, zeros, hostile_byte() * 200u, NULL);
}

/* Every byte of a view must be there. */
static void stream_view(struct darq_stream *stream)
{
        const void *data;
        size_t size, sum = 0;

        if (darq_stream_view(stream, &data, &size) == 0)
                assert((data == NULL) == (size == 0));
        for (size_t i = 0; i < size; i++)
                sum += ((const uint8_t *)data)[i];
        assert(sum <= size * UINT8_MAX);
}

static void stream_get(struct darq_stream *stream, uint8_t kind, bool view)
{
        const struct streams_store_list_item *entry = NULL;
        const struct streams_store_filter_item *line = NULL;
        uint8_t data[100];
        size_t size = 0;

        if (kind == 0 && streams_store_list_next(stream, &entry) != 0)
                assert(entry == NULL);
        else if (kind == 3 && streams_store_filter_next(stream, &line) != 0)
                assert(line == NULL);
        else if (kind == 4 && view)
                stream_view(stream);
        else if (kind == 4 && darq_stream_read(stream, data, sizeof data, &size) == 0)
                assert(size <= sizeof data);
}

static void stream_end(struct darq_stream *stream, uint8_t kind)
{
        const struct streams_store_upload_reply *stored = NULL;
        const struct streams_store_load_reply *loaded = NULL;

        if (kind == 1 && streams_store_upload_finish(stream, &stored) != 0)
                assert(stored == NULL);
        else if (kind == 2 && streams_store_load_finish(stream, &loaded) != 0)
                assert(loaded == NULL);
}

static void stream_use(struct program *self)
{
        size_t index = hostile_byte() % STREAMS_MAX;
        struct darq_stream *stream = self->streams[index];
        uint8_t how = hostile_byte() % 4;

        if (stream == NULL)
                return;
        if (how == 0)
                stream_put(stream, self->kinds[index]);
        else if (how == 1)
                stream_get(stream, self->kinds[index], index % 2 != 0);
        else if (how == 2)
                stream_end(stream, self->kinds[index]);
        else {
                darq_stream_close(stream);
                self->streams[index] = NULL;
        }
}

/* Ports */

static void on_death(void *context, uint64_t port)
{
        unsigned int *deaths = context;

        (void)port;
        ++*deaths;
}

static void port_watch(struct program *self)
{
        size_t index = hostile_byte() % PROXIES;
        struct darq_proxy *proxy = &self->proxies[index];

        self->watches[index]++;
        if (hostile_byte() % 2 == 0)
                darq_proxy_on_death(proxy, on_death, &self->deaths[index]);
        else
                darq_proxy_off_death(proxy, on_death, &self->deaths[index]);
}

static void raw_use(struct program *self)
{
        struct darq_message *message = NULL;
        struct darq_outgoing outgoing = {.source = self->raw,
                                         .destination = proxy_pick(self)->port};

        switch (hostile_byte() % 4) {
        case 0:
                self->raw = hostile_byte();
                if (darq_port_open(self->session, &self->raw) != 0)
                        self->raw = 0;
                break;
        case 1:
                darq_message_receive(self->session, self->raw, 50, &message);
                break;
        case 2:
                darq_message_call(self->session, &outgoing, TIMEOUT_MS, &message);
                break;
        default:
                darq_port_close(self->session, self->raw);
                break;
        }
        darq_message_free(message);
}

static void proxy_make(struct program *self)
{
        struct darq_proxy *proxy = proxy_pick(self);
        uint8_t how = hostile_byte();

        if (how % 4 == 0)
                darq_proxy_close(proxy);
        else if (proxy->port == 0 && how % 4 == 1)
                darq_proxy_at(proxy, self->session, 2 + how);
        else if (proxy->port == 0)
                darq_proxy_connect(proxy, self->session, "echo");
}

static void act(struct program *self)
{
        static void (*const actions[])(struct program *) = {
                proxy_make,  call_wait,  call_begin, call_begin, call_forget, note,
                stream_open, stream_use, stream_use, serve,      port_watch,  raw_use};
        uint8_t what = hostile_byte();

        if (what < 0x80)
                actions[what % (sizeof actions / sizeof *actions)](self);
        else if (what < 0xe0)
                darq_session_poll(self->session, what & 1 ? 100 : 0);
        else if (what < 0xf0)
                darq_session_cork(self->session, what & 1);
        else
                kept_end(self, what % KEPT_MAX);
}

static int descriptor_next(void)
{
        int fd = dup(STDIN_FILENO);

        close(fd);
        return fd;
}

static void end(struct program *self)
{
        for (size_t i = 0; i < KEPT_MAX; i++)
                kept_end(self, i);
        darq_session_close(self->session);
        for (size_t i = 0; i < self->asked_count; i++) {
                const struct asked *asked = &self->asked[i];

                assert(asked->outcomes <= asked->made);
                assert(asked->freed || asked->outcomes == asked->made);
        }
        for (size_t i = 0; i < PROXIES; i++)
                assert(self->deaths[i] <= self->watches[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct program program = {0};
        int first = descriptor_next(), fd;
        char address[64];

        if (size == 0)
                return 0;
        hostile_begin(data + 1, size - 1, data[0] % 4 != 0);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        snprintf(address, sizeof address, "fd:%d:%ld", fd, (long)getpid());
        if (darq_session_open(&program.session, address, 0) == 0)
                while (hostile_goes_on())
                        act(&program);
        end(&program);
        assert(descriptor_next() == first);
        return 0;
}
