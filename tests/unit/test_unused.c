/* SPDX-License-Identifier: MIT */
/*
 * Ports of ours that nobody holds any more: when the owner is told, whatever crosses what.
 */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "echo.darq.h"
#include "fake_kernel.h"
#include "kernel.darq.h"

enum { WATCHER = 0x7fff0001, PORT = 0x7fff0002 };

struct owner {
        struct fake_kernel *fake;
        struct echo echo;
        struct echo peer;
        uint64_t call; /* our last one */
        int told;
        bool closes;
};

static void on_unused(void *context, uint64_t port)
{
        struct owner *self = context;

        assert_int_equal(port, PORT);
        self->told++;
        if (self->closes)
                darq_proxy_close(&self->echo.proxy);
}

static int setup(void **state)
{
        static const struct echo_ops ops = {0};
        struct owner *self = calloc(1, sizeof *self);
        struct darq_session *session;

        self->fake = fake_open(0);
        session = self->fake->session;
        fake_opened(self->fake, 2, DARQ_FRAME_OPENED, PORT);
        assert_int_equal(echo_ops_serve(&ops, self, session, &self->echo), 0);
        fake_take(self->fake, DARQ_FRAME_OPEN_PORT);
        fake_opened(self->fake, 3, DARQ_FRAME_OPENED, WATCHER);
        assert_int_equal(darq_proxy_on_unused(&self->echo.proxy, on_unused, self), 0);
        fake_take(self->fake, DARQ_FRAME_OPEN_PORT);
        assert_int_equal(darq_proxy_at(&self->peer.proxy, session, FAKE_PEER), 0);
        *state = self;
        return 0;
}

static int teardown(void **state)
{
        struct owner *self = *state;

        fake_close(self->fake);
        free(self);
        return 0;
}

static void turn(struct owner *self)
{
        assert_int_equal(darq_session_poll(self->fake->session, 0), 0);
}

/* A message with the port goes out. */
static void offer(struct owner *self)
{
        assert_int_equal(echo_pass_async(&self->peer,
                                         &(struct echo_pass_request){.given = self->echo}, NULL,
                                         NULL, NULL),
                         0);
        assert_int_equal(fake_take(self->fake, DARQ_FRAME_MESSAGE_IN).header.port_count, 1);
        self->call++;
}

/* The library asks who holds it. */
static void expect_question(struct owner *self)
{
        struct fake_frame frame = fake_take(self->fake, DARQ_FRAME_MESSAGE_IN);

        assert_int_equal(frame.message.destination, DARQ_PORT_KERNEL);
        assert_int_equal(darq_load_u32(frame.payload + 8), 5);
        assert_int_equal(darq_load_u64(frame.payload + 20), PORT);
        self->call = frame.header.call;
}

static void pack_answer(struct darq_writer *writer, const void *value)
{
        const uint64_t *numbers = value;
        size_t list = darq_put_begin(writer);

        for (int i = 0; i < 2; i++) {
                darq_put_bool(writer, true);
                darq_put_u64(writer, numbers[i]);
        }
        darq_put_end(writer, list);
}

static void answer(struct owner *self, uint64_t rights, uint64_t grants)
{
        fake_reply(self->fake, self->call,
                   fake_payload(self->fake, darq_kernel_interface.id, 5, 0, pack_answer,
                                (const uint64_t[]){rights, grants}));
}

static void pack_notice(struct darq_writer *writer, const void *value)
{
        const uint64_t *grants = value;
        size_t list = darq_put_begin(writer);

        darq_put_u64(writer, PORT);
        darq_put_u64(writer, *grants);
        darq_put_end(writer, list);
}

static void notice(struct owner *self, uint64_t grants)
{
        const struct fake_message message = {.source = DARQ_PORT_KERNEL, .destination = WATCHER};
        struct darq_bytes payload = fake_payload(self->fake, darq_kernel_watcher_interface.id, 2, 0,
                                                 pack_notice, &grants);

        fake_message(self->fake, &message, payload.data, payload.size);
}

