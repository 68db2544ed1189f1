/* SPDX-License-Identifier: MIT */
/*
 * What a turn has for one connection.
 *
 * A message enters the run if its frame lies in one place, its header rewritten there, if it carries no rights, and if
 * nothing waits for the connection but the run. So the run is what is written first, whatever is queued behind it.
 * After every write it is empty: what the connection took is settled by receipt, what it didn't take has become
 * parcels. Messages of one receipt are told apart by the sizes in their headers, which were checked, and written here.
 * Before that, too, whoever needs to see what waits at a port, or the request of a call, unfolds the run.
 *
 * Unfolding can't fail: each message has a parcel reserved among the spare ones, which isn't touched otherwise. The
 * parcel is what it would have been from the beginning, as nothing that it is made of changes during a turn: the
 * charges and the counts of the route were made when the message was accepted.
 */
#include "pkernel/core/run.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"
#include "pkernel/core/slot.h"

#include <assert.h>
#include <stdlib.h>

enum { SPARE_RUNS = 64 };

/* Whether there is a spare one, or memory for it. */
static bool run_available(struct kernel *kernel)
{
        if (kernel->spare_runs == NULL) {
                struct run *run = malloc(sizeof *run);

                if (run == NULL)
                        return false;
                run->next = NULL;
                kernel->spare_runs = run;
                kernel->spare_run_count++;
        }
        return true;
}

static struct run *run_new(struct kernel *kernel)
{
        struct run *self = kernel->spare_runs;

        kernel->spare_runs = self->next;
        kernel->spare_run_count--;
        self->first = 0;
        self->count = 0;
        self->messages = 0;
        self->bytes = 0;
        return self;
}

static void run_free(struct connection *to)
{
        struct kernel *kernel = to->kernel;
        struct run *self = to->output.run;

        to->output.run = NULL;
        if (kernel->spare_run_count == SPARE_RUNS) {
                free(self);
                return;
        }
        self->next = kernel->spare_runs;
        kernel->spare_runs = self;
        kernel->spare_run_count++;
}

void runs_free_spare(struct kernel *kernel)
{
        while (kernel->spare_runs != NULL) {
                struct run *next = kernel->spare_runs->next;

                free(kernel->spare_runs);
                kernel->spare_runs = next;
        }
}

bool run_admits(struct connection *to, size_t size)
{
        const struct output *output = &to->output;

        if (!output_is_free(output) || to->keeper || !parcel_reservable(to->kernel))
                return false;
        if (output->run == NULL)
                return size <= RUN_BYTES && run_available(to->kernel);
        return output->run->messages < RUN_MAX && output->run->bytes + size <= RUN_BYTES;
}

void run_added(struct connection *to, unsigned int messages, size_t bytes)
{
        struct run *self = to->output.run;

        self->messages += messages;
        self->bytes += bytes;
        to->kernel->reserved_parcels += messages;
        output_grown(to, messages);
}

/* What count messages of the receipt are charged, of size bytes as they go. */
static uint64_t receipt_paid(const struct receipt *self, uint64_t count, size_t size)
{
        return count * parcel_cost(self->cut) + size;
}

void run_add(struct connection *to, const struct receipt *receipt)
{
        if (to->output.run == NULL)
                to->output.run = run_new(to->kernel);
        share_add(receipt->share, RESOURCE_BYTES, receipt_paid(receipt, 1, receipt->size));
        receipt->share->references++;
        to->output.run->receipts[to->output.run->count++] = *receipt;
        run_added(to, 1, receipt->size);
}

/* Its first messages, of so many bytes, are no longer the receipt's. */
static void receipt_advance(struct receipt *self, uint32_t count, size_t size, struct slot *slot)
{
        self->data += size;
        self->size -= (uint32_t)size;
        self->count -= count;
        self->slot = slot;
}

/* How many messages end within the first *size bytes, which become theirs. */
static uint32_t receipt_within(const struct receipt *self, size_t *size)
{
        uint32_t count = 0;
        size_t end = 0;
        size_t next;

        if (*size >= self->size) {
                *size = self->size;
                return self->count;
        }
        while ((next = darq_frame_size_get(self->data + end)) <= *size - end) {
                end += next;
                count++;
        }
        *size = end;
        return count;
}

/* The next one's slot, if it has one: no more than a place to look at where there is no next one. */
static struct slot *slot_behind(const struct slot *self)
{
        return self == NULL ? NULL : LIST_OF(self->callee_node.next, struct slot, callee_node);
}

/*
 * Of those bytes of it that were taken: what parcel_sent() does for each message whose last byte is among them. Returns
 * their bytes.
 */
static size_t receipt_sent(struct receipt *self, size_t taken)
{
        uint32_t count = receipt_within(self, &taken);
        struct slot *slot = self->slot;

        if (count == 0)
                return 0;
        for (uint32_t index = 0; slot != NULL && index < count; index++) {
                struct slot *next = slot_behind(slot);

                slot_handed_over(slot);
                slot = next;
        }
        share_subtract(self->share, RESOURCE_BYTES, receipt_paid(self, count, taken));
        if (self->route != NULL) {
                route_leave(self->route, count, taken);
                route_release(self->route);
        }
        receipt_advance(self, count, taken, slot);
        if (self->count == 0)
                share_unref(self->share);
        return taken;
}

size_t run_taken(struct connection *to, size_t taken)
{
        struct run *self = to->output.run;
        struct kernel_statistics *statistics = &to->kernel->statistics;

        if (self == NULL)
                return taken;
        while (self->first < self->count) {
                struct receipt *receipt = &self->receipts[self->first];
                uint32_t before = receipt->count;
                size_t bytes = receipt_sent(receipt, taken);

                taken -= bytes;
                statistics->bytes += bytes;
                statistics->messages += before - receipt->count;
                to->kernel->reserved_parcels -= before - receipt->count;
                if (receipt->count > 0) {
                        run_unfold(to, taken);
                        return 0;
                }
                self->first++;
        }
        run_free(to);
        return taken;
}

static struct parcel *receipt_unfold(struct receipt *self, struct connection *to)
{
        enum parcel_kind kind = self->route == NULL  ? PARCEL_REPLY
                                : self->slot == NULL ? PARCEL_MESSAGE
                                                     : PARCEL_REQUEST;
        struct parcel *parcel = parcel_new_reserved(to->kernel, kind);
        struct slot *slot = self->slot;
        size_t size = darq_frame_size_get(self->data);

        parcel_take_whole(parcel, self->data, size);
        charge_adopt(&parcel->charge, self->share, RESOURCE_BYTES, receipt_paid(self, 1, size));
        parcel->to = to;
        if (kind == PARCEL_REPLY)
                parcel->from = self->share->connection_id;
        else
                parcel_wait(parcel, self->route, slot, slot == NULL ? self->tag : slot->call,
                            self->timeout_ms);
        receipt_advance(self, 1, size, slot_behind(slot));
        return parcel;
}

void run_unfold(struct connection *to, size_t sent)
{
        struct run *self = to->output.run;
        struct list parcels;

        if (self == NULL)
                return;
        list_init(&parcels);
        for (unsigned int index = self->first; index < self->count; index++) {
                struct receipt *receipt = &self->receipts[index];

                while (receipt->count > 0) {
                        struct parcel *parcel = receipt_unfold(receipt, to);

                        parcel->sent = sent;
                        parcel->begun = sent > 0;
                        sent = 0;
                        list_append(&parcels, &parcel->node);
                }
                share_unref(receipt->share);
        }
        list_splice(&parcels, &to->output.sending);
        list_splice(&to->output.sending, &parcels);
        run_free(to);
}
