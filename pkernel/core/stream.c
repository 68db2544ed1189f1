/* SPDX-License-Identifier: MIT */
/*
 * Streams of calls: two flows in one allocation, made at the first Chunk or Credit.
 *
 * A flow's chunks wait in the flow, not among the receiver's messages; the receiver's output takes one of them per
 * turn. The sender is held to the Credit that was passed to it, and that is never more than what the receiver allows,
 * nor more than the limit beyond what its socket has taken. Passing it on waits for a quarter of the limit, so that
 * Credits stay few. A sender that breaks a rule loses the call: STREAM_BROKEN to the caller, Cancel to a callee that has
 * its request.
 */
#include "pkernel/core/stream.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/route.h"
#include "pkernel/core/slot.h"

#include <assert.h>
#include <stdlib.h>

static void flow_pass(struct flow *self);

static void credit_free(struct parcel *parcel)
{
        struct flow *flow = parcel->holder;

        if (flow->slot->state != SLOT_ENDED)
                flow_pass(flow);
        slot_release(flow->slot);
}

static void flow_init(struct flow *self, struct slot *slot, bool download)
{
        *self = (struct flow){.slot = slot,
                              .download = download,
                              .allowed = STREAM_WINDOW,
                              .passed = STREAM_WINDOW,
                              .receiver = download ? slot->caller : slot->callee};
        list_init(&self->node);
        list_init(&self->chunks);
        list_init(&self->lane.node);
        list_init(&self->lane.parcels);
        parcel_init(&self->credit, slot->kernel, PARCEL_CREDIT);
        self->credit.release = credit_free;
        self->credit.holder = self;
}

static struct stream *stream_get(struct slot *slot)
{
        if (slot->stream != NULL)
                return slot->stream;
        slot->stream = malloc(sizeof *slot->stream);
        if (slot->stream == NULL)
                return NULL;
        flow_init(&slot->stream->upload, slot, false);
        flow_init(&slot->stream->download, slot, true);
        return slot->stream;
}

static struct connection *flow_sender(const struct flow *self)
{
        return self->download ? self->slot->callee : self->slot->caller;
}

bool flow_idle(const struct flow *self)
{
        return self->queued == 0;
}

/* May the receiver's output take from it: an upload only behind its request. */
static void flow_offer(struct flow *self)
{
        if (self->slot->state == SLOT_QUEUED || list_empty(&self->chunks) ||
            !list_empty(&self->node))
                return;
        list_append(&self->receiver->output.flows, &self->node);
        output_touch(self->receiver);
}

void stream_start(struct slot *slot)
{
        flow_offer(&slot->stream->upload);
        flow_pass(&slot->stream->download);
}

/* Source and destination as that side of the call sees them. */
static void ends_for(const struct slot *slot, bool caller, uint64_t *source, uint64_t *destination)
{
        *source = caller ? slot->port : slot->number;
        *destination = caller ? slot->caller_port : slot->port;
}

static size_t chunk_head(const struct flow *self, const struct darq_frame_chunk *chunk,
                         uint8_t *head)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_CHUNK};
        struct darq_frame_chunk body = {.stream = 0,
                                        .offset = chunk->offset,
                                        .payload_size = chunk->payload_size,
                                        .flags = chunk->flags & DARQ_FRAME_FIN};
        size_t size;

        header.extended = self->receiver->greeted;
        header.call = self->download ? self->slot->call : self->slot->caller->id;
        header.size = header.extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;
        header.size += DARQ_FRAME_CHUNK_SIZE + chunk->payload_size;
        ends_for(self->slot, self->download, &body.source, &body.destination);
        size = darq_frame_header_put(head, &header);
        return size + darq_frame_chunk_put(head + size, &body);
}

static void flow_put(struct flow *self, struct frame *frame, const struct darq_frame_chunk *chunk)
{
        struct slot *slot = self->slot;
        struct parcel *parcel = parcel_new(slot->kernel, PARCEL_CHUNK);
        struct share *share = self->download ? slot->reply_share : slot->route->share;
        uint8_t head[DARQ_FRAME_FIXED_MAX];
        size_t offset = frame->header.header_size + DARQ_FRAME_CHUNK_SIZE;

        if (parcel == NULL || !charge_take(&parcel->charge, share, RESOURCE_BYTES,
                                           sizeof *parcel + chunk->payload_size)) {
                parcel_free(parcel);
                slot_break(slot, "over quota");
                return;
        }
        parcel_take(parcel, frame, head, chunk_head(self, chunk, head), offset,
                    offset + chunk->payload_size);
        parcel->flow = self;
        parcel->tag = chunk->payload_size;
        parcel->to = self->receiver;
        self->sent += chunk->payload_size;
        self->finished = (chunk->flags & DARQ_FRAME_FIN) != 0;
        self->queued++;
        list_append(&self->chunks, &parcel->node);
        flow_offer(self);
}

