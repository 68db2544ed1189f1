/* SPDX-License-Identifier: MIT */
/*
 * Calls.
 *
 * Invariants: an open slot (QUEUED or HANDED) is in the table of slots, in its caller's calls and its callee's served,
 * and counts at its route; it leaves all of them in slot_end(), on which exactly one outcome follows: a reply, or the
 * Undeliverable that stands in the slot. So an outcome needs no memory, and there is never a second one.
 *
 * In the table of calls, whose hash is dear, it is only from the first time on that its caller names a call, which is
 * seldom: a Cancel, a stream. The slots that aren't are the last ones of their caller's calls.
 */
#include "pkernel/core/slot.h"

#include "libdarqwire/utf8.h"
#include "pkernel/core/connection.h"
#include "pkernel/core/piece.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"
#include "pkernel/core/run.h"
#include "pkernel/core/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SPARE_SLOTS = 1024 };

/* NULL: no memory. Nothing in it is set. */
static struct slot *slot_take(struct kernel *kernel)
{
        struct slot *self = kernel->spare_slots;

        if (self == NULL)
                return malloc(sizeof *self);
        kernel->spare_slots = self->next;
        kernel->spare_slot_count--;
        return self;
}

static void slot_give(struct kernel *kernel, struct slot *self)
{
        if (kernel->spare_slot_count == SPARE_SLOTS) {
                free(self);
                return;
        }
        kernel->spare_slot_count++;
        self->next = kernel->spare_slots;
        kernel->spare_slots = self;
}

void slots_free_spare(struct kernel *kernel)
{
        while (kernel->spare_slots != NULL) {
                struct slot *next = kernel->spare_slots->next;

                free(kernel->spare_slots);
                kernel->spare_slots = next;
        }
}

static void notice_free(struct parcel *parcel)
{
        struct slot *self = parcel->holder;

        self->queued--;
        slot_release(self);
}

static struct share *reply_share(const struct connection *caller, const struct connection *callee)
{
        if (caller->principal != callee->principal)
                return share_ref(caller->principal, callee->id);
        callee->share->references++;
        return callee->share;
}

/* A notice is made when there is something to tell, which most calls end without: it isn't touched before. */
static void notice_init(struct slot *self, struct parcel *parcel, enum parcel_kind kind)
{
        parcel_init(parcel, self->kernel, kind);
        parcel->release = notice_free;
        parcel->holder = self;
}

static void notice_send(struct slot *self, struct parcel *parcel, struct connection *to)
{
        self->queued++;
        output_add(to, parcel);
}

/* A call by that route, which has room for it; its reply_share is set, slots_count() follows. */
static inline void slot_register(struct slot *self, uint64_t call, struct connection *caller,
                                 uint64_t caller_port, struct route *route)
{
        struct kernel *kernel = caller->kernel;

        self->payer = caller->share;
        self->kernel = kernel;
        self->call = call;
        self->caller_port = caller_port;
        self->port = route->port->number;
        self->caller = caller;
        self->callee = route->port->owner;
        self->route = route;
        self->state = SLOT_QUEUED;
        self->request = NULL;
        self->stream = NULL;
        self->indexed = false;
        self->queued = 0;
        self->number = DARQ_PORT_SLOT | kernel->next_slot++;
        table_enter(&kernel->slots, &self->by_number, self->number);
        list_append(&self->caller->calls, &self->caller_node);
        list_append(&self->callee->served, &self->callee_node);
}

/* So many calls of one caller to one port have been registered. */
static void slots_count(const struct slot *like, unsigned int count)
{
        share_add(like->payer, RESOURCE_OBJECTS, count);
        like->payer->references += count;
        like->route->calls += count;
        like->kernel->statistics.calls += count;
}

struct slot *slot_open(struct connection *caller, uint64_t call, struct port *source,
                       struct route *route)
{
        struct slot *self = slot_take(caller->kernel);

        if (self == NULL)
                return NULL;
        self->reply_share = reply_share(caller, route->port->owner);
        if (self->reply_share == NULL || !share_allows(caller->share, RESOURCE_OBJECTS, 1)) {
                share_unref(self->reply_share);
                slot_give(caller->kernel, self);
                return NULL;
        }
        slot_register(self, call, caller, source->number, route);
        slots_count(self, 1);
        list_append(&source->calls, &self->source_node);
        return self;
}

/* It is needed soon. */
static inline void slot_expect(const struct slot *self)
{
        enum { LINE = 64 };

        for (size_t at = 0; at < offsetof(struct slot, by_call); at += LINE)
                __builtin_prefetch((const char *)self + at, 1);
}

