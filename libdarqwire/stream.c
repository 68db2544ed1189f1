/* SPDX-License-Identifier: MIT */
/*
 * The stream of a call: bytes each way beside its messages, as far as credit goes.
 *
 * Both sides are alike; they differ in where chunks go (the port with the call's number, or the slot) and in how the call
 * ends. What we send stays within the receiver's credit; what we let the other side send is what was read plus a window.
 * An item that credit doesn't cover leaves a rest, which goes out as credit comes; an answer waits behind it.
 *
 * Without on_ready everything waits, as a synchronous call does; with it, nothing does.
 *
 * Invariants: sent <= limit; in.received <= granted; limit and granted never shrink; an answer waits only behind a rest.
 */
#include "libdarqwire/stream.h"

#include <stdlib.h>

enum { WINDOW = 1048576 }; /* bytes that the other side may be ahead, once it is read from */

/* Life */

static struct darq_stream *stream_new(struct darq_session *session,
                                      const struct darq_method *method)
{
        struct darq_stream *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        self->arena = darq_arena_new(0);
        if (self->arena == NULL) {
                free(self);
                return NULL;
        }
        self->session = session;
        self->method = method;
        self->limit = self->granted = session->welcome.window_bytes;
        darq_inflow_init(&self->in);
        darq_writer_init(&self->rest, NULL, 0);
        return self;
}

static void answer_drop(struct darq_stream *self)
{
        if (self->answer == NULL)
                return;
        darq_writer_deinit(self->answer);
        free(self->answer);
        self->answer = NULL;
}

static void stream_free(struct darq_stream *self)
{
        list_remove(&self->link);
        list_remove(&self->ready);
        darq_inflow_deinit(&self->in);
        darq_writer_deinit(&self->rest);
        darq_arena_free(self->arena);
        answer_drop(self);
        free(self);
}

int darq_stream_serve(struct darq_call *call, uint64_t slot)
{
        struct darq_stream *self = stream_new(call->session, call->method);

        if (self == NULL)
                return DARQ_E_NO_MEMORY;
        self->call = call;
        self->destination = slot;
        self->sends = call->method->download;
        self->takes = call->method->upload;
        call->stream = self;
        return darq_intake_claim(call->session, slot);
}

void darq_stream_free_served(struct darq_stream *self)
{
        if (self != NULL)
                stream_free(self);
}

int darq_stream_open(struct darq_pending *pending, struct darq_stream **stream)
{
        struct darq_stream *self = stream_new(pending->session, pending->method);

        if (self == NULL)
                return darq_session_fail(pending->session, DARQ_E_NO_MEMORY,
                                         "no memory for a stream");
        self->pending = pending;
        self->destination = pending->port;
        self->sends = pending->method->upload;
        self->takes = pending->method->download;
        pending->stream = self;
        list_append(&pending->session->streams, &self->link);
        *stream = self;
        return 0;
}

void darq_stream_close(struct darq_stream *self)
{
        if (self == NULL || self->pending == NULL)
                return;
        self->pending->stream = NULL;
        darq_pending_abandon(self->pending);
        stream_free(self);
}

void darq_streams_deinit(struct darq_session *session)
{
        struct list *link;

        while ((link = list_pop(&session->streams)) != NULL)
                stream_free(LIST_OF(link, struct darq_stream, link));
}

struct darq_stream *darq_stream_find(struct darq_session *session, uint64_t source, uint64_t call)
{
        struct darq_map_node *node;

        if ((source & DARQ_PORT_SLOT) != 0)
                return darq_service_call_stream(session, source);
        node = darq_map_find(&session->pendings, call);
        return node != NULL ? CONTAINER_OF(node, struct darq_pending, node)->stream : NULL;
}

/* Callbacks */

static void due(struct darq_stream *self)
{
        if (self->callback != NULL && !list_linked(&self->ready))
                list_append(&self->session->ready, &self->ready);
}

void darq_stream_on_ready(struct darq_stream *self, darq_stream_callback *callback, void *context)
{
        self->callback = callback;
        self->context = context;
        if (self->in.size != 0 || self->in.ended || self->over)
                due(self);
}

void darq_streams_call_back(struct darq_session *session)
{
        struct list *link;

        while ((link = list_pop(&session->ready)) != NULL) {
                struct darq_stream *self = LIST_OF(link, struct darq_stream, ready);

                if (self->callback != NULL)
                        self->callback(self->context, self);
        }
}

void darq_stream_call_ended(struct darq_stream *self)
{
        self->over = true;
        answer_drop(self);
        due(self);
}

/* Waiting */

struct wait {
        const struct darq_stream *stream;
        darq_condition *condition;
        const void *context;
};

static bool over_or(const void *context)
{
        const struct wait *wait = context;

        return wait->stream->over || wait->condition(wait->context);
}

int darq_stream_wait(struct darq_stream *self, darq_condition *condition, const void *context)
{
        struct wait wait = {self, condition, context};
        uint64_t deadline_ns =
                self->pending != NULL ? self->pending->deadline_ns : self->call->deadline_ns;
        int r = darq_session_wait(self->session, over_or, &wait, deadline_ns);

        if (r != 0 && self->pending != NULL && !self->over)
                darq_pending_give_up(self->pending, r);
        return r;
}

/* Output */

uint64_t darq_stream_room(const struct darq_stream *self)
{
        if (self->over || (self->pending != NULL && self->pending->state != DARQ_PENDING_SENT))
                return 0;
        return self->limit - self->sent;
}

