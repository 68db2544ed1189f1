/* SPDX-License-Identifier: MIT */
/*
 * The core of the link, two locations in a virtual world: how much is under way, in which pieces and order, and who waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/link/record.h"
#include "tests/unit/crossing.h"

#include <darq/wire.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that have left the hall, and aren't known to be taken. */
static uint64_t under_way(const struct crossing *f)
{
        return f->site.hall.peer.sent - f->site.hall.peer.sent_taken;
}

/* What was held back crosses. */
static void let_go(struct crossing *f)
{
        f->site.hold = false;
        site_settle(&f->site);
        assert_int_equal(outbox_size(&f->site.hall.peer.outbox), 0);
}

static void test_no_more_than_a_window_is_under_way_and_then_the_p_kernel_holds_back(void **state)
{
        struct crossing *f = crossing_begin();
        struct peer *peer = &f->site.hall.peer;

        (void)state;
        f->site.hold = true;
        for (int i = 0; i < 40; i++) {
                call_send(f, 1 << 20);
                site_settle(&f->site);
        }
        assert_true(under_way(f) <= PEER_WINDOW + OUTBOX_PIECE);
        assert_true(under_way(f) >= PEER_WINDOW);
        assert_false(peer_wants_kernel_input(peer));
        assert_true(outbox_size(&peer->outbox) < PEER_HELD + (4 << 20));
        let_go(f);
        crossing_finish(f);
}

static void test_no_more_than_8_mib_of_small_messages_are_under_way(void **state)
{
        struct crossing *f = crossing_begin();

        (void)state;
        f->site.hold = true;
        for (int i = 0; i < 600; i++) {
                message_send(f, 16000);
                site_settle(&f->site);
        }
        assert_true(under_way(f) <= PEER_CREDIT);
        assert_true(under_way(f) > PEER_CREDIT - ENVELOPE_BODY_MAX);
        let_go(f);
        crossing_finish(f);
}

static void test_chunks_cross_as_they_are_whether_in_parts_or_not(void **state)
{
        enum { SIZE = 3 * OUTBOX_PART + 5 };
        static uint8_t payload[SIZE], frame[SIZE + 1024];
        struct crossing *f = crossing_begin();
        struct letter chunk = {.source = f->source,
                               .destination = f->target,
                               .call = 7,
                               .extended = true,
                               .payload = payload};
        struct letter request = chunk;

        (void)state;
        for (size_t i = 0; i < SIZE; i++)
                payload[i] = (uint8_t)(i * 7 >> 3);
        request.flags = DARQ_FRAME_REQUEST;
        letter_send(f->client, &request);
        site_settle(&f->site);
        assert_int_equal(crossed(f, f->service), 0);
        for (size_t i = 0, at = 0; i < 3; at += chunk.size, i++) {
                static const size_t sizes[] = {10, SIZE, 5000};
                bool last = i == 2;

                chunk.size = sizes[i];
                f->site.hall.peer.outbox.alone = i != 1;
                endpoint_send(f->client, frame,
                              frame_chunk(frame, &chunk, at, last ? DARQ_FRAME_FIN : 0));
        }
        site_settle(&f->site);
        for (size_t i = 0, at = 0; i < 3; at += chunk.size, i++) {
                static const size_t sizes[] = {10, SIZE, 5000};
                struct darq_frame_chunk body;

                chunk.size = sizes[i];
                assert_true(endpoint_next(f->service, &f->arrival));
                assert_int_equal(f->arrival.header.type, DARQ_FRAME_CHUNK);
                body = darq_frame_chunk_get(f->arrival.body);
                assert_int_equal(body.offset, at);
                assert_int_equal(body.payload_size, sizes[i]);
                assert_int_equal(body.flags, i == 2 ? DARQ_FRAME_FIN : 0);
                assert_memory_equal(f->arrival.body + DARQ_FRAME_CHUNK_SIZE, payload, sizes[i]);
        }
        assert_int_equal(crossed(f, f->service), -1);
        crossing_finish(f);
}

