/* SPDX-License-Identifier: MIT */
/*
 * The core of the link, two locations in a virtual world: greeting, gaps, epochs, silence, and a p-kernel that can't be had.
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

static void test_a_call_crosses_and_its_reply_comes_back(void **state)
{
        struct crossing *f = crossing_begin();

        (void)state;
        call_send(f, 10);
        site_settle(&f->site);
        assert_int_equal(crossed(f, f->service), 0);
        letter_send(f->service,
                    &(struct letter){.destination = darq_frame_message_get(f->arrival.body).source,
                                     .extended = true});
        site_settle(&f->site);
        assert_int_equal(crossed(f, f->client), 0);
        assert_int_equal(f->arrival.header.flags, DARQ_FRAME_REPLY);
        crossing_finish(f);
}

static void test_a_lost_envelope_ends_calls_and_is_greeted_anew(void **state)
{
        struct crossing *f = crossing_begin();

        (void)state;
        call_send(f, 10);
        site_settle(&f->site);
        f->site.lose = 1;
        call_send(f, 10);
        site_settle(&f->site);
        assert_int_equal(f->site.lose, 0);
        site_advance(&f->site, 1500); /* the next beat shows it */
        assert_int_equal(crossed(f, f->client), DARQ_FRAME_LINK_LOST);
        assert_int_equal(crossed(f, f->client), DARQ_FRAME_LINK_LOST);
        assert_int_equal(crossed(f, f->client), -1);
        assert_int_equal(f->site.hall.peer.state, PEER_UP);
        assert_int_equal(f->site.hall.peer.statistics.losses, 1);
        assert_int_equal(f->site.kitchen.peer.statistics.losses, 1);
        call_send(f, 10); /* the proxy has gone with the link */
        site_settle(&f->site);
        assert_int_equal(crossed(f, f->client), DARQ_FRAME_NO_PORT);
        connect_ask(f);
        site_settle(&f->site);
        assert_int_equal(crossed(f, f->client), 0);
        crossing_finish(f);
}

static void test_silence_is_a_loss_after_5_s_and_not_before(void **state)
{
        struct crossing *f = crossing_begin();

        (void)state;
        call_send(f, 10);
        site_settle(&f->site);
        f->site.hold = true;
        site_advance(&f->site, 3900); /* a beat may have come a second ago */
        assert_int_equal(crossed(f, f->client), -1);
        site_advance(&f->site, 1500);
        assert_int_equal(crossed(f, f->client), DARQ_FRAME_LINK_LOST);
        f->site.hold = false; /* what was held back is of old epochs */
        site_advance(&f->site, 4000);
        assert_int_equal(f->site.hall.peer.state, PEER_UP);
        assert_int_equal(f->site.kitchen.peer.state, PEER_UP);
        assert_true(f->site.hall.peer.statistics.stale > 0);
        crossing_finish(f);
}

static struct envelope next_envelope(const struct peer *peer, enum envelope_kind kind)
{
        return (struct envelope){.kind = kind,
                                 .from = peer->remote,
                                 .to = peer->epoch,
                                 .sequence = peer->in_sequence,
                                 .taken = peer->sent_taken};
}

/* Delivers an envelope with records of zeros behind it. */
static void forge(struct crossing *f, const struct envelope *head, const void *body, size_t size)
{
        uint8_t data[ENVELOPE_HEAD + 1024];

        envelope_put(data, head);
        memcpy(data + ENVELOPE_HEAD, body, size);
        site_deliver(&f->site.hall, data, ENVELOPE_HEAD + size);
}

static void test_an_envelope_counts_if_epochs_and_sequence_are_the_present_ones(void **state)
{
        static const uint8_t beat[ENVELOPE_BEAT_BODY];
        struct crossing *f = crossing_begin();
        struct peer *peer = &f->site.hall.peer;
        struct envelope head = next_envelope(peer, ENVELOPE_BEAT);

        (void)state;
        head.from++;
        forge(f, &head, beat, sizeof beat);
        head.from--;
        head.to++;
        forge(f, &head, beat, sizeof beat);
        head.to--;
        assert_int_equal(peer->statistics.stale, 2);
        assert_int_equal(peer->state, PEER_UP);
        forge(f, &head, beat, sizeof beat);
        assert_int_equal(peer->state, PEER_UP);
        forge(f, &head, beat, sizeof beat); /* once more */
        assert_int_equal(peer->state, PEER_OFFLINE);
        crossing_finish(f);
}

static void test_what_a_link_can_not_have_sent_breaks_it(void **state)
{
        struct record cases[] = {
                {.type = RECORD_ASK},
                {.type = RECORD_ASK, .payload = (const uint8_t *)"a\0b", .payload_size = 3},
                {.type = RECORD_RELEASE, .offset = 1000}, /* of a port that it has: set below */
                {.type = RECORD_PART,
                 .offset = 1,
                 .payload = (const uint8_t *)"a",
                 .payload_size = 1},
                {.type = RECORD_PART, .payload = (const uint8_t *)"ab", .payload_size = 2},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct crossing *f = crossing_begin();
                struct peer *peer = &f->site.hall.peer;
                struct envelope head;
                struct bytes bytes = {0};

                letter_send(f->client, &(struct letter){.source = f->source,
                                                        .destination = f->target,
                                                        .flags = DARQ_FRAME_GIVE_SOURCE,
                                                        .extended = true});
                site_settle(&f->site);
                cases[i].target = f->source;
                record_put(&bytes, &cases[i]);
                head = next_envelope(peer, ENVELOPE_DATA);
                forge(f, &head, bytes_front(&bytes), bytes_size(&bytes));
                assert_int_equal(peer->state, PEER_OFFLINE);
                bytes_deinit(&bytes);
                crossing_finish(f);
        }
}

