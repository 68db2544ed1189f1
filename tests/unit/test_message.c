/* SPDX-License-Identifier: MIT */
/*
 * The raw layer: what comes to a port, what is sent, and what is refused, also where memory is short.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "echo.darq.h"
#include "fake_kernel.h"
#include "tests/unit/shortage.h"

enum { RAW = 12000, SMALL_MAX = 1000, FULL = 1 << 20, TRIES = 40 };

static int setup(void **state)
{
        *state = fake_open(SMALL_MAX);
        return 0;
}

static int teardown(void **state)
{
        shortage_end();
        fake_close(*state);
        return 0;
}

static void say_chunk(struct fake_kernel *fake, struct darq_frame_chunk chunk, const char *text)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_CHUNK};
        uint8_t frame[256];
        size_t at = DARQ_FRAME_HEADER_SIZE + DARQ_FRAME_CHUNK_SIZE;

        chunk.payload_size = (uint32_t)strlen(text);
        header.size = (uint32_t)(at + strlen(text));
        darq_frame_header_put(frame, &header);
        darq_frame_chunk_put(frame + DARQ_FRAME_HEADER_SIZE, &chunk);
        memcpy(frame + at, text, strlen(text));
        fake_say(fake, frame, header.size);
}

static struct darq_outgoing outgoing(const char *text)
{
        return (struct darq_outgoing){.destination = FAKE_PEER,
                                      .payload = {(const uint8_t *)text, strlen(text)}};
}

static void a_chunk_comes_with_its_place(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_frame_chunk chunk = {
                .source = FAKE_PEER, .destination = RAW, .stream = 7, .offset = 70000};
        struct darq_message *message;

        fake_open_port(fake, RAW);
        say_chunk(fake, chunk, "abc");
        chunk.flags = DARQ_FRAME_FIN;
        say_chunk(fake, chunk, "");
        assert_int_equal(darq_message_receive(fake->session, RAW, 1000, &message), 0);
        assert_true(message->chunk && !message->fin && !message->request);
        assert_int_equal(message->stream, 7);
        assert_int_equal(message->offset, 70000);
        assert_int_equal(message->payload.size, 3);
        assert_memory_equal(message->payload.data, "abc", 3);
        darq_message_free(message);
        assert_int_equal(darq_message_receive(fake->session, RAW, 1000, &message), 0);
        assert_true(message->fin && message->payload.size == 0);
        darq_message_free(message);
        darq_message_free(NULL);
}

static void what_waits_at_a_port_goes_with_it(void **state)
{
        struct fake_kernel *fake = *state;
        struct fake_message said = {.source = FAKE_PEER, .destination = RAW};
        struct darq_message *message;

        fake_open_port(fake, RAW);
        fake_message(fake, &said, "1", 1);
        fake_message(fake, &said, "2", 1);
        assert_int_equal(darq_message_receive(fake->session, RAW, 1000, &message), 0);
        darq_message_free(message);
        assert_int_equal(darq_port_close(fake->session, RAW), 0);
        fake_opened(fake, 4, DARQ_FRAME_OPENED, RAW);
        assert_int_equal(darq_port_open(fake->session, &(uint64_t){RAW}), 0);
        assert_int_equal(darq_message_receive(fake->session, RAW, 0, &message), DARQ_E_AGAIN);
}

static void a_port_that_serves_an_interface_receives_no_messages(void **state)
{
        static const struct echo_ops ops = {.say = NULL};
        struct fake_kernel *fake = *state;
        struct darq_message *message;
        struct echo echo = {0};

        fake_opened(fake, 2, DARQ_FRAME_OPENED, RAW);
        assert_int_equal(echo_ops_serve(&ops, NULL, fake->session, &echo), 0);
        assert_int_equal(darq_message_receive(fake->session, RAW, 0, &message), DARQ_E_INVALID);
        darq_proxy_close(&echo.proxy);
}

static void who_waits_for_a_message_is_told_that_the_link_is_lost(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_message *message;

        fake_open_port(fake, RAW);
        fake_hang_up(fake);
        assert_int_equal(darq_message_receive(fake->session, RAW, -1, &message), DARQ_E_LINK_LOST);
        assert_int_equal(darq_message_receive(fake->session, RAW, -1, &message), DARQ_E_LINK_LOST);
}

static void without_a_link_nothing_is_sent(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_outgoing out = outgoing("hello");
        struct darq_message *reply;

        fake_hang_up(fake);
        assert_int_equal(darq_session_poll(fake->session, 1000), DARQ_E_LINK_LOST);
        assert_int_equal(darq_message_send(fake->session, &out), DARQ_E_LINK_LOST);
        assert_int_equal(darq_chunk_send(fake->session, &out, 1, 0, false), DARQ_E_LINK_LOST);
        assert_int_equal(darq_message_call(fake->session, &out, 0, &reply), DARQ_E_LINK_LOST);
}

static void a_message_carries_up_to_64_ports_of_its_session(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_outgoing out = {.destination = FAKE_PEER};
        struct darq_proxy ports[65];
        struct fake_frame frame;
        struct darq_message *reply;

        for (size_t i = 0; i < 65; i++)
                ports[i] = (struct darq_proxy){.session = fake->session, .port = 1000 + i};
        out.ports = ports;
        out.port_count = 64;
        assert_int_equal(darq_message_send(fake->session, &out), 0);
        frame = fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        assert_int_equal(frame.header.port_count, 64);
        assert_int_equal(darq_frame_u64_get(frame.payload + 63 * 8), 1063);
        out.port_count = 65;
        assert_int_equal(darq_message_send(fake->session, &out), DARQ_E_INVALID);
        out.port_count = 1;
        ports[0].port = 0;
        assert_int_equal(darq_message_send(fake->session, &out), DARQ_E_INVALID);
        out.port_count = 3;
        assert_int_equal(darq_message_send(fake->session, &out), DARQ_E_INVALID);
        ports[0] = (struct darq_proxy){.port = 5};
        assert_int_equal(darq_message_call(fake->session, &out, 0, &reply), DARQ_E_INVALID);
        fake_expect_silence(fake);
}

static void a_chunk_carries_no_ports(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_proxy port = {.session = fake->session, .port = 1000};
        struct darq_outgoing out = outgoing("hello");

        out.ports = &port;
        out.port_count = 1;
        assert_int_equal(darq_chunk_send(fake->session, &out, 1, 0, false), DARQ_E_INVALID);
        out.port_count = 0;
        assert_int_equal(darq_chunk_send(fake->session, &out, 1, 0, false), 0);
        assert_int_equal(darq_frame_chunk_get(fake_take(fake, DARQ_FRAME_CHUNK_IN).body).flags, 0);
        fake_expect_silence(fake);
}

static void an_answer_comes_from_nobody(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_outgoing out = outgoing("hello");

        out.destination = FAKE_SLOT;
        assert_int_equal(darq_message_send(fake->session, &out), 0);
        assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).message.source, 0);
        out.source = RAW;
        assert_int_equal(darq_message_send(fake->session, &out), 0);
        assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).message.source, RAW);
}

static void more_than_the_kernel_takes_is_not_sent(void **state)
{
        static const uint8_t data[SMALL_MAX + 1];
        struct fake_kernel *fake = *state;
        struct darq_outgoing out = {.destination = FAKE_PEER, .payload = {data, sizeof data}};
        struct darq_message *reply;

        assert_int_equal(darq_message_send(fake->session, &out), DARQ_E_TOO_BIG);
        assert_int_equal(darq_chunk_send(fake->session, &out, 1, 0, false), DARQ_E_TOO_BIG);
        assert_int_equal(darq_message_call(fake->session, &out, 0, &reply), DARQ_E_TOO_BIG);
        fake_expect_silence(fake);
}

/* Nobody reads the other end: what isn't taken is kept, up to a limit. */
static void a_session_that_does_not_block_says_when_it_is_full(void **state)
{
        static const uint8_t data[SMALL_MAX];
        struct fake_kernel *fake = *state;
        struct darq_outgoing out = {.destination = FAKE_PEER, .payload = {data, sizeof data}};
        size_t sent = 0;
        int r;

        darq_session_set_blocking(fake->session, false);
        while ((r = darq_message_send(fake->session, &out)) == 0 && sent < FULL)
                sent++;
        assert_int_equal(r, DARQ_E_AGAIN);
        assert_true(sent > 64);
        assert_int_equal(darq_chunk_send(fake->session, &out, 1, 0, false), DARQ_E_AGAIN);
}

