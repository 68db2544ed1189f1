/* SPDX-License-Identifier: MIT */
/*
 * Reading a stream, its typed items, and its end.
 *
 * Items stand one behind the other, each a parameter list whose first four bytes tell its length; how they were cut into
 * chunks means nothing. An item lives until the next one is asked for.
 *
 * A stream that only comes (the result of a call) ends with the call's outcome: the end is told when the outcome is
 * there, and an outcome that is a failure is told in its place.
 */
#include "libdarqwire/arena.h"
#include "libdarqwire/fault.h"
#include "libdarqwire/stream.h"

static bool done(const void *context)
{
        const struct darq_stream *self = context;

        return self->pending->state == DARQ_PENDING_DONE;
}

struct want {
        const struct darq_stream *stream;
        size_t size;
};

static bool enough(const void *context)
{
        const struct want *want = context;

        return want->stream->in.size >= want->size || want->stream->in.ended;
}

/* Until size bytes are there, or no more will come. 0, AGAIN, or what waiting gives. */
static int await(struct darq_stream *self, size_t size)
{
        struct want want = {self, size};
        int r = darq_stream_grant(self, size);

        if (r != 0 || enough(&want) || self->over)
                return r;
        if (self->callback != NULL)
                return darq_session_fail(self->session, DARQ_E_AGAIN, "%s: nothing has come",
                                         self->method->name);
        r = darq_stream_wait(self, enough, &want);
        return self->over && self->pending != NULL ? 0 : r;
}

/* Nothing more will come: 0 when that is as it should be. */
static int ending(struct darq_stream *self)
{
        const void *nothing;
        int r = 0;

        if (self->pending == NULL)
                return self->in.ended ? 0
                                      : darq_session_fail(self->session, DARQ_E_ENDED,
                                                          "%s was cancelled", self->method->name);
        if (!done(self) && self->method->upload != NULL && self->in.ended)
                return 0;
        if (!done(self) && self->callback != NULL)
                return darq_session_fail(self->session, DARQ_E_AGAIN, "%s: its outcome hasn't come",
                                         self->method->name);
        if (!done(self))
                r = darq_stream_wait(self, done, self);
        return done(self) ? darq_pending_result(self->pending, &nothing) : r;
}

/* Whether it is a stream of bytes. 0 or INVALID. */
static int bytes_check(const struct darq_stream *self)
{
        if (self->takes != NULL && self->takes->unpack == NULL)
                return 0;
        return darq_session_fail(self->session, DARQ_E_INVALID, "%s gives no bytes",
                                 self->method->name);
}

int darq_stream_read(struct darq_stream *self, void *data, size_t capacity, size_t *size)
{
        int r = bytes_check(self);

        *size = 0;
        if (r == 0 && capacity != 0)
                r = await(self, 1);
        if (r != 0 || capacity == 0)
                return r;
        if (self->in.size == 0)
                return ending(self);
        if (capacity > self->in.size)
                capacity = self->in.size;
        darq_inflow_peek(&self->in, data, capacity);
        darq_inflow_drop(&self->in, capacity);
        *size = capacity;
        return darq_stream_grant(self, 0);
}

int darq_stream_view(struct darq_stream *self, const void **data, size_t *size)
{
        int r = bytes_check(self);

        *data = NULL;
        *size = 0;
        if (r != 0)
                return r;
        darq_inflow_drop(&self->in, 0);
        r = await(self, 1);
        if (r != 0)
                return r;
        if (self->in.size == 0)
                return ending(self);
        *size = darq_inflow_together(&self->in);
        *data = darq_inflow_take(&self->in, *size);
        return darq_stream_grant(self, 0);
}

/* The length in front of the next item; 0 at the end. */
static int item_size(struct darq_stream *self, size_t *size)
{
        uint8_t length[4];
        int r = await(self, sizeof length);

        *size = 0;
        if (r != 0 || self->in.size < sizeof length)
                return r;
        darq_inflow_peek(&self->in, length, sizeof length);
        *size = sizeof length + (size_t)darq_load_u32(length);
        return 0;
}

static int broken(struct darq_stream *self, const char *why)
{
        if (self->pending != NULL && !self->over)
                darq_pending_give_up(self->pending, DARQ_E_STREAM_BROKEN);
        return darq_session_fail(self->session, DARQ_E_STREAM_BROKEN, "%s: %s", self->method->name,
                                 why);
}

