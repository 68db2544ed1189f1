/* SPDX-License-Identifier: MIT */
/*
 * Declared services in a virtual world: when they are started, who may serve them, what becomes of what waits. Every case
 * ends with all charges at zero: world_deinit() asserts it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/core/errand.h"
#include "pkernel/core/port.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"
#include "libdarqwire/rpc.h"
#include "tests/simulation/question.h"

#include <darq/wire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

enum { PORT = 15000, REQUEST = DARQ_FRAME_REQUEST };

struct fixture {
        struct world world;
        struct endpoint *client;
        struct endpoint *instance;
        struct service *service;
        uint64_t source; /* of the client */
        struct arrival arrival;
};

static int ask_instance(struct fixture *f, uint32_t ordinal, const char *name)
{
        return ask_name(f->instance, endpoint_open(f->instance, 0), ordinal, name);
}

static const struct darq_starter_declaration usual = {
        .name = DARQ_STR_INIT("text"),
        .port = PORT,
        .start_timeout_ms = 1000,
        .restart_count = 3,
        .restart_window_ms = 10000,
        .uid = 7,
};

static struct fixture *begin(const struct darq_starter_declaration *declaration)
{
        struct fixture *self = malloc(sizeof *self);

        assert_non_null(self);
        world_init(&self->world, 42, NULL);
        assert_null(roster_declare(&self->world.kernel, declaration));
        self->service =
                roster_find(&self->world.kernel, declaration->name.data, declaration->name.size);
        self->client = world_greet(&self->world, "uid:0", true);
        self->source = endpoint_open(self->client, 0);
        self->instance = NULL;
        return self;
}

static void finish(struct fixture *self)
{
        world_deinit(&self->world);
        free(self);
}

/* The starter has started what the core wanted: it has connected, and said Hello. */
static void started(struct fixture *f)
{
        f->instance = world_greet(&f->world, "service:text", false);
        assert_true(
                roster_started(&f->world.kernel, f->world.started, 77, f->instance->connection));
}

static void checked_in(struct fixture *f)
{
        started(f);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), 0);
}

static void ended(struct fixture *f, const char *reason)
{
        if (f->instance != NULL)
                endpoint_close(f->instance);
        f->instance = NULL;
        world_flush(&f->world);
        roster_ended(&f->world.kernel, f->world.started, reason);
        world_flush(&f->world);
}

static void call(struct fixture *f, uint64_t number)
{
        send_text(f->client, f->source, PORT, number, REQUEST);
}

/* What the client gets: -1: nothing. */
static int told(struct fixture *f)
{
        return outcome(f->client, &f->arrival);
}

static void answer(struct fixture *f)
{
        uint64_t slot;

        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        slot = darq_frame_message_get(f->arrival.body).source;
        send_text(f->instance, 0, slot, 0, 0);
}

static const char *detail(struct fixture *f)
{
        static char text[SERVICE_FAILURE_MAX];
        struct darq_frame_undeliverable body = darq_frame_undeliverable_get(f->arrival.body);

        memcpy(text, f->arrival.body + DARQ_FRAME_UNDELIVERABLE_SIZE, body.detail_size);
        text[body.detail_size] = '\0';
        return text;
}

static void test_the_first_message_starts_it_and_waits_for_it(void **state)
{
        struct fixture *f = begin(&usual);

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
        finish(f);
}

static void test_a_client_keeps_its_right_over_a_restart(void **state)
{
        struct darq_starter_declaration hidden = usual;
        struct fixture *f;
        uint64_t port;

        (void)state;
        hidden.port = 0;
        f = begin(&hidden);
        port = f->service->port->number;
        send_text(f->client, f->source, port, 5, REQUEST);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(ask_name(f->client, f->source, CONNECT, "text"), 0);
        for (uint64_t number = 6; number < 9; number++) {
                send_text(f->client, f->source, port, number, REQUEST);
                checked_in(f);
                answer(f);
                assert_int_equal(told(f), 0);
                ended(f, "it was ended by SIGKILL");
        }
        assert_int_equal(f->world.starts, 3);
        finish(f);
}

