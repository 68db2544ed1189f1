/* SPDX-License-Identifier: MIT */
/*
 * What a hostile peer may try against the p-kernel's core, one case each: frames that lie about their parts, ends in
 * the midst of a turn, what is left unread. A sanitizer sees what was used after it had been given back, and
 * world_deinit() asserts that every charge is zero.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/rpc.h"
#include "tests/simulation/world.h"

#include <darq/wire.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

struct fixture {
        struct world world;
        struct endpoint *caller;
        struct endpoint *callee;
        uint64_t source;
        uint64_t target;
        struct arrival arrival;
};

static struct fixture *begin(const struct limits *limits)
{
        struct fixture *self = malloc(sizeof *self);

        assert_non_null(self);
        world_init(&self->world, 7, limits);
        self->caller = world_greet(&self->world, "uid:0", true);
        self->callee = world_greet(&self->world, "uid:1", false);
        self->source = endpoint_open(self->caller, 0);
        self->target = endpoint_open(self->callee, 12000);
        return self;
}

static void finish(struct fixture *self)
{
        world_deinit(&self->world);
        free(self);
}

static void post(struct endpoint *from, uint64_t source, uint64_t destination, uint64_t call,
                 uint16_t flags, size_t size)
{
        static const uint8_t payload[4096];
        uint8_t frame[sizeof payload + 64];
        struct letter letter = {.source = source,
                                .destination = destination,
                                .call = call,
                                .flags = flags,
                                .payload = payload,
                                .size = size,
                                .extended = true};

        endpoint_send(from, frame, frame_message(frame, &letter));
}

/* A call that the callee has got: its slot. */
static uint64_t call_begin(struct fixture *self, uint64_t call)
{
        post(self->caller, self->source, self->target, call, DARQ_FRAME_REQUEST, 1);
        assert_true(endpoint_next(self->callee, &self->arrival));
        assert_int_equal(self->arrival.header.type, DARQ_FRAME_MESSAGE);
        return darq_frame_message_get(self->arrival.body).source;
}

/* An Undeliverable with a call header, which only makes it longer. */
static size_t failure_put(uint8_t *frame, uint64_t slot, const void *detail, size_t size)
{
        struct darq_frame_header header = {
                .type = DARQ_FRAME_UNDELIVERABLE, .extended = true, .call = 5};
        struct darq_frame_undeliverable body = {slot, DARQ_FRAME_NO_REPLY, (uint32_t)size};
        size_t at;

        header.size =
                (uint32_t)(DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_UNDELIVERABLE_SIZE + size);
        at = darq_frame_header_put(frame, &header);
        at += darq_frame_undeliverable_put(frame + at, &body);
        memcpy(frame + at, detail, size);
        return at + size;
}

/* The detail of the Undeliverable that comes next; its code is NO_REPLY. */
static size_t detail_of(struct fixture *self, const uint8_t **detail)
{
        struct darq_frame_undeliverable body;

        assert_true(endpoint_next(self->caller, &self->arrival));
        assert_int_equal(self->arrival.header.type, DARQ_FRAME_UNDELIVERABLE);
        body = darq_frame_undeliverable_get(self->arrival.body);
        assert_int_equal(body.code, DARQ_FRAME_NO_REPLY);
        *detail = self->arrival.body + DARQ_FRAME_UNDELIVERABLE_SIZE;
        return body.detail_size;
}

static size_t ping_put(uint8_t *frame)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_PING, .size = 16};
        size_t at = darq_frame_header_put(frame, &header);

        return at + darq_frame_u64_put(frame + at, 1);
}

static void a_call_may_fail_in_the_turn_in_which_its_caller_ends(void **state)
{
        struct fixture *f = begin(NULL);
        uint8_t frame[256];
        uint64_t slot = call_begin(f, 1);

        (void)state;
        endpoint_put(f->caller, "\xff\xff", 2);
        endpoint_put(f->callee, frame, failure_put(frame, slot, "why", 3));
        world_flush(&f->world);
        assert_null(f->caller->connection);
        assert_non_null(f->callee->connection);
        finish(f);
}

static void a_cut_failure_may_come_in_the_turn_in_which_its_caller_ends(void **state)
{
        struct fixture *f = begin(NULL);
        uint8_t frame[256];
        uint64_t slot = call_begin(f, 1);
        size_t size = failure_put(frame, slot, "why", 3);

        (void)state;
        endpoint_put(f->caller, "\xff\xff", 2);
        endpoint_put(f->callee, frame, 30);
        endpoint_put(f->callee, frame + 30, size - 30);
        world_flush(&f->world);
        assert_null(f->caller->connection);
        finish(f);
}

static void a_failure_for_which_there_is_no_quota_has_no_detail(void **state)
{
        static const size_t sizes[] = {1000, 100, 1};
        struct limits limits;
        struct fixture *f;
        uint8_t frame[2048], detail[1024];
        const uint8_t *got;
        uint64_t slot, own;
        size_t size;

        (void)state;
        limits_init(&limits);
        limits.queued = 1 << 16;
        f = begin(&limits);
        slot = call_begin(f, 1);
        own = endpoint_open(f->callee, 0);
        memset(detail, 'd', sizeof detail);
        f->callee->room = 0;
        for (size_t index = 0; index < 3; index++) {
                for (int count = 0; count < 200; count++)
                        post(f->callee, own, f->target, 0, 0, sizes[index]);
        }
        size = failure_put(frame, slot, detail, sizeof detail);
        endpoint_send(f->callee, frame, 1030);
        endpoint_send(f->callee, frame + 1030, size - 1030);
        assert_int_equal(detail_of(f, &got), 0);
        endpoint_take(f->callee, SIZE_MAX);
        finish(f);
}

