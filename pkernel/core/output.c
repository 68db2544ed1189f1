/* SPDX-License-Identifier: MIT */
/*
 * A connection's output: in which order what waits for it is written.
 *
 * Parcels go from messages and from the flows' chunks to sending, where their order is fixed; only as many as one
 * write may take. The first of sending may have begun; it can't be withdrawn then. When a write falls short, chunks
 * that were not begun go back to their flows, so that a message that comes later waits for at most one.
 *
 * Messages and flows alternate: at least one message, up to 64 KiB of them, then one chunk (64 KiB at most) of the
 * next flow. Nothing here blocks, and nothing is lost: a parcel leaves by parcel_sent() or by parcel_fail().
 */
#include "pkernel/core/output.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/monitor.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/run.h"
#include "pkernel/core/slot.h"
#include "pkernel/core/stream.h"

#include <assert.h>

enum { WRITE_PARTS = 512, WRITE_BYTES = 1 << 20 };

_Static_assert((int)RUN_MAX < (int)WRITE_PARTS, "a run fits into one write");

void output_init(struct output *self)
{
        *self = (struct output){0};
        list_init(&self->node);
        list_init(&self->sending);
        list_init(&self->messages);
        list_init(&self->flows);
        list_init(&self->lanes);
}

void output_touch(struct connection *connection)
{
        if (list_empty(&connection->output.node))
                list_append(&connection->kernel->dirty, &connection->output.node);
}

void output_grown(struct connection *connection, unsigned int messages)
{
        struct output *self = &connection->output;

        output_touch(connection);
        self->fresh += messages;
        if (self->fresh >= OUTPUT_EARLY && !self->blocked && !connection->keeper)
                connection->kernel->early = connection;
}

static struct lane *lane_find(const struct output *self, uint64_t from)
{
        for (struct list *node = self->lanes.next; node != &self->lanes; node = node->next) {
                struct lane *lane = LIST_OF(node, struct lane, node);

                if (lane->from == from)
                        return lane;
        }
        return NULL;
}

/* The lane that the parcel has to wait in; NULL: it needn't. An outcome opens one while its stream has bytes left. */
static struct lane *lane_for(struct output *self, const struct parcel *parcel)
{
        struct lane *lane = parcel->from == 0 ? NULL : lane_find(self, parcel->from);

        if (lane != NULL || parcel->flow == NULL || flow_idle(parcel->flow))
                return lane;
        lane = &parcel->flow->lane;
        lane->from = parcel->from;
        list_append(&self->lanes, &lane->node);
        return lane;
}

void output_add(struct connection *to, struct parcel *parcel)
{
        struct output *self = &to->output;
        struct lane *lane;

        if (self->deaf && parcel->kind == PARCEL_ANSWER) {
                parcel_free(parcel);
                return;
        }
        lane = lane_for(self, parcel);
        parcel->to = to;
        if (parcel->kind == PARCEL_ANSWER)
                self->answer_bytes += parcel->weight;
        list_append(lane == NULL ? &self->messages : &lane->parcels, &parcel->node);
        output_grown(to, 1);
}

void output_flow_drained(struct connection *to, struct flow *flow)
{
        struct list parcels;

        if (list_empty(&flow->lane.node))
                return;
        list_remove(&flow->lane.node);
        list_init(&parcels);
        list_splice(&parcels, &flow->lane.parcels);
        while (!list_empty(&parcels)) {
                struct parcel *parcel = LIST_OF(parcels.next, struct parcel, node);

                list_remove(&parcel->node);
                if (parcel->kind == PARCEL_ANSWER)
                        to->output.answer_bytes -= parcel->weight;
                output_add(to, parcel);
        }
}

static struct parcel *chunk_next(struct output *self)
{
        struct flow *flow = LIST_OF(self->flows.next, struct flow, node);
        struct parcel *chunk = LIST_OF(flow->chunks.next, struct parcel, node);

        list_remove(&flow->node);
        list_remove(&chunk->node);
        if (!list_empty(&flow->chunks))
                list_append(&self->flows, &flow->node);
        self->message_turn = 0;
        return chunk;
}

/* Moves one more parcel to sending. False: nothing waits. */
static bool schedule(struct output *self)
{
        struct parcel *parcel;

        if (!list_empty(&self->flows) &&
            (list_empty(&self->messages) || self->message_turn >= OUTPUT_TURN)) {
                parcel = chunk_next(self);
        } else {
                if (list_empty(&self->messages))
                        return false;
                parcel = LIST_OF(self->messages.next, struct parcel, node);
                list_remove(&parcel->node);
                self->message_turn += list_empty(&self->flows) ? 0 : parcel->size;
        }
        list_append(&self->sending, &parcel->node);
        return true;
}

