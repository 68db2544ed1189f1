/* SPDX-License-Identifier: MIT */
/*
 * Messages that follow each other, of which the core makes short work. Two worlds get the same frames, drawn at random:
 * one in large reads, so that most of them follow another like it, and one in reads of a frame each, where nothing is ever
 * behind one. Whatever limit is met in the midst, nobody can tell the worlds apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/simulation/question.h"

#include "pkernel/core/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        PEERS = 5, /* the last of which has not said Hello */
        LEGACY = PEERS - 1,
        FRAMES = 600,
        SLOTS = 1024,
        BATCH_BYTES = 1 << 20,
        ROUNDS = 40,
        STEPS = 30,
};

struct side {
        struct world world;
        struct endpoint *peers[PEERS];
        uint64_t ports[PEERS];
};

struct fixture {
        struct side whole;  /* gets each batch at once */
        struct side single; /* gets it frame by frame */
        uint64_t seed;
        uint64_t last_call[PEERS];
        uint64_t slots[PEERS][SLOTS]; /* of requests that each has got */
        size_t slot_count[PEERS];
        uint8_t batch[BATCH_BYTES];
        size_t ends[FRAMES]; /* of its frames */
        size_t count;
};

static uint32_t draw(struct fixture *f, uint32_t limit)
{
        f->seed = f->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)(f->seed >> 33) % limit;
}

static void side_begin(struct side *self, const struct limits *limits)
{
        world_init(&self->world, 7, limits);
        for (unsigned int index = 0; index < PEERS; index++) {
                const char *principal = index % 2 == 0 ? "uid:0" : "uid:1";

                self->peers[index] = index == LEGACY ? world_connect(&self->world, principal, true)
                                                     : world_greet(&self->world, principal, true);
                self->ports[index] = endpoint_open(self->peers[index], 12000 + index);
        }
}

static struct fixture *begin(uint64_t seed, const char *limit)
{
        struct fixture *self = calloc(1, sizeof *self);
        struct limits limits;

        assert_non_null(self);
        self->seed = seed;
        limits_init(&limits);
        if (limit != NULL)
                assert_int_equal(limits_set(&limits, limit), 0);
        side_begin(&self->whole, &limits);
        side_begin(&self->single, &limits);
        return self;
}

static void finish(struct fixture *self)
{
        world_deinit(&self->whole.world);
        world_deinit(&self->single.world);
        free(self);
}

/* Something that isn't like what came before it: another destination, no port at all, ports, a number in use, a foreign source. */
static void spoil(struct fixture *f, struct letter *letter, const uint64_t *port)
{
        switch (draw(f, 8)) {
        case 0:
                letter->destination = 12000 + draw(f, PEERS + 1);
                break;
        case 1:
                letter->source = 12000 + draw(f, PEERS);
                break;
        case 2:
                letter->ports = port;
                letter->port_count = 1;
                break;
        case 3:
                letter->timeout_ms = draw(f, 3) * 50;
                break;
        case 4:
                letter->flags ^= DARQ_FRAME_GIVE_SOURCE;
                break;
        case 5:
                letter->size = 1000 + draw(f, 2000);
                break;
        case 6:
                letter->flags |= DARQ_FRAME_REPLY; /* means nothing here */
                break;
        default:
                letter->extended = letter->flags == DARQ_FRAME_REQUEST || !letter->extended;
                break;
        }
}

static void put(struct fixture *f, const struct letter *letter, bool longer)
{
        size_t begin = f->count == 0 ? 0 : f->ends[f->count - 1];
        uint8_t *at = f->batch + begin;
        size_t size = frame_message(at, letter);

        if (longer) { /* than its payload, by what would be such a frame */
                memcpy(at + size, at, size);
                size *= 2;
                darq_frame_u64_put(at, (darq_frame_u64_get(at) & ~UINT64_C(0xffffffff)) | size);
        }
        f->ends[f->count++] = begin + size;
}

