/* SPDX-License-Identifier: MIT */
/*
 * Calls that this session serves: dispatch's carrier.
 *
 * A request that came with a slot is entered under it until it is answered or cancelled; the answer goes to the slot.
 * The request's bytes stay where they were read: the block is held while the call lives. What a call needs comes from a
 * spare one, arena included, so that serving allocates nothing once warm.
 *
 * While a handler runs, calls that it makes inherit its caller's deadline.
 *
 *      serve() -> darq_dispatch() -> answer() or abandon(): no slot any more -> release(): spare
 *                                 -> kept ... Cancel: no slot any more, callback due -> release(): spare
 */
#include <stdlib.h>
#include <string.h>

#include "libdarqwire/clock.h"
#include "libdarqwire/rpc.h"
#include "libdarqwire/session.h"
#include "libdarqwire/stream.h"

enum { SPARE_ARENA_MAX = 65536 };

struct service_call {
        struct darq_call call;
        struct darq_map_node node; /* key: the slot; entered while open */
        struct list link;          /* spare, or the session's cancelled */
        struct list all;           /* in use */
        bool open;                 /* the p-kernel waits for its end */
        bool lingers;              /* its answer waits for its stream */
        bool released;             /* and nobody else has it any more */
        struct darq_block *block;
        uint64_t ports[DARQ_FRAME_PORTS_MAX +
                       1]; /* the request's, and its source if that is given */
        uint32_t port_count;
};

static struct service_call *service_call_of(struct darq_call *call)
{
        return CONTAINER_OF(call, struct service_call, call);
}

static void service_call_close(struct service_call *self)
{
        if (!self->open)
                return;
        self->open = false;
        darq_map_remove(&self->call.session->calls, &self->node);
        if (self->call.stream != NULL)
                darq_stream_call_ended(self->call.stream);
}

static struct darq_writer *carrier_writer(struct darq_call *call)
{
        return darq_session_writer(call->session);
}

/* Whom not even that can be told would wait for nothing: without a link the p-kernel tells. */
static void answer_deny(const struct service_call *self, uint32_t code)
{
        struct darq_session *session = self->call.session;

        if (darq_session_put_undeliverable(session, self->node.key, code) != 0)
                darq_session_lose(session, "no memory is left to say that there is no answer");
}

/* A reply that can't be sent ends the call all the same. */
static inline int answer_send(struct service_call *self, struct darq_writer *writer)
{
        struct darq_envelope envelope = {.destination = self->node.key};
        struct darq_session *session = self->call.session;
        int r;

        service_call_close(self);
        r = darq_session_put_message(session, writer, DARQ_HEADROOM - DARQ_RPC_HEADER_SIZE,
                                     &envelope);
        if (r != 0)
                answer_deny(self,
                            r == DARQ_E_TOO_BIG ? DARQ_FRAME_REPLY_TOO_BIG : DARQ_FRAME_NO_REPLY);
        darq_session_flush(session, false);
        return r;
}

static void carrier_withhold(struct darq_call *call, struct darq_writer *writer)
{
        darq_ports_offered(call->session, writer);
}

static int carrier_answer(struct darq_call *call, struct darq_writer *writer)
{
        struct service_call *self = service_call_of(call);
        int32_t status = darq_load_i32(writer->data + DARQ_HEADROOM - 4);

        if (!self->open) {
                carrier_withhold(call, writer);
                return DARQ_E_ENDED;
        }
        self->lingers = call->stream != NULL && darq_stream_conclude(call->stream, writer, status);
        return self->lingers ? 0 : answer_send(self, writer);
}

static void carrier_abandon(struct darq_call *call)
{
        struct service_call *self = service_call_of(call);

        if (!self->open)
                return;
        service_call_close(self);
        answer_deny(self, DARQ_FRAME_NO_REPLY);
        darq_session_flush(call->session, false);
}

/* The block is held anyway. */
static void carrier_keep(struct darq_call *call)
{
        (void)call;
}

static __attribute__((noinline)) void ports_drop(struct service_call *self)
{
        struct darq_session *session = self->call.session;

        if (self->call.link == session->link)
                for (uint32_t i = 0; i < self->port_count; i++)
                        darq_target_drop(session, self->ports[i]);
        self->port_count = 0;
}

static void carrier_release(struct darq_call *call)
{
        struct service_call *self = service_call_of(call);
        struct darq_session *session = call->session;

        self->released = true;
        if (self->lingers)
                return;
        service_call_close(self);
        list_remove(&self->link);
        list_cut(&self->all);
        darq_stream_free_served(call->stream);
        call->stream = NULL;
        if (self->port_count != 0)
                ports_drop(self);
        darq_block_unref(self->block);
        self->block = NULL;
        list_prepend(&session->spare_calls, &self->link);
}

void darq_service_call_conclude(struct darq_call *call, struct darq_writer *answer)
{
        struct service_call *self = service_call_of(call);

        self->lingers = false;
        answer_send(self, answer);
        if (self->released)
                carrier_release(call);
}

static int carrier_stream(struct darq_call *call)
{
        return darq_stream_serve(call, service_call_of(call)->node.key);
}

static const struct darq_carrier carrier = {
        .writer = carrier_writer,
        .answer = carrier_answer,
        .withhold = carrier_withhold,
        .abandon = carrier_abandon,
        .keep = carrier_keep,
        .release = carrier_release,
        .stream = carrier_stream,
};

static struct service_call *service_call_new(struct darq_session *session)
{
        struct service_call *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        self->call.carrier = &carrier;
        self->call.session = session;
        return self;
}