struct slot *slot_open_like(struct slot *like, uint64_t call)
{
        struct kernel *kernel = like->kernel;
        struct slot *self = kernel->spare_slot_count == 0 ? NULL : slot_take(kernel);

        if (self == NULL)
                return NULL;
        if (kernel->spare_slots != NULL)
                slot_expect(kernel->spare_slots);
        self->reply_share = like->reply_share;
        slot_register(self, call, like->caller, like->caller_port, like->route);
        list_prepend(&like->source_node, &self->source_node);
        return self;
}

void slots_opened(const struct slot *like, unsigned int count)
{
        like->reply_share->references += count;
        slots_count(like, count);
}

struct slot *slot_find(struct kernel *kernel, uint64_t number)
{
        struct table_node *node = table_at(&kernel->slots, number);

        return node == NULL ? NULL : LIST_OF(node, struct slot, by_number);
}

struct slot *slot_find_served(struct connection *connection, uint64_t number)
{
        struct slot *self = slot_find(connection->kernel, number);

        if (self != NULL && self->callee == connection && self->state == SLOT_HANDED)
                return self;
        connection->kernel->statistics.dropped++;
        return NULL;
}

/* The caller's calls into the table, from the newest back to the first that is there. */
static void calls_index(const struct connection *caller)
{
        for (struct list *node = caller->calls.previous; node != &caller->calls;
             node = node->previous) {
                struct slot *slot = LIST_OF(node, struct slot, caller_node);

                if (slot->indexed)
                        return;
                table_add(&caller->kernel->calls, &slot->by_call, caller->id, slot->call);
                slot->indexed = true;
        }
}

struct slot *slot_find_call(const struct connection *caller, uint64_t call)
{
        struct table_node *node;

        calls_index(caller);
        node = table_find(&caller->kernel->calls, caller->id, call);
        return node == NULL ? NULL : LIST_OF(node, struct slot, by_call);
}

bool slot_redirect(struct slot *self, struct connection *callee)
{
        struct share *share = reply_share(self->caller, callee);

        if (share == NULL)
                return false;
        share_unref(self->reply_share);
        self->reply_share = share;
        self->callee = callee;
        list_remove(&self->callee_node);
        list_append(&callee->served, &self->callee_node);
        if (self->stream != NULL)
                flow_redirect(&self->stream->upload, callee);
        return true;
}

void slot_handed_over(struct slot *self)
{
        if (self == NULL)
                return;
        assert(self->state == SLOT_QUEUED);
        self->state = SLOT_HANDED;
        self->request = NULL;
        if (self->stream != NULL)
                stream_start(self);
}

/* Nobody finds it any more, and it counts no longer at its route. */
static inline void slot_leave(struct slot *self)
{
        struct route *route = self->route;

        table_leave(&self->kernel->slots, &self->by_number);
        if (self->indexed)
                table_remove(&self->kernel->calls, &self->by_call);
        list_cut(&self->caller_node);
        list_cut(&self->source_node);
        list_cut(&self->callee_node);
        route->calls--;
        route_release(route);
}

void slot_end(struct slot *self)
{
        assert(self->state != SLOT_ENDED);
        self->state = SLOT_ENDED;
        slot_leave(self);
        if (self->request != NULL)
                self->request->slot = NULL;
        self->request = NULL;
        self->route = NULL;
        if (self->stream != NULL)
                flow_clear(&self->stream->upload);
}

void slot_replied(struct slot *self, struct parcel *reply)
{
        if (self->stream != NULL) {
                reply->slot = self;
                reply->flow = &self->stream->download;
                self->queued++;
        }
        slot_end(self);
        self->caller = NULL;
        slot_release(self);
}

void slot_replied_like(struct slot *self)
{
        assert(self->state == SLOT_HANDED && self->stream == NULL && self->queued == 0);
        slot_expect(LIST_OF(self->callee_node.next, struct slot, callee_node));
        slot_leave(self);
        slot_give(self->kernel, self);
}

void slots_replied(const struct connection *caller, struct share *share, unsigned int count)
{
        share_subtract(caller->share, RESOURCE_OBJECTS, count);
        caller->share->references -= count;
        share->references -= count;
}

void slot_reply_gone(struct slot *self)
{
        self->queued--;
        slot_release(self);
}

/* Queues what stands in outcome for the caller. */
static void outcome_send(struct slot *self, uint64_t from)
{
        struct connection *caller = self->caller;

        slot_end(self);
        self->outcome.from = from;
        self->outcome.flow = self->stream == NULL ? NULL : &self->stream->download;
        if (caller->ended)
                pieces_free(self->outcome.pieces);
        else
                notice_send(self, &self->outcome, caller);
        self->caller = NULL;
        slot_release(self);
}

