/* SPDX-License-Identifier: MIT */
/*
 * What a turn has for one connection: messages that are written whole and had no parcel, and all that may come between.
 * Frames are put in together and flushed once, so that they stand in the receiver's run until something needs to see
 * them, or the receiver doesn't take them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/pair.h"

#include "pkernel/core/port.h"
#include "pkernel/core/run.h"

#include <darq/wire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

enum { REQUEST = DARQ_FRAME_REQUEST, FRAME_BYTES = 24 + 24 + 4, MONITOR = 19 };

static struct pair *begin(const char *limit)
{
        struct limits limits;

        limits_init(&limits);
        if (limit != NULL)
                assert_int_equal(limits_set(&limits, limit), 0);
        return pair_begin(&limits);
}

/* A message from one to two, of FRAME_BYTES there if it is a request; it isn't flushed. */
static void put(struct pair *f, uint64_t call, uint16_t flags, const char *text)
{
        uint8_t frame[256];

        endpoint_put(f->one, frame,
                     frame_message(frame, &(struct letter){.source = f->source,
                                                           .destination = f->target,
                                                           .call = call,
                                                           .flags = flags,
                                                           .timeout_ms = 100,
                                                           .payload = text,
                                                           .size = strlen(text),
                                                           .extended = true}));
}

static void put_reply(struct endpoint *from, uint64_t slot)
{
        uint8_t frame[256];

        endpoint_put(from, frame,
                     frame_message(frame, &(struct letter){.destination = slot,
                                                           .payload = "text",
                                                           .size = 4,
                                                           .extended = true}));
}

static bool gets(struct pair *f, struct endpoint *endpoint, const char *text)
{
        return outcome(endpoint, &f->arrival) == 0 &&
               darq_frame_message_get(f->arrival.body).payload_size == strlen(text) &&
               memcmp(f->arrival.body + DARQ_FRAME_MESSAGE_SIZE, text, strlen(text)) == 0;
}

static bool gets_nothing(struct pair *f, struct endpoint *endpoint)
{
        return outcome(endpoint, &f->arrival) == -1;
}

static void what_is_written_whole_needs_no_parcel(void **state)
{
        struct pair *f = begin(NULL);
        uint64_t messages = f->world.kernel.statistics.messages;

        (void)state;
        put(f, 0, 0, "a");
        put(f, 1, REQUEST, "b");
        put(f, 0, 0, "c");
        assert_int_equal(f->world.kernel.reserved_parcels, 3);
        assert_true(list_empty(&f->two->connection->output.messages));
        assert_true(list_empty(&f->world.kernel.fresh));
        world_flush(&f->world);
        assert_int_equal(f->world.kernel.reserved_parcels, 0);
        assert_int_equal(f->world.kernel.statistics.messages, messages + 3);
        assert_true(gets(f, f->two, "a"));
        assert_true(gets(f, f->two, "b"));
        put_reply(f->two, darq_frame_message_get(f->arrival.body).source);
        assert_int_equal(f->world.kernel.reserved_parcels, 1);
        world_flush(&f->world);
        assert_true(gets(f, f->one, "text"));
        assert_int_equal(f->arrival.header.call, 1);
        assert_true(gets(f, f->two, "c"));
        pair_finish(f);
}

/* Wherever the write ends: in a message, between two, in the first or the last byte. */
static void what_a_write_leaves_over_follows_in_order(void **state)
{
        static const char *const texts[] = {"aaaa", "bbbb", "cccc", "dddd"};

        (void)state;
        for (size_t room = 0; room <= 4 * (size_t)FRAME_BYTES; room++) {
                struct pair *f = begin(NULL);
                uint64_t slots[4];

                f->two->room = room;
                for (uint64_t index = 0; index < 4; index++)
                        put(f, index + 1, REQUEST, texts[index]);
                world_flush(&f->world);
                assert_null(f->two->connection->output.run);
                put(f, 5, REQUEST, "last");
                endpoint_take(f->two, SIZE_MAX);
                for (int index = 0; index < 4; index++) {
                        assert_true(gets(f, f->two, texts[index]));
                        slots[index] = darq_frame_message_get(f->arrival.body).source;
                }
                assert_true(gets(f, f->two, "last"));
                f->one->room = room;
                for (int index = 0; index < 4; index++)
                        put_reply(f->two, slots[index]);
                world_flush(&f->world);
                endpoint_take(f->one, SIZE_MAX);
                for (uint64_t index = 0; index < 4; index++) {
                        assert_true(gets(f, f->one, "text"));
                        assert_int_equal(f->arrival.header.call, index + 1);
                }
                assert_true(gets_nothing(f, f->one));
                pair_finish(f);
        }
}