static int chunk_send(struct darq_stream *self, const uint8_t *data, size_t size, bool fin)
{
        struct darq_envelope envelope = {.call = self->pending != NULL ? self->pending->node.key
                                                                       : 0};
        struct darq_frame_chunk chunk = {
                .source = self->pending != NULL ? self->pending->source : self->session->own_port,
                .destination = self->destination,
                .offset = self->sent,
                .payload_size = (uint32_t)size,
                .flags = fin ? DARQ_FRAME_FIN : 0,
        };
        int r = darq_session_put_chunk(self->session, &envelope, &chunk, data);

        if (r != 0)
                return r;
        self->sent += size;
        return darq_session_flush(self->session, self->callback == NULL);
}

/* As much as credit allows; how much that was in *taken. */
static int some_send(struct darq_stream *self, const uint8_t *data, size_t size, size_t *taken)
{
        int r = 0;

        *taken = 0;
        while (r == 0 && *taken < size && darq_stream_room(self) != 0) {
                size_t part = size - *taken;

                if (part > DARQ_FRAME_CHUNK_MAX)
                        part = DARQ_FRAME_CHUNK_MAX;
                if (part > darq_stream_room(self))
                        part = (size_t)darq_stream_room(self);
                r = chunk_send(self, data + *taken, part, false);
                if (r == 0)
                        *taken += part;
        }
        return r;
}

int darq_stream_pump(struct darq_stream *self)
{
        size_t taken;
        int r;

        if (self->rest_start == self->rest.size)
                return 0;
        r = some_send(self, self->rest.data + self->rest_start, self->rest.size - self->rest_start,
                      &taken);
        self->rest_start += taken;
        if (self->rest_start == self->rest.size) {
                darq_writer_reset(&self->rest);
                self->rest_start = 0;
        }
        return r;
}

static bool has_room(const void *context)
{
        return darq_stream_room(context) != 0;
}

int darq_stream_drain(struct darq_stream *self)
{
        int r = darq_stream_pump(self);

        while (r == 0 && self->rest_start != self->rest.size) {
                if (self->over)
                        return DARQ_E_ENDED;
                if (self->callback != NULL)
                        return DARQ_E_AGAIN;
                r = darq_stream_wait(self, has_room, self);
                if (r == 0)
                        r = darq_stream_pump(self);
        }
        return r;
}

int darq_stream_write(struct darq_stream *self, const void *data, size_t size, size_t *taken)
{
        size_t done = 0;
        size_t part;
        int r = 0;

        if (self->sends == NULL || self->sends->pack != NULL || self->finished)
                return darq_session_fail(self->session, DARQ_E_INVALID, "%s takes no bytes",
                                         self->method->name);
        while (r == 0 && done < size) {
                part = 0;
                if (self->over)
                        r = darq_session_fail(self->session, DARQ_E_ENDED, "%s has ended",
                                              self->method->name);
                else if (darq_stream_room(self) != 0)
                        r = some_send(self, (const uint8_t *)data + done, size - done, &part);
                else if (self->callback == NULL)
                        r = darq_stream_wait(self, has_room, self);
                else
                        break;
                done += part;
        }
        if (taken != NULL)
                *taken = done;
        if (r == 0 && done == 0 && size != 0)
                return darq_session_fail(self->session, DARQ_E_AGAIN,
                                         "%s: the other side has to read first",
                                         self->method->name);
        return r;
}

int darq_stream_send_fin(struct darq_stream *self)
{
        if (self->finished || self->over || self->sends == NULL)
                return 0;
        self->finished = true;
        return chunk_send(self, NULL, 0, true);
}

void darq_stream_credit(struct darq_stream *self, uint64_t limit)
{
        if (limit <= self->limit || self->over)
                return;
        self->limit = limit;
        darq_stream_pump(self);
        if (self->answer != NULL && self->rest_start == self->rest.size) {
                struct darq_writer *answer = self->answer;

                self->answer = NULL;
                darq_stream_send_fin(self);
                darq_service_call_conclude(self->call, answer);
                darq_writer_deinit(answer);
                free(answer);
                return;
        }
        due(self);
}

bool darq_stream_conclude(struct darq_stream *self, struct darq_writer *answer, int status)
{
        if (status != 0)
                return false;
        if (self->rest_start == self->rest.size) {
                darq_stream_send_fin(self);
                return false;
        }
        self->answer = malloc(sizeof *self->answer);
        if (self->answer == NULL)
                return false;
        *self->answer = *answer;
        darq_writer_init(answer, NULL, 0);
        self->callback = NULL;
        return true;
}

/* Input */

int darq_stream_take(struct darq_stream *self, const struct darq_frame_chunk *chunk,
                     const struct darq_incoming *frame, const uint8_t *data)
{
        struct darq_inflow *in = &self->in;

        if (self->takes == NULL || in->ended || self->over || chunk->offset != in->received ||
            chunk->payload_size > self->granted - in->received)
                return 0;
        if (chunk->payload_size != 0 &&
            darq_inflow_add(in, frame->block, data, chunk->payload_size) != 0)
                return DARQ_E_NO_MEMORY;
        in->received += chunk->payload_size;
        in->ended = (chunk->flags & DARQ_FRAME_FIN) != 0;
        due(self);
        return 0;
}

int darq_stream_grant(struct darq_stream *self, size_t wanted)
{
        uint64_t consumed = self->in.received - self->in.size;
        uint64_t ahead = wanted > WINDOW ? wanted : WINDOW;
        int r;

        if (self->over || self->in.ended || !self->session->up)
                return 0;
        if (self->granted - consumed > WINDOW / 2 && self->granted - consumed >= wanted)
                return 0;
        r = darq_session_put_credit(self->session, self->destination,
                                    self->pending != NULL ? self->pending->node.key : 0,
                                    consumed + ahead);
        if (r != 0)
                return r;
        self->granted = consumed + ahead;
        return darq_session_flush(self->session, false);
}