/* Requests or one-way messages from one port to another, but for a few. */
static void put_messages(struct fixture *f, unsigned int from, size_t count)
{
        static const uint8_t payload[4096] = "payload";
        uint64_t destination = 12000 + draw(f, PEERS);
        uint64_t port = 12000 + from;
        bool request = draw(f, 3) > 0 && from != LEGACY;
        bool extended = request || (draw(f, 2) == 0 && from != LEGACY);
        size_t size = draw(f, 8) == 0 ? draw(f, 1000) : draw(f, 100);

        for (size_t index = 0; index < count; index++) {
                struct letter letter = {.source = 12000 + from,
                                        .destination = destination,
                                        .flags = request ? DARQ_FRAME_REQUEST : 0,
                                        .extended = extended,
                                        .payload = payload,
                                        .size = draw(f, 4) == 0 ? draw(f, 100) : size};

                if (draw(f, 20) == 0 && from != LEGACY)
                        spoil(f, &letter, &port);
                if (letter.extended)
                        letter.call = request ? ++f->last_call[from] : draw(f, 1000);
                if (request && draw(f, 10000) == 0) /* in use, perhaps */
                        letter.call = --f->last_call[from];
                put(f, &letter, draw(f, 60) == 0);
        }
}

/* Not what it was asked last: what others were, or what waits for somebody. */
static uint64_t other_slot(struct fixture *f, uint64_t slot)
{
        unsigned int other = draw(f, PEERS);

        return f->slot_count[other] > 0 && draw(f, 2) == 0 ? f->slots[other][0]
                                                           : slot + draw(f, 40);
}

/* Replies to what it has been asked, mostly in that order; to some twice. */
static void put_replies(struct fixture *f, unsigned int from, size_t count)
{
        size_t taken = 0;

        for (size_t index = 0; index < count && taken < f->slot_count[from]; index++) {
                uint64_t slot = f->slots[from][taken];
                struct letter letter = {.destination =
                                                draw(f, 40) == 0 ? other_slot(f, slot) : slot,
                                        .extended = draw(f, 60) > 0 && from != LEGACY,
                                        .payload = "a reply",
                                        .size = draw(f, 8)};

                put(f, &letter, draw(f, 60) == 0);
                taken += draw(f, 40) > 0;
        }
        f->slot_count[from] -= taken;
        memmove(f->slots[from], f->slots[from] + taken, f->slot_count[from] * sizeof(uint64_t));
}

static void send_batch(struct fixture *f, unsigned int from)
{
        size_t begin = 0;

        if (f->count > 0)
                endpoint_put(f->whole.peers[from], f->batch, f->ends[f->count - 1]);
        for (size_t index = 0; index < f->count; index++) {
                endpoint_put(f->single.peers[from], f->batch + begin, f->ends[index] - begin);
                begin = f->ends[index];
        }
        f->count = 0;
}

/* Who leaves answers unread has its input kept, which is charged by the reads that it came in. */
static bool holds_input(const struct side *self)
{
        for (unsigned int index = 0; index < PEERS; index++) {
                const struct connection *peer = self->peers[index]->connection;

                if (peer != NULL && peer->input.held)
                        return true;
        }
        return false;
}

