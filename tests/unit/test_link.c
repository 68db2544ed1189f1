/* SPDX-License-Identifier: MIT */
/*
 * The core of the link: envelopes and records as bytes, and two locations in a virtual world: greeting, gaps, epochs, silence,
 * credit, and a p-kernel that can't be had. Every case that has a world ends with all charges at zero.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/rpc.h"
#include "pkernel/link/record.h"
#include "tests/simulation/site.h"

#include <darq/wire.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

/* Envelopes */

static void test_an_envelope_is_read_as_it_was_written(void **state)
{
        struct envelope in = {.kind = ENVELOPE_DATA,
                              .from = 1,
                              .to = 2,
                              .sequence = 3,
                              .taken = 4,
                              .eager = true};
        struct envelope out;
        uint8_t data[ENVELOPE_HEAD + 5] = {0};

        (void)state;
        envelope_put(data, &in);
        assert_true(envelope_get(&out, data, sizeof data));
        assert_int_equal(out.kind, ENVELOPE_DATA);
        assert_int_equal(out.from, 1);
        assert_int_equal(out.to, 2);
        assert_int_equal(out.sequence, 3);
        assert_int_equal(out.taken, 4);
        assert_true(out.eager);
        assert_ptr_equal(out.body, data + ENVELOPE_HEAD);
        assert_int_equal(out.size, 5);
}

static void test_what_is_no_envelope_is_refused(void **state)
{
        static const struct {
                uint8_t kind;
                uint64_t from, to, sequence;
                size_t body;
                bool fine;
        } cases[] = {
                {ENVELOPE_HELLO, 1, 0, ENVELOPE_REVISION, 0, true},
                {ENVELOPE_HELLO, 1, 0, ENVELOPE_REVISION - 1, 0, false},
                {ENVELOPE_HELLO, 1, 0, ENVELOPE_REVISION + 1, 0, false},
                {ENVELOPE_HELLO, 0, 0, ENVELOPE_REVISION, 0, false},
                {ENVELOPE_DATA, 1, 2, 0, 1, true},
                {ENVELOPE_DATA, 1, 2, 0, 0, false},
                {ENVELOPE_DATA, 1, 0, 0, 1, false},
                {ENVELOPE_DATA, 1, 2, 0, ENVELOPE_BODY_MAX, true},
                {ENVELOPE_DATA, 1, 2, 0, ENVELOPE_BODY_MAX + 1, false},
                {ENVELOPE_BEAT, 1, 2, 0, 24, true},
                {ENVELOPE_BEAT, 1, 2, 0, 23, false},
                {ENVELOPE_BEAT, 1, 2, 0, 25, false},
                {4, 1, 2, 0, 1, false},
                {0, 1, 2, 0, 1, false},
        };
        uint8_t *data = calloc(1, ENVELOPE_HEAD + ENVELOPE_BODY_MAX + 1);
        struct envelope out;

        (void)state;
        assert_non_null(data);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct envelope in = {.kind = (enum envelope_kind)cases[i].kind,
                                      .from = cases[i].from,
                                      .to = cases[i].to,
                                      .sequence = cases[i].sequence};

                envelope_put(data, &in);
                assert_int_equal(envelope_get(&out, data, ENVELOPE_HEAD + cases[i].body),
                                 cases[i].fine);
        }
        for (size_t size = 0; size < ENVELOPE_HEAD; size++)
                assert_false(envelope_get(&out, data, size));
        data[0] = 2;
        assert_false(envelope_get(&out, data, ENVELOPE_HEAD));
        free(data);
}

