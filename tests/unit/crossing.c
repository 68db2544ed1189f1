/* SPDX-License-Identifier: MIT */
/* See the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/crossing.h"

#include "libdarqwire/rpc.h"

#include <darq/wire.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

void letter_send(struct endpoint *from, const struct letter *letter)
{
        uint8_t *frame = malloc(letter->size + 1024);

        assert_non_null(frame);
        endpoint_send(from, frame, frame_message(frame, letter));
        free(frame);
}

void connect_ask(struct crossing *f)
{
        static const char name[] = "echo@kitchen";
        struct darq_rpc_header header = {.interface = darq_kernel_interface.id, .ordinal = 1};
        static uint64_t call;
        uint8_t payload[64];

        darq_rpc_header_put(payload, &header);
        darq_store_u32(payload + 16, 4 + sizeof name);
        darq_store_u32(payload + 20, sizeof name);
        memcpy(payload + 24, name, sizeof name);
        letter_send(f->client, &(struct letter){.source = f->source,
                                                .destination = DARQ_PORT_KERNEL,
                                                .call = ++call,
                                                .flags = DARQ_FRAME_REQUEST,
                                                .extended = true,
                                                .payload = payload,
                                                .size = 24 + sizeof name});
}

void call_send(struct crossing *f, size_t size)
{
        static uint64_t call = 1000;
        uint8_t *payload = calloc(1, size + 1);

        assert_non_null(payload);
        letter_send(f->client, &(struct letter){.source = f->source,
                                                .destination = f->target,
                                                .call = ++call,
                                                .flags = DARQ_FRAME_REQUEST,
                                                .extended = true,
                                                .payload = payload,
                                                .size = size});
        free(payload);
}

void message_send(struct crossing *f, size_t size)
{
        uint8_t *payload = calloc(1, size);

        assert_non_null(payload);
        letter_send(f->client, &(struct letter){.source = f->source,
                                                .destination = f->target,
                                                .extended = true,
                                                .payload = payload,
                                                .size = size});
        free(payload);
}

int crossed(struct crossing *f, struct endpoint *at)
{
        if (!endpoint_next(at, &f->arrival))
                return -1;
        if (f->arrival.header.type == DARQ_FRAME_MESSAGE)
                return 0;
        assert_int_equal(f->arrival.header.type, DARQ_FRAME_UNDELIVERABLE);
        return (int)darq_frame_undeliverable_get(f->arrival.body).code;
}

struct crossing *crossing_begin_with(uint64_t objects)
{
        struct crossing *self = calloc(1, sizeof *self);
        struct limits *limits;
        uint64_t usual;

        assert_non_null(self);
        site_init(&self->site);
        limits = &self->site.hall.world.kernel.limits;
        usual = limits->objects;
        limits->objects = objects != 0 ? objects : usual;
        site_advance(&self->site, 1500);
        limits->objects = usual; /* for whoever comes now */
        assert_int_equal(self->site.hall.peer.state, PEER_UP);
        assert_int_equal(self->site.kitchen.peer.state, PEER_UP);
        self->client = world_greet(&self->site.hall.world, "uid:0", true);
        self->service = world_greet(&self->site.kitchen.world, "uid:0", true);
        self->source = endpoint_open(self->client, 0);
        assert_int_equal(endpoint_open(self->service, SITE_ECHO), SITE_ECHO);
        connect_ask(self);
        site_settle(&self->site);
        assert_int_equal(crossed(self, self->client), 0);
        self->target = darq_frame_u64_get(self->arrival.frame + self->arrival.header.size - 8);
        return self;
}

struct crossing *crossing_begin(void)
{
        return crossing_begin_with(0);
}

void crossing_finish(struct crossing *self)
{
        site_deinit(&self->site);
        free(self);
}
