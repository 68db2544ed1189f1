/* SPDX-License-Identifier: MIT */
/*
 * Declared services in a virtual world: whom a manifest lets serve and use them, and how manifests come and go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/declared.h"

#include "libdarqwire/rpc.h"
#include "pkernel/core/errand.h"
#include "pkernel/core/port.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"

#include <darq/wire.h>
#include <stdio.h>
#include <string.h>

#include "kernel.darq.h"

static void test_imposters_get_nothing(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct endpoint *imposter = world_greet(&f->world, "uid:0", true);
        uint64_t source = endpoint_open(imposter, 0);
        uint64_t slot;

        (void)state;
        assert_int_equal(endpoint_open(imposter, DECLARED_PORT), 0);
        assert_int_equal(ask_name(imposter, source, CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        call(f, 5);
        assert_int_equal(ask_name(imposter, source, CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        checked_in(f);
        assert_int_equal(ask_name(imposter, source, CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(imposter, source, CHECK_OUT, "text"),
                         DARQ_KERNEL_ERROR_NOT_FOUND);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        slot = darq_frame_message_get(f->arrival.body).source;
        send_text(imposter, 0, slot, 0, 0);
        assert_int_equal(told(f), -1);
        ended(f, "it was ended by SIGKILL");
        assert_int_equal(told(f), DARQ_FRAME_PEER_DIED);
        assert_int_equal(endpoint_open(imposter, DECLARED_PORT), 0);
        assert_int_equal(ask_name(imposter, source, CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        declared_finish(f);
}

static void test_a_second_process_with_the_same_principal_is_an_imposter_too(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct endpoint *other;

        (void)state;
        call(f, 5);
        checked_in(f);
        other = world_greet(&f->world, "service:text", false);
        assert_int_equal(ask_name(other, endpoint_open(other, 0), CHECK_IN, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_false(roster_started(&f->world.kernel, f->world.started + 1, 78, other->connection));
        declared_finish(f);
}

static void test_never_is_for_the_declared_user(void **state)
{
        struct darq_starter_declaration never = declared_usual;
        struct endpoint *wrong;
        struct declared *f;

        (void)state;
        never.activation = DARQ_STARTER_ACTIVATION_NEVER;
        f = declared_begin(&never);
        call(f, 5);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(ask_name(f->client, f->source, START, "text"), DARQ_KERNEL_ERROR_FAILED);
        wrong = world_greet(&f->world, "uid:8", false);
        assert_int_equal(endpoint_open(wrong, DECLARED_PORT), 0);
        f->instance = world_greet(&f->world, "uid:7", false);
        assert_int_equal(endpoint_open(f->instance, DECLARED_PORT), DECLARED_PORT);
        assert_int_equal(endpoint_open(world_greet(&f->world, "uid:7", false), DECLARED_PORT), 0);
        call(f, 6);
        answer(f);
        assert_int_equal(told(f), 0);
        call(f, 7);
        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        endpoint_take(f->instance, 0);
        call(f, 8);
        endpoint_close(f->instance);
        world_flush(&f->world);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(f->arrival.header.call, 8);
        assert_int_equal(told(f), DARQ_FRAME_PEER_DIED);
        f->instance = world_greet(&f->world, "uid:7", false);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), 0);
        call(f, 9);
        answer(f);
        assert_int_equal(told(f), 0);
        assert_int_equal(f->world.starts, 0);
        declared_finish(f);
}

static void test_allow_governs_connect_resolve_and_sending(void **state)
{
        static const struct darq_string types[] = {DARQ_STR_INIT("text.plain")};
        static const struct darq_string allow[] = {DARQ_STR_INIT(""), DARQ_STR_INIT("uid:5"),
                                                   DARQ_STR_INIT("service:edit*")};
        struct darq_starter_declaration declaration = declared_usual;
        struct declared *f;

        (void)state;
        declaration.allow.data = allow;
        declaration.allow.count = 3;
        declaration.types.data = types;
        declaration.types.count = 1;
        f = declared_begin(&declaration);
        call(f, 5);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(ask_name(f->client, f->source, CONNECT, "text"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain::readme"),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(f->world.starts, 0);
        f->client = world_greet(&f->world, "service:editor", false);
        f->source = endpoint_open(f->client, 0);
        assert_int_equal(ask_name(f->client, f->source, CONNECT, "text"), 0);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain::readme"), 0);
        call(f, 5);
        assert_int_equal(f->world.starts, 1);
        declared_finish(f);
}

static void test_objects_are_resolved_by_type_and_location(void **state)
{
        static const struct darq_string types[] = {DARQ_STR_INIT("text.plain"),
                                                   DARQ_STR_INIT("text.markdown")};
        struct darq_starter_declaration declaration = declared_usual;
        struct declared *f;

        (void)state;
        declaration.types.data = types;
        declaration.types.count = 2;
        f = declared_begin(&declaration);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain::a:b"), 0);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.markdown:kitchen:x"), 0);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain:cellar:x"),
                         DARQ_KERNEL_ERROR_NO_LOCATION);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text::x"),
                         DARQ_KERNEL_ERROR_NOT_FOUND);
        assert_int_equal(ask_name(f->client, f->source, RESOLVE, "text.plain"),
                         DARQ_KERNEL_ERROR_BAD_OBJECT);
        declared_finish(f);
}

static void test_a_manifest_that_goes_takes_the_service_with_it(void **state)
{
        struct darq_starter_declaration other = declared_usual;
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        other.name = DARQ_STR("other");
        other.port = DECLARED_PORT + 1;
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0});
        assert_null(roster_declare(&f->world.kernel, &other));
        call(f, 5);
        checked_in(f);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0});
        answer(f);
        assert_int_equal(told(f), 0);
        assert_non_null(roster_find(&f->world.kernel, "text", 4)); /* while it runs */
        ended(f, "it ended with exit status 0");
        assert_null(roster_find(&f->world.kernel, "text", 4));
        assert_non_null(roster_find(&f->world.kernel, "other", 5));
        call(f, 6);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        declared_finish(f);
}