static void test_what_was_handed_over_is_not_sent_again(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        ended(f, "it was ended by SIGSEGV");
        assert_int_equal(told(f), DARQ_FRAME_PEER_DIED);
        assert_int_equal(f->world.starts, 1);
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_STOPPED);
        finish(f);
}

static void test_what_is_still_queued_starts_it_again(void **state)
{
        struct fixture *f = begin(&usual);

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
        finish(f);
}

/* In the turn in which they come, before they are written. */
static void test_what_comes_as_the_port_is_given_back_is_the_next_ones(void **state)
{
        struct fixture *f = begin(&usual);
        uint8_t frames[3 * 128];
        size_t size = 0;

        (void)state;
        call(f, 1);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        for (uint64_t number = 5; number <= 7; number++)
                size += frame_message(frames + size, &(struct letter){.source = f->source,
                                                                      .destination = PORT,
                                                                      .call = number,
                                                                      .flags = REQUEST,
                                                                      .payload = "text",
                                                                      .size = 4,
                                                                      .extended = true});
        endpoint_put(f->client, frames, size);
        size = frame_close(frames, PORT);
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
        finish(f);
}

static void test_the_next_one_waits_for_the_end_of_the_old_process(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
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
        finish(f);
}

static void test_a_start_that_fails_is_told_to_everybody_who_waits(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        send_text(f->client, f->source, PORT, 6, 0);
        roster_ended(&f->world.kernel, f->world.started, "/x: it can't be executed");
        world_flush(&f->world);
        for (uint64_t number = 5; number < 7; number++) {
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
                assert_int_equal(f->arrival.header.call, number);
                assert_string_equal(detail(f), "/x: it can't be executed");
        }
        finish(f);
}

static void test_an_exit_before_it_checked_in_is_a_failed_start(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        started(f);
        endpoint_close(f->instance);
        f->instance = NULL;
        world_flush(&f->world);
        assert_int_equal(told(f), -1);
        ended(f, "it ended with exit status 3");
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "it ended with exit status 3");
        finish(f);
}

static void test_a_connection_that_ends_before_it_checked_in_is_a_failed_start(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        started(f);
        ended(f, "it ended with exit status 3");
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        call(f, 6);
        started(f);
        endpoint_close(f->instance);
        f->instance = NULL;
        world_flush(&f->world);
        world_advance(&f->world, 5100);
        ended(f, "it was ended by SIGTERM");
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "its connection ended before it checked in");
        finish(f);
}

static void test_one_that_does_not_check_in_is_killed_in_time(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        started(f);
        world_advance(&f->world, 900);
        assert_int_equal(told(f), -1);
        world_advance(&f->world, 200);
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "it did not check in within 1000 ms");
        assert_int_equal(f->world.kills, 1);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), DARQ_KERNEL_ERROR_IN_USE);
        ended(f, "it was ended by SIGKILL");
        assert_string_equal(f->service->failure, "it did not check in within 1000 ms");
        finish(f);
}

static void test_the_time_that_the_p_kernel_stood_still_is_not_the_services(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        started(f);
        world_stand_still(&f->world, 60000);
        assert_int_equal(told(f), -1);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), 0);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        world_stand_still(&f->world, 60000);
        assert_int_equal(f->world.kills, 0);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.kills, 1);
        ended(f, "it was ended by SIGKILL");
        finish(f);
}

/* It closes its port with a call in hand, and has the time to answer it; what comes meanwhile is the next one's. */
static void test_one_that_closes_its_port_may_still_answer(void **state)
{
        struct fixture *f = begin(&usual);
        uint8_t frame[64];
        uint64_t slot;

        (void)state;
        call(f, 5);
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        slot = darq_frame_message_get(f->arrival.body).source;
        endpoint_send(f->instance, frame, frame_close(frame, PORT));
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
        finish(f);
}

