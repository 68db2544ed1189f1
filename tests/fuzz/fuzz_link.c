/* SPDX-License-Identifier: MIT */
/*
 * A link against a hostile one: two virtual locations are linked and have calls and ports that cross; then the input plays the
 * other side's link. Each of its pieces is an envelope as it is, or records in an envelope that is in order; whatever comes of it,
 * the p-kernel's charges are zero at the end (site_deinit() asserts it), and nobody else's connection ends.
 */
#include "libdarqwire/rpc.h"
#include "pkernel/link/envelope.h"
#include "tests/simulation/site.h"

#include <darq/wire.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TAKEN_MAX = 2048 };

static void letter_send(struct endpoint *from, const struct letter *letter)
{
        uint8_t frame[1024];

        endpoint_send(from, frame, frame_message(frame, letter));
}

/* connect("echo@kitchen"): the right that comes of it. */
static uint64_t connected(struct site *site, struct endpoint *client, uint64_t source)
{
        static const char name[] = "echo@kitchen";
        struct darq_rpc_header header = {.interface = darq_kernel_interface.id, .ordinal = 1};
        uint8_t payload[64];
        struct arrival arrival;

        darq_rpc_header_put(payload, &header);
        darq_store_u32(payload + 16, 4 + sizeof name);
        darq_store_u32(payload + 20, sizeof name);
        memcpy(payload + 24, name, sizeof name);
        letter_send(client, &(struct letter){.source = source,
                                             .destination = DARQ_PORT_KERNEL,
                                             .call = 1,
                                             .flags = DARQ_FRAME_REQUEST,
                                             .extended = true,
                                             .payload = payload,
                                             .size = 24 + sizeof name});
        site_settle(site);
        if (!endpoint_next(client, &arrival) || arrival.header.port_count != 1)
                abort();
        return darq_frame_u64_get(arrival.frame + arrival.header.size - 8);
}

/* Something that crosses: an open call with a port, and a message with a source. */
static void crossing_begin(struct site *site)
{
        struct endpoint *service = world_greet(&site->kitchen.world, "uid:0", true);
        struct endpoint *client = world_greet(&site->hall.world, "uid:0", true);
        uint64_t source = endpoint_open(client, 0);
        uint64_t gift = endpoint_open(client, 0);
        uint64_t target;

        if (endpoint_open(service, SITE_ECHO) != SITE_ECHO)
                abort();
        target = connected(site, client, source);
        letter_send(client, &(struct letter){.source = source,
                                             .destination = target,
                                             .call = 2,
                                             .flags = DARQ_FRAME_REQUEST,
                                             .extended = true,
                                             .payload = "x",
                                             .size = 1,
                                             .ports = &gift,
                                             .port_count = 1});
        letter_send(client, &(struct letter){.source = source,
                                             .destination = target,
                                             .flags = DARQ_FRAME_GIVE_SOURCE,
                                             .extended = true});
        site_settle(site);
}

/* Numbers that mean something at the moment replace bytes that stand for them: else no input would ever find one. */
static void numbers_put(const struct peer *peer, uint8_t *body, size_t size)
{
        const struct darq_map *maps[] = {&peer->questions, &peer->exports, &peer->imports,
                                         &peer->asked};

        for (size_t at = 0; at + 8 <= size; at += 8) {
                struct darq_map_node *node;

                if (body[at] != 0xa0)
                        continue;
                node = darq_map_any(maps[body[at + 1] % 4]);
                if (node != NULL)
                        darq_frame_u64_put(body + at, node->key | (uint64_t)(body[at + 2] & 0x80)
                                                                          << 56);
        }
}

static void piece_take(struct site *site, uint8_t mode, const uint8_t *data, size_t size)
{
        struct peer *peer = &site->hall.peer;
        uint8_t envelope[ENVELOPE_HEAD + TAKEN_MAX];
        struct envelope head = {.kind = ENVELOPE_DATA,
                                .from = peer->remote,
                                .to = peer->epoch,
                                .sequence = peer->in_sequence,
                                .taken = peer->sent};

        if ((mode & 3) == 0 || size == 0) {
                site_deliver(&site->hall, data, size);
        } else {
                envelope_put(envelope, &head);
                memcpy(envelope + ENVELOPE_HEAD, data, size);
                numbers_put(peer, envelope + ENVELOPE_HEAD, size);
                site_deliver(&site->hall, envelope, ENVELOPE_HEAD + size);
        }
        site->hold = true; /* the true other side has been cut off */
        site_settle(site);
        if ((mode & 4) != 0)
                site_advance(site, 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct site *site = calloc(1, sizeof *site);
        size_t connections;

        if (site == NULL)
                abort();
        site_init(site);
        site_advance(site, 1500);
        if (site->hall.peer.state != PEER_UP || site->kitchen.peer.state != PEER_UP)
                abort();
        crossing_begin(site);
        connections = site->hall.world.kernel.connection_count - 1;
        while (size >= 3) {
                size_t piece = (size_t)(data[1] << 8 | data[2]) % TAKEN_MAX;

                if (piece > size - 3)
                        piece = size - 3;
                piece_take(site, data[0], data + 3, piece);
                data += 3 + piece;
                size -= 3 + piece;
        }
        if (site->hall.world.kernel.connection_count < connections)
                abort();
        site_deinit(site);
        free(site);
        return 0;
}
