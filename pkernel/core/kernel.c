/* SPDX-License-Identifier: MIT */
/*
 * The core's entry: its beginning and end, its turns and its clock.
 *
 * Everything that happens in a turn is queued; kernel_flush() writes it, one write per connection where the socket
 * takes it (what is many already between two frames), and only then gives the lent input back. Writing may make more to
 * write (a request handed over lets its stream go), and ending a connection makes notices: so the flush goes on until
 * nothing is left to do.
 */
#include "pkernel/core/kernel.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/errand.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/piece.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/run.h"
#include "pkernel/core/service.h"
#include "pkernel/core/slot.h"
#include "pkernel/core/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static int tables_init(struct kernel *self)
{
        struct table *tables[] = {&self->ports, &self->routes, &self->slots,
                                  &self->calls, &self->shares, &self->by_id};
        uint64_t secret[2];

        for (size_t index = 0; index < sizeof tables / sizeof tables[0]; index++) {
                bool ours = tables[index] == &self->slots || tables[index] == &self->by_id;

                self->environment.random(self->environment.context, secret, sizeof secret);
                if (table_init(tables[index], ours ? NULL : secret) < 0) {
                        while (index-- > 0)
                                table_deinit(tables[index]);
                        return -ENOMEM;
                }
        }
        return 0;
}

static void lists_init(struct kernel *self)
{
        struct list *lists[] = {&self->principals,    &self->connections, &self->names,
                                &self->dirty,         &self->ended,       &self->fresh,
                                &self->spare_parcels, &self->services,    &self->errands,
                                &self->tired,         &self->locations,   &self->monitors};

        for (size_t index = 0; index < sizeof lists / sizeof lists[0]; index++)
                list_init(lists[index]);
}

int kernel_init(struct kernel *self, const struct kernel_environment *environment,
                const struct limits *limits, uint64_t now_ns)
{
        *self = (struct kernel){.environment = *environment,
                                .limits = *limits,
                                .now_ns = now_ns,
                                .started_ns = now_ns,
                                .location = ""};
        self->next_connection = 1;
        self->next_slot = 1;
        lists_init(self);
        timers_init(&self->timers, now_ns);
        while (self->boot_id == 0)
                self->boot_id = kernel_random(self);
        return tables_init(self);
}

void kernel_deinit(struct kernel *self)
{
        struct table *tables[] = {&self->ports, &self->routes, &self->slots,
                                  &self->calls, &self->shares, &self->by_id};

        roster_close(self);
        errands_fail(self, "the p-kernel ends");
        for (struct list *node = self->connections.next; node != &self->connections;
             node = node->next)
                connection_end(LIST_OF(node, struct connection, node));
        kernel_flush(self);
        roster_free(self);
        assert(list_empty(&self->principals) && list_empty(&self->names) &&
               list_empty(&self->fresh));
        assert(self->timers.count == 0);
        for (size_t index = 0; index < sizeof tables / sizeof tables[0]; index++)
                table_deinit(tables[index]);
        while (!list_empty(&self->spare_parcels)) {
                struct parcel *parcel = LIST_OF(self->spare_parcels.next, struct parcel, node);

                list_remove(&parcel->node);
                free(parcel);
        }
        assert(self->reserved_parcels == 0);
        runs_free_spare(self);
        slots_free_spare(self);
}

/* Who was too busy in the last turn goes on in this one. */
static void tired_rest(struct kernel *self)
{
        while (!list_empty(&self->tired))
                connection_rest(LIST_OF(self->tired.next, struct connection, tired_node));
}

void kernel_tick(struct kernel *self, uint64_t now_ns)
{
        self->now_ns = now_ns;
        tired_rest(self);
        timers_run(&self->timers, now_ns);
}

uint64_t kernel_next_ns(const struct kernel *self)
{
        return list_empty(&self->tired) ? timers_next_ns(&self->timers) : self->now_ns;
}

static void dismantle_ended(struct kernel *self, struct list *gone)
{
        while (!list_empty(&self->ended)) {
                struct connection *connection =
                        LIST_OF(self->ended.next, struct connection, ended_node);

                list_remove(&connection->ended_node);
                connection_dismantle(connection);
                list_append(gone, &connection->ended_node);
        }
}

static void write_dirty(struct kernel *self)
{
        while (!list_empty(&self->dirty)) {
                struct connection *connection =
                        LIST_OF(self->dirty.next, struct connection, output.node);

                output_write(connection);
                if (input_may_resume(connection))
                        input_resume(connection);
        }
}

/* What waits for nobody yet can't wait: a message is refused, a stream that would have a gap is broken. */
static void keeper_gives_up(struct parcel *parcel)
{
        if (parcel->kind == PARCEL_CHUNK)
                slot_break(parcel->flow->slot, "out of memory");
        else
                parcel_fail(parcel, DARQ_FRAME_QUOTA, "out of memory");
}

/* What wasn't written gets memory of its own. Without memory its receiver is lost if it had begun. */
static void settle_fresh(struct kernel *self)
{
        while (!list_empty(&self->fresh)) {
                struct parcel *parcel = LIST_OF(self->fresh.next, struct parcel, fresh_node);

                if (parcel_settle(parcel))
                        continue;
                if (parcel->to->keeper) {
                        keeper_gives_up(parcel);
                        continue;
                }
                list_remove(&parcel->fresh_node);
                kernel_note(self, NOTE_NO_MEMORY, parcel->to, "no memory for what it doesn't read");
                connection_end(parcel->to);
        }
}

void kernel_flush(struct kernel *self)
{
        struct list gone;

        list_init(&gone);
        do {
                dismantle_ended(self, &gone);
                write_dirty(self);
                if (list_empty(&self->ended) && list_empty(&self->dirty))
                        settle_fresh(self);
        } while (!list_empty(&self->ended) || !list_empty(&self->dirty));
        while (!list_empty(&gone)) {
                struct connection *connection = LIST_OF(gone.next, struct connection, ended_node);

                list_remove(&connection->ended_node);
                connection_free(connection);
        }
        pieces_free(self->used);
        self->used = NULL;
}

void kernel_note(struct kernel *self, enum kernel_note note, const struct connection *connection,
                 const char *text)
{
        self->environment.note(self->environment.context, connection->peer, note, connection->id,
                               connection->principal->name, text);
}

uint64_t kernel_random(struct kernel *self)
{
        uint64_t value;

        self->environment.random(self->environment.context, &value, sizeof value);
        return value;
}
