/* SPDX-License-Identifier: MIT */
/*
 * Serving one request, from its payload to its answer.
 *
 *      darq_dispatch() -> handler -> darq_call_reply/raise/fail() -> carrier.answer()   ended
 *                                 -> darq_call_keep()             -> the same, later
 *                                 -> neither                      -> carrier.abandon()  ended
 *      darq_call_cancel()                                                               ended, cancelled
 *
 * Invariants: answer() or abandon() is called at most once, and never after a cancel; release() is called exactly once,
 * when the handler has returned and, for a kept call, darq_call_release() was called. An answer that can't be packed
 * becomes INTERNAL, so that the caller is always told something. What a one-way message is answered with goes nowhere.
 *
 * Who may call, where the bytes come from and where they go is the carrier's business.
 */
#include "libdarqwire/dispatch.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>

#include "libdarqwire/clock.h"
#include "libdarqwire/fault.h"
#include "libdarqwire/rpc.h"

enum { DETAIL_MAX = 1024 }; /* bytes of an answer's text */

/* Mostly they are numbered from 1 on, without gaps. */
const struct darq_method *darq_interface_find(const struct darq_interface *self, uint32_t ordinal)
{
        size_t low = 0;
        size_t high = self->method_count;

        if (ordinal - 1 < high && self->methods[ordinal - 1].ordinal == ordinal)
                return &self->methods[ordinal - 1];
        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (self->methods[middle].ordinal == ordinal)
                        return &self->methods[middle];
                if (self->methods[middle].ordinal < ordinal)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

/* Answers */

static void answer_header(const struct darq_call *self, struct darq_writer *writer, int status)
{
        struct darq_rpc_header header = {self->interface_id, self->ordinal, status};

        darq_rpc_header_put(writer->data + DARQ_HEADROOM - DARQ_RPC_HEADER_SIZE, &header);
}

/* The call has ended for whoever answers it; whether the answer matters to anybody is found out here. */
static int answer_send(struct darq_call *self, struct darq_writer *writer, int status)
{
        self->ended = true;
        if (!self->two_way)
                return 0;
        answer_header(self, writer, status);
        return self->carrier->answer(self, writer);
}

/* As much of a text as fits, without a torn character. */
static struct darq_string detail_of(const char *text)
{
        struct darq_string detail = darq_string_of(text != NULL ? text : "");

        if (detail.size <= DETAIL_MAX)
                return detail;
        detail.size = DETAIL_MAX;
        while (detail.size > 0 && (detail.data[detail.size] & 0xc0) == 0x80)
                detail.size--;
        return detail;
}

/* An answer whose body is one string. A text that isn't UTF-8 is left out rather than the answer. */
static int answer_text(struct darq_call *self, int status, const char *text)
{
        struct darq_writer *writer;

        if (!self->two_way) {
                self->ended = true;
                return 0;
        }
        writer = self->carrier->writer(self);
        darq_put_string(writer, detail_of(text), DETAIL_MAX);
        if (writer->error == DARQ_E_INVALID) {
                writer = self->carrier->writer(self);
                darq_put_string(writer, detail_of(""), DETAIL_MAX);
        }
        if (writer->error != 0) {
                self->ended = true;
                self->carrier->abandon(self);
                return writer->error;
        }
        return answer_send(self, writer, status);
}

/* The caller wants no reply any more: whoever made a port for it has to learn that nobody will hold it. */
static int reply_withhold(struct darq_call *self, darq_pack *pack, const void *reply)
{
        struct darq_writer *writer;

        if (self->carrier->withhold == NULL)
                return DARQ_E_ENDED;
        writer = self->carrier->writer(self);
        pack(writer, reply);
        self->carrier->withhold(self, writer);
        return DARQ_E_ENDED;
}

/* The caller is told what the service learns from the result. */
static __attribute__((noinline)) int reply_failed(struct darq_call *self,
                                                  const struct darq_writer *writer)
{
        int error = writer->error;
        char text[256];

        snprintf(text, sizeof text, "the answer can't be packed: %s", writer->reason);
        answer_text(self, DARQ_E_INTERNAL, text);
        return error;
}

int darq_call_reply(struct darq_call *self, const struct darq_method *method, const void *reply)
{
        darq_pack *pack = method->pack_reply != NULL ? method->pack_reply : darq_pack_empty;
        struct darq_writer *writer;

        if (method != self->method)
                return DARQ_E_INVALID;
        if (self->ended)
                return reply_withhold(self, pack, reply);
        writer = self->carrier->writer(self);
        pack(writer, reply);
        return writer->error == 0 ? answer_send(self, writer, 0) : reply_failed(self, writer);
}

int darq_call_raise(struct darq_call *self, const struct darq_method *method, int error,
                    const char *text)
{
        if (method != self->method)
                return DARQ_E_INVALID;
        if (self->ended)
                return DARQ_E_ENDED;
        if (error > 0)
                return answer_text(self, error, text);
        answer_text(self, DARQ_E_INTERNAL, "the service answered with an error that isn't one");
        return DARQ_E_INVALID;
}

int darq_call_fail(struct darq_call *self, int status, const char *text)
{
        if (self->ended)
                return DARQ_E_ENDED;
        return answer_text(self, darq_status_is_answer(status) ? status : DARQ_E_INTERNAL, text);
}

/* Dispatch */

static void describe(struct darq_call *self, const struct darq_served *served)
{
        const struct darq_interface *interface = served->interface;
        struct darq_writer *writer = self->carrier->writer(self);

        darq_put_bytes(writer, darq_bytes_of(interface->schema, interface->schema_size), SIZE_MAX);
        if (writer->error == 0)
                answer_send(self, writer, 0);
        else
                darq_call_fail(self, DARQ_E_INTERNAL, writer->reason);
}

/* The interface with this id, the served one itself or an ancestor, and its ops. */
static const void *ops_find(struct darq_call *self, const struct darq_served *served, uint64_t id)
{
        const struct darq_interface *interface = served->interface;

        if (interface->id == id) {
                self->interface = interface;
                return served->ops;
        }
        for (size_t i = 0; i < interface->base_count; i++) {
                if (interface->bases[i]->id == id) {
                        self->interface = interface->bases[i];
                        return (const uint8_t *)served->ops + interface->base_ops[i];
                }
        }
        return NULL;
}

/* The body can't be unpacked: where, and why. */
static __attribute__((noinline)) void request_refuse(struct darq_call *self, size_t size,
                                                     const struct darq_reader *reader)
{
        struct darq_fault fault = {self->interface, self->method, DARQ_PART_REQUEST, reader, size};
        char why[DARQ_FAULT_TEXT];
        char text[DETAIL_MAX];

        darq_fault_tell(&fault, why, sizeof why);
        snprintf(text, sizeof text, "%s of %s.%s", why, self->interface->name, self->method->name);
        darq_call_fail(self, DARQ_E_BAD_REQUEST, text);
}

static const void *request_unpack(struct darq_call *self, const struct darq_request *request)
{
        size_t size = request->size - DARQ_RPC_HEADER_SIZE;
        struct darq_reader reader;
        const void *value;

        darq_reader_init(&reader, request->data + DARQ_RPC_HEADER_SIZE, size, self->arena);
        reader.ports = request->ports;
        reader.port_count = request->port_count;
        reader.session = self->session;
        reader.link = self->link;
        value = self->method->unpack_request(&reader);
        if (darq_reader_finish(&reader) == 0 && value != NULL)
                /* cppcheck-suppress returnDanglingLifetime ; what was unpacked stands in the arena, not in the reader */
                return value;
        request_refuse(self, size, &reader);
        return NULL;
}

/* One-way with REQUEST: answered at once with an empty list, so that the handler can't. */
static void acknowledge(struct darq_call *self)
{
        struct darq_writer *writer = self->carrier->writer(self);

        darq_pack_empty(writer, NULL);
        if (writer->error == 0)
                answer_send(self, writer, 0);
        else
                darq_call_fail(self, DARQ_E_INTERNAL, writer->reason);
}

static bool stream_begin(struct darq_call *self)
{
        if (self->method->upload == NULL && self->method->download == NULL)
                return true;
        if (self->carrier->stream == NULL)
                darq_call_fail(self, DARQ_E_UNIMPLEMENTED, "streams are not served here");
        else if (self->carrier->stream(self) != 0)
                darq_call_fail(self, DARQ_E_BUSY, "no memory for the stream");
        return !self->ended;
}

/* False: nobody is told what is wrong. */
static bool call_serve(struct darq_call *self, const struct darq_served *served,
                       const struct darq_request *request)
{
        const void *ops = ops_find(self, served, self->interface_id);
        const void *value;

        if (self->interface == NULL) {
                darq_call_fail(self, DARQ_E_NO_INTERFACE, served->interface->name);
                return self->two_way;
        }
        self->method = darq_interface_find(self->interface, self->ordinal);
        if (self->method == NULL) {
                darq_call_fail(self, DARQ_E_UNIMPLEMENTED, self->interface->name);
                return self->two_way;
        }
        if (!self->two_way && !self->method->oneway)
                return false;
        value = request_unpack(self, request);
        if (value == NULL || !stream_begin(self))
                return self->two_way;
        if (self->two_way && self->method->oneway)
                acknowledge(self);
        self->running = true;
        self->method->serve(ops, served->self, self, value);
        self->running = false;
        return true;
}

bool darq_dispatch(struct darq_call *self, const struct darq_served *served,
                   const struct darq_request *request)
{
        struct darq_rpc_header header = {0};
        bool useful = self->two_way;

        if (!darq_rpc_header_get(request->data, request->size, &header))
                darq_call_fail(self, DARQ_E_BAD_REQUEST, "the request is shorter than its header");
        self->interface_id = header.interface;
        self->ordinal = header.ordinal;
        if (!self->ended && self->two_way && header.interface == 0 && header.ordinal == 0)
                describe(self, served);
        else if (!self->ended)
                useful = call_serve(self, served, request);
        if (self->kept)
                return useful;
        if (!self->ended && self->two_way)
                self->carrier->abandon(self);
        self->ended = true;
        self->carrier->release(self);
        return useful;
}

/* A kept call */

struct darq_call *darq_call_keep(struct darq_call *self)
{
        assert(!self->kept);
        self->kept = true;
        self->carrier->keep(self);
        return self;
}

void darq_call_release(struct darq_call *self)
{
        if (self == NULL)
                return;
        assert(self->kept);
        self->kept = false;
        if (self->running)
                return; /* darq_dispatch() goes on where the handler returns */
        if (!self->ended && self->two_way)
                self->carrier->abandon(self);
        self->ended = true;
        self->carrier->release(self);
}

void darq_call_cancel(struct darq_call *self)
{
        darq_call_callback *callback = self->on_cancel;

        self->cancelled = true;
        self->ended = true;
        self->on_cancel = NULL;
        if (callback != NULL)
                callback(self->on_cancel_context, self);
}

void darq_call_on_cancel(struct darq_call *self, darq_call_callback *callback, void *context)
{
        self->on_cancel = callback;
        self->on_cancel_context = context;
}

bool darq_call_cancelled(const struct darq_call *self)
{
        return self->cancelled;
}

unsigned int darq_call_remaining_ms(const struct darq_call *self)
{
        return self->deadline_ns != 0 ? darq_clock_left_ms(self->deadline_ns, darq_clock_ns())
                                      : UINT_MAX;
}

uint64_t darq_call_caller(const struct darq_call *self)
{
        return self->caller;
}

struct darq_session *darq_call_session(const struct darq_call *self)
{
        return self->session;
}

struct darq_stream *darq_call_stream(struct darq_call *self)
{
        return self->stream;
}
