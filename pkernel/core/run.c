/* SPDX-License-Identifier: MIT */
/*
 * What a turn has for one connection.
 *
 * A message enters the run if its frame lies in one place, its header rewritten there, if it carries no rights, and if
 * nothing waits for the connection but the run. So the run is what is written first, whatever is queued behind it.
 * After every write it is empty: what the connection took is settled by receipt, what it didn't take has become
 * parcels. Before that, too, whoever needs to see what waits at a port, or the request of a call, unfolds the run.
 *
 * Unfolding can't fail: each receipt has a parcel reserved among the spare ones, which isn't touched otherwise. The
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
        return output->run->count < RUN_MAX && output->run->bytes + size <= RUN_BYTES;
}

void run_added(struct connection *to, unsigned int messages, size_t bytes)
{
        struct run *self = to->output.run;

        self->count += messages;
        self->bytes += bytes;
        to->kernel->reserved_parcels += messages;
        output_grown(to, messages);
}

void run_add(struct connection *to, const struct receipt *receipt)
{
        if (to->output.run == NULL)
                to->output.run = run_new(to->kernel);
        share_add(receipt->share, RESOURCE_BYTES, receipt->paid);
        receipt->share->references++;
        to->output.run->receipts[to->output.run->count] = *receipt;
        run_added(to, 1, receipt->size);
}

/*
 * Receipts of frames whose last byte was taken, from first on, as far as they follow each other and give back to the same,
 * which most do: what parcel_sent() does. Returns the one behind them.
 */
static const struct receipt *receipts_sent(const struct receipt *first, const struct receipt *end,
                                           size_t *taken)
{
        const struct receipt *receipt = first;
        struct share *share = first->share;
        struct route *route = first->route;
        size_t left = *taken;
        uint64_t paid = 0;

        do {
                left -= receipt->size;
                paid += receipt->paid;
                slot_handed_over(receipt->slot);
                receipt++;
        } while (receipt < end && left >= receipt->size && receipt->route == route &&
                 receipt->share == share);
        share_subtract(share, RESOURCE_BYTES, paid);
        share->references -= (unsigned int)(receipt - first) - 1;
        share_unref(share);
        if (route != NULL) {
                route_leave(route, (uint64_t)(receipt - first), *taken - left);
                route_release(route);
        }
        *taken = left;
        return receipt;
}

size_t run_taken(struct connection *to, size_t taken)
{
        struct run *self = to->output.run;
        struct kernel *kernel = to->kernel;
        const struct receipt *receipt, *end;
        size_t before = taken;

        if (self == NULL)
                return taken;
        receipt = self->receipts;
        end = receipt + self->count;
        while (receipt < end && taken >= receipt->size)
                receipt = receipts_sent(receipt, end, &taken);
        self->first = (unsigned int)(receipt - self->receipts);
        kernel->statistics.messages += self->first;
        kernel->statistics.bytes += before - taken;
        kernel->reserved_parcels -= self->first;
        if (self->first < self->count) {
                run_unfold(to, taken);
                return 0;
        }
        run_free(to);
        return taken;
}

static struct parcel *receipt_unfold(const struct receipt *self, struct connection *to)
{
        struct parcel *parcel = parcel_new_reserved(to->kernel, (enum parcel_kind)self->kind);

        parcel_take_whole(parcel, self->data, self->size);
        charge_adopt(&parcel->charge, self->share, RESOURCE_BYTES, self->paid);
        share_unref(self->share);
        parcel->to = to;
        if (self->kind == PARCEL_REPLY)
                parcel->from = self->share->connection_id;
        else
                parcel_wait(parcel, self->route, self->slot, self->tag, self->timeout_ms);
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
                struct parcel *parcel = receipt_unfold(&self->receipts[index], to);

                parcel->sent = sent;
                parcel->begun = sent > 0;
                sent = 0;
                list_append(&parcels, &parcel->node);
        }
        list_splice(&parcels, &to->output.sending);
        list_splice(&to->output.sending, &parcels);
        run_free(to);
}