/* A request that is still in its callee's run becomes a parcel. */
static void request_find(struct slot *self)
{
        if (self->state == SLOT_QUEUED && self->request == NULL)
                run_unfold(self->callee, 0);
}

void slot_fail(struct slot *self, uint32_t code, const char *detail)
{
        bool by_callee = code >= DARQ_FRAME_PEER_DIED && code != DARQ_FRAME_CANCELLED;

        request_find(self);
        notice_init(self, &self->outcome, PARCEL_OUTCOME);
        parcel_undeliverable(&self->outcome, self->call, self->port, code, detail);
        outcome_send(self, by_callee ? self->callee->id : 0);
}

/* How much of the callee's detail is passed on: whole characters of UTF-8, or nothing. */
static size_t detail_fit(const struct frame *frame, size_t offset)
{
        uint8_t text[FRAME_DETAIL_MAX];
        size_t size = frame->size - offset;
        size_t cut_most = size == FRAME_DETAIL_MAX ? 3 : 0;

        frame_copy(frame, offset, text, size);
        for (size_t cut = 0; cut <= cut_most; cut++) {
                if (darq_utf8_valid(text, size - cut))
                        return size - cut;
        }
        return 0;
}

void slot_fail_by_callee(struct slot *self, struct frame *frame)
{
        struct darq_frame_undeliverable body =
                darq_frame_undeliverable_get(frame->data + frame->header.header_size);
        struct darq_frame_header header = {
                .type = DARQ_FRAME_UNDELIVERABLE, .extended = true, .call = self->call};
        uint8_t head[DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_UNDELIVERABLE_SIZE];
        size_t offset = frame->header.header_size + DARQ_FRAME_UNDELIVERABLE_SIZE;

        if (body.code == 0)
                body.code = DARQ_FRAME_NO_REPLY;
        if (self->caller->ended) {
                slot_fail(self, body.code, "");
                return;
        }
        body.port = self->port;
        body.detail_size = (uint32_t)detail_fit(frame, offset);
        header.size = (uint32_t)(sizeof head + body.detail_size);
        darq_frame_header_put(head, &header);
        darq_frame_undeliverable_put(head + DARQ_FRAME_CALL_HEADER_SIZE, &body);
        notice_init(self, &self->outcome, PARCEL_OUTCOME);
        parcel_take(&self->outcome, frame, head, sizeof head, offset, offset + body.detail_size);
        outcome_send(self, self->callee->id);
}

static void cancel_tell(struct slot *self)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_CANCEL,
                                           .size = DARQ_FRAME_HEADER_SIZE + DARQ_FRAME_CANCEL_SIZE};
        struct connection *callee = self->callee;

        if (!callee->greeted || callee->ended)
                return;
        notice_init(self, &self->cancel, PARCEL_CANCEL);
        darq_frame_header_put(self->cancel.head, &header);
        darq_frame_cancel_put(self->cancel.head + DARQ_FRAME_HEADER_SIZE, self->number);
        parcel_fill(&self->cancel, header.size, NULL);
        self->cancel.from = self->caller->id;
        notice_send(self, &self->cancel, callee);
}

/* False: the callee has got it, or its beginning. */
static bool request_withdraw(struct slot *self)
{
        struct parcel *request;

        request_find(self);
        request = self->request;
        if (request == NULL || request->begun)
                return false;
        self->request = NULL;
        request->slot = NULL;
        parcel_free(request);
        return true;
}

void slot_break(struct slot *self, const char *detail)
{
        if (!request_withdraw(self))
                cancel_tell(self);
        slot_fail(self, DARQ_FRAME_STREAM_BROKEN, detail);
}

void slot_cancel(struct slot *self)
{
        if (request_withdraw(self)) {
                slot_fail(self, DARQ_FRAME_WITHDRAWN, "withdrawn by the caller");
                return;
        }
        cancel_tell(self);
        if (self->stream != NULL)
                flow_clear(&self->stream->download);
        slot_fail(self, DARQ_FRAME_CANCELLED, "cancelled by the caller");
}

void slot_release(struct slot *self)
{
        if (self->state != SLOT_ENDED || self->caller != NULL || self->queued > 0)
                return;
        if (self->stream != NULL && !stream_free(self))
                return;
        share_subtract(self->payer, RESOURCE_OBJECTS, 1);
        share_unref(self->payer);
        share_unref(self->reply_share);
        slot_give(self->kernel, self);
}
