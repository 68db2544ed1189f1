/* SPDX-License-Identifier: MIT */
/*
 * Behaviours of the p-kernel's core, one case each, in a virtual world. Every case ends with all charges at zero:
 * world_deinit() asserts it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/rpc.h"
#include "tests/unit/pair.h"

#include <darq/wire.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

static void send_port(struct endpoint *from, uint64_t source, uint64_t destination, uint64_t port)
{
        send_letter(from, &(struct letter){.source = source,
                                           .destination = destination,
                                           .call = 99,
                                           .payload = "p",
                                           .size = 1,
                                           .extended = true,
                                           .ports = &port,
                                           .port_count = 1});
}

static int ask_watch(struct endpoint *from, uint64_t source, uint32_t ordinal, uint64_t target,
                     uint64_t watcher)
{
        uint8_t body[12];

        darq_store_u64(body, target);
        darq_store_u32(body + 8, 0);
        return ask(from, source, ordinal, body, sizeof body, watcher);
}

static int ask_release(struct endpoint *from, uint64_t source, uint64_t target, uint64_t count)
{
        uint8_t body[16];

        darq_store_u64(body, target);
        darq_store_u64(body + 8, count);
        return ask(from, source, RELEASE, body, sizeof body, 0);
}

static void a_right_lets_its_holder_send_until_released(void **state)
{
        struct pair *f = pair_begin(NULL);

        (void)state;
        send_text(f->two, f->target, f->source, 5, 0);
        assert_int_equal(outcome(f->two, &f->arrival), DARQ_FRAME_NO_PORT);
        send_port(f->one, f->source, f->target, f->source);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        send_text(f->two, f->target, f->source, 6, 0);
        assert_int_equal(outcome(f->one, &f->arrival), 0);
        assert_int_equal(ask_release(f->two, f->target, f->source, 2), DARQ_KERNEL_ERROR_NOT_HELD);
        assert_int_equal(ask_release(f->two, f->target, f->source, 1), 0);
        send_text(f->two, f->target, f->source, 7, 0);
        assert_int_equal(outcome(f->two, &f->arrival), DARQ_FRAME_NO_PORT);
        pair_finish(f);
}

static uint32_t event_of(const struct arrival *arrival, uint64_t *first, uint64_t *second)
{
        const uint8_t *payload = arrival->body + DARQ_FRAME_MESSAGE_SIZE;
        struct darq_rpc_header header;

        assert_int_equal(darq_frame_message_get(arrival->body).source, DARQ_PORT_KERNEL);
        assert_true(darq_rpc_header_get(payload, 16, &header));
        assert_int_equal(header.interface, darq_kernel_watcher_interface.id);
        *first = darq_load_u64(payload + 20);
        *second = header.ordinal == 2 ? darq_load_u64(payload + 28) : 0;
        return header.ordinal;
}

static void the_owner_is_told_when_nobody_holds_a_right(void **state)
{
        struct pair *f = pair_begin(NULL);
        uint64_t port, grants;

        (void)state;
        assert_int_equal(ask_watch(f->one, f->source, WATCH_SENDERS, f->source, f->source), 0);
        send_port(f->one, f->source, f->target, f->source);
        send_port(f->one, f->source, f->target, f->source);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(ask_release(f->two, f->target, f->source, 1), 0);
        assert_int_equal(outcome(f->one, &f->arrival), -1);
        assert_int_equal(ask_release(f->two, f->target, f->source, 1), 0);
        assert_int_equal(outcome(f->one, &f->arrival), 0);
        assert_int_equal(event_of(&f->arrival, &port, &grants), 2);
        assert_int_equal(port, f->source);
        assert_int_equal(grants, 2);
        pair_finish(f);
}

static void a_watcher_is_told_once_after_everything_that_was_sent(void **state)
{
        struct pair *f = pair_begin(NULL);
        uint64_t port, none;

        (void)state;
        send_port(f->one, f->source, f->target, f->source);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(ask_watch(f->one, f->source, WATCH, f->target, f->source), 0);
        f->one->room = 10;
        send_text(f->two, f->target, f->source, 1, 0);
        send_text(f->two, f->target, f->source, 2, 0);
        endpoint_close(f->two);
        endpoint_take(f->one, SIZE_MAX);
        assert_int_equal(outcome(f->one, &f->arrival), 0);
        assert_int_equal(outcome(f->one, &f->arrival), 0);
        assert_int_equal(outcome(f->one, &f->arrival), 0);
        assert_int_equal(event_of(&f->arrival, &port, &none), 1);
        assert_int_equal(port, f->target);
        assert_int_equal(outcome(f->one, &f->arrival), -1);
        pair_finish(f);
}

static void without_a_right_a_watched_port_is_dead_at_once(void **state)
{
        struct pair *f = pair_begin(NULL);
        uint64_t port, none;

        (void)state;
        assert_int_equal(ask_watch(f->two, f->target, WATCH, f->source, f->target), 0);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(event_of(&f->arrival, &port, &none), 1);
        assert_int_equal(port, f->source);
        pair_finish(f);
}

static void names_have_their_numbers_and_one_owner(void **state)
{
        struct pair *f = pair_begin(NULL);

        (void)state;
        assert_int_equal(ask_name(f->one, f->source, CONNECT, "storage"),
                         DARQ_KERNEL_ERROR_NOT_FOUND);
        assert_int_equal(ask_name(f->two, f->target, CHECK_IN, "storage"), 0);
        assert_int_equal(ask_name(f->one, f->source, CHECK_IN, "storage"),
                         DARQ_KERNEL_ERROR_IN_USE);
        assert_int_equal(ask_name(f->one, f->source, CONNECT, "storage"), 0);
        send_text(f->one, f->source, 11001, 3, 0);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(ask_name(f->two, f->target, CHECK_OUT, "storage"), 0);
        assert_int_equal(ask_name(f->one, f->source, CONNECT, "storage"),
                         DARQ_KERNEL_ERROR_NOT_FOUND);
        pair_finish(f);
}

static void a_greedy_sender_leaves_room_for_another(void **state)
{
        struct pair *f = pair_begin(NULL);
        struct endpoint *late = world_greet(&f->world, "uid:0", true);
        uint64_t source = endpoint_open(late, 0);
        int sent = 0;

        (void)state;
        f->two->room = 0;
        while (outcome(f->one, &f->arrival) == -1) {
                send_text(f->one, f->source, f->target, 1, 0);
                sent++;
        }
        assert_int_equal(darq_frame_undeliverable_get(f->arrival.body).code, DARQ_FRAME_QUEUE_FULL);
        assert_in_range(sent, 100, 257);
        send_text(late, source, f->target, 1, 0);
        assert_int_equal(outcome(late, &f->arrival), -1);
        endpoint_take(f->two, SIZE_MAX);
        for (int index = 0; index < sent; index++)
                assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(outcome(f->two, &f->arrival), -1);
        pair_finish(f);
}

static void open_calls_to_a_port_are_limited(void **state)
{
        struct pair *f = pair_begin(NULL);

        (void)state;
        for (uint64_t call = 1; call <= 256; call++)
                send_text(f->one, f->source, f->target, call, DARQ_FRAME_REQUEST);
        assert_int_equal(outcome(f->one, &f->arrival), -1);
        send_text(f->one, f->source, f->target, 257, DARQ_FRAME_REQUEST);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_QUOTA);
        pair_finish(f);
}

static void ports_are_limited_per_principal(void **state)
{
        struct limits limits;
        struct pair *f;
        uint64_t opened = 0;

        (void)state;
        limits_init(&limits);
        assert_int_equal(limits_set(&limits, "objects=100"), 0);
        f = pair_begin(&limits);
        while (endpoint_open(f->one, 0) != 0)
                opened++;
        assert_in_range(opened, 10, 99);
        assert_int_not_equal(endpoint_open(f->two, 0), 0);
        pair_finish(f);
}

static void a_peer_that_leaves_its_answers_unread_is_read_no_further(void **state)
{
        struct pair *f = pair_begin(NULL);
        uint8_t frames[16 * 1000];
        uint64_t answers = 0;

        (void)state;
        for (size_t index = 0; index < 1000; index++) {
                struct darq_frame_header header = {.type = DARQ_FRAME_PING, .size = 16};

                darq_frame_header_put(frames + 16 * index, &header);
                darq_frame_u64_put(frames + 16 * index + 8, index);
        }
        f->one->room = 0;
        for (int round = 0; round < 5; round++)
                endpoint_send(f->one, frames, sizeof frames);
        assert_false(connection_wants_input(f->one->connection));
        assert_in_range(f->one->connection->output.answer_bytes, 65536, 65536 + 64);
        endpoint_take(f->one, SIZE_MAX);
        assert_true(connection_wants_input(f->one->connection));
        while (endpoint_next(f->one, &f->arrival)) {
                assert_int_equal(f->arrival.header.type, DARQ_FRAME_PONG);
                assert_int_equal(darq_frame_u64_get(f->arrival.body), answers++ % 1000);
        }
        assert_int_equal(answers, 5000);
        pair_finish(f);
}

static void what_such_a_peer_sent_before_it_closed_is_handled(void **state)
{
        struct pair *f = pair_begin(NULL);
        uint64_t source = endpoint_open(f->one, 0);
        uint64_t port = endpoint_open(f->two, 12345);
        struct darq_frame_header header = {.type = DARQ_FRAME_PING, .size = 16};
        uint8_t frame[16] = {0};

        (void)state;
        darq_frame_header_put(frame, &header);
        f->one->room = 0;
        while (connection_wants_input(f->one->connection))
                endpoint_send(f->one, frame, sizeof frame);
        endpoint_put(f->one, frame, sizeof frame);
        send_text(f->one, source, port, 0, 0);
        assert_false(endpoint_next(f->two, &f->arrival));
        endpoint_close(f->one);
        world_flush(&f->world);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        pair_finish(f);
}

static void a_silent_peer_is_ended_after_five_seconds(void **state)
{
        struct pair *f = pair_begin(NULL);
        struct endpoint *silent = world_connect(&f->world, "uid:0", true);

        (void)state;
        world_advance(&f->world, 4990);
        assert_non_null(silent->connection);
        world_advance(&f->world, 30);
        assert_null(silent->connection);
        assert_non_null(f->one->connection);
        pair_finish(f);
}

static void a_frame_that_does_not_go_on_ends_its_peer(void **state)
{
        struct pair *f = pair_begin(NULL);
        uint8_t frame[8192] = {0};
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE_IN, .size = 60000};

        (void)state;
        darq_frame_header_put(frame, &header);
        darq_frame_message_put(frame + 8,
                               &(struct darq_frame_message){f->source, f->target, 60000 - 32});
        endpoint_send(f->one, frame, 100);
        for (int second = 0; second < 30; second += 10) {
                endpoint_send(f->one, frame, 1100);
                world_advance(&f->world, 10020);
                assert_non_null(f->one->connection);
        }
        endpoint_send(f->one, frame, 100);
        world_advance(&f->world, 20000);
        world_advance(&f->world, 20000);
        assert_null(f->one->connection);
        pair_finish(f);
}

/* A p-kernel that was stopped looks at what came meanwhile before it says that nothing came. */
static void a_peer_is_not_slow_while_the_p_kernel_stands_still(void **state)
{
        struct pair *f = pair_begin(NULL);
        struct endpoint *late = world_connect(&f->world, "uid:0", true);
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE_IN, .size = 5000};
        uint8_t frame[5000] = {0};

        (void)state;
        darq_frame_header_put(frame, &header);
        darq_frame_message_put(frame + DARQ_FRAME_HEADER_SIZE,
                               &(struct darq_frame_message){f->source, f->target, 4000});
        endpoint_send(f->one, frame, 100);
        world_stand_still(&f->world, 60000);
        assert_non_null(late->connection);
        assert_non_null(f->one->connection);
        endpoint_send(late, frame, frame_hello(frame));
        world_advance(&f->world, 9000);
        assert_non_null(late->connection);
        assert_non_null(f->one->connection);
        world_advance(&f->world, 2000);
        assert_non_null(late->connection);
        assert_null(f->one->connection);
        pair_finish(f);
}

