/* SPDX-License-Identifier: MIT */
/*
 * The core under frames that come from a fuzzer.
 *
 * Input: one byte says which of four peers is meant and what happens to it, a second how many bytes of input follow
 * for it (or how long time passes, or how much it takes). The second peer is the process of a declared service, which
 * comes when the core wants it. The core must survive, and at the end nothing may be charged to anybody. Built for libFuzzer by clang with -fsanitize=fuzzer; with any other compiler it runs the files
 * that are its arguments, as the corpus' regression test.
 */
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"
#include "tests/simulation/world.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PEERS = 4, WHAT_BYTES = 5, SERVICE = 1, SERVICE_PORT = 12000 + SERVICE };

static void peer_act(struct endpoint *peer, unsigned int what, const uint8_t **data, size_t *size)
{
        size_t length = **data;

        (*data)++;
        (*size)--;
        switch (what) {
        case 0:
                world_advance(peer->world, length * 8);
                break;
        case 1:
                endpoint_take(peer, length < 200 ? length * 16 : SIZE_MAX);
                break;
        case 2:
                if (length > 250)
                        endpoint_close(peer);
                else if (length > 240 && peer->connection != NULL)
                        connection_close(peer->connection); /* the others go on in the same turn */
                break;
        default:
                length = length < *size ? length : *size;
                endpoint_put(peer, *data, length);
                if (what % 2 == 1)
                        world_flush(peer->world);
                *data += length;
                *size -= length;
                break;
        }
}

/* The declared service's process: every fourth start fails; it ends with its connection. */
struct activation {
        struct world *world;
        struct endpoint *instance; /* NULL: none runs */
        uint64_t number;
        unsigned int starts; /* that were seen */
};

static void activation_init(struct activation *self, struct world *world)
{
        static const struct darq_starter_declaration declaration = {
                .name = DARQ_STR_INIT("fuzz"),
                .port = SERVICE_PORT,
                .start_timeout_ms = 500,
                .restart_count = 5,
                .restart_window_ms = 10000,
        };

        *self = (struct activation){.world = world};
        roster_declare(&world->kernel, &declaration);
}

static void activation_turn(struct activation *self)
{
        struct kernel *kernel = &self->world->kernel;

        if (self->instance != NULL && self->instance->connection == NULL) {
                self->instance = NULL;
                roster_ended(kernel, self->number, "it has gone");
        }
        if (self->starts == self->world->starts)
                return;
        self->starts = self->world->starts;
        self->number = self->world->started;
        if (self->number % 4 != 0)
                self->instance = world_greet(self->world, "service:fuzz", false);
        if (self->instance == NULL) {
                roster_ended(kernel, self->number, "it can't be started");
        } else if (roster_started(kernel, self->number, 1, self->instance->connection)) {
                endpoint_open(self->instance, SERVICE_PORT);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct world *world = malloc(sizeof *world);
        struct endpoint *peers[PEERS];
        struct activation activation;

        if (world == NULL)
                return 0;
        world_init(world, 1, NULL);
        activation_init(&activation, world);
        for (size_t index = 0; index < PEERS; index++) {
                peers[index] = index == PEERS - 1 ? world_connect(world, "uid:1", false)
                                                  : world_greet(world, "uid:0", index == 0);
                endpoint_open(peers[index], 12000 + index);
        }
        while (size >= 2) {
                bool service = *data % PEERS == SERVICE && activation.instance != NULL;
                struct endpoint *peer = service ? activation.instance : peers[*data % PEERS];
                unsigned int what = *data / PEERS % (2 * WHAT_BYTES);

                data++;
                size--;
                peer_act(peer, what, &data, &size);
                activation_turn(&activation);
        }
        world_flush(world);
        world_deinit(world);
        free(world);
        return 0;
}
