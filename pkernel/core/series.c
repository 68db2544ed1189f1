/* SPDX-License-Identifier: MIT */
/*
 * Messages that follow each other.
 *
 * Who sends much sends many messages at once, from one port to one other, or replies to one caller. The first of them goes through all
 * that message.c and reply.c ask; what lies behind it in the same read differs in size, call number, slot and payload
 * only, as its header's bytes tell. Nothing else happens in between, so whatever the first was asked about source,
 * destination and rights holds for it too. What depends on how many there are and how much they take is settled beforehand: a series is
 * no longer than what run, quotas, limits and what is kept spare have room for without asking again. So each of them does
 * here what it would do alone, in the same order, and what is counted is counted once, at the end.
 *
 * A series only ever goes less far than it could: whatever isn't as above (a frame that is cut, that has ports, a call number that
 * doesn't rise, no room) ends it, and goes the ordinary way.
 */
#include "pkernel/core/series.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/monitor.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"
#include "pkernel/core/run.h"
#include "pkernel/core/service.h"
#include "pkernel/core/slot.h"

#include <assert.h>

struct series {
        struct kernel *kernel;
        struct connection *from;
        struct connection *to;
        struct darq_frame_pattern like; /* as they come */
        struct darq_frame_pattern made; /* as they go */
        uint8_t *data;                  /* the next one */
        size_t size;                    /* from there on */
        size_t largest;
        uint64_t most; /* messages yet */
        uint32_t timeout_ms;
        struct receipt *receipts; /* theirs */
        size_t count;
        uint64_t bytes; /* as they go */
        uint64_t paid;
};

static uint64_t least(uint64_t one, uint64_t other)
{
        return one < other ? one : other;
}

/* False: what lies behind the frame isn't like it, or nothing is to be taken along now. */
static bool series_begin(struct series *self, struct connection *from, struct connection *to,
                         const struct frame *frame, const struct darq_frame_message *body)
{
        struct kernel *kernel = from->kernel;
        const struct run *run = to->output.run;
        struct darq_frame_header header = frame->header;
        const uint8_t *first = run->receipts[run->count - 1].data;

        self->data = frame->data + frame->size;
        self->size = frame->behind;
        if (header.type != DARQ_FRAME_MESSAGE_IN ||
            header.header_size !=
                    (header.extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE) ||
            header.size != frame->size)
                return false;
        darq_frame_pattern_put(&self->like, &header, body);
        if (darq_frame_pattern_match(&self->like, self->data, self->size) == 0 ||
            to->output.fresh >= OUTPUT_EARLY || kernel->early != NULL ||
            !list_empty(&kernel->monitors))
                return false;
        darq_frame_pattern_read(&self->made, first);
        self->kernel = kernel;
        self->from = from;
        self->to = to;
        self->size = least(self->size, RUN_BYTES - run->bytes);
        self->largest = self->like.header_size + DARQ_FRAME_MESSAGE_SIZE + kernel->limits.message;
        self->most = least(RUN_MAX - run->count, OUTPUT_EARLY - to->output.fresh);
        self->most = least(self->most, kernel->spare_parcel_count - kernel->reserved_parcels);
        self->receipts = to->output.run->receipts + run->count;
        self->timeout_ms = header.timeout_ms;
        self->count = 0;
        self->bytes = 0;
        self->paid = 0;
        return true;
}

/* So many, and so much, as a share has room for. */
static void series_charge(struct series *self, const struct share *share)
{
        uint64_t room = share_room(share, RESOURCE_BYTES);

        self->size = least(self->size, room);
        self->most = least(self->most, (room - self->size) / parcel_cost(0));
}

/* The size of the next one; 0: the series ends. */
static inline size_t series_next(const struct series *self)
{
        size_t size =
                self->most == 0 ? 0 : darq_frame_pattern_match(&self->like, self->data, self->size);

        return size <= self->largest ? size : 0;
}

/* The next one's header, as it goes. */
static inline uint8_t *series_stamp(const struct series *self, size_t size)
{
        size_t fixed_end = self->like.header_size + DARQ_FRAME_MESSAGE_SIZE;

        return darq_frame_pattern_stamp(&self->made, self->data + fixed_end, size - fixed_end);
}

/* The next one goes from at, and has this receipt, but for what it owes. */
static inline void series_add(struct series *self, size_t size, uint8_t *at, enum parcel_kind kind,
                              struct route *route, struct slot *slot, uint64_t tag)
{
        struct receipt *receipt = &self->receipts[self->count++];

