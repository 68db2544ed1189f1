/* SPDX-License-Identifier: MIT */
/*
 * Messages that follow each other.
 *
 * Who sends much sends many messages at once: from one port to one other, or replies to one caller. The first of them
 * goes through all that message.c and reply.c ask. What lies behind it in the same read differs in size, call number,
 * slot and payload only, as its header's bytes tell; and as nothing else happens in between, what the first was asked
 * about source, destination and rights holds for it too. What depends on how many there are, and on how much they take,
 * is settled beforehand: a series is no longer than the run, the limits, the quotas and what is kept spare have room
 * for. So each message does here what it would do alone, in the same order, and is counted with the others, at the end.
 *
 * A series may always be shorter than it could: whatever isn't as above (a frame that is cut, or has ports; a call
 * number that doesn't rise; no room) ends it, and goes the ordinary way.
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
        uint64_t largest;
        uint8_t *data;           /* the next one, */
        const uint8_t *end;      /* no further than that, */
        uint64_t room;           /* for so many, */
        uint64_t left;           /* and for so many more */
        size_t latest;           /* size of the last one */
        struct receipt *receipt; /* the latest one, */
        uint64_t since;          /* begun with so many left */
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
        struct run *run = to->output.run;
        struct darq_frame_header header = frame->header;

        self->data = frame->data + frame->size;
        if (header.type != DARQ_FRAME_MESSAGE_IN ||
            header.header_size !=
                    (header.extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE) ||
            header.size != frame->size)
                return false;
        darq_frame_pattern_put(&self->like, &header, body);
        if (darq_frame_pattern_match(&self->like, self->data, frame->behind) == 0 ||
            to->output.fresh >= OUTPUT_EARLY || kernel->early != NULL ||
            !list_empty(&kernel->monitors))
                return false;
        self->receipt = &run->receipts[run->count - 1];
        darq_frame_pattern_read(&self->made, self->receipt->data);
        assert(self->made.header_size <= self->like.header_size);
        self->kernel = kernel;
        self->from = from;
        self->to = to;
        self->end = self->data + least(frame->behind, RUN_BYTES - run->bytes);
        self->largest = self->like.header_size + DARQ_FRAME_MESSAGE_SIZE + kernel->limits.message;
        self->room = least(RUN_MAX - run->messages, OUTPUT_EARLY - to->output.fresh);
        self->room = least(self->room, kernel->spare_parcel_count - kernel->reserved_parcels);
        return true;
}

/* No more, and no more bytes as they come, than that. */
static void series_limit(struct series *self, uint64_t messages, uint64_t bytes)
{
        self->room = least(self->room, messages);
        self->end = self->data + least((uint64_t)(self->end - self->data), bytes);
}

/* So many, and so much, as their share has room for. */
static void series_charge(struct series *self)
{
        uint64_t room = share_room(self->receipt->share, RESOURCE_BYTES);
        uint64_t bytes = least((uint64_t)(self->end - self->data), room);

        series_limit(self, (room - bytes) / parcel_cost(0), bytes);
}

/* Nothing limits it any more: it begins. */
static void series_start(struct series *self)
{
        self->left = self->room;
        self->since = self->room;
}

static uint64_t series_count(const struct series *self)
{
        return self->room - self->left;
}

/* The size of the next one; 0: the series ends. */
static inline size_t series_next(const struct series *self, const struct darq_frame_pattern *like)
{
        size_t available = (size_t)(self->end - self->data);
        size_t size = self->left == 0 ? 0 : darq_frame_pattern_match(like, self->data, available);

        return size <= self->largest ? size : 0;
}

/* The next one's header, as it goes. */
static inline uint8_t *series_stamp(const struct series *self,
                                    const struct darq_frame_pattern *like,
                                    const struct darq_frame_pattern *made, size_t size)
{
        size_t fixed_end = like->header_size + DARQ_FRAME_MESSAGE_SIZE;

        return darq_frame_pattern_stamp(made, self->data + fixed_end, size - fixed_end);
}

/* The latest receipt stands for all up to here. */
static void series_close_receipt(struct series *self)
{
        self->receipt->size = (uint32_t)(self->data - self->receipt->data);
        self->receipt->count += (uint32_t)(self->since - self->left);
        self->since = self->left;
}

static void series_open_receipt(struct series *self, uint8_t *at, struct slot *slot, uint64_t tag)
{
        struct receipt *latest = self->receipt;

        series_close_receipt(self);
        self->receipt = latest + 1;
        *self->receipt = *latest;
        self->receipt->data = at;
        self->receipt->slot = slot;
        self->receipt->tag = tag;
        self->receipt->count = 0;
        self->receipt->share->references++;
}