static void a_detail_that_is_no_utf8_is_left_out(void **state)
{
        static const char good[] = "fine \xc3\xa4", bad[] = "bad \xc3\x28";
        struct fixture *f = begin(NULL);
        uint8_t frame[256];
        const uint8_t *got;
        uint64_t call = 0;

        (void)state;
        for (int is_bad = 0; is_bad < 2; is_bad++) {
                for (size_t cut = 0; cut < 45; cut += 44) {
                        uint64_t slot = call_begin(f, ++call);
                        size_t size = failure_put(frame, slot, is_bad ? bad : good,
                                                  is_bad ? strlen(bad) : strlen(good));

                        endpoint_send(f->callee, frame, cut);
                        endpoint_send(f->callee, frame + cut, size - cut);
                        assert_int_equal(detail_of(f, &got), is_bad ? 0 : strlen(good));
                        assert_memory_equal(got, good, is_bad ? 0 : strlen(good));
                }
        }
        finish(f);
}

static void a_long_detail_is_cut_between_characters(void **state)
{
        struct fixture *f = begin(NULL);
        uint8_t frame[4096], detail[2001];
        const uint8_t *got;

        (void)state;
        for (size_t cut = 0; cut < 1200; cut += 1100) {
                uint64_t slot = call_begin(f, cut + 1);
                size_t size;

                detail[0] = 'x';
                for (size_t index = 1; index < sizeof detail; index += 2)
                        memcpy(detail + index, "\xc3\xa4", 2);
                size = failure_put(frame, slot, detail, sizeof detail);
                endpoint_send(f->callee, frame, cut);
                endpoint_send(f->callee, frame + cut, size - cut);
                assert_int_equal(detail_of(f, &got), 1023);
                assert_memory_equal(got, detail, 1023);
        }
        finish(f);
}

static void a_peer_that_is_not_read_is_not_slow(void **state)
{
        struct limits limits;
        struct fixture *f;
        uint8_t frame[64];
        unsigned int notices = 0;

        (void)state;
        limits_init(&limits);
        limits.answers = 1 << 10;
        f = begin(&limits);
        f->callee->room = 0;
        for (int count = 0; count < 100; count++)
                post(f->caller, f->source, f->target, 1, 0, 10);
        endpoint_send(f->caller, frame, ping_put(frame) - 1);
        f->caller->room = 0;
        endpoint_close(f->callee);
        assert_false(connection_wants_input(f->caller->connection));
        world_advance(&f->world, 60000);
        world_advance(&f->world, 60000);
        assert_non_null(f->caller->connection);
        endpoint_take(f->caller, SIZE_MAX);
        while (endpoint_next(f->caller, &f->arrival))
                notices += f->arrival.header.type == DARQ_FRAME_UNDELIVERABLE;
        assert_int_equal(notices, 100);
        world_advance(&f->world, 60000);
        world_advance(&f->world, 60000);
        assert_null(f->caller->connection);
        finish(f);
}

/* The payload of list_ports(skip = 0xffffffff, limit = 256). */
static const uint8_t *list_request(void)
{
        static uint8_t payload[28];
        struct darq_rpc_header header = {.interface = darq_kernel_interface.id, .ordinal = 9};

        darq_rpc_header_put(payload, &header);
        darq_store_u32(payload + 16, 8);
        darq_store_u32(payload + 20, UINT32_MAX);
        darq_store_u32(payload + 24, 256);
        return payload;
}

static void who_asks_for_long_lists_gets_a_few_of_them_per_turn(void **state)
{
        enum { PORTS = 4000, REQUESTS = 30 };
        struct fixture *f = begin(NULL);
        uint8_t frames[REQUESTS * 128];
        size_t size = 0;
        uint64_t answers = 0, turns = 0;

        (void)state;
        for (int count = 0; count < PORTS; count++)
                assert_int_not_equal(endpoint_open(f->caller, 0), 0);
        for (uint64_t call = 1; call <= REQUESTS; call++)
                size += frame_message(frames + size,
                                      &(struct letter){.source = f->source,
                                                       .destination = DARQ_PORT_KERNEL,
                                                       .call = call,
                                                       .flags = DARQ_FRAME_REQUEST,
                                                       .extended = true,
                                                       .payload = list_request(),
                                                       .size = 28});
        endpoint_send(f->caller, frames, size);
        while (answers < REQUESTS) {
                uint64_t before = answers;

                while (endpoint_next(f->caller, &f->arrival)) {
                        assert_int_equal(f->arrival.header.type, DARQ_FRAME_MESSAGE);
                        assert_int_equal(f->arrival.header.call, ++answers);
                }
                assert_in_range(answers - before, 1, 5);
                if (answers < REQUESTS) {
                        assert_false(connection_wants_input(f->caller->connection));
                        assert_true(connection_goes_on(f->caller->connection));
                        assert_int_equal(kernel_next_ns(&f->world.kernel), f->world.now_ns);
                }
                world_advance(&f->world, 0);
                turns++;
        }
        assert_in_range(turns, REQUESTS / 5, REQUESTS);
        finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_call_may_fail_in_the_turn_in_which_its_caller_ends),
                cmocka_unit_test(a_cut_failure_may_come_in_the_turn_in_which_its_caller_ends),
                cmocka_unit_test(a_failure_for_which_there_is_no_quota_has_no_detail),
                cmocka_unit_test(a_detail_that_is_no_utf8_is_left_out),
                cmocka_unit_test(a_long_detail_is_cut_between_characters),
                cmocka_unit_test(a_peer_that_is_not_read_is_not_slow),
                cmocka_unit_test(who_asks_for_long_lists_gets_a_few_of_them_per_turn),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
