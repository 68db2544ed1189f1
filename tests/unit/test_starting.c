/* SPDX-License-Identifier: MIT */
/*
 * Declared services in a virtual world: when they are started and told to end, and what becomes of starts that fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/declared.h"

#include "libdarqwire/rpc.h"
#include "pkernel/core/errand.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"

#include <string.h>

#include "kernel.darq.h"

static void test_a_start_that_fails_is_told_to_everybody_who_waits(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        send_text(f->client, f->source, DECLARED_PORT, 6, 0);
        roster_ended(&f->world.kernel, f->world.started, "/x: it can't be executed");
        world_flush(&f->world);
        for (uint64_t number = 5; number < 7; number++) {
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
                assert_int_equal(f->arrival.header.call, number);
                assert_string_equal(detail(f), "/x: it can't be executed");
        }
        declared_finish(f);
}

static void test_an_exit_before_it_checked_in_is_a_failed_start(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        started(f);
        endpoint_close(f->instance);
        f->instance = NULL;
        world_flush(&f->world);
        assert_int_equal(told(f), -1);
        ended(f, "it ended with exit status 3");
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "it ended with exit status 3");
        declared_finish(f);
}

static void test_a_connection_that_ends_before_it_checked_in_is_a_failed_start(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        started(f);
        ended(f, "it ended with exit status 3");
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        call(f, 6);
        started(f);
        endpoint_close(f->instance);
        f->instance = NULL;
        world_flush(&f->world);
        world_advance(&f->world, 5100);
        ended(f, "it was ended by SIGTERM");
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "its connection ended before it checked in");
        declared_finish(f);
}

static void test_one_that_does_not_check_in_is_killed_in_time(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        started(f);
        world_advance(&f->world, 900);
        assert_int_equal(told(f), -1);
        world_advance(&f->world, 200);
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "it did not check in within 1000 ms");
        assert_int_equal(f->world.kills, 1);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), DARQ_KERNEL_ERROR_IN_USE);
        ended(f, "it was ended by SIGKILL");
        assert_string_equal(f->service->failure, "it did not check in within 1000 ms");
        declared_finish(f);
}

static void test_the_time_that_the_p_kernel_stood_still_is_not_the_services(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        started(f);
        world_stand_still(&f->world, 60000);
        assert_int_equal(told(f), -1);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), 0);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        world_stand_still(&f->world, 60000);
        assert_int_equal(f->world.kills, 0);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.kills, 1);
        ended(f, "it was ended by SIGKILL");
        declared_finish(f);
}

/* Three starts in ten seconds are granted; from then on it is refused at once, for longer and longer. */
static void test_a_crash_loop_backs_off_and_ends(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        uint64_t number = 5;

        (void)state;
        for (unsigned int i = 0; i < 3; i++) {
                call(f, number++);
                assert_int_equal(f->world.starts, i + 1);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        for (uint64_t delay_ms = 100; delay_ms < 100000; delay_ms *= 2) {
                uint64_t real_ms = delay_ms < 30000 ? delay_ms : 30000;
                unsigned int before = f->world.starts;

                call(f, number++);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
                assert_string_equal(detail(f), "broken");
                assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_BACKING_OFF);
                world_advance(&f->world, real_ms - 20);
                call(f, number++);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
                assert_int_equal(f->world.starts, before);
                world_advance(&f->world, 40);
                call(f, number++);
                assert_int_equal(f->world.starts, before + 1);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        world_advance(&f->world, 30020);
        call(f, number++);
        checked_in(f); /* mended */
        answer(f);
        assert_int_equal(told(f), 0);
        world_advance(&f->world, 20000);
        ended(f, "it ended with exit status 0");
        for (unsigned int i = 0; i < 3; i++) {
                unsigned int before = f->world.starts;

                call(f, number++);
                assert_int_equal(f->world.starts, before + 1);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        declared_finish(f);
}

static void test_start_ends_a_back_off(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        for (uint64_t number = 5; number < 9; number++) {
                call(f, number);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_BACKING_OFF);
        assert_int_equal(ask_name(f->client, f->source, START, "text"), 0);
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_STARTING);
        checked_in(f);
        declared_finish(f);
}

static void
test_one_that_was_stopped_is_started_by_the_next_message_whatever_was_before(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        for (uint64_t number = 5; number < 9; number++) {
                call(f, number);
                roster_ended(&f->world.kernel, f->world.started, "broken");
                world_flush(&f->world);
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        assert_int_equal(ask_name(f->client, f->source, START, "text"), 0);
        checked_in(f);
        call(f, 9);
        answer(f);
        assert_int_equal(told(f), 0);
        ended(f, "broken");
        world_advance(&f->world, 100);
        call(f, 10);
        call(f, 11);
        call(f, 12);
        roster_ended(&f->world.kernel, f->world.started, "broken");
        world_flush(&f->world);
        for (uint64_t number = 10; number < 13; number++)
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        world_advance(&f->world, 200);
        call(f, 13);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        ended(f, "it was ended by SIGTERM");
        world_advance(&f->world, 60000);
        call(f, 14);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
        declared_finish(f);
}

static void test_one_without_room_for_its_connection_is_a_failed_start(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        assert_false(roster_started(&f->world.kernel, f->world.started, 77, NULL));
        assert_int_equal(f->world.ends, 1);
        roster_ended(&f->world.kernel, f->world.started, "it was ended by SIGTERM");
        world_flush(&f->world);
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "the p-kernel had no room for its connection");
        declared_finish(f);
}

static void test_stop_asks_and_after_five_seconds_kills(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        assert_int_equal(f->world.ends, 0);
        first_call(f);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        assert_int_equal(f->world.ends, 1);
        assert_int_equal(f->world.kills, 0);
        world_advance(&f->world, 5100);
        assert_int_equal(f->world.kills, 1);
        ended(f, "it was ended by SIGKILL");
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_STOPPED);
        declared_finish(f);
}