static void test_the_sender_is_the_last_word_of_the_subject(void **state)
{
        static const struct {
                const char *subject, *sender;
        } cases[] = {
                {"darq.v1.hall.kitchen", "kitchen"},
                {"darq.v1.hall.a.b", "b"},
                {"darq.v1.hall.", ""},
                {"hall", ""},
                {"", ""},
                {NULL, ""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_string_equal(envelope_sender(cases[i].subject), cases[i].sender);
}

/* Records */

static void test_a_record_is_read_as_it_was_written_and_no_sooner_than_it_is_whole(void **state)
{
        struct record in = {.type = RECORD_REQUEST,
                            .flags = RECORD_DOWN,
                            .code = 5,
                            .id = 6,
                            .target = 7,
                            .offset = 8,
                            .port_count = 2,
                            .ports = {9, 10},
                            .payload = (const uint8_t *)"abc",
                            .payload_size = 3};
        struct bytes bytes = {0};
        struct record out;

        (void)state;
        record_put(&bytes, &in);
        assert_int_equal(bytes_size(&bytes), RECORD_HEAD + 19);
        for (size_t size = 0; size < RECORD_HEAD + 19; size++)
                assert_int_equal(record_get(&out, bytes_front(&bytes), size, 1000), RECORD_SHORT);
        assert_int_equal(record_get(&out, bytes_front(&bytes), bytes_size(&bytes), 1000),
                         RECORD_OK);
        assert_int_equal(out.type, RECORD_REQUEST);
        assert_int_equal(out.code, 5);
        assert_int_equal(out.id, 6);
        assert_int_equal(out.target, 7);
        assert_int_equal(out.offset, 8);
        assert_int_equal(record_port(&out, 1), 10);
        assert_memory_equal(out.payload, "abc", 3);
        assert_int_equal(
                record_get(&out, bytes_front(&bytes), bytes_size(&bytes), RECORD_HEAD + 18),
                RECORD_BAD);
        bytes_deinit(&bytes);
}

static void test_what_is_no_record_is_refused(void **state)
{
        static const struct record cases[] = {
                {.type = RECORD_TYPE_MAX + 1},
                {.type = RECORD_CANCEL, .payload_size = 1},
                {.type = RECORD_RELEASE, .port_count = 1},
                {.type = RECORD_GRANTED},
                {.type = RECORD_GRANTED, .port_count = 2},
                {.type = RECORD_GRANTED, .port_count = 1, .payload_size = 1},
                {.type = RECORD_FAIL, .payload_size = 1025},
                {.type = RECORD_ASK, .payload_size = 513},
                {.type = RECORD_CHUNK, .payload_size = 65537},
                {.type = RECORD_CHUNK, .port_count = 1},
                {.type = RECORD_PART},
                {.type = RECORD_PART, .payload_size = 65537},
                {.type = RECORD_PART, .payload_size = 1, .port_count = 1},
        };
        static const uint8_t zeros[65537];
        struct bytes bytes = {0};
        struct record out;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct record in = cases[i];

                in.payload = zeros;
                record_put(&bytes, &in);
                assert_int_equal(record_get(&out, bytes_front(&bytes), bytes_size(&bytes), 1 << 20),
                                 RECORD_BAD);
                bytes_drop(&bytes, bytes_size(&bytes));
        }
        record_put(&bytes, &(struct record){.type = RECORD_REPLY, .port_count = 1});
        bytes.data[6] = 1; /* 257 ports */
        assert_int_equal(record_get(&out, bytes_front(&bytes), RECORD_HEAD, 1 << 20), RECORD_BAD);
        bytes.data[6] = 0;
        bytes.data[3] = RECORD_HEAD + 7; /* shorter than its port */
        assert_int_equal(record_get(&out, bytes_front(&bytes), RECORD_HEAD, 1 << 20), RECORD_BAD);
        bytes_deinit(&bytes);
}

/* Two locations */

struct fixture {
        struct site site;
        struct endpoint *client;  /* in the hall */
        struct endpoint *service; /* in the kitchen */
        uint64_t source;
        uint64_t target;
        struct arrival arrival;
};

static void letter_send(struct endpoint *from, const struct letter *letter)
{
        uint8_t *frame = malloc(letter->size + 1024);

        assert_non_null(frame);
        endpoint_send(from, frame, frame_message(frame, letter));
        free(frame);
}

static void connect_ask(struct fixture *f)
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

static void call_send(struct fixture *f, size_t size)
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

static void message_send(struct fixture *f, size_t size)
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

/* The code of the Undeliverable that has come; 0: a message has; -1: nothing. */
static int outcome(struct fixture *f, struct endpoint *at)
{
        if (!endpoint_next(at, &f->arrival))
                return -1;
        if (f->arrival.header.type == DARQ_FRAME_MESSAGE)
                return 0;
        assert_int_equal(f->arrival.header.type, DARQ_FRAME_UNDELIVERABLE);
        return (int)darq_frame_undeliverable_get(f->arrival.body).code;
}

/* objects: the quota of the location that stands in the hall; 0: the usual one. */
static struct fixture *begin_with(uint64_t objects)
{
        struct fixture *self = calloc(1, sizeof *self);
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
        assert_int_equal(outcome(self, self->client), 0);
        self->target = darq_frame_u64_get(self->arrival.frame + self->arrival.header.size - 8);
        return self;
}

static struct fixture *begin(void)
{
        return begin_with(0);
}

static void finish(struct fixture *self)
{
        site_deinit(&self->site);
        free(self);
}

static void test_a_call_crosses_and_its_reply_comes_back(void **state)
{
        struct fixture *f = begin();

        (void)state;
        call_send(f, 10);
        site_settle(&f->site);
        assert_int_equal(outcome(f, f->service), 0);
        letter_send(f->service,
                    &(struct letter){.destination = darq_frame_message_get(f->arrival.body).source,
                                     .extended = true});
        site_settle(&f->site);
        assert_int_equal(outcome(f, f->client), 0);
        assert_int_equal(f->arrival.header.flags, DARQ_FRAME_REPLY);
        finish(f);
}

static void test_a_lost_envelope_ends_calls_and_is_greeted_anew(void **state)
{
        struct fixture *f = begin();

        (void)state;
        call_send(f, 10);
        site_settle(&f->site);
        f->site.lose = 1;
        call_send(f, 10);
        site_settle(&f->site);
        assert_int_equal(f->site.lose, 0);
        site_advance(&f->site, 1500); /* the next beat shows it */
        assert_int_equal(outcome(f, f->client), DARQ_FRAME_LINK_LOST);
        assert_int_equal(outcome(f, f->client), DARQ_FRAME_LINK_LOST);
        assert_int_equal(outcome(f, f->client), -1);
        assert_int_equal(f->site.hall.peer.state, PEER_UP);
        assert_int_equal(f->site.hall.peer.statistics.losses, 1);
        assert_int_equal(f->site.kitchen.peer.statistics.losses, 1);
        call_send(f, 10); /* the proxy has gone with the link */
        site_settle(&f->site);
        assert_int_equal(outcome(f, f->client), DARQ_FRAME_NO_PORT);
        connect_ask(f);
        site_settle(&f->site);
        assert_int_equal(outcome(f, f->client), 0);
        finish(f);
}

static void test_silence_is_a_loss_after_5_s_and_not_before(void **state)
{
        struct fixture *f = begin();

        (void)state;
        call_send(f, 10);
        site_settle(&f->site);
        f->site.hold = true;
        site_advance(&f->site, 3900); /* a beat may have come a second ago */
        assert_int_equal(outcome(f, f->client), -1);
        site_advance(&f->site, 1500);
        assert_int_equal(outcome(f, f->client), DARQ_FRAME_LINK_LOST);
        f->site.hold = false; /* what was held back is of old epochs */
        site_advance(&f->site, 4000);
        assert_int_equal(f->site.hall.peer.state, PEER_UP);
        assert_int_equal(f->site.kitchen.peer.state, PEER_UP);
        assert_true(f->site.hall.peer.statistics.stale > 0);
        finish(f);
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
static void forge(struct fixture *f, const struct envelope *head, const void *body, size_t size)
{
        uint8_t data[ENVELOPE_HEAD + 1024];

        envelope_put(data, head);
        memcpy(data + ENVELOPE_HEAD, body, size);
        site_deliver(&f->site.hall, data, ENVELOPE_HEAD + size);
}

static void test_an_envelope_counts_if_epochs_and_sequence_are_the_present_ones(void **state)
{
        static const uint8_t beat[ENVELOPE_BEAT_BODY];
        struct fixture *f = begin();
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
        finish(f);
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
                struct fixture *f = begin();
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
                finish(f);
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
        struct fixture *f = begin();
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
        finish(f);
}

static void test_no_more_than_a_window_is_under_way_and_then_the_p_kernel_holds_back(void **state)
{
        struct fixture *f = begin();
        struct peer *peer = &f->site.hall.peer;

        (void)state;
        f->site.hold = true;
        for (int i = 0; i < 40; i++) {
                call_send(f, 1 << 20);
                site_settle(&f->site);
        }
        assert_true(peer->sent - peer->sent_taken <= PEER_WINDOW + OUTBOX_PIECE);
        assert_true(peer->sent - peer->sent_taken >= PEER_WINDOW);
        assert_false(peer_wants_kernel_input(peer));
        assert_true(outbox_size(&peer->outbox) < PEER_HELD + (4 << 20));
        f->site.hold = false;
        site_settle(&f->site);
        assert_int_equal(outbox_size(&peer->outbox), 0);
        finish(f);
}

static void test_no_more_than_8_mib_of_small_messages_are_under_way(void **state)
{
        struct fixture *f = begin();
        struct peer *peer = &f->site.hall.peer;

        (void)state;
        f->site.hold = true;
        for (int i = 0; i < 600; i++) {
                message_send(f, 16000);
                site_settle(&f->site);
        }
        assert_true(peer->sent - peer->sent_taken <= PEER_CREDIT);
        assert_true(peer->sent - peer->sent_taken > PEER_CREDIT - ENVELOPE_BODY_MAX);
        f->site.hold = false;
        site_settle(&f->site);
        assert_int_equal(outbox_size(&peer->outbox), 0);
        finish(f);
}

static void test_chunks_cross_as_they_are_whether_in_parts_or_not(void **state)
{
        enum { SIZE = 3 * OUTBOX_PART + 5 };
        static uint8_t payload[SIZE], frame[SIZE + 1024];
        struct fixture *f = begin();
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
        assert_int_equal(outcome(f, f->service), 0);
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
        assert_int_equal(outcome(f, f->service), -1);
        finish(f);
}

static void test_a_request_that_waited_arrives_with_what_is_left_of_its_time(void **state)
{
        struct fixture *f = begin();
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
                assert_int_equal(outcome(f, f->service), 0);
                assert_true(f->arrival.header.timeout_ms <= (i == 0 ? 10000 : 7000));
                assert_true(f->arrival.header.timeout_ms > 6900);
        }
        finish(f);
}

static void test_less_of_what_is_large_is_under_way_while_something_small_goes_too(void **state)
{
        struct fixture *f = begin();
        struct peer *peer = &f->site.hall.peer;

        (void)state;
        f->site.hold = true;
        message_send(f, 10);
        call_send(f, 1 << 20);
        site_settle(&f->site);
        assert_true(peer->sent - peer->sent_taken <= PEER_WINDOW_QUICK + OUTBOX_PIECE);
        assert_true(peer->sent - peer->sent_taken >= PEER_WINDOW_QUICK);
        site_advance(&f->site, PEER_QUICK_MS + 100);
        assert_true(peer->sent - peer->sent_taken >= PEER_WINDOW);
        f->site.hold = false;
        site_settle(&f->site);
        assert_int_equal(outbox_size(&peer->outbox), 0);
        finish(f);
}

static void test_what_waits_for_the_p_kernel_is_not_told_to_be_taken(void **state)
{
        struct fixture *f = begin();
        struct peer *peer = &f->site.hall.peer;

        (void)state;
        f->site.kitchen.stuck = true;
        for (int i = 0; i < 10; i++)
                message_send(f, 10000);
        site_settle(&f->site);
        site_advance(&f->site, 1100); /* and a beat */
        assert_true(bytes_size(&f->site.kitchen.peer.to_kernel) >= 100000);
        assert_true(peer->sent - peer->sent_taken >= 100000);
        f->site.kitchen.stuck = false;
        site_settle(&f->site);
        assert_true(peer->sent - peer->sent_taken < PEER_TOLD_EAGER);
        finish(f);
}

/* What a message that has come begins with. */
static uint8_t first_byte(const struct fixture *f)
{
        return f->arrival.body[DARQ_FRAME_MESSAGE_SIZE];
}

static void
test_a_large_message_delays_nobody_else_and_its_own_sender_s_keep_their_order(void **state)
{
        static uint8_t payload[4 << 20];
        struct fixture *f = begin();
        struct fixture other = {.source = 0};

        (void)state;
        other.client = world_greet(&f->site.hall.world, "uid:0", true);
        other.source = endpoint_open(other.client, 0);
        connect_ask(&other);
        site_settle(&f->site);
        assert_int_equal(outcome(f, other.client), 0);
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

                assert_int_equal(outcome(f, f->service), 0);
                assert_int_equal(first_byte(f), expected[i]);
        }
        finish(f);
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
static int ports_brought(struct fixture *f)
{
        uint64_t ports[DARQ_FRAME_PORTS_MAX];

        for (int i = 0; i < DARQ_FRAME_PORTS_MAX; i++)
                ports[i] = endpoint_open(f->service, 0);
        call_send(f, 1);
        site_settle(&f->site);
        assert_int_equal(outcome(f, f->service), 0);
        letter_send(f->service,
                    &(struct letter){.destination = darq_frame_message_get(f->arrival.body).source,
                                     .extended = true,
                                     .payload = "",
                                     .ports = ports,
                                     .port_count = DARQ_FRAME_PORTS_MAX});
        site_settle(&f->site);
        return outcome(f, f->client);
}

static void test_a_location_beyond_its_quota_brings_no_ports_until_some_are_given_back(void **state)
{
        struct fixture *f = begin_with(400);
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
        assert_int_equal(outcome(f, f->client), 0);
        f->target = darq_frame_u64_get(f->arrival.frame + f->arrival.header.size - 8);
        assert_int_equal(ports_brought(f), 0);
        assert_int_equal(f->site.hall.peer.statistics.losses, 0);
        finish(f);
}

static void test_a_bus_that_goes_takes_the_link_with_it(void **state)
{
        struct fixture *f = begin();

        (void)state;
        call_send(f, 10);
        site_settle(&f->site);
        peer_online(&f->site.hall.peer, false, ENVELOPE_BODY_MAX);
        site_settle(&f->site);
        assert_int_equal(outcome(f, f->client), DARQ_FRAME_LINK_LOST);
        site_advance(&f->site, 10000);
        assert_int_equal(f->site.hall.peer.state, PEER_OFFLINE);
        peer_online(&f->site.hall.peer, true, ENVELOPE_BODY_MAX);
        site_advance(&f->site, 3000);
        assert_int_equal(f->site.hall.peer.state, PEER_UP);
        finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_an_envelope_is_read_as_it_was_written),
                cmocka_unit_test(test_what_is_no_envelope_is_refused),
                cmocka_unit_test(test_the_sender_is_the_last_word_of_the_subject),
                cmocka_unit_test(
                        test_a_record_is_read_as_it_was_written_and_no_sooner_than_it_is_whole),
                cmocka_unit_test(test_what_is_no_record_is_refused),
                cmocka_unit_test(test_a_call_crosses_and_its_reply_comes_back),
                cmocka_unit_test(test_a_lost_envelope_ends_calls_and_is_greeted_anew),
                cmocka_unit_test(test_silence_is_a_loss_after_5_s_and_not_before),
                cmocka_unit_test(
                        test_an_envelope_counts_if_epochs_and_sequence_are_the_present_ones),
                cmocka_unit_test(test_what_a_link_can_not_have_sent_breaks_it),
                cmocka_unit_test(test_records_about_what_is_over_or_never_was_are_dropped),
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
                cmocka_unit_test(test_a_p_kernel_that_is_not_there_is_tried_again),
                cmocka_unit_test(
                        test_a_location_beyond_its_quota_brings_no_ports_until_some_are_given_back),
                cmocka_unit_test(test_a_bus_that_goes_takes_the_link_with_it),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
