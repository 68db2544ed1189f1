/* SPDX-License-Identifier: MIT */
/*
 * Declared services in a virtual world: what waits for one goes to the instance that serves it, or to the next; what was handed
 * over never twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/declared.h"

#include "pkernel/core/port.h"
#include "pkernel/core/roster.h"

#include <darq/wire.h>
#include <string.h>

#include "kernel.darq.h"

static void test_the_first_message_starts_it_and_waits_for_it(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        assert_int_equal(f->world.starts, 0);
        call(f, 5);
        call(f, 6);
        assert_int_equal(f->world.starts, 1);
        assert_int_equal(told(f), -1);
        started(f);
        assert_int_equal(outcome(f->instance, &f->arrival), -1);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), 0);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(f->arrival.header.call, 5);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(f->arrival.header.call, 6);
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_RUNNING);
        declared_finish(f);
}

/* The second time the core takes them as a series. */
static void test_calls_that_come_together_count_one_by_one(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint8_t frames[4096];

        (void)state;
        call(f, 1);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        for (uint64_t number = 2; number <= 62; number += 20) {
                size_t size = 0;

                for (uint64_t index = 0; index < 20; index++)
                        size += frame_message(frames + size,
                                              &(struct letter){.source = f->source,
                                                               .destination = DECLARED_PORT,
                                                               .call = number + index,
                                                               .flags = DARQ_FRAME_REQUEST,
                                                               .extended = true});
                endpoint_send(f->client, frames, size);
                for (uint64_t index = 0; index < 20; index++) {
                        answer(f);
                        assert_int_equal(told(f), 0);
                        assert_int_equal(f->arrival.header.call, number + index);
                }
                assert_int_equal(f->service->calls, number + 19);
        }
        assert_int_equal(f->world.starts, 1);
        ended(f, "done");
        declared_finish(f);
}

static void test_a_client_keeps_its_right_over_a_restart(void **state)
{
        struct darq_starter_declaration hidden = declared_usual;
        struct declared *f;
        uint64_t port;

        (void)state;
        hidden.port = 0;
        f = declared_begin(&hidden);
        port = f->service->port->number;
        send_text(f->client, f->source, port, 5, DARQ_FRAME_REQUEST);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(ask_name(f->client, f->source, CONNECT, "text"), 0);
        for (uint64_t number = 6; number < 9; number++) {
                send_text(f->client, f->source, port, number, DARQ_FRAME_REQUEST);
                checked_in(f);
                answer(f);
                assert_int_equal(told(f), 0);
                ended(f, "it was ended by SIGKILL");
        }
        assert_int_equal(f->world.starts, 3);
        declared_finish(f);
}

static void test_what_was_handed_over_is_not_sent_again(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        ended(f, "it was ended by SIGSEGV");
        assert_int_equal(told(f), DARQ_FRAME_PEER_DIED);
        assert_int_equal(f->world.starts, 1);
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_STOPPED);
        declared_finish(f);
}

static void test_what_is_still_queued_starts_it_again(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        checked_in(f);
        endpoint_take(f->instance, 0);
        call(f, 6);
        ended(f, "it was ended by SIGSEGV");
        assert_int_equal(told(f), DARQ_FRAME_PEER_DIED);
        assert_int_equal(f->arrival.header.call, 5);
        assert_int_equal(told(f), -1);
        assert_int_equal(f->world.starts, 2);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(f->arrival.header.call, 6);
        declared_finish(f);
}

/* In the turn in which they come, before they are written. */
static void test_what_comes_as_the_port_is_given_back_is_the_next_ones(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint8_t frames[3 * 128];
        size_t size = 0;

        (void)state;
        call(f, 1);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        for (uint64_t number = 5; number <= 7; number++)
                size += frame_message(frames + size, &(struct letter){.source = f->source,
                                                                      .destination = DECLARED_PORT,
                                                                      .call = number,
                                                                      .flags = DARQ_FRAME_REQUEST,
                                                                      .payload = "text",
                                                                      .size = 4,
                                                                      .extended = true});
        endpoint_put(f->client, frames, size);
        size = frame_close(frames, DECLARED_PORT);
        endpoint_send(f->instance, frames, size);
        assert_int_equal(outcome(f->instance, &f->arrival), -2); /* ClosedPort */
        assert_int_equal(outcome(f->instance, &f->arrival), -1);
        ended(f, "it ended with exit status 0");
        checked_in(f);
        for (uint64_t number = 5; number <= 7; number++) {
                answer(f);
                assert_int_equal(told(f), 0);
                assert_int_equal(f->arrival.header.call, number);
        }
        declared_finish(f);
}