static void test_a_port_that_is_taken_can_not_be_declared(void **state)
{
        struct darq_starter_declaration other = declared_usual;
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        assert_int_equal(endpoint_open(f->client, 15001), 15001);
        other.name = DARQ_STR("other");
        other.port = 15001;
        assert_non_null(roster_declare(&f->world.kernel, &other));
        other.name = declared_usual.name;
        assert_non_null(roster_declare(&f->world.kernel, &other));
        assert_int_equal(f->service->declaration.port, DECLARED_PORT);
        declared_finish(f);
}

/* Its manifest names another port, or says Activate=never: what is served goes on, and what isn't is changed at once. */
static void test_its_port_changes_while_it_does_not_run(void **state)
{
        struct darq_starter_declaration other = declared_usual;
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        other.port = DECLARED_PORT + 1;
        call(f, 5);
        checked_in(f);
        assert_non_null(roster_declare(&f->world.kernel, &other));
        assert_int_equal(errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0}), 1);
        answer(f);
        assert_int_equal(told(f), 0);
        ended(f, "it ended with exit status 0");
        call(f, 6);
        assert_int_equal(f->world.starts, 2); /* as it was declared */
        ended(f, "it ended with exit status 0");
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_null(roster_declare(&f->world.kernel, &other));
        assert_int_equal(errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0}), 1);
        call(f, 7);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_int_equal(f->service->port->number, DECLARED_PORT + 1);
        send_text(f->client, f->source, DECLARED_PORT + 1, 8, DARQ_FRAME_REQUEST);
        assert_int_equal(f->world.starts, 3);
        declared_finish(f);
}