static void test_a_second_stop_takes_none_of_its_five_seconds(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        first_call(f);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        world_advance(&f->world, 3000);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        assert_int_equal(f->world.ends, 1);
        assert_int_equal(f->world.kills, 0);
        world_advance(&f->world, 2100);
        assert_int_equal(f->world.kills, 1);
        ended(f, "it was ended by SIGKILL");
        declared_finish(f);
}

static void test_start_of_one_that_is_ending_is_for_when_it_has_ended(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        assert_int_equal(ask_name(f->client, f->source, START, "text"), 0);
        checked_in(f);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        assert_int_equal(ask_name(f->client, f->source, START, "text"), 0);
        assert_int_equal(f->world.starts, 1);
        ended(f, "it was ended by SIGTERM");
        assert_int_equal(f->world.starts, 2);
        checked_in(f);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        assert_int_equal(ask_name(f->client, f->source, START, "text"), 0);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        ended(f, "it was ended by SIGTERM");
        assert_int_equal(f->world.starts, 2);
        declared_finish(f);
}

static void test_at_start_runs_from_the_beginning_and_again(void **state)
{
        struct darq_starter_declaration always = declared_usual;
        struct declared *f;

        (void)state;
        always.activation = DARQ_STARTER_ACTIVATION_AT_START;
        f = declared_begin(&always);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0});
        assert_int_equal(f->world.starts, 1);
        checked_in(f);
        ended(f, "it ended with exit status 1");
        assert_int_equal(f->world.starts, 2);
        for (unsigned int i = 0; i < 2; i++) {
                checked_in(f);
                ended(f, "it ended with exit status 1");
        }
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_BACKING_OFF);
        world_advance(&f->world, 150);
        assert_int_equal(f->world.starts, 4);
        checked_in(f);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        ended(f, "it was ended by SIGTERM");
        assert_int_equal(f->world.starts, 4);
        declared_finish(f);
}

static void test_stop_ends_a_back_off(void **state)
{
        struct darq_starter_declaration always = declared_usual;
        struct declared *f;

        (void)state;
        always.activation = DARQ_STARTER_ACTIVATION_AT_START;
        f = declared_begin(&always);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0});
        for (unsigned int i = 0; i < 3; i++) {
                checked_in(f);
                ended(f, "it ended with exit status 1");
        }
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_BACKING_OFF);
        assert_int_equal(ask_name(f->client, f->source, STOP, "text"), 0);
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_STOPPED);
        world_advance(&f->world, 60000);
        assert_int_equal(f->world.starts, 3);
        first_call(f);
        declared_finish(f);
}

static void test_without_a_starter_starts_fail_with_the_reason(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        call(f, 5);
        roster_lost(&f->world.kernel, "the starter has gone");
        world_flush(&f->world);
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_string_equal(detail(f), "the starter has gone");
        f->world.kernel.no_starter = "the starter has gone";
        assert_int_equal(ask_name(f->client, f->source, START, "text"), DARQ_KERNEL_ERROR_FAILED);
        assert_int_equal(f->world.starts, 1);
        declared_finish(f);
}

static void test_without_a_starter_what_runs_cannot_be_stopped_for_that_reason(void **state)
{
        static const char reason[] = "the starter has gone";
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        first_call(f);
        roster_lost(&f->world.kernel, reason);
        f->world.kernel.no_starter = reason;
        question_send(f->client, f->source, STOP, "\x09\0\0\0\x05\0\0\0text", 13, NULL, 0);
        assert_int_equal(question_status(f->client, &f->arrival), DARQ_KERNEL_ERROR_FAILED);
        assert_memory_equal(f->arrival.body + DARQ_FRAME_MESSAGE_SIZE + DARQ_RPC_HEADER_SIZE + 4,
                            reason, sizeof reason);
        declared_finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_a_start_that_fails_is_told_to_everybody_who_waits),
                cmocka_unit_test(test_an_exit_before_it_checked_in_is_a_failed_start),
                cmocka_unit_test(
                        test_a_connection_that_ends_before_it_checked_in_is_a_failed_start),
                cmocka_unit_test(test_one_that_does_not_check_in_is_killed_in_time),
                cmocka_unit_test(test_the_time_that_the_p_kernel_stood_still_is_not_the_services),
                cmocka_unit_test(test_a_crash_loop_backs_off_and_ends),
                cmocka_unit_test(test_start_ends_a_back_off),
                cmocka_unit_test(
                        test_one_that_was_stopped_is_started_by_the_next_message_whatever_was_before),
                cmocka_unit_test(test_one_without_room_for_its_connection_is_a_failed_start),
                cmocka_unit_test(test_stop_asks_and_after_five_seconds_kills),
                cmocka_unit_test(test_a_second_stop_takes_none_of_its_five_seconds),
                cmocka_unit_test(test_start_of_one_that_is_ending_is_for_when_it_has_ended),
                cmocka_unit_test(test_at_start_runs_from_the_beginning_and_again),
                cmocka_unit_test(test_stop_ends_a_back_off),
                cmocka_unit_test(test_without_a_starter_starts_fail_with_the_reason),
                cmocka_unit_test(
                        test_without_a_starter_what_runs_cannot_be_stopped_for_that_reason),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