/* A request, a message that gives two rights, one on its source, and the beginning of an upload: all without call headers. */
static void test_what_waited_reaches_a_legacy_instance_in_its_form(void **state)
{
        struct fixture *f = begin(&usual);
        uint64_t port = endpoint_open(f->client, 0);
        struct letter letter = {.source = f->source,
                                .destination = PORT,
                                .call = 5,
                                .flags = REQUEST,
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
        endpoint_send(f->instance, frame, frame_open(frame, PORT));
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
        letter =
                (struct letter){.source = PORT, .destination = f->source, .payload = "", .size = 0};
        endpoint_send(f->instance, frame, frame_message(frame, &letter));
        assert_int_equal(told(f), 0);
        letter.destination = port; /* on which it got no right */
        endpoint_send(f->instance, frame, frame_message(frame, &letter));
        assert_int_equal(told(f), -1);
        ended(f, "it ended with exit status 0");
        finish(f);
}

/* Three starts in ten seconds are granted; from then on it is refused at once, for longer and longer. */
static void test_a_crash_loop_backs_off_and_ends(void **state)
{
        struct fixture *f = begin(&usual);
        uint64_t number = 5;

        (void)state;
        for (unsigned int i = 0; i < 3; i++) {
                call(f, number++);
                assert_int_equal(f->world.starts, i + 1);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        for (uint64_t delay_ms = 100; delay_ms < 100000; delay_ms *= 2) {
                uint64_t real_ms = delay_ms < 30000 ? delay_ms : 30000;
                unsigned int before = f->world.starts;

                call(f, number++);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
                assert_string_equal(detail(f), "broken");
                assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_BACKING_OFF);
                world_advance(&f->world, real_ms - 20);
                call(f, number++);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
                assert_int_equal(f->world.starts, before);
                world_advance(&f->world, 40);
                call(f, number++);
                assert_int_equal(f->world.starts, before + 1);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        world_advance(&f->world, 30020);
        call(f, number++);
        checked_in(f); /* mended */
        answer(f);
        assert_int_equal(told(f), 0);
        world_advance(&f->world, 20000);
        ended(f, "it ended with exit status 0");
        for (unsigned int i = 0; i < 3; i++) {
                unsigned int before = f->world.starts;

                call(f, number++);
                assert_int_equal(f->world.starts, before + 1);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        finish(f);
}

static void test_start_ends_a_back_off(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        for (uint64_t number = 5; number < 9; number++) {
                call(f, number);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_BACKING_OFF);
        assert_int_equal(ask_name(f->client, f->source, START, "text"), 0);
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_STARTING);
        checked_in(f);
        finish(f);
}

static void
test_one_that_was_stopped_is_started_by_the_next_message_whatever_was_before(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        for (uint64_t number = 5; number < 9; number++) {
                call(f, number);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        assert_int_equal(ask_name(f->client, f->source, START, "text"), 0);
        checked_in(f);
        call(f, 9);
        answer(f);
        assert_int_equal(told(f), 0);
        ended(f, "broken");
        world_advance(&f->world, 100);
        call(f, 10);
        call(f, 11);
        call(f, 12);
        roster_ended(&f->world.kernel, f->world.started, "broken");
        world_flush(&f->world);
        for (uint64_t number = 10; number < 13; number++)
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        world_advance(&f->world, 200);
        call(f, 13);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        ended(f, "it was ended by SIGTERM");
        world_advance(&f->world, 60000);
        call(f, 14);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        finish(f);
}

static void test_one_without_room_for_its_connection_is_a_failed_start(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        assert_false(roster_started(&f->world.kernel, f->world.started, 77, NULL));
        assert_int_equal(f->world.ends, 1);
        roster_ended(&f->world.kernel, f->world.started, "it was ended by SIGTERM");
        world_flush(&f->world);
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "the p-kernel had no room for its connection");
        finish(f);
}

static void test_stop_asks_and_after_five_seconds_kills(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        assert_int_equal(f->world.ends, 0);
        call(f, 5);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        assert_int_equal(f->world.ends, 1);
        assert_int_equal(f->world.kills, 0);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.kills, 1);
        ended(f, "it was ended by SIGKILL");
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_STOPPED);
        finish(f);
}