/* Chunks that were not begun make way for messages that come meanwhile. */
static void unschedule(struct output *self)
{
        struct list *node = self->sending.previous;

        while (node != &self->sending) {
                struct parcel *parcel = LIST_OF(node, struct parcel, node);

                node = node->previous;
                if (parcel->kind != PARCEL_CHUNK || parcel->begun)
                        continue;
                list_remove(&parcel->node);
                list_append(parcel->flow->chunks.next, &parcel->node);
                if (list_empty(&parcel->flow->node))
                        list_append(&self->flows, &parcel->flow->node);
        }
}

/* What one write offers. */
struct offer {
        struct iovec parts[WRITE_PARTS];
        int count;
        size_t bytes;
};

/* Parts that follow each other in memory are one. There is room for one more. */
static void offer_add(struct offer *self, void *data, size_t size)
{
        struct iovec *last = self->count == 0 ? NULL : &self->parts[self->count - 1];

        if (last != NULL && (uint8_t *)last->iov_base + last->iov_len == data)
                last->iov_len += size;
        else
                self->parts[self->count++] = (struct iovec){data, size};
        self->bytes += size;
}

/* False: not all of it has room. Its parts are gathered behind those that are there, and joined to them one by one. */
static bool offer_parcel(struct offer *self, const struct parcel *parcel)
{
        size_t before = self->bytes;
        int end;

        if (parcel_whole(parcel)) {
                offer_add(self, (uint8_t *)parcel->parts[0].iov_base + parcel->sent,
                          parcel->size - parcel->sent);
                return true;
        }
        end = self->count +
              parcel_gather(parcel, self->parts + self->count, WRITE_PARTS - self->count);
        for (int index = self->count; index < end; index++)
                offer_add(self, self->parts[index].iov_base, self->parts[index].iov_len);
        return self->bytes - before == parcel->size - parcel->sent;
}

/* There is room for all of it. */
static void offer_run(struct offer *self, const struct run *run)
{
        for (unsigned int index = run->first; index < run->count; index++)
                offer_add(self, run->receipts[index].data, run->receipts[index].size);
}

static void offer_gather(struct offer *self, struct output *output)
{
        struct list *node = &output->sending;

        self->count = 0;
        self->bytes = 0;
        if (output->run != NULL) {
                offer_run(self, output->run);
                output->message_turn += list_empty(&output->flows) ? 0 : self->bytes;
        }
        while (self->count < WRITE_PARTS && self->bytes < WRITE_BYTES) {
                struct parcel *parcel;

                if (node->next == &output->sending && !schedule(output))
                        break;
                node = node->next;
                parcel = LIST_OF(node, struct parcel, node);
                parcel_begin(parcel);
                if (!offer_parcel(self, parcel))
                        break;
        }
}

static void consume(struct connection *connection, size_t taken)
{
        struct output *self = &connection->output;

        taken = run_taken(connection, taken);
        while (taken > 0) {
                struct parcel *parcel = LIST_OF(self->sending.next, struct parcel, node);
                size_t left = parcel->size - parcel->sent;

                if (!parcel->begun)
                        monitors_see_output(connection, parcel);
                if (taken < left) {
                        parcel->sent += taken;
                        parcel->begun = true;
                        return;
                }
                taken -= left;
                parcel_sent(parcel);
        }
}

void output_write(struct connection *connection)
{
        struct output *self = &connection->output;
        struct kernel *kernel = connection->kernel;
        struct offer offer;

        list_remove(&self->node);
        self->fresh = 0;
        if (kernel->early == connection)
                kernel->early = NULL;
        if (connection->keeper)
                return;
        if (monitors_look(connection))
                run_unfold(connection, 0);
        while (!self->blocked) {
                size_t taken;

                offer_gather(&offer, self);
                if (offer.count == 0)
                        break;
                taken = kernel->environment.write(kernel->environment.context, connection->peer,
                                                  offer.parts, offer.count);
                assert(taken <= offer.bytes);
                self->blocked = taken < offer.bytes;
                consume(connection, taken);
        }
        unschedule(self);
        if (input_may_resume(connection))
                output_touch(connection);
}

void output_write_early(struct kernel *kernel)
{
        struct connection *connection = kernel->early;

        if (connection == NULL)
                return;
        output_write(connection);
}

static void clear(struct list *parcels)
{
        while (!list_empty(parcels))
                parcel_fail(LIST_OF(parcels->next, struct parcel, node), DARQ_FRAME_NO_PORT,
                            "the receiver has gone");
}

void output_clear(struct connection *connection)
{
        struct output *self = &connection->output;

        clear(&self->sending);
        clear(&self->messages);
        while (!list_empty(&self->lanes)) {
                struct lane *lane = LIST_OF(self->lanes.next, struct lane, node);

                list_remove(&lane->node);
                clear(&lane->parcels);
        }
        while (!list_empty(&self->flows)) {
                struct flow *flow = LIST_OF(self->flows.next, struct flow, node);

                flow_clear(flow);
                slot_release(flow->slot);
        }
        list_remove(&self->node);
}
