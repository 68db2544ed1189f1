/* SPDX-License-Identifier: MIT */
/*
 * Requests that a session serves: what is answered, by whom, and when.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/saying.h"

enum { PORT = 0x7fff0001 };

enum behaviour { ANSWER, RAISE, FAIL, SILENT, KEEP, KEEP_AND_RELEASE, TOO_LONG, TWICE, NESTED };

struct server {
        struct fake_kernel *fake;
        struct echo echo;
        enum behaviour behaviour;
        struct darq_call *kept;
        int notes;
        int cancels;
        int result;
        unsigned int remaining_ms;
};

static int on_say_nested(struct server *server)
{
        struct echo peer;

        assert_int_equal(darq_proxy_at(&peer.proxy, server->fake->session, FAKE_PEER), 0);
        peer.proxy.timeout_ms = 20000;
        return echo_slow(&peer, NULL, NULL);
}

static void on_say(void *self, struct darq_call *call, const struct echo_say_request *request)
{
        struct server *server = self;
        char longer[66] = {0};

        switch (server->behaviour) {
        case ANSWER:
                server->result =
                        echo_reply_say(call, &(struct echo_say_reply){.text = request->text});
                break;
        case RAISE:
                server->result = echo_fail_say(call, ECHO_ERROR_WRONG, "wrong indeed");
                break;
        case FAIL:
                server->result = darq_call_fail(call, DARQ_E_REFUSED, "not you");
                break;
        case SILENT:
                break;
        case KEEP:
                server->kept = darq_call_keep(call);
                break;
        case KEEP_AND_RELEASE:
                darq_call_release(darq_call_keep(call));
                break;
        case TOO_LONG:
                memset(longer, 'x', 65);
                server->result = echo_reply_say(
                        call, &(struct echo_say_reply){.text = darq_string_of(longer)});
                break;
        case TWICE:
                echo_reply_say(call, &(struct echo_say_reply){.text = request->text});
                server->result = darq_call_fail(call, DARQ_E_BUSY, NULL);
                break;
        case NESTED:
                server->remaining_ms = darq_call_remaining_ms(call);
                server->result = on_say_nested(server);
                break;
        }
}

static void on_note(void *self, struct darq_call *call, const struct echo_note_request *request)
{
        struct server *server = self;

        server->notes += (int)request->number;
        server->result = darq_call_fail(call, DARQ_E_BUSY, "nobody hears this");
}

static void on_twice(void *self, struct darq_call *call,
                     const struct echo_doubler_twice_request *request)
{
        (void)self;
        echo_doubler_reply_twice(call,
                                 &(struct echo_doubler_twice_reply){.number = request->number * 2});
}

static const struct echo_ops ops = {
        .doubler = {.twice = on_twice},
        .say = on_say,
        .note = on_note,
};

static int setup(void **state)
{
        struct server *server = calloc(1, sizeof *server);

        server->fake = fake_open(0);
        fake_opened(server->fake, 2, DARQ_FRAME_OPENED, PORT);
        assert_int_equal(echo_ops_serve(&ops, server, server->fake->session, &server->echo), 0);
        fake_take(server->fake, DARQ_FRAME_OPEN_PORT);
        *state = server;
        return 0;
}

static int teardown(void **state)
{
        struct server *server = *state;

        fake_close(server->fake);
        free(server);
        return 0;
}

static void request_say(struct server *server, const char *text)
{
        fake_request(server->fake, PORT,
                     fake_payload(server->fake, echo_interface.id, 1, 0, pack_said, text));
}

static void turn(struct server *server)
{
        assert_int_equal(darq_session_poll(server->fake->session, 1000), 0);
}

/* The answer that was sent to the slot: its status, and its first string. */
static int32_t answer(struct server *server, uint64_t interface, uint32_t ordinal,
                      const char **text)
{
        struct fake_frame frame = fake_take(server->fake, DARQ_FRAME_MESSAGE_IN);
        int32_t status = darq_load_i32(frame.payload + 12);

        assert_int_equal(frame.message.destination, FAKE_SLOT);
        assert_int_equal(darq_load_u64(frame.payload), interface);
        assert_int_equal(darq_load_u32(frame.payload + 8), ordinal);
        if (text != NULL)
                *text = (const char *)frame.payload + 16 + (status == 0 ? 8 : 4);
        return status;
}

