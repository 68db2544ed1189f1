/* SPDX-License-Identifier: MIT */
/*
 * Calls of ours: every outcome there is, and what may go wrong on the way to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/saying.h"

#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

static void test_reply_arrives(void **state)
{
        struct fake_kernel *fake = *state;
        const struct echo_say_reply *reply;
        struct fake_frame frame;

        fake_reply(fake, 1, said(fake, "hello"));
        assert_int_equal(say(fake, &reply), 0);
        assert_string_equal(reply->text.data, "hello");
        darq_reply_free(reply);
        frame = fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        assert_int_equal(frame.header.flags, DARQ_FRAME_REQUEST);
        assert_int_equal(frame.header.call, 1);
        assert_in_range(frame.header.timeout_ms, 29000, 30000);
        assert_int_equal(frame.message.source, FAKE_OWN_PORT);
        assert_int_equal(frame.message.destination, FAKE_PEER);
        assert_int_equal(darq_load_u64(frame.payload), echo_interface.id);
        assert_int_equal(darq_load_u32(frame.payload + 8), 1);
        assert_int_equal(darq_load_u32(frame.payload + 12), 0);
        fake_expect_silence(fake);
}

static void test_replies_live_until_freed_or_closed(void **state)
{
        struct fake_kernel *fake = *state;
        const struct echo_say_reply *first;
        const struct echo_say_reply *second;

        fake_reply(fake, 1, said(fake, "first"));
        assert_int_equal(say(fake, &first), 0);
        fake_reply(fake, 2, said(fake, "second"));
        assert_int_equal(say(fake, &second), 0);
        assert_string_equal(first->text.data, "first");
        darq_reply_free(first);
        assert_string_equal(second->text.data, "second");
}

static void test_large_replies_are_whole(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);
        const struct echo_blob_reply *replies[3];
        uint8_t data[30000];

        for (uint64_t i = 0; i < 3; i++) {
                memset(data, (int)('a' + i), sizeof data);
                fake_reply(fake, i + 1,
                           fake_payload(fake, echo_interface.id, 5, 0,
                                        echo_interface.methods[4].pack_reply,
                                        &(struct echo_blob_reply){.data = {data, sizeof data}}));
                assert_int_equal(echo_blob(&echo, &(struct echo_blob_request){0}, &replies[i]), 0);
        }
        for (int i = 0; i < 3; i++) {
                assert_int_equal(replies[i]->data.size, sizeof data);
                assert_int_equal(replies[i]->data.data[0], 'a' + i);
                assert_int_equal(replies[i]->data.data[sizeof data - 1], 'a' + i);
                darq_reply_free(replies[i]);
        }
}

static void test_declared_error_has_its_text(void **state)
{
        struct fake_kernel *fake = *state;

        fake_reply(fake, 1,
                   fake_payload(fake, echo_interface.id, 1, ECHO_ERROR_WRONG, fake_pack_text,
                                "not that"));
        assert_int_equal(say(fake, NULL), ECHO_ERROR_WRONG);
        assert_error_has(fake, "echo.Echo.say");
        assert_error_has(fake, "not that");
}

static void test_undeliverable_codes_become_statuses(void **state)
{
        static const struct {
                uint32_t code;
                int status;
                bool may_have_run;
        } rows[] = {
                {1, DARQ_E_NO_PORT, false},    {2, DARQ_E_NOT_ALLOWED, false},
                {3, DARQ_E_QUEUE_FULL, false}, {4, DARQ_E_QUOTA, false},
                {5, DARQ_E_TOO_BIG, false},    {6, DARQ_E_ACTIVATION_FAILED, false},
                {7, DARQ_E_EXPIRED, false},    {8, DARQ_E_NO_LOCATION, false},
                {9, DARQ_E_BAD_SOURCE, false}, {10, DARQ_E_WITHDRAWN, false},
                {64, DARQ_E_PEER_DIED, true},  {65, DARQ_E_NO_REPLY, true},
                {66, DARQ_E_LINK_LOST, true},  {67, DARQ_E_REPLY_TOO_BIG, true},
                {68, DARQ_E_CANCELLED, true},  {69, DARQ_E_STREAM_BROKEN, true},
        };
        struct fake_kernel *fake = *state;

        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                fake_undeliverable(fake, i + 1, FAKE_PEER, rows[i].code, "because");
                assert_int_equal(say(fake, NULL), rows[i].status);
                assert_int_equal(darq_status_may_have_run(rows[i].status), rows[i].may_have_run);
                assert_error_has(fake, "4294967303"); /* the port */
                assert_error_has(fake, "because");
                assert_error_has(fake, rows[i].may_have_run ? "may have been executed"
                                                            : "was not executed");
        }
}