static void test_a_port_that_was_never_sent_is_not_unused(void **state)
{
        struct owner *self = *state;

        turn(self);
        turn(self);
        fake_expect_silence(self->fake);
        assert_int_equal(self->told, 0);
}

static void test_told_when_the_last_right_has_gone(void **state)
{
        struct owner *self = *state;

        offer(self);
        turn(self);
        expect_question(self);
        answer(self, 1, 1);
        turn(self);
        assert_int_equal(self->told, 0);
        notice(self, 1);
        turn(self);
        expect_question(self);
        answer(self, 0, 1);
        notice(self, 1);
        turn(self);
        turn(self);
        assert_int_equal(self->told, 1);
        fake_expect_silence(self->fake);
}

static void test_told_when_no_right_ever_came_to_be(void **state)
{
        struct owner *self = *state;

        offer(self);
        turn(self);
        expect_question(self);
        answer(self, 0, 0);
        turn(self);
        assert_int_equal(self->told, 1);
        turn(self);
        fake_expect_silence(self->fake);
}

static void test_a_notice_that_crosses_a_gift_is_not_believed(void **state)
{
        struct owner *self = *state;

        offer(self);
        turn(self);
        expect_question(self);
        answer(self, 1, 1);
        turn(self);
        notice(self, 1);
        offer(self);
        turn(self);
        expect_question(self);
        answer(self, 1, 2);
        turn(self);
        assert_int_equal(self->told, 0);
        fake_expect_silence(self->fake);
        notice(self, 2);
        turn(self);
        expect_question(self);
        answer(self, 0, 2);
        turn(self);
        assert_int_equal(self->told, 1);
}

static void test_an_answer_that_crosses_a_gift_is_not_believed(void **state)
{
        struct owner *self = *state;

        offer(self);
        turn(self);
        expect_question(self);
        answer(self, 0, 1);
        offer(self);
        self->call--;
        turn(self);
        assert_int_equal(self->told, 0);
        expect_question(self);
        answer(self, 1, 2);
        turn(self);
        assert_int_equal(self->told, 0);
}

static void test_a_notice_during_a_question_asks_again(void **state)
{
        struct owner *self = *state;

        offer(self);
        turn(self);
        expect_question(self);
        notice(self, 1);
        turn(self);
        fake_expect_silence(self->fake);
        answer(self, 1, 1);
        turn(self);
        expect_question(self);
        answer(self, 0, 1);
        turn(self);
        assert_int_equal(self->told, 1);
}

static void test_the_owner_may_close_it(void **state)
{
        struct owner *self = *state;

        self->closes = true;
        offer(self);
        turn(self);
        expect_question(self);
        answer(self, 0, 1);
        notice(self, 1);
        turn(self);
        assert_int_equal(self->told, 1);
        fake_take(self->fake, DARQ_FRAME_CLOSE_PORT);
        turn(self);
        fake_expect_silence(self->fake);
}

static void test_a_port_that_is_closed_meanwhile_is_asked_for_no_more(void **state)
{
        struct owner *self = *state;

        offer(self);
        turn(self);
        expect_question(self);
        darq_proxy_close(&self->echo.proxy);
        answer(self, 0, 1);
        notice(self, 1);
        turn(self);
        assert_int_equal(self->told, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_a_port_that_was_never_sent_is_not_unused),
                CASE(test_told_when_the_last_right_has_gone),
                CASE(test_told_when_no_right_ever_came_to_be),
                CASE(test_a_notice_that_crosses_a_gift_is_not_believed),
                CASE(test_an_answer_that_crosses_a_gift_is_not_believed),
                CASE(test_a_notice_during_a_question_asks_again),
                CASE(test_the_owner_may_close_it),
                CASE(test_a_port_that_is_closed_meanwhile_is_asked_for_no_more),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