static void test_check_out_is_refused_while_there_is_something_to_do(void **state)
{
        struct fixture *f = begin(&usual);
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
        finish(f);
}

static void test_one_that_stays_after_check_out_is_ended(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask_instance(f, CHECK_OUT, "text"), 0);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.ends, 1);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.kills, 1);
        finish(f);
}

static void test_imposters_get_nothing(void **state)
{
        struct fixture *f = begin(&usual);
        struct endpoint *imposter = world_greet(&f->world, "uid:0", true);
        uint64_t source = endpoint_open(imposter, 0);
        uint64_t slot;

        (void)state;
        assert_int_equal(endpoint_open(imposter, PORT), 0);
        assert_int_equal(ask_name(imposter, source, CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        call(f, 5);
        assert_int_equal(ask_name(imposter, source, CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        checked_in(f);
        assert_int_equal(ask_name(imposter, source, CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(imposter, source, CHECK_OUT, "text"),
                         DARQ_KERNEL_ERROR_NOT_FOUND);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        slot = darq_frame_message_get(f->arrival.body).source;
        send_text(imposter, 0, slot, 0, 0);
        assert_int_equal(told(f), -1);
        ended(f, "it was ended by SIGKILL");
        assert_int_equal(told(f), DARQ_FRAME_PEER_DIED);
        assert_int_equal(endpoint_open(imposter, PORT), 0);
        assert_int_equal(ask_name(imposter, source, CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        finish(f);
}

static void test_a_second_process_with_the_same_principal_is_an_imposter_too(void **state)
{
        struct fixture *f = begin(&usual);
        struct endpoint *other;

        (void)state;
        call(f, 5);
        checked_in(f);
        other = world_greet(&f->world, "service:text", false);
        assert_int_equal(ask_name(other, endpoint_open(other, 0), CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_false(roster_started(&f->world.kernel, f->world.started + 1, 78, other->connection));
        finish(f);
}

static void test_never_is_for_the_declared_user(void **state)
{
        struct darq_starter_declaration never = usual;
        struct endpoint *wrong;
        struct fixture *f;

        (void)state;
        never.activation = DARQ_STARTER_ACTIVATION_NEVER;
        f = begin(&never);
        call(f, 5);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(ask_name(f->client, f->source, START, "text"), DARQ_KERNEL_ERROR_FAILED);
        wrong = world_greet(&f->world, "uid:8", false);
        assert_int_equal(endpoint_open(wrong, PORT), 0);
        f->instance = world_greet(&f->world, "uid:7", false);
        assert_int_equal(endpoint_open(f->instance, PORT), PORT);
        assert_int_equal(endpoint_open(world_greet(&f->world, "uid:7", false), PORT), 0);
        call(f, 6);
        answer(f);
        assert_int_equal(told(f), 0);
        call(f, 7);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        endpoint_take(f->instance, 0);
        call(f, 8);
        endpoint_close(f->instance);
        world_flush(&f->world);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(f->arrival.header.call, 8);
        assert_int_equal(told(f), DARQ_FRAME_PEER_DIED);
        f->instance = world_greet(&f->world, "uid:7", false);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), 0);
        call(f, 9);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(f->world.starts, 0);
        finish(f);
}

static void test_allow_governs_connect_resolve_and_sending(void **state)
{
        static const struct darq_string types[] = {DARQ_STR_INIT("text.plain")};
        static const struct darq_string allow[] = {DARQ_STR_INIT("uid:5"),
                                                   DARQ_STR_INIT("service:edit*")};
        struct darq_starter_declaration declaration = usual;
        struct fixture *f;

        (void)state;
        declaration.allow.data = allow;
        declaration.allow.count = 2;
        declaration.types.data = types;
        declaration.types.count = 1;
        f = begin(&declaration);
        call(f, 5);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(ask_name(f->client, f->source, CONNECT, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain::readme"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(f->world.starts, 0);
        f->client = world_greet(&f->world, "service:editor", false);
        f->source = endpoint_open(f->client, 0);
        assert_int_equal(ask_name(f->client, f->source, CONNECT, "text"), 0);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain::readme"), 0);
        call(f, 5);
        assert_int_equal(f->world.starts, 1);
        finish(f);
}

static void test_objects_are_resolved_by_type_and_location(void **state)
{
        static const struct darq_string types[] = {DARQ_STR_INIT("text.plain"),
                                                   DARQ_STR_INIT("text.markdown")};
        struct darq_starter_declaration declaration = usual;
        struct fixture *f;

        (void)state;
        declaration.types.data = types;
        declaration.types.count = 2;
        f = begin(&declaration);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain::a:b"), 0);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.markdown:kitchen:x"), 0);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain:cellar:x"),
                         DARQ_KERNEL_ERROR_NO_LOCATION);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text::x"),
                         DARQ_KERNEL_ERROR_NOT_FOUND);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain"),
                         DARQ_KERNEL_ERROR_BAD_OBJECT);
        finish(f);
}

static void test_rights_under_way_go_to_the_one_that_checks_in(void **state)
{
        struct fixture *f = begin(&usual);
        uint64_t given = endpoint_open(f->client, 0);
        uint64_t own;

        (void)state;
        send_letter(f->client, &(struct letter){.source = f->source,
                                                .destination = PORT,
                                                .call = 5,
                                                .flags = REQUEST,
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
        finish(f);
}

static void test_what_waits_may_expire_or_be_withdrawn(void **state)
{
        struct fixture *f = begin(&usual);
        uint8_t frame[64];

        (void)state;
        send_letter(f->client, &(struct letter){.source = f->source,
                                                .destination = PORT,
                                                .call = 5,
                                                .flags = REQUEST,
                                                .extended = true,
                                                .timeout_ms = 50,
                                                .payload = "p",
                                                .size = 1});
        call(f, 6);
        endpoint_send(f->client, frame, frame_cancel(frame, PORT, 6));
        assert_int_equal(told(f), DARQ_FRAME_WITHDRAWN);
        world_advance(&f->world, 80);
        assert_int_equal(told(f), DARQ_FRAME_EXPIRED);
        checked_in(f);
        assert_int_equal(outcome(f->instance, &f->arrival), -1);
        finish(f);
}

static void test_an_upload_that_began_early_follows_its_request(void **state)
{
        struct fixture *f = begin(&usual);
        uint8_t frame[256];
        const struct letter chunk = {.source = f->source,
                                     .destination = PORT,
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
        finish(f);
}

static void test_a_watch_tells_the_end_of_the_instance(void **state)
{
        struct fixture *f = begin(&usual);
        uint64_t watcher = endpoint_open(f->client, 0);
        uint8_t body[12] = {0};

        (void)state;
        call(f, 5);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        darq_store_u64(body, PORT);
        assert_int_equal(ask(f->client, f->source, 3, body, sizeof body, watcher), 0);
        ended(f, "it ended with exit status 0");
        assert_int_equal(told(f), 0);
        assert_int_equal(darq_frame_message_get(f->arrival.body).destination, watcher);
        call(f, 6);
        assert_int_equal(f->world.starts, 2);
        finish(f);
}

static void test_at_start_runs_from_the_beginning_and_again(void **state)
{
        struct darq_starter_declaration always = usual;
        struct fixture *f;

        (void)state;
        always.activation = DARQ_STARTER_ACTIVATION_AT_START;
        f = begin(&always);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){.services = 1});
        assert_int_equal(f->world.starts, 1);
        checked_in(f);
        ended(f, "it ended with exit status 1");
        assert_int_equal(f->world.starts, 2);
        for (unsigned int i = 0; i < 2; i++) {
                checked_in(f);
                ended(f, "it ended with exit status 1");
        }
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_BACKING_OFF);
        world_advance(&f->world, 150);
        assert_int_equal(f->world.starts, 4);
        checked_in(f);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        ended(f, "it was ended by SIGTERM");
        assert_int_equal(f->world.starts, 4);
        finish(f);
}

static void test_a_manifest_that_goes_takes_the_service_with_it(void **state)
{
        struct darq_starter_declaration other = usual;
        struct fixture *f = begin(&usual);

        (void)state;
        other.name = DARQ_STR("other");
        other.port = PORT + 1;
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){.services = 1});
        assert_null(roster_declare(&f->world.kernel, &other));
        call(f, 5);
        checked_in(f);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){.services = 1});
        answer(f);
        assert_int_equal(told(f), 0);
        assert_non_null(roster_find(&f->world.kernel, "text", 4)); /* while it runs */
        ended(f, "it ended with exit status 0");
        assert_null(roster_find(&f->world.kernel, "text", 4));
        assert_non_null(roster_find(&f->world.kernel, "other", 5));
        call(f, 6);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        finish(f);
}