static void undeliverable(struct server *server, uint32_t code)
{
        struct fake_frame frame = fake_take(server->fake, DARQ_FRAME_UNDELIVERABLE);
        struct darq_frame_undeliverable body = darq_frame_undeliverable_get(frame.body);

        assert_int_equal(body.port, FAKE_SLOT);
        assert_int_equal(body.code, code);
}

static void test_answer_goes_to_the_slot(void **state)
{
        struct server *server = *state;
        const char *text;

        request_say(server, "ping");
        turn(server);
        assert_int_equal(answer(server, echo_interface.id, 1, &text), 0);
        assert_string_equal(text, "ping");
        fake_expect_silence(server->fake);
}

static void test_failures_carry_their_text(void **state)
{
        struct server *server = *state;
        const char *text;

        server->behaviour = RAISE;
        request_say(server, "ping");
        turn(server);
        assert_int_equal(answer(server, echo_interface.id, 1, &text), ECHO_ERROR_WRONG);
        assert_string_equal(text, "wrong indeed");
        server->behaviour = FAIL;
        request_say(server, "ping");
        turn(server);
        assert_int_equal(answer(server, echo_interface.id, 1, &text), DARQ_E_REFUSED);
        assert_string_equal(text, "not you");
}

static void test_no_answer_is_told(void **state)
{
        struct server *server = *state;

        server->behaviour = SILENT;
        request_say(server, "ping");
        turn(server);
        undeliverable(server, DARQ_FRAME_NO_REPLY);
        server->behaviour = KEEP_AND_RELEASE;
        request_say(server, "ping");
        turn(server);
        undeliverable(server, DARQ_FRAME_NO_REPLY);
        fake_expect_silence(server->fake);
}

static void test_answer_that_cant_be_packed(void **state)
{
        struct server *server = *state;
        const char *text;

        server->behaviour = TOO_LONG;
        request_say(server, "ping");
        turn(server);
        assert_int_equal(server->result, DARQ_E_INVALID);
        assert_int_equal(answer(server, echo_interface.id, 1, &text), DARQ_E_INTERNAL);
        assert_non_null(strstr(text, "longer than its bound"));
}

static void test_second_answer_is_refused(void **state)
{
        struct server *server = *state;

        server->behaviour = TWICE;
        request_say(server, "ping");
        turn(server);
        assert_int_equal(server->result, DARQ_E_ENDED);
        assert_int_equal(answer(server, echo_interface.id, 1, NULL), 0);
        fake_expect_silence(server->fake);
}

static void test_kept_call_is_answered_later(void **state)
{
        struct server *server = *state;
        const char *text;

        server->behaviour = KEEP;
        request_say(server, "later");
        turn(server);
        fake_expect_silence(server->fake);
        assert_int_equal(darq_call_caller(server->kept), 1234);
        assert_in_range(darq_call_remaining_ms(server->kept), 4000, 5000);
        assert_int_equal(
                echo_reply_say(server->kept, &(struct echo_say_reply){.text = DARQ_STR("now")}), 0);
        assert_int_equal(answer(server, echo_interface.id, 1, &text), 0);
        assert_string_equal(text, "now");
        darq_call_release(server->kept);
        fake_expect_silence(server->fake);
}

static void on_cancel(void *context, struct darq_call *call)
{
        struct server *server = context;

        server->cancels++;
        assert_true(darq_call_cancelled(call));
        darq_call_release(call);
        server->kept = NULL;
}

static void test_cancel_reaches_a_kept_call(void **state)
{
        struct server *server = *state;

        server->behaviour = KEEP;
        request_say(server, "later");
        turn(server);
        darq_call_on_cancel(server->kept, on_cancel, server);
        fake_cancel(server->fake, FAKE_SLOT);
        turn(server);
        assert_int_equal(server->cancels, 1);
        fake_expect_silence(server->fake);
}

static void test_answer_after_cancel_is_ended(void **state)
{
        struct server *server = *state;

        server->behaviour = KEEP;
        request_say(server, "later");
        turn(server);
        fake_cancel(server->fake, FAKE_SLOT);
        turn(server);
        assert_int_equal(
                echo_reply_say(server->kept, &(struct echo_say_reply){.text = DARQ_STR("now")}),
                DARQ_E_ENDED);
        darq_call_release(server->kept);
        fake_expect_silence(server->fake);
}