static void a_request_expires_only_while_it_waits(void **state)
{
        struct pair *f = pair_begin(NULL);
        struct letter letter = {.source = f->source,
                                .destination = f->target,
                                .call = 1,
                                .timeout_ms = 100,
                                .flags = DARQ_FRAME_REQUEST,
                                .payload = "x",
                                .size = 1,
                                .extended = true};

        (void)state;
        send_letter(f->one, &letter);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(f->arrival.header.timeout_ms, 100);
        f->two->room = 0;
        letter.call = 2;
        send_letter(f->one, &letter);
        world_advance(&f->world, 99);
        assert_int_equal(outcome(f->one, &f->arrival), -1);
        world_advance(&f->world, 10);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_EXPIRED);
        assert_int_equal(f->arrival.header.call, 2);
        pair_finish(f);
}

static void only_who_may_ends_the_p_kernel(void **state)
{
        struct pair *f = pair_begin(NULL);
        struct endpoint *other = world_greet(&f->world, "uid:7", false);
        uint64_t source = endpoint_open(other, 0);
        const uint8_t shutdown[] = {1, 8, DARQ_FRAME_SHUTDOWN, 0, 0, 0, 0, 8};

        (void)state;
        endpoint_send(other, shutdown, sizeof shutdown);
        assert_int_equal(ask(other, source, SHUTDOWN_METHOD, "", 0, 0),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(other, source, CHECK_IN, "mine"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(f->world.stops, 0);
        endpoint_send(f->one, shutdown, sizeof shutdown);
        assert_int_equal(f->world.stops, 1);
        assert_int_equal(ask(f->one, f->source, SHUTDOWN_METHOD, "", 0, 0), 0);
        assert_int_equal(f->world.stops, 2);
        pair_finish(f);
}

static void many_small_messages_go_out_in_one_write(void **state)
{
        struct pair *f = pair_begin(NULL);
        uint8_t frames[200 * 64];
        size_t size = 0;
        unsigned int calls;

        (void)state;
        for (int index = 0; index < 90; index++)
                size += frame_message(frames + size, &(struct letter){.source = f->source,
                                                                      .destination = f->target,
                                                                      .payload = "0123456789",
                                                                      .size = 10});
        calls = f->two->calls;
        endpoint_send(f->one, frames, size);
        assert_int_equal(f->two->calls, calls + 1);
        for (int index = 0; index < 90; index++)
                assert_int_equal(outcome(f->two, &f->arrival), 0);
        pair_finish(f);
}

/* In the turn in which the callee's end is known, and not yet what it does to its calls. */
static void chunks_to_a_callee_that_ends_break_nothing(void **state)
{
        struct pair *f = pair_begin(NULL);
        struct letter letter = {.source = f->source,
                                .destination = f->target,
                                .call = 1,
                                .flags = DARQ_FRAME_REQUEST,
                                .payload = "x",
                                .size = 1,
                                .extended = true};
        uint8_t frames[512];
        size_t size;

        (void)state;
        send_letter(f->one, &letter);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        letter.flags = 0;
        connection_end(f->two->connection);
        size = frame_chunk(frames, &letter, 0, 0);
        size += frame_chunk(frames + size, &letter, 1, 0);
        endpoint_put(f->one, frames, size);
        endpoint_close(f->two);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_PEER_DIED);
        pair_finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_right_lets_its_holder_send_until_released),
                cmocka_unit_test(the_owner_is_told_when_nobody_holds_a_right),
                cmocka_unit_test(a_watcher_is_told_once_after_everything_that_was_sent),
                cmocka_unit_test(without_a_right_a_watched_port_is_dead_at_once),
                cmocka_unit_test(names_have_their_numbers_and_one_owner),
                cmocka_unit_test(a_greedy_sender_leaves_room_for_another),
                cmocka_unit_test(open_calls_to_a_port_are_limited),
                cmocka_unit_test(ports_are_limited_per_principal),
                cmocka_unit_test(a_peer_that_leaves_its_answers_unread_is_read_no_further),
                cmocka_unit_test(what_such_a_peer_sent_before_it_closed_is_handled),
                cmocka_unit_test(a_silent_peer_is_ended_after_five_seconds),
                cmocka_unit_test(a_frame_that_does_not_go_on_ends_its_peer),
                cmocka_unit_test(a_peer_is_not_slow_while_the_p_kernel_stands_still),
                cmocka_unit_test(a_request_expires_only_while_it_waits),
                cmocka_unit_test(only_who_may_ends_the_p_kernel),
                cmocka_unit_test(many_small_messages_go_out_in_one_write),
                cmocka_unit_test(chunks_to_a_callee_that_ends_break_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