static void test_the_next_one_waits_for_the_end_of_the_old_process(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        first_call(f);
        endpoint_close(f->instance);
        world_flush(&f->world);
        call(f, 6);
        assert_int_equal(f->world.starts, 1);
        assert_int_equal(f->world.ends, 0);
        world_advance(&f->world, 5100); /* then it is asked to end */
        assert_int_equal(f->world.ends, 1);
        f->instance = NULL;
        ended(f, "it ended with exit status 0");
        assert_int_equal(f->world.starts, 2);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        declared_finish(f);
}

/* It closes its port with a call in hand, and has the time to answer it; what comes meanwhile is the next one's. */
static void test_one_that_closes_its_port_may_still_answer(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint8_t frame[64];
        uint64_t slot;

        (void)state;
        call(f, 5);
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        slot = darq_frame_message_get(f->arrival.body).source;
        endpoint_send(f->instance, frame, frame_close(frame, DECLARED_PORT));
        assert_true(endpoint_next(f->instance, &f->arrival));
        assert_int_equal(f->arrival.header.type, DARQ_FRAME_CLOSED_PORT);
        assert_int_equal(f->world.ends, 0);
        call(f, 6);
        send_text(f->instance, 0, slot, 0, 0);
        assert_int_equal(told(f), 0);
        assert_int_equal(f->arrival.header.call, 5);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.ends, 1);
        ended(f, "it was ended by SIGTERM");
        assert_int_equal(f->world.starts, 2);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(f->arrival.header.call, 6);
        declared_finish(f);
}

/* A request, a message that gives two rights, one on its source, and the beginning of an upload: all without call headers. */
static void test_what_waited_reaches_a_legacy_instance_in_its_form(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint64_t port = endpoint_open(f->client, 0);
        struct letter letter = {.source = f->source,
                                .destination = DECLARED_PORT,
                                .call = 5,
                                .flags = DARQ_FRAME_REQUEST,
                                .timeout_ms = 900,
                                .extended = true,
                                .payload = "letter",
                                .size = 6,
                                .ports = &port,
                                .port_count = 1};
        uint8_t frame[256];

        (void)state;
        endpoint_send(f->client, frame, frame_message(frame, &letter));
        endpoint_send(f->client, frame, frame_chunk(frame, &letter, 0, DARQ_FRAME_FIN));
        letter.flags = DARQ_FRAME_GIVE_SOURCE;
        endpoint_send(f->client, frame, frame_message(frame, &letter));
        f->instance = world_connect(&f->world, "service:text", false);
        assert_true(
                roster_started(&f->world.kernel, f->world.started, 77, f->instance->connection));
        endpoint_send(f->instance, frame, frame_open(frame, DECLARED_PORT));
        assert_true(endpoint_next(f->instance, &f->arrival));
        assert_int_equal(f->arrival.header.type, DARQ_FRAME_OPENED_PORT);
        for (int count = 0; count < 3; count++) {
                bool chunk;

                assert_true(endpoint_next(f->instance, &f->arrival));
                chunk = f->arrival.header.type == DARQ_FRAME_CHUNK;
                assert_int_equal(f->arrival.header.header_size, DARQ_FRAME_HEADER_SIZE);
                assert_int_equal(f->arrival.header.size,
                                 DARQ_FRAME_HEADER_SIZE + 6 +
                                         (chunk ? DARQ_FRAME_CHUNK_SIZE : DARQ_FRAME_MESSAGE_SIZE));
                assert_memory_equal(
                        f->arrival.body + (chunk ? DARQ_FRAME_CHUNK_SIZE : DARQ_FRAME_MESSAGE_SIZE),
                        "letter", 6);
        }
        assert_false(endpoint_next(f->instance, &f->arrival));
        letter = (struct letter){
                .source = DECLARED_PORT, .destination = f->source, .payload = "", .size = 0};
        endpoint_send(f->instance, frame, frame_message(frame, &letter));
        assert_int_equal(told(f), 0);
        letter.destination = port; /* on which it got no right */
        endpoint_send(f->instance, frame, frame_message(frame, &letter));
        assert_int_equal(told(f), -1);
        ended(f, "it ended with exit status 0");
        declared_finish(f);
}