static void test_a_request_that_waited_arrives_with_what_is_left_of_its_time(void **state)
{
        struct crossing *f = crossing_begin();
        static uint8_t payload[1 << 20];
        struct letter letter = {.source = f->source,
                                .destination = f->target,
                                .call = 1,
                                .timeout_ms = 10000,
                                .flags = DARQ_FRAME_REQUEST,
                                .extended = true,
                                .payload = payload,
                                .size = sizeof payload};

        (void)state;
        f->site.hold = true;
        letter_send(f->client, &letter);
        letter.call = 2;
        letter.size = 1;
        letter_send(f->client, &letter);
        site_settle(&f->site);
        site_advance(&f->site, 3000);
        f->site.hold = false;
        site_settle(&f->site);
        for (int i = 0; i < 2; i++) {
                assert_int_equal(crossed(f, f->service), 0);
                assert_true(f->arrival.header.timeout_ms <= (i == 0 ? 10000 : 7000));
                assert_true(f->arrival.header.timeout_ms > 6900);
        }
        crossing_finish(f);
}

static void test_less_of_what_is_large_is_under_way_while_something_small_goes_too(void **state)
{
        struct crossing *f = crossing_begin();

        (void)state;
        f->site.hold = true;
        message_send(f, 10);
        call_send(f, 1 << 20);
        site_settle(&f->site);
        assert_true(under_way(f) <= PEER_WINDOW_QUICK + OUTBOX_PIECE);
        assert_true(under_way(f) >= PEER_WINDOW_QUICK);
        site_advance(&f->site, PEER_QUICK_MS + 100);
        assert_true(under_way(f) >= PEER_WINDOW);
        let_go(f);
        crossing_finish(f);
}

static void test_what_waits_for_the_p_kernel_is_not_told_to_be_taken(void **state)
{
        struct crossing *f = crossing_begin();

        (void)state;
        f->site.kitchen.stuck = true;
        for (int i = 0; i < 10; i++)
                message_send(f, 10000);
        site_settle(&f->site);
        site_advance(&f->site, 1100); /* and a beat */
        assert_true(bytes_size(&f->site.kitchen.peer.to_kernel) >= 100000);
        assert_true(under_way(f) >= 100000);
        f->site.kitchen.stuck = false;
        site_settle(&f->site);
        assert_true(under_way(f) < PEER_TOLD_EAGER);
        crossing_finish(f);
}

/* What a message that has come begins with. */
static uint8_t first_byte(const struct crossing *f)
{
        return f->arrival.body[DARQ_FRAME_MESSAGE_SIZE];
}

static void
test_a_large_message_delays_nobody_else_and_its_own_sender_s_keep_their_order(void **state)
{
        static uint8_t payload[4 << 20];
        struct crossing *f = crossing_begin();
        struct crossing other = {.source = 0};

        (void)state;
        other.client = world_greet(&f->site.hall.world, "uid:0", true);
        other.source = endpoint_open(other.client, 0);
        connect_ask(&other);
        site_settle(&f->site);
        assert_int_equal(crossed(f, other.client), 0);
        f->site.hold = true;
        for (uint8_t i = 0; i < 4; i++) {
                bool large = i == 0;

                payload[0] = i;
                letter_send(i < 2 ? f->client : other.client,
                            &(struct letter){.source = i < 2 ? f->source : other.source,
                                             .destination = f->target,
                                             .call = 5000 + i,
                                             .flags = DARQ_FRAME_REQUEST,
                                             .extended = true,
                                             .payload = payload,
                                             .size = large ? sizeof payload : 1});
                site_settle(&f->site);
        }
        f->site.hold = false;
        site_settle(&f->site);
        for (int i = 0; i < 4; i++) {
                static const uint8_t expected[] = {2, 3, 0, 1};

                assert_int_equal(crossed(f, f->service), 0);
                assert_int_equal(first_byte(f), expected[i]);
        }
        crossing_finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        test_no_more_than_a_window_is_under_way_and_then_the_p_kernel_holds_back),
                cmocka_unit_test(test_no_more_than_8_mib_of_small_messages_are_under_way),
                cmocka_unit_test(test_chunks_cross_as_they_are_whether_in_parts_or_not),
                cmocka_unit_test(test_a_request_that_waited_arrives_with_what_is_left_of_its_time),
                cmocka_unit_test(
                        test_less_of_what_is_large_is_under_way_while_something_small_goes_too),
                cmocka_unit_test(test_what_waits_for_the_p_kernel_is_not_told_to_be_taken),
                cmocka_unit_test(
                        test_a_large_message_delays_nobody_else_and_its_own_sender_s_keep_their_order),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