/* An arena that is empty, and doesn't keep more memory than it is worth. */
static bool arena_ready(struct service_call *self, size_t limit)
{
        struct darq_arena *arena = self->call.arena;

        if (arena != NULL && darq_arena_used(arena) <= SPARE_ARENA_MAX) {
                darq_arena_reset(arena, limit);
                return true;
        }
        darq_arena_free(arena);
        self->call.arena = darq_arena_new(limit);
        return self->call.arena != NULL;
}

static struct service_call *service_call_alloc(struct darq_session *session, size_t payload_size)
{
        struct list *link = list_pop(&session->spare_calls);
        struct service_call *self =
                link != NULL ? LIST_OF(link, struct service_call, link) : service_call_new(session);

        if (self == NULL)
                return NULL;
        if (!arena_ready(self, darq_arena_limit(payload_size))) {
                free(self);
                return NULL;
        }
        self->call.link = session->link;
        self->call.caller = self->call.deadline_ns = 0;
        self->call.two_way = false;
        memset(&self->call.ended, 0, sizeof self->call - offsetof(struct darq_call, ended));
        self->open = self->lingers = self->released = false;
        self->port_count = 0;
        list_append(&session->served_calls, &self->all);
        return self;
}

static bool port_keep(struct service_call *self, uint64_t port)
{
        if (darq_target_receive(self->call.session, port) != 0)
                return false;
        self->ports[self->port_count++] = port;
        return true;
}

static __attribute__((noinline)) bool ports_keep(struct service_call *self, bool gives_source,
                                                 const struct darq_parcel *parcel)
{
        for (uint32_t i = 0; i < parcel->port_count; i++)
                if (!port_keep(self, darq_frame_u64_get(parcel->ports + (size_t)i * 8)))
                        return false;
        return !gives_source || port_keep(self, parcel->source);
}

static bool service_call_open(struct service_call *self, const struct darq_incoming *frame,
                              const struct darq_parcel *parcel)
{
        struct darq_session *session = self->call.session;

        if ((frame->header.flags & DARQ_FRAME_REQUEST) == 0)
                return true;
        self->call.two_way = true;
        self->call.caller = frame->header.call;
        if (frame->header.timeout_ms != 0)
                self->call.deadline_ns =
                        darq_session_read_ns(session) + frame->header.timeout_ms * DARQ_NS_PER_MS;
        if (darq_map_find(&session->calls, parcel->source) != NULL)
                return false;
        self->open = darq_map_add(&session->calls, &self->node, parcel->source) == 0;
        return self->open;
}

int darq_service_call_serve(struct darq_session *session, struct darq_port *port,
                            const struct darq_incoming *frame, const struct darq_parcel *parcel)
{
        bool gives_source = (frame->header.flags & DARQ_FRAME_GIVE_SOURCE) != 0;
        struct service_call *self = service_call_alloc(session, parcel->size);
        struct darq_request request = {parcel->data, parcel->size, NULL, parcel->port_count};
        struct darq_served served = port->served;
        uint64_t outer_ns = session->handling_deadline_ns;

        if (self == NULL)
                return DARQ_E_NO_MEMORY;
        self->block = darq_block_ref(frame->block);
        if (((parcel->port_count != 0 || gives_source) &&
             !ports_keep(self, gives_source, parcel)) ||
            !service_call_open(self, frame, parcel)) {
                carrier_release(&self->call);
                return DARQ_E_NO_MEMORY;
        }
        request.ports = self->ports;
        session->handling_deadline_ns = self->call.deadline_ns;
        session->requests++;
        darq_dispatch(&self->call, &served, &request);
        session->handling_deadline_ns = outer_ns;
        return 0;
}

/* The call has ended for its handler; whether there is a callback is asked when it is due. */
static void service_call_cancel(struct service_call *self)
{
        self->call.cancelled = true;
        self->call.ended = true;
        service_call_close(self);
        self->lingers = false;
        if (self->released)
                carrier_release(&self->call);
        else if (!list_linked(&self->link))
                list_append(&self->call.session->cancelled, &self->link);
}

struct darq_stream *darq_service_call_stream(struct darq_session *session, uint64_t slot)
{
        struct darq_map_node *node = darq_map_find(&session->calls, slot);

        return node != NULL ? CONTAINER_OF(node, struct service_call, node)->call.stream : NULL;
}

void darq_service_call_cancel(struct darq_session *session, uint64_t slot)
{
        struct darq_map_node *node = darq_map_find(&session->calls, slot);

        if (node != NULL)
                service_call_cancel(CONTAINER_OF(node, struct service_call, node));
}

void darq_service_calls_lose(struct darq_session *session)
{
        struct darq_map_node *node;

        while ((node = darq_map_any(&session->calls)) != NULL)
                service_call_cancel(CONTAINER_OF(node, struct service_call, node));
}

void darq_service_calls_call_back(struct darq_session *session)
{
        struct list *link;

        while ((link = list_pop(&session->cancelled)) != NULL)
                darq_call_cancel(&LIST_OF(link, struct service_call, link)->call);
}

void darq_service_calls_deinit(struct darq_session *session)
{
        struct list *link;

        darq_service_calls_lose(session);
        darq_service_calls_call_back(session);
        while (!list_empty(&session->served_calls))
                carrier_release(
                        &LIST_OF(session->served_calls.next, struct service_call, all)->call);
        while ((link = list_pop(&session->spare_calls)) != NULL) {
                struct service_call *self = LIST_OF(link, struct service_call, link);

                darq_arena_free(self->call.arena);
                free(self);
        }
}