static void test_answers_of_the_peers_library(void **state)
{
        struct fake_kernel *fake = *state;
        uint64_t call = 0;

        for (int status = DARQ_E_NO_INTERFACE; status >= DARQ_E_REFUSED; status--) {
                fake_reply(
                        fake, ++call,
                        fake_payload(fake, echo_interface.id, 1, status, fake_pack_text, "reason"));
                assert_int_equal(say(fake, NULL), status);
                assert_error_has(fake, "reason");
        }
}

static void test_peer_cant_imitate_others(void **state)
{
        static const int32_t statuses[] = {DARQ_E_NO_PORT,   DARQ_E_TIMEOUT,     DARQ_E_PEER_DIED,
                                           DARQ_E_NO_MEMORY, DARQ_E_REFUSED - 1, INT32_MIN};
        struct fake_kernel *fake = *state;

        for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
                fake_reply(
                        fake, i + 1,
                        fake_payload(fake, echo_interface.id, 1, statuses[i], fake_pack_text, ""));
                assert_int_equal(say(fake, NULL), DARQ_E_BAD_REPLY);
        }
}

static void pack_bytes(struct darq_writer *writer, const void *value)
{
        const struct darq_bytes *bytes = value;

        darq_put_array(writer, bytes->data, bytes->size, 1);
}

static void test_broken_replies_are_bad(void **state)
{
        static const uint8_t torn[] = {8, 0, 0, 0, 9, 0, 0, 0, 'x', 0};
        static const uint8_t left_over[] = {7, 0, 0, 0, 3, 0, 0, 0, 'h', 'i', 0, 0, 0};
        struct fake_kernel *fake = *state;
        struct darq_bytes body = darq_bytes_of(torn, sizeof torn);

        fake_reply(fake, 1, fake_payload(fake, echo_interface.id, 1, 0, pack_bytes, &body));
        assert_int_equal(say(fake, NULL), DARQ_E_BAD_REPLY);
        assert_error_has(fake, "at byte");
        body = darq_bytes_of(left_over, sizeof left_over);
        fake_reply(fake, 2, fake_payload(fake, echo_interface.id, 1, 0, pack_bytes, &body));
        assert_int_equal(say(fake, NULL), DARQ_E_BAD_REPLY);
        fake_reply(fake, 3, darq_bytes_of("short", 5));
        assert_int_equal(say(fake, NULL), DARQ_E_BAD_REPLY);
        fake_reply(fake, 4, fake_payload(fake, echo_interface.id + 1, 1, 0, pack_said, "x"));
        assert_int_equal(say(fake, NULL), DARQ_E_BAD_REPLY);
        fake_reply(fake, 5, fake_payload(fake, echo_interface.id, 2, 0, pack_said, "x"));
        assert_int_equal(say(fake, NULL), DARQ_E_BAD_REPLY);
        fake_reply(fake, 6, said(fake, "fine"));
        assert_int_equal(say(fake, NULL), 0);
}