static void test_a_port_that_is_taken_can_not_be_declared(void **state)
{
        struct darq_starter_declaration other = usual;
        struct fixture *f = begin(&usual);

        (void)state;
        assert_int_equal(endpoint_open(f->client, 15001), 15001);
        other.name = DARQ_STR("other");
        other.port = 15001;
        assert_non_null(roster_declare(&f->world.kernel, &other));
        other.name = usual.name;
        assert_non_null(roster_declare(&f->world.kernel, &other));
        assert_int_equal(f->service->declaration.port, PORT);
        finish(f);
}

static void test_register_and_reload_wait_for_the_starter(void **state)
{
        struct fixture *f = begin(&usual);
        const struct darq_starter_registered bad = {
                .failure = DARQ_STR_INIT("line 2: no"), .has_bad = true, .bad = true};
        struct darq_rpc_header header;

        (void)state;
        assert_int_equal(ask_name(f->client, f->source, REGISTER, "[Service]"), -1000);
        assert_int_equal(f->world.stores, 1);
        errand_registered(&f->world.kernel, &bad);
        world_flush(&f->world);
        assert_int_equal(told(f), 0);
        assert_true(darq_rpc_header_get(f->arrival.body + DARQ_FRAME_MESSAGE_SIZE, 16, &header));
        assert_int_equal(header.status, DARQ_KERNEL_ERROR_BAD_MANIFEST);
        assert_int_equal(ask(f->client, f->source, RELOAD, "", 0, 0), -1000);
        assert_int_equal(f->world.reloads, 1);
        errands_fail(&f->world.kernel, "gone");
        world_flush(&f->world);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask(f->client, f->source, RELOAD, "", 0, 0), -1000);
        endpoint_close(f->client);
        world_flush(&f->world);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){.services = 1});
        finish(f);
}