static void test_records_about_what_is_over_or_never_was_are_dropped(void **state)
{
        static const struct record cases[] = {
                {.type = RECORD_REPLY, .id = 77},
                {.type = RECORD_FAIL, .id = 77},
                {.type = RECORD_CHUNK, .id = 77},
                {.type = RECORD_CHUNK, .flags = RECORD_DOWN, .id = 77},
                {.type = RECORD_CREDIT, .id = 77},
                {.type = RECORD_MESSAGE, .target = 77},
                {.type = RECORD_CANCEL, .id = 77},
                {.type = RECORD_ENDED, .target = 77},
                {.type = RECORD_RELEASE, .target = 77, .offset = 1},
                {.type = RECORD_REFUSED, .id = 77},
                {.type = RECORD_REQUEST, .id = 77, .target = DARQ_PORT_KERNEL},
                {.type = RECORD_REQUEST, .id = 78, .target = SITE_ECHO},
        };
        struct crossing *f = crossing_begin();
        struct peer *peer = &f->site.hall.peer;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct envelope head = next_envelope(peer, ENVELOPE_DATA);
                struct bytes bytes = {0};

                record_put(&bytes, &cases[i]);
                forge(f, &head, bytes_front(&bytes), bytes_size(&bytes));
                assert_int_equal(peer->state, PEER_UP);
                bytes_deinit(&bytes);
        }
        assert_int_equal(peer->statistics.dropped, 6);
        assert_int_equal(peer->answers.count, 0);
        crossing_finish(f);
}

static void test_a_p_kernel_that_is_not_there_is_tried_again(void **state)
{
        struct site *site = calloc(1, sizeof *site);

        (void)state;
        assert_non_null(site);
        site_init(site);
        site->hall.refuses = true;
        site_advance(site, 3000);
        assert_int_equal(site->hall.peer.state, PEER_OFFLINE);
        assert_int_equal(site->kitchen.peer.state, PEER_GREETING);
        site->hall.refuses = false;
        site_advance(site, 3000);
        assert_int_equal(site->hall.peer.state, PEER_UP);
        assert_int_equal(site->kitchen.peer.state, PEER_UP);
        site_deinit(site);
        free(site);
}

/* The outcome of a call whose reply brings 64 ports. */
static int ports_brought(struct crossing *f)
{
        uint64_t ports[DARQ_FRAME_PORTS_MAX];

        for (int i = 0; i < DARQ_FRAME_PORTS_MAX; i++)
                ports[i] = endpoint_open(f->service, 0);
        call_send(f, 1);
        site_settle(&f->site);
        assert_int_equal(crossed(f, f->service), 0);
        letter_send(f->service,
                    &(struct letter){.destination = darq_frame_message_get(f->arrival.body).source,
                                     .extended = true,
                                     .payload = "",
                                     .ports = ports,
                                     .port_count = DARQ_FRAME_PORTS_MAX});
        site_settle(&f->site);
        return crossed(f, f->client);
}

static void test_a_location_beyond_its_quota_brings_no_ports_until_some_are_given_back(void **state)
{
        struct crossing *f = crossing_begin_with(400);
        int calls = 0;

        (void)state;
        while (calls < 10 && ports_brought(f) == 0)
                calls++;
        assert_in_range(calls, 1, 4);
        assert_int_equal(f->site.hall.peer.state, PEER_UP);
        endpoint_close(f->client);
        site_advance(&f->site, 200);
        assert_int_equal(f->site.hall.peer.imports.count, 0);
        f->client = world_greet(&f->site.hall.world, "uid:1", false);
        f->source = endpoint_open(f->client, 0);
        connect_ask(f);
        site_settle(&f->site);
        assert_int_equal(crossed(f, f->client), 0);
        f->target = darq_frame_u64_get(f->arrival.frame + f->arrival.header.size - 8);
        assert_int_equal(ports_brought(f), 0);
        assert_int_equal(f->site.hall.peer.statistics.losses, 0);
        crossing_finish(f);
}

static void test_a_bus_that_goes_takes_the_link_with_it(void **state)
{
        struct crossing *f = crossing_begin();

        (void)state;
        call_send(f, 10);
        site_settle(&f->site);
        peer_online(&f->site.hall.peer, false, ENVELOPE_BODY_MAX);
        site_settle(&f->site);
        assert_int_equal(crossed(f, f->client), DARQ_FRAME_LINK_LOST);
        site_advance(&f->site, 10000);
        assert_int_equal(f->site.hall.peer.state, PEER_OFFLINE);
        peer_online(&f->site.hall.peer, true, ENVELOPE_BODY_MAX);
        site_advance(&f->site, 3000);
        assert_int_equal(f->site.hall.peer.state, PEER_UP);
        crossing_finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_call_crosses_and_its_reply_comes_back),
                cmocka_unit_test(test_a_lost_envelope_ends_calls_and_is_greeted_anew),
                cmocka_unit_test(test_silence_is_a_loss_after_5_s_and_not_before),
                cmocka_unit_test(
                        test_an_envelope_counts_if_epochs_and_sequence_are_the_present_ones),
                cmocka_unit_test(test_what_a_link_can_not_have_sent_breaks_it),
                cmocka_unit_test(test_records_about_what_is_over_or_never_was_are_dropped),
                cmocka_unit_test(test_a_p_kernel_that_is_not_there_is_tried_again),
                cmocka_unit_test(
                        test_a_location_beyond_its_quota_brings_no_ports_until_some_are_given_back),
                cmocka_unit_test(test_a_bus_that_goes_takes_the_link_with_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