static void test_whether_it_is_started_changes_while_it_does_not_run(void **state)
{
        struct darq_starter_declaration never = declared_usual;
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        never.activation = DARQ_STARTER_ACTIVATION_NEVER;
        for (uint64_t number = 1; number <= 3; number++) {
                call(f, number);
                ended(f, "broken");
                assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        }
        call(f, 4); /* once too often: it backs off */
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        assert_int_equal(f->service->state, DARQ_KERNEL_SERVICE_STATE_BACKING_OFF);
        assert_null(roster_declare(&f->world.kernel, &never));
        call(f, 5);
        assert_int_equal(told(f), DARQ_FRAME_NO_PORT);
        assert_null(roster_declare(&f->world.kernel, &declared_usual));
        call(f, 6);
        assert_int_equal(told(f), DARQ_FRAME_ACTIVATION_FAILED);
        declared_finish(f);
}

static void test_register_and_reload_wait_for_the_starter(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        const struct darq_starter_registered bad = {
                .failure = DARQ_STR_INIT("line 2: no"), .has_bad = true, .bad = true};
        struct darq_rpc_header header;

        (void)state;
        assert_int_equal(ask_name(f->client, f->source, REGISTER, "[Service]"), -1000);
        assert_int_equal(f->world.stores, 1);
        errand_registered(&f->world.kernel, &bad);
        world_flush(&f->world);
        assert_int_equal(told(f), 0);
        assert_true(darq_rpc_header_get(f->arrival.body + DARQ_FRAME_MESSAGE_SIZE, 16, &header));
        assert_int_equal(header.status, DARQ_KERNEL_ERROR_BAD_MANIFEST);
        assert_int_equal(ask(f->client, f->source, RELOAD, "", 0, 0), -1000);
        assert_int_equal(f->world.reloads, 1);
        errands_fail(&f->world.kernel, "gone");
        world_flush(&f->world);
        assert_int_equal(told(f), 0);
        assert_int_equal(ask(f->client, f->source, RELOAD, "", 0, 0), -1000);
        endpoint_close(f->client);
        world_flush(&f->world);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0});
        declared_finish(f);
}

static int status_of_answer(struct declared *f)
{
        world_flush(&f->world);
        return question_status(f->client, &f->arrival);
}

static void test_each_registration_gets_its_own_answer(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        const struct darq_starter_registered fine = {.name = DARQ_STR_INIT("text")};
        const struct darq_starter_registered failed = {
                .name = DARQ_STR_INIT("text"), .failure = DARQ_STR_INIT("the disk is full")};

        (void)state;
        assert_int_equal(ask_name(f->client, f->source, REGISTER, "[Service]"), NO_ANSWER);
        assert_int_equal(ask(f->client, f->source, RELOAD, "", 0, 0), NO_ANSWER);
        assert_int_equal(ask_name(f->client, f->source, REGISTER, "[Service]"), NO_ANSWER);
        errand_registered(&f->world.kernel, &fine);
        assert_int_equal(status_of_answer(f), 0);
        errand_registered(&f->world.kernel, &failed);
        assert_int_equal(status_of_answer(f), DARQ_KERNEL_ERROR_FAILED);
        errand_registered(&f->world.kernel, &failed); /* that nobody asked for */
        assert_int_equal(status_of_answer(f), NO_ANSWER);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0});
        assert_int_equal(status_of_answer(f), 0);
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0});
        assert_int_equal(status_of_answer(f), NO_ANSWER);
        declared_finish(f);
}

static void test_whoever_waits_for_a_starter_that_goes_is_told(void **state)
{
        struct declared *f = declared_begin(&declared_usual);

        (void)state;
        assert_true(errand_reload(&f->world.kernel, NULL)); /* SIGHUP: nobody waits */
        assert_int_equal(ask_name(f->client, f->source, REGISTER, "[Service]"), NO_ANSWER);
        errands_fail(&f->world.kernel, "gone");
        assert_int_equal(status_of_answer(f), DARQ_KERNEL_ERROR_FAILED);
        assert_int_equal(status_of_answer(f), NO_ANSWER);
        assert_true(errand_reload(&f->world.kernel, NULL));
        errand_loaded(&f->world.kernel, &(struct darq_starter_loaded){0});
        declared_finish(f);
}