/* A legacy instance takes nothing and ends; the next one has said Hello. What came before the first, and while it ran. */
static void test_what_a_legacy_instance_left_reaches_a_greeted_one_in_its_form(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct letter letter = {.source = f->source,
                                .destination = DECLARED_PORT,
                                .call = 5,
                                .flags = DARQ_FRAME_REQUEST,
                                .timeout_ms = 900,
                                .extended = true,
                                .payload = "letter",
                                .size = 6};
        uint8_t frame[256];

        (void)state;
        endpoint_send(f->client, frame, frame_message(frame, &letter));
        f->instance = world_connect(&f->world, "service:text", false);
        assert_true(
                roster_started(&f->world.kernel, f->world.started, 77, f->instance->connection));
        f->instance->room = 0;
        endpoint_send(f->instance, frame, frame_open(frame, DECLARED_PORT));
        letter.flags = DARQ_FRAME_GIVE_SOURCE;
        endpoint_send(f->client, frame, frame_message(frame, &letter));
        ended(f, "it ended with exit status 0");
        checked_in(f);
        for (int flags = DARQ_FRAME_REQUEST; flags != 0;
             flags = flags == DARQ_FRAME_REQUEST ? DARQ_FRAME_GIVE_SOURCE : 0) {
                struct darq_frame_message body;

                assert_true(endpoint_next(f->instance, &f->arrival));
                body = darq_frame_message_get(f->arrival.body);
                assert_int_equal(f->arrival.header.flags, flags);
                assert_int_equal(f->arrival.header.timeout_ms, 900);
                assert_int_equal(f->arrival.header.size,
                                 DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE + 6);
                assert_int_equal(f->arrival.header.call,
                                 flags == DARQ_FRAME_REQUEST ? f->client->connection->id : 0);
                assert_int_equal(body.destination, DECLARED_PORT);
                assert_memory_equal(f->arrival.body + DARQ_FRAME_MESSAGE_SIZE, "letter", 6);
                send_text(f->instance, DECLARED_PORT, body.source, 0, 0);
                assert_int_equal(told(f), 0);
        }
        declared_finish(f);
}

/* So does a chunk to its port, of a peer that is legacy, too: with the right to answer it. */
static void test_a_chunk_that_a_legacy_instance_left_is_given_with_its_source(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct endpoint *peer = world_connect(&f->world, "uid:0", true);
        struct letter letter = {.source = endpoint_open(peer, 0),
                                .destination = DECLARED_PORT,
                                .payload = "letter",
                                .size = 6};
        struct darq_frame_chunk body;
        uint8_t frame[256];

        (void)state;
        call(f, 5);
        f->instance = world_connect(&f->world, "service:text", false);
        assert_true(
                roster_started(&f->world.kernel, f->world.started, 77, f->instance->connection));
        f->instance->room = 0;
        endpoint_send(f->instance, frame, frame_open(frame, DECLARED_PORT));
        endpoint_send(peer, frame, frame_chunk(frame, &letter, 7, DARQ_FRAME_FIN));
        ended(f, "it ended with exit status 0");
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        assert_true(endpoint_next(f->instance, &f->arrival));
        assert_int_equal(f->arrival.header.type, DARQ_FRAME_CHUNK);
        assert_int_equal(f->arrival.header.flags, DARQ_FRAME_GIVE_SOURCE);
        assert_int_equal(f->arrival.header.size,
                         DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_CHUNK_SIZE + 6);
        body = darq_frame_chunk_get(f->arrival.body);
        assert_int_equal(body.source, letter.source);
        assert_int_equal(body.offset, 7);
        assert_int_equal(body.flags, DARQ_FRAME_FIN);
        assert_memory_equal(f->arrival.body + DARQ_FRAME_CHUNK_SIZE, "letter", 6);
        declared_finish(f);
}

static void test_check_out_is_refused_while_there_is_something_to_do(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint64_t slot;

        (void)state;
        call(f, 5);
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        slot = darq_frame_message_get(f->arrival.body).source;
        assert_int_equal(ask_instance(f, CHECK_OUT, "text"), DARQ_KERNEL_ERROR_BUSY);
        send_text(f->instance, 0, slot, 0, 0);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask_instance(f, CHECK_OUT, "text"), 0);
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_ENDING);
        call(f, 6);
        assert_int_equal(outcome(f->instance, &f->arrival), -1);
        assert_int_equal(f->world.starts, 1);
        ended(f, "it ended with exit status 0");
        assert_int_equal(f->world.starts, 2);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        declared_finish(f);
}

static void test_one_that_stays_after_check_out_is_ended(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        first_call(f);
        assert_int_equal(ask_instance(f, CHECK_OUT, "text"), 0);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.ends, 1);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.kills, 1);
        declared_finish(f);
}