static int status_of_answer(struct fixture *f)
{
        world_flush(&f->world);
        return question_status(f->client, &f->arrival);
}

static void test_each_registration_gets_its_own_answer(void **state)
{
        struct fixture *f = begin(&usual);
        const struct darq_starter_registered fine = {.name = DARQ_STR_INIT("text")};
        const struct darq_starter_registered failed = {
                .name = DARQ_STR_INIT("text"), .failure = DARQ_STR_INIT("the disk is full")};

        (void)state;
        assert_int_equal(ask_name(f->client, f->source, REGISTER, "[Service]"), NO_ANSWER);
        assert_int_equal(ask(f->client, f->source, RELOAD, "", 0, 0), NO_ANSWER);
        assert_int_equal(ask_name(f->client, f->source, REGISTER, "[Service]"), NO_ANSWER);
        errand_registered(&f->world.kernel, &fine);
        assert_int_equal(status_of_answer(f), 0);
        errand_registered(&f->world.kernel, &failed);
        assert_int_equal(status_of_answer(f), DARQ_KERNEL_ERROR_FAILED);
        errand_registered(&f->world.kernel, &failed); /* that nobody asked for */
        assert_int_equal(status_of_answer(f), NO_ANSWER);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){.services = 1});
        assert_int_equal(status_of_answer(f), 0);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){.services = 1});
        assert_int_equal(status_of_answer(f), NO_ANSWER);
        finish(f);
}