/* A reply that comes while the call waits, byte by byte. */
static void test_deadline_cancels(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);
        struct fake_frame frame;

        assert_int_equal(echo_slow(&echo, NULL, NULL), DARQ_E_TIMEOUT);
        assert_error_has(fake, "may have been executed");
        frame = fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        assert_in_range(frame.header.timeout_ms, 30, 40);
        frame = fake_take(fake, DARQ_FRAME_CANCEL);
        assert_int_equal(frame.header.call, 1);
        assert_int_equal(darq_frame_u64_get(frame.body), FAKE_PEER);
        /* the late reply is nobody's */
        fake_reply(fake, 1, fake_payload(fake, echo_interface.id, 4, 0, darq_pack_empty, NULL));
        fake_reply(fake, 2, said(fake, "next"));
        assert_int_equal(say(fake, NULL), 0);
}

static void test_proxys_timeout_comes_first(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);

        echo.proxy.timeout_ms = 7;
        assert_int_equal(echo_slow(&echo, NULL, NULL), DARQ_E_TIMEOUT);
        assert_in_range(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.timeout_ms, 1, 7);
}

static void test_local_errors_send_nothing(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);
        struct echo none = {{0}};
        char text[66];

        memset(text, 'x', 65);
        text[65] = '\0';
        assert_int_equal(
                echo_say(&echo, &(struct echo_say_request){.text = darq_string_of(text)}, NULL),
                DARQ_E_INVALID);
        assert_error_has(fake, "longer than its bound");
        assert_int_equal(echo_say(&none, &(struct echo_say_request){0}, NULL), DARQ_E_INVALID);
        assert_int_equal(echo_pass(&echo, &(struct echo_pass_request){0}, NULL), DARQ_E_INVALID);
        assert_error_has(fake, "port is missing");
        echo.proxy.link++;
        assert_int_equal(echo_slow(&echo, NULL, NULL), DARQ_E_STALE);
        fake_expect_silence(fake);
}

static void test_too_big_for_the_kernel(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);
        uint8_t *data = calloc(1, (1 << 20) + 1);

        assert_int_equal(
                echo_blob(&echo, &(struct echo_blob_request){.data = {data, (1 << 20) + 1}}, NULL),
                DARQ_E_TOO_BIG);
        fake_expect_silence(fake);
        free(data);
}

static void test_link_lost_in_a_call(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);

        fake_hang_up(fake);
        assert_int_equal(say(fake, NULL), DARQ_E_LINK_LOST);
        assert_int_equal(echo_slow(&echo, NULL, NULL), DARQ_E_STALE);
        assert_int_equal(darq_session_poll(fake->session, 0), DARQ_E_LINK_LOST);
        assert_int_equal(darq_proxy_connect(&echo.proxy, fake->session, "x"), DARQ_E_NO_LINK);
}

static void test_nonsense_ends_the_link(void **state)
{
        struct fake_kernel *fake = *state;

        fake_say(fake, "HTTP/1.1 200 OK\r\n", 17);
        assert_int_equal(say(fake, NULL), DARQ_E_LINK_LOST);
        assert_error_has(fake, "may have been executed");
}

static void test_unknown_frames_are_skipped(void **state)
{
        static const uint8_t unknown[] = {1, 8, 99, 0, 0, 0, 0, 12, 1, 2, 3, 4};
        struct fake_kernel *fake = *state;

        fake_say(fake, unknown, sizeof unknown);
        fake_reply(fake, 1, said(fake, "x"));
        fake_reply(fake, 999, said(fake, "unasked"));
        fake_undeliverable(fake, 998, FAKE_PEER, 65, "unasked");
        assert_int_equal(say(fake, NULL), 0);
        fake_reply(fake, 2, said(fake, "y"));
        assert_int_equal(say(fake, NULL), 0);
}