static void nobody_has_to_look_at_an_answer(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_outgoing out = outgoing("?");

        fake_reply(fake, 1, darq_bytes_of("!!", 2));
        assert_int_equal(darq_message_call(fake->session, &out, 100, NULL), 0);
        assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.timeout_ms, 100);
}

/* One way of using it, of which the n-th allocation fails; its result. */
static int receive_with(struct fake_kernel *fake, unsigned long nth)
{
        struct fake_message said = {
                .source = FAKE_PEER, .destination = RAW, .ports = {55555555555, 66666666666}};
        struct darq_frame_chunk chunk = {.source = FAKE_PEER, .destination = RAW};
        struct darq_message *message = NULL;
        int r;

        fake_message(fake, &said, "abc", 3);
        say_chunk(fake, chunk, "abc");
        shortage_begin(nth, false);
        r = darq_message_receive(fake->session, RAW, 1000, &message);
        darq_message_free(message);
        message = NULL;
        if (r == 0)
                r = darq_message_receive(fake->session, RAW, 1000, &message);
        darq_message_free(message);
        return r;
}

static int call_with(struct fake_kernel *fake, unsigned long nth)
{
        struct darq_outgoing out = outgoing("?");
        struct darq_message *reply = NULL;
        int r;

        fake_reply(fake, 1, darq_bytes_of("!!", 2));
        shortage_begin(nth, false);
        r = darq_message_call(fake->session, &out, 0, &reply);
        if (r == 0)
                assert_memory_equal(reply->payload.data, "!!", 2);
        darq_message_free(reply);
        return r;
}