static void test_whoever_waits_for_a_starter_that_goes_is_told(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        assert_true(errand_reload(&f->world.kernel, NULL)); /* SIGHUP: nobody waits */
        assert_int_equal(ask_name(f->client, f->source, REGISTER, "[Service]"), NO_ANSWER);
        errands_fail(&f->world.kernel, "gone");
        assert_int_equal(status_of_answer(f), DARQ_KERNEL_ERROR_FAILED);
        assert_int_equal(status_of_answer(f), NO_ANSWER);
        assert_true(errand_reload(&f->world.kernel, NULL));
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){.services = 1});
        finish(f);
}

static void test_so_many_errands_and_no_more(void **state)
{
        struct fixture *f = begin(&usual);
        int count = 0;

        (void)state;
        while (errand_reload(&f->world.kernel, NULL))
                count++;
        assert_int_equal(count, ERRANDS_MAX);
        assert_true(ask(f->client, f->source, RELOAD, "", 0, 0) > 0);
        assert_true(ask_name(f->client, f->source, REGISTER, "[Service]") > 0);
        errands_fail(&f->world.kernel, "gone");
        finish(f);
}

static void test_only_the_privileged_change_services(void **state)
{
        struct fixture *f = begin(&usual);
        struct endpoint *other = world_greet(&f->world, "uid:9", false);
        uint64_t source = endpoint_open(other, 0);

        (void)state;
        assert_int_equal(ask_name(other, source, REGISTER, "x"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask(other, source, RELOAD, "", 0, 0), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(other, source, START, "text"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(other, source, STOP, "text"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(f->world.stores + f->world.reloads + f->world.starts, 0);
        finish(f);
}

static void test_without_a_starter_starts_fail_with_the_reason(void **state)
{
        struct fixture *f = begin(&usual);

        (void)state;
        call(f, 5);
        roster_lost(&f->world.kernel, "the starter has gone");
        world_flush(&f->world);
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "the starter has gone");
        f->world.kernel.no_starter = "the starter has gone";
        assert_int_equal(ask_name(f->client, f->source, START, "text"), DARQ_KERNEL_ERROR_FAILED);
        assert_int_equal(f->world.starts, 1);
        finish(f);
}

/* The instance's end and the starter's word of it fall into one turn; the next frame is somebody else's. */
static void test_many_that_wait_for_one_that_goes_with_its_manifest_are_answered(void **state)
{
        struct fixture *f = begin(&usual);
        struct kernel *kernel = &f->world.kernel;
        struct endpoint *other = world_greet(&f->world, "uid:0", true);
        uint64_t source = endpoint_open(other, 0);
        uint8_t frame[64];

        (void)state;
        call(f, 5);
        checked_in(f);
        endpoint_take(f->instance, 0);
        for (uint64_t number = 6; number < 66; number++) {
                call(f, number);
                send_text(other, source, PORT, number, REQUEST);
        }
        roster_listed(kernel);
        roster_listed(kernel);
        roster_ended(kernel, f->world.started, "it has gone");
        endpoint_close(f->instance);
        f->instance = NULL;
        endpoint_put(f->client, frame, frame_open(frame, 0));
        world_flush(&f->world);
        assert_null(roster_find(kernel, "text", 4));
        for (uint64_t number = 6; number < 66; number++) {
                assert_int_equal(outcome(f->client, &f->arrival), DARQ_FRAME_NO_PORT);
                assert_int_equal(outcome(other, &f->arrival), DARQ_FRAME_NO_PORT);
        }
        assert_int_equal(outcome(f->client, &f->arrival), DARQ_FRAME_PEER_DIED);
        finish(f);
}

static void test_chunks_that_wait_go_to_the_next_instance_with_their_request(void **state)
{
        struct fixture *f = begin(&usual);
        struct letter letter = {
                .source = f->source, .destination = PORT, .call = 6, .payload = "abc", .size = 3};
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
        finish(f);
}

/* A notice that nobody holds a right goes to the instance that asked for it, or to nobody. */
static void test_a_notice_does_not_outlive_the_instance_that_asked_for_it(void **state)
{
        uint8_t body[16] = {0};

        (void)state;
        for (size_t written = 0; written <= 10; written += 10) {
                struct fixture *f = begin(&usual);

                call(f, 1);
                checked_in(f);
                answer(f);
                assert_int_equal(told(f), 0);
                darq_store_u64(body, PORT);
                assert_int_equal(ask(f->instance, endpoint_open(f->instance, 0), WATCH_SENDERS,
                                     body, 12, PORT),
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
                finish(f);
                memset(body, 0, sizeof body);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_the_first_message_starts_it_and_waits_for_it),
                cmocka_unit_test(test_a_client_keeps_its_right_over_a_restart),
                cmocka_unit_test(test_what_was_handed_over_is_not_sent_again),
                cmocka_unit_test(test_what_is_still_queued_starts_it_again),
                cmocka_unit_test(test_what_comes_as_the_port_is_given_back_is_the_next_ones),
                cmocka_unit_test(test_the_next_one_waits_for_the_end_of_the_old_process),
                cmocka_unit_test(test_a_start_that_fails_is_told_to_everybody_who_waits),
                cmocka_unit_test(test_an_exit_before_it_checked_in_is_a_failed_start),
                cmocka_unit_test(test_a_connection_that_ends_before_it_checked_in_is_a_failed_start),
                cmocka_unit_test(test_one_that_does_not_check_in_is_killed_in_time),
                cmocka_unit_test(test_the_time_that_the_p_kernel_stood_still_is_not_the_services),
                cmocka_unit_test(test_one_that_closes_its_port_may_still_answer),
                cmocka_unit_test(test_what_waited_reaches_a_legacy_instance_in_its_form),
                cmocka_unit_test(test_a_crash_loop_backs_off_and_ends),
                cmocka_unit_test(test_start_ends_a_back_off),
                cmocka_unit_test(
                        test_one_that_was_stopped_is_started_by_the_next_message_whatever_was_before),
                cmocka_unit_test(test_one_without_room_for_its_connection_is_a_failed_start),
                cmocka_unit_test(test_stop_asks_and_after_five_seconds_kills),
                cmocka_unit_test(test_check_out_is_refused_while_there_is_something_to_do),
                cmocka_unit_test(test_one_that_stays_after_check_out_is_ended),
                cmocka_unit_test(test_imposters_get_nothing),
                cmocka_unit_test(test_a_second_process_with_the_same_principal_is_an_imposter_too),
                cmocka_unit_test(test_never_is_for_the_declared_user),
                cmocka_unit_test(test_allow_governs_connect_resolve_and_sending),
                cmocka_unit_test(test_objects_are_resolved_by_type_and_location),
                cmocka_unit_test(test_rights_under_way_go_to_the_one_that_checks_in),
                cmocka_unit_test(test_what_waits_may_expire_or_be_withdrawn),
                cmocka_unit_test(test_an_upload_that_began_early_follows_its_request),
                cmocka_unit_test(test_a_watch_tells_the_end_of_the_instance),
                cmocka_unit_test(test_at_start_runs_from_the_beginning_and_again),
                cmocka_unit_test(test_a_manifest_that_goes_takes_the_service_with_it),
                cmocka_unit_test(test_a_port_that_is_taken_can_not_be_declared),
                cmocka_unit_test(test_register_and_reload_wait_for_the_starter),
                cmocka_unit_test(test_each_registration_gets_its_own_answer),
                cmocka_unit_test(test_whoever_waits_for_a_starter_that_goes_is_told),
                cmocka_unit_test(test_so_many_errands_and_no_more),
                cmocka_unit_test(test_only_the_privileged_change_services),
                cmocka_unit_test(test_without_a_starter_starts_fail_with_the_reason),
                cmocka_unit_test(
                        test_many_that_wait_for_one_that_goes_with_its_manifest_are_answered),
                cmocka_unit_test(test_a_notice_does_not_outlive_the_instance_that_asked_for_it),
                cmocka_unit_test(test_chunks_that_wait_go_to_the_next_instance_with_their_request),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