static void test_ports_of_a_reply_are_released_with_it(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);
        struct fake_message message = {.source = FAKE_PEER,
                                       .destination = FAKE_OWN_PORT,
                                       .call = 1,
                                       .flags = DARQ_FRAME_REPLY,
                                       .ports = {0x123456789}};
        const struct echo_pass_reply *reply;
        struct darq_bytes payload;
        struct fake_frame frame;
        struct echo kept;

        payload = fake_payload(fake, echo_interface.id, 3, 0, pack_bytes,
                               &(struct darq_bytes){(const uint8_t *)"\4\0\0\0\0\0\0\0", 8});
        fake_message(fake, &message, payload.data, payload.size);
        assert_int_equal(echo_pass(&echo, &(struct echo_pass_request){.given = echo}, &reply), 0);
        frame = fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        assert_int_equal(frame.header.port_count, 1);
        assert_int_equal(reply->given.proxy.port, 0x123456789);
        kept = reply->given;
        darq_proxy_keep(&kept.proxy);
        darq_reply_free(reply);
        fake_expect_silence(fake);
        darq_proxy_close(&kept.proxy);
        assert_int_equal(kept.proxy.port, 0);
        frame = fake_take(fake, DARQ_FRAME_MESSAGE_IN); /* release(port, 1) */
        assert_int_equal(frame.message.destination, DARQ_PORT_KERNEL);
        assert_int_equal(darq_load_u64(frame.payload + 20), 0x123456789);
        assert_int_equal(darq_load_u64(frame.payload + 28), 1);
}

static void pack_nothing(struct darq_writer *writer, const void *value)
{
        (void)value;
        darq_put_end(writer, darq_put_begin(writer));
}

static void test_rights_go_back_without_a_turn(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);
        struct fake_message message = {.source = FAKE_PEER,
                                       .destination = FAKE_OWN_PORT,
                                       .flags = DARQ_FRAME_REPLY,
                                       .ports = {0x123456789}};

        for (uint64_t call = 1; call <= 1000; call += 2) {
                const struct echo_pass_reply *reply;
                struct darq_bytes payload =
                        fake_payload(fake, echo_interface.id, 3, 0, pack_bytes,
                                     &(struct darq_bytes){(const uint8_t *)"\4\0\0\0\0\0\0\0", 8});

                message.call = call;
                fake_message(fake, &message, payload.data, payload.size);
                assert_int_equal(
                        echo_pass(&echo, &(struct echo_pass_request){.given = echo}, &reply), 0);
                fake_take(fake, DARQ_FRAME_MESSAGE_IN);
                darq_reply_free(reply);
                assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.call, call + 1);
                fake_reply(fake, call + 1,
                           fake_payload(fake, darq_kernel_interface.id, 4, 0, pack_nothing, NULL));
        }
}

static void test_port_that_isnt_there_is_a_bad_reply(void **state)
{
        struct fake_kernel *fake = *state;
        struct echo echo = echo_of(fake);

        fake_reply(fake, 1,
                   fake_payload(fake, echo_interface.id, 3, 0, pack_bytes,
                                &(struct darq_bytes){(const uint8_t *)"\4\0\0\0\0\0\0\0", 8}));
        assert_int_equal(echo_pass(&echo, &(struct echo_pass_request){.given = echo}, NULL),
                         DARQ_E_BAD_REPLY);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, saying_setup, saying_teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_reply_arrives),
                CASE(test_replies_live_until_freed_or_closed),
                CASE(test_large_replies_are_whole),
                CASE(test_declared_error_has_its_text),
                CASE(test_undeliverable_codes_become_statuses),
                CASE(test_answers_of_the_peers_library),
                CASE(test_peer_cant_imitate_others),
                CASE(test_broken_replies_are_bad),
                CASE(test_deadline_cancels),
                CASE(test_proxys_timeout_comes_first),
                CASE(test_local_errors_send_nothing),
                CASE(test_too_big_for_the_kernel),
                CASE(test_link_lost_in_a_call),
                CASE(test_nonsense_ends_the_link),
                CASE(test_unknown_frames_are_skipped),
                CASE(test_ports_of_a_reply_are_released_with_it),
                CASE(test_rights_go_back_without_a_turn),
                CASE(test_port_that_isnt_there_is_a_bad_reply),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