/* The next one goes from at on: under the latest receipt if nothing lies between, and its tag is that one's. */
static inline void series_add(struct series *self, size_t size, uint8_t *at, struct slot *slot,
                              uint64_t tag)
{
        if (at != self->data || tag != self->receipt->tag)
                series_open_receipt(self, at, slot, tag);
        self->data += size;
        self->latest = size;
        self->left--;
}

/* What each of them would have counted alone. */
static void series_end(struct series *self, struct frame *frame)
{
        struct run *run = self->to->output.run;
        const struct receipt *receipt = self->receipt;
        uint64_t count = series_count(self);
        size_t taken = (size_t)(self->data - frame->data) - frame->size;
        size_t bytes = taken - (size_t)count * receipt->cut;

        if (count == 0)
                return;
        series_close_receipt(self);
        frame->along = taken;
        self->from->input.latest = (uint32_t)self->latest;
        self->kernel->statistics.frames += count;
        share_add(receipt->share, RESOURCE_BYTES, count * parcel_cost(0) + taken);
        if (receipt->route != NULL) { /* no reply */
                route_enter(receipt->route, count, bytes);
                if (receipt->slot != NULL && receipt->route->port->service != NULL)
                        service_waits(receipt->route->port->service, count);
        }
        run->count = (unsigned int)(receipt - run->receipts) + 1;
        run_added(self->to, (unsigned int)count, bytes);
}

static void series_requests(struct series *self, struct slot *first)
{
        const struct darq_frame_pattern like = self->like,
                                        made = self->made; /* stay in registers */
        struct slot *slot = first;
        size_t size;

        assert(like.header_size == DARQ_FRAME_CALL_HEADER_SIZE);
        self->room = least(self->room, self->kernel->limits.calls - slot->route->calls);
        self->room = least(self->room, share_room(self->from->share, RESOURCE_OBJECTS));
        series_start(self);
        while ((size = series_next(self, &like)) > 0 &&
               darq_frame_pattern_ends_match(&like, self->data)) {
                uint64_t call = darq_frame_call_get(self->data);
                struct slot *next =
                        call > self->from->last_call ? slot_open_like(slot, call) : NULL;
                uint8_t *at;

                if (next == NULL)
                        break;
                slot = next;
                self->from->last_call = call;
                at = series_stamp(self, &like, &made, size);
                darq_frame_source_put(at, slot->number);
                series_add(self, size, at, slot, 0);
        }
        if (slot != first)
                slots_opened(slot, (unsigned int)series_count(self));
}

static void series_one_way(struct series *self)
{
        const struct darq_frame_pattern like = self->like, made = self->made;
        bool extended = like.header_size == DARQ_FRAME_CALL_HEADER_SIZE;
        size_t size;

        series_start(self);
        while ((size = series_next(self, &like)) > 0 &&
               darq_frame_pattern_ends_match(&like, self->data)) {
                uint64_t call = extended ? darq_frame_call_get(self->data) : 0;

                series_add(self, size, series_stamp(self, &like, &made, size), NULL, call);
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
        series_limit(&self, messages, bytes);
        series_charge(&self);
        if (like != NULL)
                series_requests(&self, like);
        else
                series_one_way(&self);
        series_end(&self, frame);
}

/* The open call that a reply is to, if it is one of to's and like the others; else NULL. */
static inline struct slot *reply_slot(const struct series *self)
{
        struct slot *slot = slot_find(self->kernel, darq_frame_destination_get(self->data));

        return slot != NULL && slot->callee == self->from && slot->state == SLOT_HANDED &&
                               slot->caller == self->to && slot->payer == self->to->share &&
                               slot->reply_share == self->receipt->share && slot->stream == NULL
                       ? slot
                       : NULL;
}

static void series_replies(struct series *self)
{
        const struct darq_frame_pattern like = self->like, made = self->made;
        struct slot *slot;
        size_t size;

        series_start(self);
        while ((size = series_next(self, &like)) > 0 && (slot = reply_slot(self)) != NULL) {
                uint8_t *at = series_stamp(self, &like, &made, size);

                darq_frame_call_put(at, slot->call);
                darq_frame_source_put(at, slot->port);
                darq_frame_destination_put(at, slot->caller_port);
                slot_replied_like(slot);
                series_add(self, size, at, NULL, 0);
        }
        if (series_count(self) > 0)
                slots_replied(self->to, self->receipt->share, (unsigned int)series_count(self));
}

void series_of_replies(struct connection *callee, struct frame *frame, struct connection *caller)
{
        struct series self;

        if (!series_begin(&self, callee, caller, frame, &(struct darq_frame_message){0}) ||
            self.like.header_size != DARQ_FRAME_CALL_HEADER_SIZE)
                return;
        series_charge(&self);
        series_replies(&self);
        series_end(&self, frame);
}
