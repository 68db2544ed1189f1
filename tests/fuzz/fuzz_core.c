/* SPDX-License-Identifier: MIT */
/*
 * The core under frames that come from a fuzzer.
 *
 * Input: one byte says which of four peers is meant and what happens to it, a second how many bytes of input follow
 * for it (or how long time passes, or how much it takes). The core must survive, and at the end nothing may be
 * charged to anybody. Built for libFuzzer by clang with -fsanitize=fuzzer; with any other compiler it runs the files
 * that are its arguments, as the corpus' regression test.
 */
#include "tests/simulation/world.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PEERS = 4, WHAT_BYTES = 5 };

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
                        connection_end(peer->connection); /* the others go on in the same turn */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct world *world = malloc(sizeof *world);
        struct endpoint *peers[PEERS];

        if (world == NULL)
                return 0;
        world_init(world, 1, NULL);
        for (size_t index = 0; index < PEERS; index++) {
                peers[index] = index == PEERS - 1 ? world_connect(world, "uid:1", false)
                                                  : world_greet(world, "uid:0", index == 0);
                endpoint_open(peers[index], 12000 + index);
        }
        while (size >= 2) {
                struct endpoint *peer = peers[*data % PEERS];
                unsigned int what = *data / PEERS % (2 * WHAT_BYTES);

                data++;
                size--;
                peer_act(peer, what, &data, &size);
        }
        world_flush(world);
        world_deinit(world);
        free(world);
        return 0;
}