static void test_so_many_errands_and_no_more(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        int count = 0;

        (void)state;
        while (errand_reload(&f->world.kernel, NULL))
                count++;
        assert_int_equal(count, ERRANDS_MAX);
        assert_true(ask(f->client, f->source, RELOAD, "", 0, 0) > 0);
        assert_true(ask_name(f->client, f->source, REGISTER, "[Service]") > 0);
        errands_fail(&f->world.kernel, "gone");
        declared_finish(f);
}

static void test_only_the_privileged_change_services(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct endpoint *other = world_greet(&f->world, "uid:9", false);
        uint64_t source = endpoint_open(other, 0);

        (void)state;
        assert_int_equal(ask_name(other, source, REGISTER, "x"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask(other, source, RELOAD, "", 0, 0), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(other, source, START, "text"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_name(other, source, STOP, "text"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(f->world.stores + f->world.reloads + f->world.starts, 0);
        declared_finish(f);
}

static void test_a_list_that_is_but_a_part_takes_nothing_away(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct kernel *kernel = &f->world.kernel;

        (void)state;
        roster_listed(kernel, false);
        roster_listed(kernel, true);
        assert_non_null(roster_find(kernel, "text", 4));
        call(f, 5);
        assert_int_equal(f->world.starts, 1);
        checked_in(f);
        roster_listed(kernel, true);
        answer(f);
        assert_int_equal(told(f), 0);
        declared_finish(f);
}

/* The instance's end and the starter's word of it fall into one turn; the next frame is somebody else's. */
static void test_many_that_wait_for_one_that_goes_with_its_manifest_are_answered(void **state)
{
        struct declared *f = declared_begin(&declared_usual);
        struct kernel *kernel = &f->world.kernel;
        struct endpoint *other = world_greet(&f->world, "uid:0", true);
        uint64_t source = endpoint_open(other, 0);
        uint8_t frame[64];

        (void)state;
        call(f, 5);
        checked_in(f);
        endpoint_take(f->instance, 0);
        for (uint64_t number = 6; number < 66; number++) {
                call(f, number);
                send_text(other, source, DECLARED_PORT, number, DARQ_FRAME_REQUEST);
        }
        roster_listed(kernel, false);
        roster_listed(kernel, false);
        roster_ended(kernel, f->world.started, "it has gone");
        endpoint_close(f->instance);
        f->instance = NULL;
        endpoint_put(f->client, frame, frame_open(frame, 0));
        world_flush(&f->world);
        assert_null(roster_find(kernel, "text", 4));
        for (uint64_t number = 6; number < 66; number++) {
                assert_int_equal(outcome(f->client, &f->arrival), DARQ_FRAME_NO_PORT);
                assert_int_equal(outcome(other, &f->arrival), DARQ_FRAME_NO_PORT);
        }
        assert_int_equal(outcome(f->client, &f->arrival), DARQ_FRAME_PEER_DIED);
        declared_finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_imposters_get_nothing),
                cmocka_unit_test(test_a_second_process_with_the_same_principal_is_an_imposter_too),
                cmocka_unit_test(test_never_is_for_the_declared_user),
                cmocka_unit_test(test_allow_governs_connect_resolve_and_sending),
                cmocka_unit_test(test_objects_are_resolved_by_type_and_location),
                cmocka_unit_test(test_a_manifest_that_goes_takes_the_service_with_it),
                cmocka_unit_test(test_a_list_that_is_but_a_part_takes_nothing_away),
                cmocka_unit_test(test_a_port_that_is_taken_can_not_be_declared),
                cmocka_unit_test(test_its_port_changes_while_it_does_not_run),
                cmocka_unit_test(test_whether_it_is_started_changes_while_it_does_not_run),
                cmocka_unit_test(test_register_and_reload_wait_for_the_starter),
                cmocka_unit_test(test_each_registration_gets_its_own_answer),
                cmocka_unit_test(test_whoever_waits_for_a_starter_that_goes_is_told),
                cmocka_unit_test(test_so_many_errands_and_no_more),
                cmocka_unit_test(test_only_the_privileged_change_services),
                cmocka_unit_test(
                        test_many_that_wait_for_one_that_goes_with_its_manifest_are_answered),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