        receipt->data = at;
        receipt->route = route;
        receipt->slot = slot;
        receipt->tag = tag;
        receipt->size = (uint32_t)(self->data + size - at);
        receipt->paid = (uint32_t)parcel_cost(size);
        receipt->timeout_ms = self->timeout_ms;
        receipt->kind = kind;
        self->bytes += receipt->size;
        self->paid += receipt->paid;
        self->data += size;
        self->size -= size;
        self->most--;
}

static void series_end(struct series *self, struct frame *frame, struct share *share)
{
        if (self->count == 0)
                return;
        frame->along = (size_t)(self->data - frame->data) - frame->size;
        self->kernel->statistics.frames += self->count;
        share_add(share, RESOURCE_BYTES, self->paid);
        run_added(self->to, (unsigned int)self->count, self->bytes);
}

static void series_requests(struct series *self, struct slot *like)
{
        struct route *route = like->route;
        size_t size;

        self->most = least(self->most, self->kernel->limits.calls - route->calls);
        self->most = least(self->most, share_room(self->from->share, RESOURCE_OBJECTS));
        while ((size = series_next(self)) > 0 &&
               darq_frame_pattern_ends_match(&self->like, self->data)) {
                uint64_t call = darq_frame_call_get(self->data);
                struct slot *slot =
                        call > self->from->last_call ? slot_open_like(like, call) : NULL;
                uint8_t *at;

                if (slot == NULL)
                        break;
                self->from->last_call = call;
                at = series_stamp(self, size);
                darq_frame_source_put(at, slot->number);
                series_add(self, size, at, PARCEL_REQUEST, route, slot, call);
                like = slot;
        }
}

static void series_one_way(struct series *self, struct route *route)
{
        bool extended = self->like.header_size == DARQ_FRAME_CALL_HEADER_SIZE;
        size_t size;

        while ((size = series_next(self)) > 0 &&
               darq_frame_pattern_ends_match(&self->like, self->data)) {
                uint64_t call = extended ? darq_frame_call_get(self->data) : 0;

                series_add(self, size, series_stamp(self, size), PARCEL_MESSAGE, route, NULL, call);
        }
}

void series_of_messages(struct connection *sender, struct frame *frame, uint64_t source,
                        struct route *route, struct slot *like)
{
        struct port *port = route->port;
        struct series self;
        uint64_t messages, bytes;

        if (!series_begin(&self, sender, port->owner, frame,
                          &(struct darq_frame_message){source, port->number, 0}) ||
            !darq_frame_pattern_ends_match(&self.like, self.data) ||
            (port->service != NULL && !service_runs(port->service)))
                return;
        route_room(route, &messages, &bytes);
        self.size = least(self.size, bytes);
        self.most = least(self.most, messages);
        series_charge(&self, route->share);
        if (like != NULL)
                series_requests(&self, like);
        else
                series_one_way(&self, route);
        route_enter(route, self.count, self.bytes);
        if (port->service != NULL && like != NULL)
                service_waits(port->service, self.count);
        series_end(&self, frame, route->share);
}

/* The open call that a reply is to, if it is one of to's and like the others; else NULL. */
static inline struct slot *reply_slot(const struct series *self, const struct share *share)
{
        struct slot *slot = slot_find(self->kernel, darq_frame_destination_get(self->data));

        return slot != NULL && slot->callee == self->from && slot->state == SLOT_HANDED &&
                               slot->caller == self->to && slot->reply_share == share &&
                               slot->stream == NULL
                       ? slot
                       : NULL;
}

void series_of_replies(struct connection *callee, struct frame *frame, struct connection *caller,
                       const struct slot *like)
{
        struct series self;
        struct slot *slot;
        size_t size;

        if (!series_begin(&self, callee, caller, frame, &(struct darq_frame_message){0}) ||
            self.like.header_size != DARQ_FRAME_CALL_HEADER_SIZE)
                return;
        series_charge(&self, like->reply_share);
        while ((size = series_next(&self)) > 0 &&
               (slot = reply_slot(&self, like->reply_share)) != NULL) {
                uint8_t *at = series_stamp(&self, size);

                darq_frame_call_put(at, slot->call);
                darq_frame_source_put(at, slot->port);
                darq_frame_destination_put(at, slot->caller_port);
                slot_replied(slot);
                series_add(&self, size, at, PARCEL_REPLY, NULL, slot, 0);
        }
        series_end(&self, frame, like->reply_share);
}