/* Four messages in one read: requests, one-way messages of one call number or of several, or replies to the slots. */
static void put_series(struct pair *f, uint16_t flags, uint64_t call, uint64_t rise,
                       const uint64_t *slots)
{
        uint8_t frames[4 * FRAME_BYTES];
        size_t size = 0;

        for (unsigned int index = 0; index < 4; index++) {
                struct letter letter = {.source = f->source,
                                        .destination = slots == NULL ? f->target : slots[index],
                                        .call = call + index * rise,
                                        .flags = flags,
                                        .payload = &"aaaabbbbccccdddd"[4 * (size_t)index],
                                        .size = 4,
                                        .extended = true};

                size += frame_message(frames + size, &letter);
        }
        endpoint_put(slots == NULL ? f->one : f->two, frames, size);
}

static void gets_series(struct pair *f, struct endpoint *endpoint, uint64_t *slots)
{
        static const char *const texts[] = {"aaaa", "bbbb", "cccc", "dddd"};

        for (int index = 0; index < 4; index++) {
                assert_true(gets(f, endpoint, texts[index]));
                slots[index] = darq_frame_message_get(f->arrival.body).source;
        }
        assert_true(gets_nothing(f, endpoint));
}

/* Only what is kept spare lets messages follow as a series: what the first four of them have left. */
static struct pair *begin_warm(void)
{
        struct pair *f = begin(NULL);
        uint64_t slots[4];

        put_series(f, REQUEST, 1, 1, NULL);
        world_flush(&f->world);
        gets_series(f, f->two, slots);
        put_series(f, 0, 0, 0, slots);
        world_flush(&f->world);
        gets_series(f, f->one, slots);
        return f;
}

/* The same of messages that one receipt stands for. */
static void what_a_write_leaves_of_a_series_follows_in_order(void **state)
{
        (void)state;
        for (size_t room = 0; room <= 4 * (size_t)FRAME_BYTES; room++) {
                struct pair *f = begin_warm();
                uint64_t slots[4], others[4];

                f->two->room = room;
                put_series(f, REQUEST, 5, 1, NULL);
                assert_int_equal(f->two->connection->output.run->count, 1);
                assert_int_equal(f->two->connection->output.run->messages, 4);
                world_flush(&f->world);
                assert_null(f->two->connection->output.run);
                endpoint_take(f->two, SIZE_MAX);
                gets_series(f, f->two, slots);
                f->one->room = room;
                put_series(f, 0, 0, 0, slots);
                assert_int_equal(f->one->connection->output.run->count, 1);
                assert_true(list_empty(&f->one->connection->calls));
                world_flush(&f->world);
                endpoint_take(f->one, SIZE_MAX);
                gets_series(f, f->one, others);
                pair_finish(f);
        }
}

/* Whom each of them is undelivered to is told by its own call number. */
static void what_is_left_of_a_series_is_answered_one_by_one(void **state)
{
        (void)state;
        for (uint64_t rise = 0; rise < 2; rise++) {
                for (uint16_t flags = 0; flags <= (rise == 0 ? 0 : REQUEST); flags += REQUEST) {
                        struct pair *f = begin_warm();

                        f->two->room = 0;
                        put_series(f, flags, 7, rise, NULL);
                        world_flush(&f->world);
                        endpoint_close(f->two);
                        for (uint64_t index = 0; index < 4; index++) {
                                assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_NO_PORT);
                                assert_int_equal(f->arrival.header.call, 7 + index * rise);
                        }
                        assert_true(gets_nothing(f, f->one));
                        pair_finish(f);
                }
        }
}

static void what_is_left_over_expires_unless_it_has_begun(void **state)
{
        struct pair *f = begin(NULL);

        (void)state;
        f->two->room = FRAME_BYTES + 1;
        put(f, 1, REQUEST, "aaaa");
        put(f, 2, REQUEST, "bbbb");
        put(f, 3, REQUEST, "cccc");
        world_flush(&f->world);
        world_advance(&f->world, 99);
        assert_true(gets_nothing(f, f->one));
        world_advance(&f->world, 10);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_EXPIRED);
        assert_int_equal(f->arrival.header.call, 3);
        assert_true(gets_nothing(f, f->one));
        endpoint_take(f->two, SIZE_MAX);
        assert_true(gets(f, f->two, "aaaa"));
        assert_true(gets(f, f->two, "bbbb"));
        assert_true(gets_nothing(f, f->two));
        pair_finish(f);
}