static int send_with(struct fake_kernel *fake, unsigned long nth)
{
        struct darq_outgoing out = outgoing("hello");

        shortage_begin(nth, false);
        return darq_message_send(fake->session, &out);
}

/* Every allocation of it fails once: it says so, or does without. */
static void fail_each(int (*use)(struct fake_kernel *, unsigned long), const int *allowed,
                      size_t count)
{
        unsigned long failures = 0, nth = 0;
        bool all = false;

        while (!all && ++nth < TRIES) {
                struct fake_kernel *fake = fake_open(SMALL_MAX);
                size_t at = 0;
                int r;

                fake_open_port(fake, RAW);
                r = use(fake, nth);
                all = shortage_end() < nth;
                while (at < count && allowed[at] != r)
                        at++;
                if (r != 0 && at == count)
                        fail_msg("allocation %lu: %d", nth, r);
                failures += r != 0;
                fake_close(fake);
        }
        assert_true(all && failures > 0);
}

static void what_cannot_be_kept_is_a_lost_link_or_a_message_less(void **state)
{
        static const int allowed[] = {DARQ_E_NO_MEMORY, DARQ_E_LINK_LOST};

        (void)state;
        fail_each(receive_with, allowed, 2);
}

static void a_call_without_memory_has_an_outcome(void **state)
{
        static const int allowed[] = {DARQ_E_NO_MEMORY, DARQ_E_BAD_REPLY, DARQ_E_LINK_LOST};

        (void)state;
        fail_each(call_with, allowed, 3);
}

static void a_message_without_memory_is_not_sent(void **state)
{
        static const int allowed[] = {DARQ_E_NO_MEMORY};

        (void)state;
        fail_each(send_with, allowed, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(a_chunk_comes_with_its_place),
                CASE(what_waits_at_a_port_goes_with_it),
                CASE(a_port_that_serves_an_interface_receives_no_messages),
                CASE(who_waits_for_a_message_is_told_that_the_link_is_lost),
                CASE(without_a_link_nothing_is_sent),
                CASE(a_message_carries_up_to_64_ports_of_its_session),
                CASE(a_chunk_carries_no_ports),
                CASE(an_answer_comes_from_nobody),
                CASE(more_than_the_kernel_takes_is_not_sent),
                CASE(a_session_that_does_not_block_says_when_it_is_full),
                CASE(nobody_has_to_look_at_an_answer),
                cmocka_unit_test(what_cannot_be_kept_is_a_lost_link_or_a_message_less),
                cmocka_unit_test(a_call_without_memory_has_an_outcome),
                cmocka_unit_test(a_message_without_memory_is_not_sent),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