/* The bytes of an item that were refused: where, and why. */
static int item_broken(struct darq_stream *self, const struct darq_reader *reader, size_t size)
{
        struct darq_fault fault = {
                .interface =
                        self->pending != NULL ? self->pending->interface : self->call->interface,
                .method = self->method,
                .part = self->pending != NULL ? DARQ_PART_DOWNLOAD : DARQ_PART_UPLOAD,
                .reader = reader,
                .size = size,
        };
        char why[DARQ_FAULT_TEXT];

        darq_fault_tell(&fault, why, sizeof why);
        return broken(self, why);
}

static int item_unpack(struct darq_stream *self, size_t size, const void **item)
{
        const uint8_t *data = darq_inflow_take(&self->in, size);
        struct darq_reader reader;

        if (data == NULL)
                return darq_session_fail(self->session, DARQ_E_NO_MEMORY, "no memory for an item");
        darq_arena_reset(self->arena, darq_arena_limit(size));
        darq_reader_init(&reader, data, size, self->arena);
        reader.session = self->session;
        reader.link = self->session->link;
        *item = self->takes->unpack(&reader);
        if (darq_reader_finish(&reader) != 0 || *item == NULL)
                return item_broken(self, &reader, size);
        return darq_stream_grant(self, 0);
}

int darq_stream_next(struct darq_stream *self, const struct darq_method *method, const void **item)
{
        size_t size;
        int r;

        *item = NULL;
        if (method != self->method || self->takes == NULL || self->takes->unpack == NULL)
                return darq_session_fail(self->session, DARQ_E_INVALID, "%s gives no items",
                                         self->method->name);
        r = item_size(self, &size);
        if (r == 0 && size > self->session->welcome.message_max_bytes)
                return broken(self, "an item is longer than a message may be");
        if (r == 0 && size != 0)
                r = await(self, size);
        if (r != 0)
                return r;
        if (size != 0 && self->in.size >= size)
                return item_unpack(self, size, item);
        r = ending(self);
        return r == 0 && self->in.size != 0 ? broken(self, "it ends within an item") : r;
}

int darq_stream_push(struct darq_stream *self, const struct darq_method *method, const void *item)
{
        int r;

        if (method != self->method || self->sends == NULL || self->sends->pack == NULL ||
            self->finished)
                return darq_session_fail(self->session, DARQ_E_INVALID, "%s takes no items",
                                         self->method->name);
        if (self->over)
                return DARQ_E_ENDED;
        r = darq_stream_drain(self);
        if (r != 0)
                return r;
        if (self->callback != NULL && darq_stream_room(self) == 0)
                return darq_session_fail(self->session, DARQ_E_AGAIN,
                                         "%s: the other side has to read first", method->name);
        self->sends->pack(&self->rest, item);
        if (self->rest.error != 0) {
                r = darq_session_fail(self->session, self->rest.error,
                                      "%s: an item was not sent: %s", method->name,
                                      self->rest.reason);
                darq_writer_reset(&self->rest);
                return r;
        }
        r = darq_stream_drain(self);
        return r == DARQ_E_AGAIN ? 0 : r;
}

int darq_call_push(struct darq_call *self, const struct darq_method *method, const void *item)
{
        if (self->ended)
                return DARQ_E_ENDED;
        return self->stream != NULL ? darq_stream_push(self->stream, method, item) : DARQ_E_INVALID;
}

int darq_stream_finish(struct darq_stream *self, const struct darq_method *method,
                       const void **reply)
{
        const void *value = NULL;
        int r = 0;

        if (method != self->method || self->pending == NULL)
                return darq_session_fail(self->session, DARQ_E_INVALID, "%s isn't a call of ours",
                                         self->method->name);
        if (!self->over)
                r = darq_stream_drain(self);
        if (r == 0)
                r = darq_stream_send_fin(self);
        if (r == DARQ_E_AGAIN || r == DARQ_E_NO_MEMORY)
                return r;
        if (!done(self) && self->callback != NULL)
                return darq_session_fail(self->session, DARQ_E_AGAIN, "%s: its outcome hasn't come",
                                         method->name);
        if (!done(self))
                darq_stream_wait(self, done, self);
        r = darq_pending_result(self->pending, &value);
        if (r != 0 || reply == NULL)
                return r;
        *reply = value;
        if (value != darq_empty_value())
                self->pending->reply = NULL;
        return 0;
}