/* The time that has passed while it waited is taken from what it is told. */
static void what_is_left_over_is_told_the_time_that_is_left(void **state)
{
        struct pair *f = begin(NULL);

        (void)state;
        f->two->room = FRAME_BYTES;
        put(f, 1, REQUEST, "aaaa");
        put(f, 2, REQUEST, "bbbb");
        world_flush(&f->world);
        world_advance(&f->world, 40);
        endpoint_take(f->two, SIZE_MAX);
        assert_true(gets(f, f->two, "aaaa"));
        assert_int_equal(f->arrival.header.timeout_ms, 100);
        assert_true(gets(f, f->two, "bbbb"));
        assert_int_equal(f->arrival.header.timeout_ms, 60);
        pair_finish(f);
}

static void a_request_is_withdrawn_from_between_others(void **state)
{
        struct pair *f = begin(NULL);
        uint8_t frame[64];

        (void)state;
        put(f, 1, REQUEST, "a");
        put(f, 2, REQUEST, "b");
        put(f, 3, REQUEST, "c");
        endpoint_put(f->one, frame, frame_cancel(frame, f->target, 2));
        put(f, 0, 0, "d");
        world_flush(&f->world);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_WITHDRAWN);
        assert_int_equal(f->arrival.header.call, 2);
        assert_true(gets(f, f->two, "a"));
        assert_true(gets(f, f->two, "c"));
        assert_true(gets(f, f->two, "d"));
        assert_true(gets_nothing(f, f->two));
        pair_finish(f);
}

/* One receipt stands for all of them. The last one's stream has begun, and is broken by a gap. */
static void calls_of_a_series_are_withdrawn_from_between_others(void **state)
{
        struct pair *f = begin_warm();
        struct letter letter = {
                .source = f->source, .destination = f->target, .call = 8, .payload = ""};
        uint8_t frame[128];

        (void)state;
        put_series(f, REQUEST, 5, 1, NULL);
        assert_int_equal(f->two->connection->output.run->count, 1);
        endpoint_put(f->one, frame, frame_chunk(frame, &letter, 0, 0));
        endpoint_put(f->one, frame, frame_cancel(frame, f->target, 6));
        endpoint_put(f->one, frame, frame_chunk(frame, &letter, 7, 0));
        world_flush(&f->world);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_WITHDRAWN);
        assert_int_equal(f->arrival.header.call, 6);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_STREAM_BROKEN);
        assert_int_equal(f->arrival.header.call, 8);
        assert_true(gets(f, f->two, "aaaa"));
        put_reply(f->two, darq_frame_message_get(f->arrival.body).source);
        assert_true(gets(f, f->two, "cccc"));
        assert_true(gets_nothing(f, f->two));
        world_flush(&f->world);
        assert_true(gets(f, f->one, "text"));
        assert_int_equal(f->arrival.header.call, 5);
        assert_true(gets_nothing(f, f->one));
        pair_finish(f);
}

static void a_port_that_closes_answers_what_stands_in_the_run(void **state)
{
        struct pair *f = begin(NULL);
        uint64_t other = endpoint_open(f->two, 12001);
        uint64_t target = f->target;
        uint8_t frame[64];

        (void)state;
        put(f, 7, 0, "a");
        f->target = other;
        put(f, 0, 0, "stays");
        f->target = target;
        put(f, 8, REQUEST, "b");
        endpoint_put(f->two, frame, frame_close(frame, f->target));
        world_flush(&f->world);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_NO_PORT);
        assert_int_equal(f->arrival.header.call, 7);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_NO_PORT);
        assert_int_equal(f->arrival.header.call, 8);
        assert_true(gets(f, f->two, "stays"));
        pair_finish(f);
}

static void a_receiver_that_ends_gets_what_it_takes_and_the_rest_is_answered(void **state)
{
        struct pair *f = begin(NULL);
        struct endpoint *two = f->two;

        (void)state;
        two->room = FRAME_BYTES + 1;
        put(f, 1, REQUEST, "aaaa");
        put(f, 2, REQUEST, "bbbb");
        put(f, 3, REQUEST, "cccc");
        connection_end(two->connection);
        world_flush(&f->world);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_NO_PORT);
        assert_int_equal(f->arrival.header.call, 2);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_NO_PORT);
        assert_int_equal(f->arrival.header.call, 3);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_PEER_DIED);
        assert_int_equal(f->arrival.header.call, 1);
        pair_finish(f);
}

