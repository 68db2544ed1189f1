/* SPDX-License-Identifier: MIT */
/*
 * Ports of others that end: who is told, and who isn't any more.
 */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "echo.darq.h"
#include "fake_kernel.h"
#include "kernel.darq.h"

enum { WATCHER = 0x7fff0001, SERVED = 0x7fff0002 };

struct watch {
        struct fake_kernel *fake;
        struct echo echo;
        int told[2];
        uint64_t call;
        bool takes_back; /* in the callback of a call */
        bool closes;
};

static void on_first(void *context, uint64_t port)
{
        struct watch *self = context;

        assert_int_equal(port, FAKE_PEER);
        self->told[0]++;
}

static void on_second(void *context, uint64_t port)
{
        struct watch *self = context;

        assert_int_equal(port, FAKE_PEER);
        self->told[1]++;
}

static void pack_nothing(struct darq_writer *writer, const void *value)
{
        (void)value;
        darq_put_end(writer, darq_put_begin(writer));
}

/* The port for notices is made when the first one is asked for, whatever it is about. */
static void watcher_make(struct watch *self)
{
        static const struct echo_ops ops = {0};
        struct echo served;

        fake_opened(self->fake, 2, DARQ_FRAME_OPENED, SERVED);
        assert_int_equal(echo_ops_serve(&ops, self, self->fake->session, &served), 0);
        fake_opened(self->fake, 3, DARQ_FRAME_OPENED, WATCHER);
        assert_int_equal(darq_proxy_on_unused(&served.proxy, on_first, self), 0);
        fake_take(self->fake, DARQ_FRAME_OPEN_PORT);
        fake_take(self->fake, DARQ_FRAME_OPEN_PORT);
}

static int setup(void **state)
{
        struct watch *self = calloc(1, sizeof *self);

        self->fake = fake_open(0);
        watcher_make(self);
        assert_int_equal(darq_proxy_at(&self->echo.proxy, self->fake->session, FAKE_PEER), 0);
        fake_reply(self->fake, ++self->call,
                   fake_payload(self->fake, darq_kernel_interface.id, 3, 0, pack_nothing, NULL));
        assert_int_equal(darq_proxy_on_death(&self->echo.proxy, on_first, self), 0);
        fake_take(self->fake, DARQ_FRAME_MESSAGE_IN);
        assert_int_equal(darq_proxy_on_death(&self->echo.proxy, on_second, self), 0);
        fake_expect_silence(self->fake);
        *state = self;
        return 0;
}

static int teardown(void **state)
{
        struct watch *self = *state;

        fake_close(self->fake);
        free(self);
        return 0;
}

static void turn(struct watch *self)
{
        assert_int_equal(darq_session_poll(self->fake->session, 0), 0);
}

static void pack_ended(struct darq_writer *writer, const void *value)
{
        size_t list = darq_put_begin(writer);

        (void)value;
        darq_put_u64(writer, FAKE_PEER);
        darq_put_end(writer, list);
}

static void port_ends(struct watch *self)
{
        const struct fake_message message = {.source = DARQ_PORT_KERNEL, .destination = WATCHER};
        struct darq_bytes payload =
                fake_payload(self->fake, darq_kernel_watcher_interface.id, 1, 0, pack_ended, NULL);

        fake_message(self->fake, &message, payload.data, payload.size);
}

static void test_each_is_told_once(void **state)
{
        struct watch *self = *state;

        port_ends(self);
        turn(self);
        assert_int_equal(self->told[0], 1);
        assert_int_equal(self->told[1], 1);
        port_ends(self);
        turn(self);
        assert_int_equal(self->told[0], 1);
}

static void test_one_takes_it_back(void **state)
{
        struct watch *self = *state;

        darq_proxy_off_death(&self->echo.proxy, on_first, self);
        darq_proxy_off_death(&self->echo.proxy, on_first, self);
        darq_proxy_off_death(&self->echo.proxy, on_second, NULL);
        port_ends(self);
        turn(self);
        assert_int_equal(self->told[0], 0);
        assert_int_equal(self->told[1], 1);
}

static void test_the_last_holder_takes_all_back(void **state)
{
        struct watch *self = *state;
        struct darq_proxy second = self->echo.proxy;

        darq_proxy_keep(&second);
        darq_proxy_close(&second);
        darq_proxy_close(&self->echo.proxy);
        port_ends(self);
        turn(self);
        assert_int_equal(self->told[0] + self->told[1], 0);
}

/* Runs between the notice and the callbacks that it makes due. */
static void on_answer(void *context, int result, const struct echo_say_reply *reply)
{
        struct watch *self = context;

        (void)reply;
        assert_int_equal(result, DARQ_E_NO_PORT);
        if (self->takes_back)
                darq_proxy_off_death(&self->echo.proxy, on_first, self);
        if (self->closes)
                darq_proxy_close(&self->echo.proxy);
}

static void end_behind_a_call(struct watch *self)
{
        assert_int_equal(echo_say_async(&self->echo,
                                        &(struct echo_say_request){.text = DARQ_STR("hi")},
                                        on_answer, self, NULL),
                         0);
        port_ends(self);
        fake_undeliverable(self->fake, ++self->call, FAKE_PEER, DARQ_FRAME_NO_PORT, "");
        turn(self);
}

static void test_what_is_due_is_taken_back(void **state)
{
        struct watch *self = *state;

        self->takes_back = true;
        end_behind_a_call(self);
        assert_int_equal(self->told[0], 0);
        assert_int_equal(self->told[1], 1);
}

static void test_what_is_due_goes_with_the_last_holder(void **state)
{
        struct watch *self = *state;

        self->closes = true;
        end_behind_a_call(self);
        assert_int_equal(self->told[0] + self->told[1], 0);
}

static void test_a_lost_link_is_an_end(void **state)
{
        struct watch *self = *state;

        darq_proxy_off_death(&self->echo.proxy, on_second, self);
        fake_hang_up(self->fake);
        assert_int_equal(darq_session_poll(self->fake->session, 0), DARQ_E_LINK_LOST);
        assert_int_equal(self->told[0], 1);
        assert_int_equal(self->told[1], 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(test_each_is_told_once),
                CASE(test_one_takes_it_back),
                CASE(test_the_last_holder_takes_all_back),
                CASE(test_what_is_due_is_taken_back),
                CASE(test_what_is_due_goes_with_the_last_holder),
                CASE(test_a_lost_link_is_an_end),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