static void test_rights_under_way_go_to_the_one_that_checks_in(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint64_t given = endpoint_open(f->client, 0);
        uint64_t own;

        (void)state;
        send_letter(f->client, &(struct letter){.source = f->source,
                                                .destination = DECLARED_PORT,
                                                .call = 5,
                                                .flags = DARQ_FRAME_REQUEST,
                                                .extended = true,
                                                .payload = "p",
                                                .size = 1,
                                                .ports = &given,
                                                .port_count = 1});
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        own = endpoint_open(f->instance, 0);
        send_text(f->instance, own, given, 0, 0);
        assert_int_equal(told(f), 0);
        assert_int_equal(darq_frame_message_get(f->arrival.body).destination, given);
        declared_finish(f);
}

static void test_what_waits_may_expire_or_be_withdrawn(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint8_t frame[64];

        (void)state;
        send_letter(f->client, &(struct letter){.source = f->source,
                                                .destination = DECLARED_PORT,
                                                .call = 5,
                                                .flags = DARQ_FRAME_REQUEST,
                                                .extended = true,
                                                .timeout_ms = 50,
                                                .payload = "p",
                                                .size = 1});
        call(f, 6);
        endpoint_send(f->client, frame, frame_cancel(frame, DECLARED_PORT, 6));
        assert_int_equal(told(f), DARQ_FRAME_WITHDRAWN);
        world_advance(&f->world, 80);
        assert_int_equal(told(f), DARQ_FRAME_EXPIRED);
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), -1);
        declared_finish(f);
}

static void test_an_upload_that_began_early_follows_its_request(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint8_t frame[256];
        const struct letter chunk = {.source = f->source,
                                     .destination = DECLARED_PORT,
                                     .call = 5,
                                     .extended = true,
                                     .payload = "bytes",
                                     .size = 5};

        (void)state;
        call(f, 5);
        endpoint_send(f->client, frame, frame_chunk(frame, &chunk, 0, DARQ_FRAME_FIN));
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        assert_true(endpoint_next(f->instance, &f->arrival));
        assert_int_equal(f->arrival.header.type, DARQ_FRAME_CHUNK);
        assert_memory_equal(f->arrival.body + DARQ_FRAME_CHUNK_SIZE, "bytes", 5);
        ended(f, "it was ended by SIGKILL");
        assert_int_equal(told(f), DARQ_FRAME_PEER_DIED);
        declared_finish(f);
}

static void test_a_watch_tells_the_end_of_the_instance(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint64_t watcher = endpoint_open(f->client, 0);
        uint8_t body[12] = {0};

        (void)state;
        first_call(f);
        darq_store_u64(body, DECLARED_PORT);
        assert_int_equal(ask(f->client, f->source, 3, body, sizeof body, watcher), 0);
        ended(f, "it ended with exit status 0");
        assert_int_equal(told(f), 0);
        assert_int_equal(darq_frame_message_get(f->arrival.body).destination, watcher);
        call(f, 6);
        assert_int_equal(f->world.starts, 2);
        declared_finish(f);
}

static void test_chunks_that_wait_go_to_the_next_instance_with_their_request(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct letter letter = {.source = f->source,
                                .destination = DECLARED_PORT,
                                .call = 6,
                                .payload = "abc",
                                .size = 3};
        uint8_t frame[128];

        (void)state;
        call(f, 5);
        checked_in(f);
        endpoint_take(f->instance, 0);
        call(f, 6);
        endpoint_send(f->client, frame, frame_chunk(frame, &letter, 0, 0));
        ended(f, "it was ended by SIGSEGV");
        checked_in(f);
        answer(f);
        declared_finish(f);
}

static void test_credit_that_came_early_follows_the_request(void **state)
{
        enum { LIMIT = 1 << 19 };
        struct declared *f = declared_begin(&declared_usual);
        struct darq_frame_credit body;
        uint8_t frame[128];

        (void)state;
        call(f, 5);
        endpoint_send(f->client, frame, frame_credit(frame, DECLARED_PORT, 5, LIMIT));
        checked_in(f);
        answer(f);
        assert_true(endpoint_next(f->instance, &f->arrival));
        assert_int_equal(f->arrival.header.type, DARQ_FRAME_CREDIT);
        body = darq_frame_credit_get(f->arrival.body);
        assert_int_equal(body.limit, LIMIT);
        assert_int_equal(told(f), 0);
        declared_finish(f);
}