static void a_caller_that_ends_takes_its_requests_back(void **state)
{
        struct pair *f = begin(NULL);

        (void)state;
        put(f, 0, 0, "a");
        put(f, 1, REQUEST, "b");
        put(f, 0, 0, "c");
        endpoint_close(f->one);
        assert_true(gets(f, f->two, "a"));
        assert_true(gets(f, f->two, "c"));
        assert_true(gets_nothing(f, f->two));
        pair_finish(f);
}

/* The order is that in which they were sent, whether they need parcels or not. */
static void a_message_with_a_port_keeps_its_place(void **state)
{
        struct pair *f = begin(NULL);
        uint8_t frame[256];

        (void)state;
        put(f, 0, 0, "a");
        endpoint_put(f->one, frame,
                     frame_message(frame, &(struct letter){.source = f->source,
                                                           .destination = f->target,
                                                           .payload = "b",
                                                           .size = 1,
                                                           .extended = true,
                                                           .ports = &f->source,
                                                           .port_count = 1}));
        put(f, 0, 0, "c");
        world_flush(&f->world);
        assert_true(gets(f, f->two, "a"));
        assert_true(gets(f, f->two, "b"));
        assert_int_equal(f->arrival.header.port_count, 1);
        assert_true(gets(f, f->two, "c"));
        send_text(f->two, f->target, f->source, 0, 0);
        assert_true(gets(f, f->one, "text"));
        pair_finish(f);
}

/* How many of 100 messages to one who takes nothing are accepted, in one turn or in one each. */
static unsigned int accepted(const char *limit, bool one_turn)
{
        struct pair *f = begin(limit);
        unsigned int refused = 0;
        unsigned int got = 0;

        f->two->room = 0;
        for (uint64_t call = 1; call <= 100; call++) {
                put(f, call, call % 2 == 0 ? REQUEST : 0, "text");
                if (!one_turn)
                        world_flush(&f->world);
        }
        world_flush(&f->world);
        while (!gets_nothing(f, f->one))
                refused++;
        endpoint_take(f->two, SIZE_MAX);
        while (gets(f, f->two, "text"))
                got++;
        assert_int_equal(got + refused, 100);
        pair_finish(f);
        return got;
}

static void limits_are_the_same_in_one_turn_as_in_many(void **state)
{
        static const char *const limits[] = {"port_messages=8", "port_bytes=2048", "calls=5",
                                             "queued=64K", "objects=20"};

        (void)state;
        for (size_t index = 0; index < sizeof limits / sizeof limits[0]; index++) {
                unsigned int got = accepted(limits[index], true);

                assert_in_range(got, 1, 99);
                assert_int_equal(got, accepted(limits[index], false));
        }
}

/* Who takes what it is offered is written to before anything is refused. */
static void a_full_port_is_written_to_before_it_refuses(void **state)
{
        struct pair *f = begin("port_messages=8");

        (void)state;
        for (uint64_t call = 1; call <= 40; call++)
                put(f, call, 0, "text");
        world_flush(&f->world);
        for (int index = 0; index < 40; index++)
                assert_true(gets(f, f->two, "text"));
        assert_true(gets_nothing(f, f->one));
        pair_finish(f);
}

static void many_are_written_early_and_in_order(void **state)
{
        struct pair *f = begin("port_messages=4096");
        unsigned int calls = f->two->calls;
        char text[16];

        (void)state;
        for (int index = 0; index < 600; index++) {
                snprintf(text, sizeof text, "%d", index);
                put(f, 0, 0, text);
        }
        assert_int_equal(f->two->calls, calls + 2);
        world_flush(&f->world);
        assert_int_equal(f->two->calls, calls + 3);
        for (int index = 0; index < 600; index++) {
                snprintf(text, sizeof text, "%d", index);
                assert_true(gets(f, f->two, text));
        }
        pair_finish(f);
}