static const char *flow_refuses(const struct flow *self, const struct darq_frame_chunk *chunk)
{
        if (self->finished)
                return "bytes after the end";
        if (chunk->offset != self->sent || chunk->stream != 0)
                return "a gap or an overlap";
        if (chunk->payload_size > DARQ_FRAME_CHUNK_MAX)
                return "a chunk of more than 64 KiB";
        if (chunk->payload_size > self->passed - self->sent)
                return "beyond credit";
        return NULL;
}

void stream_chunk(struct slot *slot, bool download, struct frame *frame,
                  const struct darq_frame_chunk *chunk)
{
        struct stream *stream = stream_get(slot);
        struct flow *flow;
        const char *reason;

        if (stream == NULL) {
                slot_break(slot, "out of memory");
                return;
        }
        flow = download ? &stream->download : &stream->upload;
        if (flow->receiver->ended)
                return; /* which is what its sender will be told */
        reason = frame->refusal != 0 ? "over quota" : flow_refuses(flow, chunk);
        if (reason != NULL)
                slot_break(slot, reason);
        else
                flow_put(flow, frame, chunk);
}

static void credit_send(struct flow *self, uint64_t limit)
{
        struct connection *sender = flow_sender(self);
        struct darq_frame_header header = {.type = DARQ_FRAME_CREDIT,
                                           .extended = true,
                                           .size = DARQ_FRAME_CALL_HEADER_SIZE +
                                                   DARQ_FRAME_CREDIT_SIZE};
        struct darq_frame_credit body = {.limit = limit};
        size_t size;

        self->passed = limit;
        if (self->credit.begun || sender->ended || !sender->greeted)
                return;
        header.call = self->download ? self->slot->caller->id : self->slot->call;
        ends_for(self->slot, !self->download, &body.source, &body.destination);
        size = darq_frame_header_put(self->credit.head, &header);
        darq_frame_credit_put(self->credit.head + size, &body);
        parcel_fill(&self->credit, header.size, NULL);
        if (self->credit.to == NULL)
                output_add(sender, &self->credit);
}

/* Passes Credit on as far as the limit lets it; to the callee only behind its request. */
static void flow_pass(struct flow *self)
{
        uint64_t limit = self->slot->kernel->limits.stream;
        uint64_t pass = self->allowed < self->taken + limit ? self->allowed : self->taken + limit;

        if (self->credit.begun || pass <= self->passed ||
            (self->download && self->slot->state == SLOT_QUEUED))
                return;
        if (pass == self->allowed || pass - self->passed >= limit / 4)
                credit_send(self, pass);
}

void stream_credit(struct slot *slot, bool download, uint64_t limit)
{
        struct stream *stream = stream_get(slot);
        struct flow *flow;

        if (stream == NULL) {
                slot_break(slot, "out of memory");
                return;
        }
        flow = download ? &stream->download : &stream->upload;
        if (limit <= flow->allowed)
                return;
        flow->allowed = limit;
        flow_pass(flow);
}

/* One chunk less exists. */
static void flow_settled(struct flow *self)
{
        self->queued--;
        if (self->queued == 0)
                output_flow_drained(self->receiver, self);
}

void flow_taken(struct flow *self, uint64_t bytes)
{
        struct slot *slot = self->slot;

        self->taken += bytes;
        if (slot->state != SLOT_ENDED)
                flow_pass(self);
        flow_settled(self);
        slot_release(slot);
}

void flow_dropped(struct flow *self)
{
        flow_settled(self);
        slot_release(self->slot);
}

void flow_redirect(struct flow *self, struct connection *receiver)
{
        self->receiver = receiver;
        for (struct list *node = self->chunks.next; node != &self->chunks; node = node->next) {
                struct parcel *chunk = LIST_OF(node, struct parcel, node);

                chunk->to = receiver;
                if (!receiver->greeted)
                        parcel_make_legacy(chunk);
        }
}

void flow_clear(struct flow *self)
{
        list_remove(&self->node);
        while (!list_empty(&self->chunks)) {
                parcel_free(LIST_OF(self->chunks.next, struct parcel, node));
                flow_settled(self);
        }
}

bool stream_free(struct slot *slot)
{
        struct stream *stream = slot->stream;

        if (stream->upload.queued + stream->download.queued > 0 ||
            stream->upload.credit.to != NULL || stream->download.credit.to != NULL)
                return false;
        free(stream);
        slot->stream = NULL;
        return true;
}
