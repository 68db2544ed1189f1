/* SPDX-License-Identifier: MIT */
/*
 * The core when memory fails: a scenario that uses every kind of object is run again and again, its n-th allocation
 * failing, then all from the n-th on, for every n. Each time the core must go on, and give everything back at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/rpc.h"
#include "tests/simulation/world.h"
#include "tests/unit/shortage.h"

#include <darq/wire.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

static void greet(struct endpoint *endpoint)
{
        uint8_t hello[64];

        if (endpoint != NULL)
                endpoint_send(endpoint, hello, frame_hello(hello));
}

static void drain(struct endpoint *endpoint, uint64_t *slot)
{
        struct arrival arrival;

        while (endpoint != NULL && endpoint_next(endpoint, &arrival)) {
                if (arrival.header.type == DARQ_FRAME_MESSAGE &&
                    (darq_frame_message_get(arrival.body).source & DARQ_PORT_SLOT) != 0)
                        *slot = darq_frame_message_get(arrival.body).source;
        }
}

static void post(struct endpoint *from, struct letter letter, size_t size, size_t cut)
{
        static uint8_t payload[40000];
        static uint8_t frame[50000];

        letter.payload = letter.payload == NULL ? payload : letter.payload;
        letter.size = size;
        letter.extended = true;
        size = frame_message(frame, &letter);
        endpoint_send(from, frame, size - cut);
        endpoint_send(from, frame + size - cut, cut);
}

static void ask(struct endpoint *from, uint64_t source, uint32_t ordinal, const void *body,
                uint32_t size, const uint64_t *port)
{
        uint8_t payload[128];
        struct darq_rpc_header header = {.interface = darq_kernel_interface.id, .ordinal = ordinal};

        darq_rpc_header_put(payload, &header);
        darq_store_u32(payload + 16, size);
        memcpy(payload + 20, body, size);
        post(from,
             (struct letter){.source = source,
                             .destination = DARQ_PORT_KERNEL,
                             .call = 500 + ordinal,
                             .flags = DARQ_FRAME_REQUEST,
                             .payload = payload,
                             .ports = port,
                             .port_count = port == NULL ? 0 : 1},
             20 + size, 0);
}

static void controls(struct endpoint *one, uint64_t source)
{
        uint8_t watch[12] = {0};

        darq_store_u64(watch, 12000);
        ask(one, source, 2, "\x08\0\0\0storage", 12, NULL);
        ask(one, source, 1, "\x08\0\0\0storage", 12, NULL);
        ask(one, source, 3, watch, sizeof watch, &source);
        darq_store_u64(watch, source);
        ask(one, source, 5, watch, sizeof watch, &source);
        for (uint32_t ordinal = 8; ordinal <= 11; ordinal++)
                ask(one, source, ordinal, "", 0, NULL);
}

static void scenario(struct world *world)
{
        struct endpoint *one = world_connect(world, "uid:0", true);
        struct endpoint *two = world_connect(world, "uid:1", false);
        uint64_t source, target, slot = 0;
        uint8_t frame[256];

        if (one == NULL || two == NULL)
                return;
        greet(one);
        greet(two);
        drain(one, &slot);
        drain(two, &slot);
        source = endpoint_open(one, 0);
        target = endpoint_open(two, 12000);
        post(one,
             (struct letter){.source = source,
                             .destination = target,
                             .ports = (const uint64_t[]){source, source},
                             .port_count = 2},
             300, 100);
        post(one,
             (struct letter){.source = source,
                             .destination = target,
                             .call = 1,
                             .timeout_ms = 50,
                             .flags = DARQ_FRAME_REQUEST},
             40000, 20000);
        drain(two, &slot);
        endpoint_send(
                two, frame,
                frame_chunk(frame,
                            &(struct letter){.destination = slot, .payload = "abc", .size = 3}, 0,
                            0));
        endpoint_send(one, frame, frame_credit(frame, target, 1, 1 << 20));
        endpoint_send(two, frame,
                      frame_chunk(frame,
                                  &(struct letter){.destination = slot, .payload = "d", .size = 1},
                                  3, 1));
        post(two,
             (struct letter){
                     .source = target, .destination = slot, .ports = &target, .port_count = 1},
             10, 5);
        controls(one, source);
        two->room = 100;
        for (uint64_t call = 2; call < 6; call++)
                post(one,
                     (struct letter){.source = source,
                                     .destination = target,
                                     .call = call,
                                     .timeout_ms = 30,
                                     .flags = call % 2 == 0 ? DARQ_FRAME_REQUEST
                                                            : DARQ_FRAME_GIVE_SOURCE},
                     90, 0);
        world_advance(world, 100);
        endpoint_send(one, frame, frame_cancel(frame, target, 2));
        endpoint_take(two, SIZE_MAX);
        endpoint_send(two, frame, frame_close(frame, target));
        endpoint_close(two);
        drain(one, &slot);
}

static bool run(unsigned long failing, bool lasting)
{
        struct world *world = malloc(sizeof *world);
        unsigned long made;

        world_init(world, 3, NULL);
        shortage_begin(failing, lasting);
        scenario(world);
        made = shortage_end();
        world_deinit(world);
        free(world);
        return made >= failing;
}

static void fail_each(bool lasting)
{
        unsigned long failing = 1;

        while (run(failing, lasting))
                failing++;
        print_message("%lu allocations\n", failing - 1);
        assert_true(failing > 40);
}

static void every_single_failure_is_survived(void **state)
{
        (void)state;
        fail_each(false);
}

static void having_no_more_memory_from_any_point_on_is_survived(void **state)
{
        (void)state;
        fail_each(true);
}

/* What is there goes on without new memory: a call that was handed over gets its outcome. */
static void an_outcome_needs_no_memory(void **state)
{
        struct world *world = malloc(sizeof *world);
        struct endpoint *caller, *callee;
        struct arrival arrival;
        uint64_t source;

        (void)state;
        world_init(world, 3, NULL);
        caller = world_greet(world, "uid:0", true);
        callee = world_greet(world, "uid:1", false);
        source = endpoint_open(caller, 0);
        post(caller,
             (struct letter){.source = source,
                             .destination = endpoint_open(callee, 12000),
                             .call = 1,
                             .flags = DARQ_FRAME_REQUEST},
             10, 0);
        shortage_begin(1, true);
        endpoint_close(callee);
        assert_int_equal(shortage_end(), 0);
        assert_true(endpoint_next(caller, &arrival));
        assert_int_equal(arrival.header.type, DARQ_FRAME_UNDELIVERABLE);
        assert_int_equal(darq_frame_undeliverable_get(arrival.body).code, DARQ_FRAME_PEER_DIED);
        world_deinit(world);
        free(world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_single_failure_is_survived),
                cmocka_unit_test(having_no_more_memory_from_any_point_on_is_survived),
                cmocka_unit_test(an_outcome_needs_no_memory),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