/* More than a run holds, and one that is too large for it. */
static void large_messages_keep_their_place(void **state)
{
        struct pair *f = begin(NULL);
        static const size_t sizes[] = {4, 40000, 4, 40000, 4, 100000, 4};
        uint8_t *frame = malloc(101000);

        (void)state;
        assert_non_null(frame);
        for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
                char *payload = calloc(1, sizes[index]);
                struct letter letter = {.source = f->source,
                                        .destination = f->target,
                                        .payload = payload,
                                        .size = sizes[index],
                                        .extended = true};

                assert_non_null(payload);
                endpoint_put(f->one, frame, frame_message(frame, &letter));
                free(payload);
        }
        world_flush(&f->world);
        for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
                assert_int_equal(outcome(f->two, &f->arrival), 0);
                assert_int_equal(darq_frame_message_get(f->arrival.body).payload_size,
                                 sizes[index]);
        }
        free(frame);
        pair_finish(f);
}

/* How often text stands in what the endpoint has been sent. */
static unsigned int shown(struct pair *f, struct endpoint *endpoint, const char *text)
{
        unsigned int count = 0;

        while (endpoint_next(endpoint, &f->arrival)) {
                const uint8_t *end = f->arrival.frame + f->arrival.header.size;

                for (const uint8_t *at = f->arrival.frame; at + strlen(text) <= end; at++)
                        count += memcmp(at, text, strlen(text)) == 0;
        }
        return count;
}

static void who_looks_on_sees_each_go_in_and_out(void **state)
{
        struct pair *f = begin(NULL);
        struct endpoint *third = world_greet(&f->world, "uid:0", true);
        uint8_t payload_max[4];

        (void)state;
        darq_store_u32(payload_max, 64);
        assert_int_equal(
                ask(third, endpoint_open(third, 0), MONITOR, payload_max, sizeof payload_max, 0),
                NO_ANSWER);
        put(f, 0, 0, "needle, a text that is longer than the header of a call");
        put(f, 0, 0, "needle, a text that is longer than the header of a call");
        world_flush(&f->world);
        assert_int_equal(shown(f, third, "needle"), 4);
        assert_int_equal(shown(f, f->two, "needle"), 2);
        pair_finish(f);
}

/* A call that nobody named is in no table; all are found once one was named. */
static void calls_are_found_by_their_numbers(void **state)
{
        struct pair *f = begin(NULL);
        uint8_t frame[64];
        uint64_t slots[5] = {0};

        (void)state;
        for (uint64_t call = 1; call <= 4; call++) {
                put(f, call * 10, REQUEST, "a");
                world_flush(&f->world);
                assert_true(gets(f, f->two, "a"));
                slots[call] = darq_frame_message_get(f->arrival.body).source;
        }
        assert_int_equal(f->world.kernel.calls.count, 0);
        endpoint_send(f->one, frame, frame_cancel(frame, f->target, 20));
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_CANCELLED);
        assert_int_equal(f->world.kernel.calls.count, 3);
        assert_int_equal(outcome(f->two, &f->arrival), -2); /* Cancel */
        send_text(f->two, 0, slots[1], 0, 0);
        assert_true(gets(f, f->one, "text"));
        put(f, 20, REQUEST, "again"); /* lower than the highest, and free */
        world_flush(&f->world);
        assert_true(gets(f, f->two, "again"));
        put(f, 30, REQUEST, "in use");
        world_flush(&f->world);
        assert_null(f->one->connection);
        pair_finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_written_whole_needs_no_parcel),
                cmocka_unit_test(what_a_write_leaves_over_follows_in_order),
                cmocka_unit_test(what_a_write_leaves_of_a_series_follows_in_order),
                cmocka_unit_test(what_is_left_of_a_series_is_answered_one_by_one),
                cmocka_unit_test(what_is_left_over_expires_unless_it_has_begun),
                cmocka_unit_test(what_is_left_over_is_told_the_time_that_is_left),
                cmocka_unit_test(a_request_is_withdrawn_from_between_others),
                cmocka_unit_test(calls_of_a_series_are_withdrawn_from_between_others),
                cmocka_unit_test(a_port_that_closes_answers_what_stands_in_the_run),
                cmocka_unit_test(a_receiver_that_ends_gets_what_it_takes_and_the_rest_is_answered),
                cmocka_unit_test(a_caller_that_ends_takes_its_requests_back),
                cmocka_unit_test(a_message_with_a_port_keeps_its_place),
                cmocka_unit_test(limits_are_the_same_in_one_turn_as_in_many),
                cmocka_unit_test(a_full_port_is_written_to_before_it_refuses),
                cmocka_unit_test(many_are_written_early_and_in_order),
                cmocka_unit_test(large_messages_keep_their_place),
                cmocka_unit_test(who_looks_on_sees_each_go_in_and_out),
                cmocka_unit_test(calls_are_found_by_their_numbers),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