/* A gap: nobody has got the request yet, so that nobody is told that it is cancelled. */
static void test_a_stream_that_breaks_while_it_waits_leaves_nothing(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct letter letter = {
                .source = f->source, .destination = DECLARED_PORT, .call = 5, .payload = ""};
        const uint64_t *used = &f->client->connection->share->used[RESOURCE_OBJECTS];
        uint64_t before = *used;
        uint8_t frame[128];

        (void)state;
        call(f, 5);
        endpoint_send(f->client, frame, frame_chunk(frame, &letter, 7, 0));
        assert_int_equal(told(f), DARQ_FRAME_STREAM_BROKEN);
        assert_int_equal(*used, before);
        checked_in(f);
        assert_false(endpoint_next(f->instance, &f->arrival));
        declared_finish(f);
}

/* The same at an instance that doesn't take its request, and ends: there is nothing to start another one for. */
static void test_a_stream_that_breaks_before_its_request_is_taken_leaves_nothing(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct letter letter = {
                .source = f->source, .destination = DECLARED_PORT, .call = 6, .payload = ""};
        uint8_t frame[128];

        (void)state;
        call(f, 5);
        checked_in(f);
        endpoint_take(f->instance, 0);
        call(f, 6);
        endpoint_send(f->client, frame, frame_chunk(frame, &letter, 7, 0));
        assert_int_equal(told(f), DARQ_FRAME_STREAM_BROKEN);
        assert_int_equal(f->arrival.header.call, 6);
        ended(f, "it was ended by SIGSEGV");
        assert_int_equal(f->world.starts, 1);
        declared_finish(f);
}

/* A notice that nobody holds a right goes to the instance that asked for it, or to nobody. */
static void test_a_notice_does_not_outlive_the_instance_that_asked_for_it(void **state)
{
        uint8_t body[16] = {0};

        (void)state;
        for (size_t written = 0; written <= 10; written += 10) {
                struct declared *f = declared_begin(&declared_usual);

                call(f, 1);
                checked_in(f);
                answer(f);
                assert_int_equal(told(f), 0);
                darq_store_u64(body, DECLARED_PORT);
                assert_int_equal(ask(f->instance, endpoint_open(f->instance, 0), WATCH_SENDERS,
                                     body, 12, DECLARED_PORT),
                                 0);
                f->instance->room = written;
                assert_int_equal(ask_name(f->client, f->source, CONNECT, "text"), 0);
                darq_store_u64(body + 8, 1);
                assert_int_equal(ask(f->client, f->source, RELEASE, body, sizeof body, 0), 0);
                ended(f, "it went");
                call(f, 2);
                checked_in(f);
                answer(f);
                assert_int_equal(outcome(f->instance, &f->arrival), -1);
                declared_finish(f);
                memset(body, 0, sizeof body);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_first_message_starts_it_and_waits_for_it),
                cmocka_unit_test(test_calls_that_come_together_count_one_by_one),
                cmocka_unit_test(test_a_client_keeps_its_right_over_a_restart),
                cmocka_unit_test(test_what_was_handed_over_is_not_sent_again),
                cmocka_unit_test(test_what_is_still_queued_starts_it_again),
                cmocka_unit_test(test_what_comes_as_the_port_is_given_back_is_the_next_ones),
                cmocka_unit_test(test_the_next_one_waits_for_the_end_of_the_old_process),
                cmocka_unit_test(test_one_that_closes_its_port_may_still_answer),
                cmocka_unit_test(test_what_waited_reaches_a_legacy_instance_in_its_form),
                cmocka_unit_test(
                        test_what_a_legacy_instance_left_reaches_a_greeted_one_in_its_form),
                cmocka_unit_test(test_a_chunk_that_a_legacy_instance_left_is_given_with_its_source),
                cmocka_unit_test(test_check_out_is_refused_while_there_is_something_to_do),
                cmocka_unit_test(test_one_that_stays_after_check_out_is_ended),
                cmocka_unit_test(test_rights_under_way_go_to_the_one_that_checks_in),
                cmocka_unit_test(test_what_waits_may_expire_or_be_withdrawn),
                cmocka_unit_test(test_an_upload_that_began_early_follows_its_request),
                cmocka_unit_test(test_a_watch_tells_the_end_of_the_instance),
                cmocka_unit_test(test_chunks_that_wait_go_to_the_next_instance_with_their_request),
                cmocka_unit_test(test_credit_that_came_early_follows_the_request),
                cmocka_unit_test(test_a_stream_that_breaks_while_it_waits_leaves_nothing),
                cmocka_unit_test(
                        test_a_stream_that_breaks_before_its_request_is_taken_leaves_nothing),
                cmocka_unit_test(test_a_notice_does_not_outlive_the_instance_that_asked_for_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