static void compare_accounts(struct fixture *f)
{
        bool held = holds_input(&f->whole);

        assert_int_equal(held, holds_input(&f->single));
        for (unsigned int index = 0; index < PEERS; index++) {
                const struct connection *one = f->whole.peers[index]->connection;
                const struct connection *other = f->single.peers[index]->connection;
                const struct port *port = port_find(&f->whole.world.kernel, 12000 + index);
                const struct port *twin = port_find(&f->single.world.kernel, 12000 + index);

                assert_int_equal(one == NULL, other == NULL);
                assert_int_equal(port == NULL, twin == NULL);
                if (port != NULL) {
                        assert_int_equal(port->messages, twin->messages);
                        assert_int_equal(port->bytes, twin->bytes);
                        assert_int_equal(port->users, twin->users);
                }
                if (one == NULL || held)
                        continue;
                assert_memory_equal(one->principal->used, other->principal->used,
                                    sizeof one->principal->used);
                assert_memory_equal(one->principal->users, other->principal->users,
                                    sizeof one->principal->users);
                assert_memory_equal(one->share->used, other->share->used, sizeof one->share->used);
                assert_int_equal(one->last_call, other->last_call);
                assert_int_equal(one->input.latest, other->input.latest);
                assert_int_equal(one->output.fresh, other->output.fresh);
        }
        assert_memory_equal(&f->whole.world.kernel.statistics, &f->single.world.kernel.statistics,
                            sizeof f->whole.world.kernel.statistics);
        assert_int_equal(f->whole.world.kernel.reserved_parcels,
                         f->single.world.kernel.reserved_parcels);
        assert_memory_equal(f->whole.world.notes, f->single.world.notes,
                            sizeof f->whole.world.notes);
}

/* Where a message comes from a slot it is a request. */
static void keep_slot(struct fixture *f, unsigned int peer, uint64_t source)
{
        if ((source & DARQ_PORT_SLOT) != 0 && f->slot_count[peer] < SLOTS)
                f->slots[peer][f->slot_count[peer]++] = source;
}

/* What each was written, to the byte and by as many writes; the slots in it are for later. */
static void compare_output(struct fixture *f)
{
        for (unsigned int index = 0; index < PEERS; index++) {
                struct endpoint *one = f->whole.peers[index];
                struct endpoint *other = f->single.peers[index];
                struct arrival arrival;

                assert_int_equal(one->size, other->size);
                assert_int_equal(one->calls, other->calls);
                if (one->size > 0)
                        assert_memory_equal(one->data, other->data, one->size);
                while (endpoint_next(one, &arrival)) {
                        if (arrival.header.type == DARQ_FRAME_MESSAGE)
                                keep_slot(f, index, darq_frame_message_get(arrival.body).source);
                        assert_true(endpoint_next(other, &arrival));
                }
        }
}

static void step(struct fixture *f)
{
        unsigned int from = draw(f, PEERS);
        unsigned int slow = draw(f, PEERS);
        size_t room = draw(f, 4) == 0 ? draw(f, 20000) : SIZE_MAX;
        size_t count = 1 + draw(f, draw(f, 3) == 0 ? FRAMES / 2 : 30);

        put_replies(f, from, count);
        if (f->count == 0 || draw(f, 4) == 0)
                put_messages(f, from, count);
        f->whole.peers[slow]->room = room;
        f->single.peers[slow]->room = room;
        send_batch(f, from);
        compare_accounts(f);
        world_flush(&f->whole.world);
        world_flush(&f->single.world);
        compare_accounts(f);
        if (draw(f, 3) == 0) {
                endpoint_take(f->whole.peers[slow], SIZE_MAX);
                endpoint_take(f->single.peers[slow], SIZE_MAX);
        }
        world_advance(&f->whole.world, 20);
        world_advance(&f->single.world, 20);
        compare_output(f);
}

static void a_series_is_what_its_messages_are(void **state)
{
        static const char *const limits[] = {
                NULL,       "port_messages=40", "port_messages=8192", "port_bytes=2048",
                "calls=12", "objects=100",      "queued=65536",       "message=1K"};
        const uint64_t *rounds = *state;

        for (uint64_t round = 0; round < *rounds; round++) {
                for (size_t index = 0; index < sizeof limits / sizeof *limits; index++) {
                        struct fixture *f = begin(round, limits[index]);

                        for (unsigned int steps = 0; steps < STEPS; steps++)
                                step(f);
                        finish(f);
                }
        }
}

/* [ROUNDS]: fewer for valgrind. */
int main(int argc, char **argv)
{
        uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : ROUNDS;
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_prestate(a_series_is_what_its_messages_are, &rounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