static void test_methods_that_arent_served(void **state)
{
        struct server *server = *state;
        struct fake_kernel *fake = server->fake;
        uint64_t id = echo_interface.id;

        fake_request(fake, PORT, fake_payload(fake, 12345, 1, 0, darq_pack_empty, NULL));
        turn(server);
        assert_int_equal(answer(server, 12345, 1, NULL), DARQ_E_NO_INTERFACE);
        fake_request(fake, PORT, fake_payload(fake, id, 77, 0, darq_pack_empty, NULL));
        turn(server);
        assert_int_equal(answer(server, id, 77, NULL), DARQ_E_UNIMPLEMENTED);
        fake_request(fake, PORT, fake_payload(fake, id, 4, 0, darq_pack_empty, NULL));
        turn(server);
        assert_int_equal(answer(server, id, 4, NULL), DARQ_E_UNIMPLEMENTED);
        fake_request(fake, PORT, fake_payload(fake, id, 1, 0, darq_pack_empty, NULL));
        turn(server);
        assert_int_equal(answer(server, id, 1, NULL), DARQ_E_BAD_REQUEST);
        fake_request(fake, PORT, darq_bytes_of("short", 5));
        turn(server);
        assert_int_equal(answer(server, 0, 0, NULL), DARQ_E_BAD_REQUEST);
}

static void pack_u32(struct darq_writer *writer, const void *value)
{
        size_t list = darq_put_begin(writer);

        darq_put_u32(writer, *(const uint32_t *)value);
        darq_put_end(writer, list);
}

static void test_inherited_methods(void **state)
{
        struct server *server = *state;
        const uint32_t number = 21;
        const char *text;

        fake_request(
                server->fake, PORT,
                fake_payload(server->fake, echo_doubler_interface.id, 1, 0, pack_u32, &number));
        turn(server);
        assert_int_equal(answer(server, echo_doubler_interface.id, 1, &text), 0);
        assert_int_equal(darq_load_u32((const uint8_t *)text - 4), 42);
}

static void test_one_way_rules(void **state)
{
        struct server *server = *state;
        struct fake_kernel *fake = server->fake;
        struct fake_message message = {.source = FAKE_PEER, .destination = PORT};
        const uint32_t number = 5;
        struct darq_bytes payload = fake_payload(fake, echo_interface.id, 2, 0, pack_u32, &number);

        fake_message(fake, &message, payload.data, payload.size);
        turn(server);
        assert_int_equal(server->notes, 5);
        fake_expect_silence(fake);
        fake_request(fake, PORT, payload); /* with REQUEST: an empty list, once */
        turn(server);
        assert_int_equal(server->notes, 10);
        assert_int_equal(server->result, DARQ_E_ENDED);
        assert_int_equal(answer(server, echo_interface.id, 2, NULL), 0);
        fake_expect_silence(fake);
        payload = fake_payload(fake, echo_interface.id, 1, 0, pack_said, "x");
        fake_message(fake, &message, payload.data, payload.size); /* two-way without REQUEST */
        turn(server);
        fake_expect_silence(fake);
}

static void test_describe(void **state)
{
        struct server *server = *state;
        struct fake_frame frame;

        fake_request(server->fake, PORT,
                     fake_payload(server->fake, 0, 0, 0, darq_pack_empty, NULL));
        turn(server);
        frame = fake_take(server->fake, DARQ_FRAME_MESSAGE_IN);
        assert_int_equal(darq_load_i32(frame.payload + 12), 0);
        assert_int_equal(darq_load_u32(frame.payload + 16), echo_interface.schema_size);
}

static void test_nested_calls_inherit_the_deadline(void **state)
{
        struct server *server = *state;
        struct fake_kernel *fake = server->fake;
        struct fake_message message = {.source = FAKE_SLOT,
                                       .destination = PORT,
                                       .call = 1,
                                       .flags = DARQ_FRAME_REQUEST,
                                       .timeout_ms = 1000};
        struct darq_bytes payload = fake_payload(fake, echo_interface.id, 1, 0, pack_said, "x");

        server->behaviour = NESTED;
        fake_message(fake, &message, payload.data, payload.size);
        turn(server);
        assert_int_equal(server->result, DARQ_E_TIMEOUT);
        assert_in_range(server->remaining_ms, 1, 1000);
        assert_in_range(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.timeout_ms, 1, 1000);
        fake_take(fake, DARQ_FRAME_CANCEL);
        undeliverable(server, DARQ_FRAME_NO_REPLY);
}

