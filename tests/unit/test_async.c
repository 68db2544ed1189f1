/* SPDX-License-Identifier: MIT */
/*
 * Calls of ours that nobody waits for: callbacks, and several calls under way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/saying.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outcome {
        int count;
        int result;
        char text[65];
        struct darq_pending *pending;
};

static void on_said(void *context, int result, const struct echo_say_reply *reply)
{
        struct outcome *outcome = context;

        outcome->count++;
        outcome->result = result;
        if (result == 0)
                strcpy(outcome->text, reply->text.data);
        darq_pending_free(outcome->pending);
        outcome->pending = NULL;
}

static int say_async(struct fake_kernel *fake, struct outcome *outcome, unsigned int timeout_ms)
{
        struct echo echo = echo_of(fake);

        echo.proxy.timeout_ms = timeout_ms;
        return echo_say_async(&echo, &(struct echo_say_request){.text = DARQ_STR("hi")}, on_said,
                              outcome, &outcome->pending);
}

static void test_frames_in_pieces(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome outcome = {0};
        struct darq_bytes payload = said(fake, "in pieces");
        uint8_t frame[256] = {1, 24, DARQ_FRAME_MESSAGE, 0, 0, 0, 0, (uint8_t)(48 + payload.size)};

        frame[15] = 1; /* call */
        frame[21] = DARQ_FRAME_REPLY;
        darq_frame_message_put(frame + 24, &(struct darq_frame_message){FAKE_PEER, FAKE_OWN_PORT,
                                                                        (uint32_t)payload.size});
        memcpy(frame + 48, payload.data, payload.size);
        assert_int_equal(say_async(fake, &outcome, 0), 0);
        for (size_t i = 0; i < 48 + payload.size; i++) {
                assert_int_equal(outcome.count, 0);
                fake_say(fake, frame + i, 1);
                assert_int_equal(darq_session_poll(fake->session, 1000), 0);
        }
        assert_int_equal(outcome.count, 1);
        assert_string_equal(outcome.text, "in pieces");
}

static void test_callbacks_run_in_a_turn_only(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome outcome = {0};

        assert_int_equal(say_async(fake, &outcome, 0), 0);
        fake_reply(fake, 1, said(fake, "later"));
        fake_reply(fake, 2, said(fake, "now"));
        assert_int_equal(say(fake, NULL), 0);
        assert_int_equal(outcome.count, 0);
        assert_int_equal(darq_session_poll(fake->session, 0), 0);
        assert_int_equal(outcome.count, 1);
        assert_int_equal(outcome.result, 0);
        assert_string_equal(outcome.text, "later");
}

static void test_a_corked_session_sends_calls_together(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome outcomes[3] = {0};

        assert_int_equal(darq_session_cork(fake->session, true), 0);
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(say_async(fake, &outcomes[i], 0), 0);
        fake_expect_silence(fake);
        assert_int_equal(darq_session_cork(fake->session, false), 0);
        for (uint64_t call = 1; call <= 3; call++)
                assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.call, call);
        for (size_t i = 0; i < 3; i++)
                darq_pending_free(outcomes[i].pending);
}

static void test_a_corked_session_sends_when_it_is_polled(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome outcome = {0};

        assert_int_equal(darq_session_cork(fake->session, true), 0);
        assert_int_equal(say_async(fake, &outcome, 0), 0);
        assert_int_equal(darq_session_poll(fake->session, 0), 0);
        assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.call, 1);
        darq_pending_free(outcome.pending);
}

static void test_outcomes_match_in_any_order(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome outcomes[40] = {{0}};
        char text[32];

        for (int i = 0; i < 40; i++)
                assert_int_equal(say_async(fake, &outcomes[i], 0), 0);
        for (int i = 39; i >= 0; i--) {
                snprintf(text, sizeof text, "number %d", i);
                fake_reply(fake, (uint64_t)i + 1, said(fake, text));
        }
        assert_int_equal(darq_session_poll(fake->session, 1000), 0);
        for (int i = 0; i < 40; i++) {
                snprintf(text, sizeof text, "number %d", i);
                assert_int_equal(outcomes[i].count, 1);
                assert_string_equal(outcomes[i].text, text);
        }
}

static void test_freed_calls_are_cancelled(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome outcome = {0};

        assert_int_equal(say_async(fake, &outcome, 0), 0);
        darq_pending_free(outcome.pending);
        fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        fake_take(fake, DARQ_FRAME_CANCEL);
        fake_undeliverable(fake, 1, FAKE_PEER, DARQ_FRAME_CANCELLED, "");
        assert_int_equal(darq_session_poll(fake->session, 0), 0);
        assert_int_equal(outcome.count, 0);
}

static void test_asynchronous_deadline(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome outcome = {0};

        assert_int_equal(say_async(fake, &outcome, 20), 0);
        while (outcome.count == 0)
                assert_int_equal(darq_session_poll(fake->session, 5000), 0);
        assert_int_equal(outcome.result, DARQ_E_TIMEOUT);
        fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        fake_take(fake, DARQ_FRAME_CANCEL);
}

static void test_closing_cancels_what_is_pending(void **state)
{
        struct outcome outcome = {0};
        struct fake_kernel *fake = fake_open(0);

        (void)state;
        assert_int_equal(say_async(fake, &outcome, 0), 0);
        fake_close(fake);
        assert_int_equal(outcome.count, 1);
        assert_int_equal(outcome.result, DARQ_E_CANCELLED);
}

static void test_lost_link_ends_what_is_pending(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome outcome = {0};

        assert_int_equal(say_async(fake, &outcome, 0), 0);
        fake_hang_up(fake);
        assert_int_equal(darq_session_poll(fake->session, 1000), DARQ_E_LINK_LOST);
        assert_int_equal(outcome.count, 1);
        assert_int_equal(outcome.result, DARQ_E_LINK_LOST);
}

static void test_window_holds_calls_back(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome *outcomes = calloc(300, sizeof *outcomes);

        for (uint64_t i = 1; i <= 300; i++) {
                assert_int_equal(say_async(fake, &outcomes[i - 1], 0), 0);
                if (i <= 256)
                        assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.call, i);
        }
        fake_expect_silence(fake);
        fake_reply(fake, 7, said(fake, "x"));
        assert_int_equal(darq_session_poll(fake->session, 1000), 0);
        assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.call, 257);
        fake_expect_silence(fake);
        for (uint64_t i = 1; i <= 257; i++) {
                fake_reply(fake, i, said(fake, "x"));
                assert_int_equal(darq_session_poll(fake->session, 1000), 0);
        }
        for (int i = 0; i < 257; i++)
                assert_int_equal(outcomes[i].count, 1);
        darq_session_close(fake->session);
        fake->session = NULL;
        for (int i = 0; i < 300; i++)
                assert_int_equal(outcomes[i].count, 1);
        free(outcomes);
}

/* What has come for a turn stands no longer in the window, or a program without turns would wait for itself. */
static void test_answers_for_a_turn_make_room(void **state)
{
        struct fake_kernel *fake = *state;
        struct outcome *outcomes = calloc(256, sizeof *outcomes);
        const struct echo_say_reply *reply;

        for (uint64_t i = 1; i <= 256; i++) {
                assert_int_equal(say_async(fake, &outcomes[i - 1], 0), 0);
                fake_take(fake, DARQ_FRAME_MESSAGE_IN);
                fake_reply(fake, i, said(fake, "x"));
        }
        fake_reply(fake, 257, said(fake, "at once"));
        assert_int_equal(say(fake, &reply), 0);
        assert_string_equal(reply->text.data, "at once");
        darq_reply_free(reply);
        for (int i = 0; i < 256; i++)
                assert_int_equal(outcomes[i].count, 0);
        while (!outcomes[255].count)
                assert_int_equal(darq_session_poll(fake->session, 1000), 0);
        for (int i = 0; i < 256; i++)
                assert_int_equal(outcomes[i].count, 1);
        free(outcomes);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, saying_setup, saying_teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_frames_in_pieces),
                CASE(test_callbacks_run_in_a_turn_only),
                CASE(test_a_corked_session_sends_calls_together),
                CASE(test_a_corked_session_sends_when_it_is_polled),
                CASE(test_outcomes_match_in_any_order),
                CASE(test_freed_calls_are_cancelled),
                CASE(test_asynchronous_deadline),
                cmocka_unit_test(test_closing_cancels_what_is_pending),
                CASE(test_lost_link_ends_what_is_pending),
                CASE(test_window_holds_calls_back),
                CASE(test_answers_for_a_turn_make_room),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