static void test_requests_wait_while_a_call_does(void **state)
{
        struct server *server = *state;
        struct fake_kernel *fake = server->fake;
        struct echo peer;

        assert_int_equal(darq_proxy_at(&peer.proxy, fake->session, FAKE_PEER), 0);
        request_say(server, "first");
        fake_reply(fake, 1, fake_payload(fake, echo_interface.id, 4, 0, darq_pack_empty, NULL));
        assert_int_equal(echo_slow(&peer, NULL, NULL), 0);
        fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        fake_expect_silence(fake);
        turn(server);
        assert_int_equal(answer(server, echo_interface.id, 1, NULL), 0);
}

static void test_synchronous_call_to_oneself_is_a_deadlock(void **state)
{
        struct server *server = *state;

        assert_int_equal(echo_slow(&server->echo, NULL, NULL), DARQ_E_DEADLOCK);
        fake_expect_silence(server->fake);
}

static void test_requests_to_a_closed_port_are_answered(void **state)
{
        struct server *server = *state;

        darq_proxy_close(&server->echo.proxy);
        fake_take(server->fake, DARQ_FRAME_CLOSE_PORT);
        request_say(server, "late");
        turn(server);
        undeliverable(server, DARQ_FRAME_NO_PORT);
}

static void test_too_big_an_answer(void **state)
{
        struct fake_kernel *fake;
        struct server *server = *state;

        fake_close(server->fake);
        fake = server->fake = fake_open(20);
        fake_opened(fake, 2, DARQ_FRAME_OPENED, PORT);
        server->behaviour = ANSWER;
        assert_int_equal(echo_ops_serve(&ops, server, fake->session, &server->echo), 0);
        fake_take(fake, DARQ_FRAME_OPEN_PORT);
        request_say(server, "a text that is too long for it");
        turn(server);
        assert_int_equal(server->result, DARQ_E_TOO_BIG);
        undeliverable(server, DARQ_FRAME_REPLY_TOO_BIG);
}

static void test_kept_call_ends_with_the_link(void **state)
{
        struct server *server = *state;

        server->behaviour = KEEP;
        request_say(server, "later");
        turn(server);
        darq_call_on_cancel(server->kept, on_cancel, server);
        fake_hang_up(server->fake);
        assert_int_equal(darq_session_poll(server->fake->session, 1000), DARQ_E_LINK_LOST);
        assert_int_equal(server->cancels, 1);
}

static bool readable(int fd)
{
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

        return poll(&poll_fd, 1, 0) == 1;
}

/* What a call that waits has read and put off is no longer in the socket. */
static void test_what_was_put_off_wakes_another_loop(void **state)
{
        struct server *server = *state;
        struct fake_kernel *fake = server->fake;
        struct fake_message message = {.source = FAKE_PEER, .destination = PORT};
        const uint32_t number = 5;
        int fd = darq_session_fd(fake->session);
        struct darq_bytes payload = fake_payload(fake, echo_interface.id, 2, 0, pack_u32, &number);
        struct echo peer;

        fake_message(fake, &message, payload.data, payload.size);
        fake_reply(fake, 1, fake_payload(fake, echo_interface.id, 4, 0, darq_pack_empty, NULL));
        assert_int_equal(darq_proxy_at(&peer.proxy, fake->session, FAKE_PEER), 0);
        assert_int_equal(echo_slow(&peer, NULL, NULL), 0);
        assert_int_equal(server->notes, 0);
        assert_true(readable(fd));
        assert_int_equal(darq_session_dispatch(fake->session), 0);
        assert_int_equal(server->notes, 5);
        assert_false(readable(fd));
        fake_take(fake, DARQ_FRAME_MESSAGE_IN);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_answer_goes_to_the_slot),
                CASE(test_failures_carry_their_text),
                CASE(test_no_answer_is_told),
                CASE(test_answer_that_cant_be_packed),
                CASE(test_second_answer_is_refused),
                CASE(test_kept_call_is_answered_later),
                CASE(test_cancel_reaches_a_kept_call),
                CASE(test_answer_after_cancel_is_ended),
                CASE(test_methods_that_arent_served),
                CASE(test_inherited_methods),
                CASE(test_one_way_rules),
                CASE(test_what_was_put_off_wakes_another_loop),
                CASE(test_describe),
                CASE(test_nested_calls_inherit_the_deadline),
                CASE(test_requests_wait_while_a_call_does),
                CASE(test_synchronous_call_to_oneself_is_a_deadlock),
                CASE(test_requests_to_a_closed_port_are_answered),
                CASE(test_too_big_an_answer),
                CASE(test_kept_call_ends_with_the_link),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
