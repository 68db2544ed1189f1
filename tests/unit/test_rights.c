/* SPDX-License-Identifier: MIT */
/*
 * Who may have a port, a name or a right, and when there is no more of them: gifts, names and ports of the p-kernel's core, in a
 * virtual world. Every case ends with all charges at zero: world_deinit() asserts it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/rpc.h"
#include "pkernel/core/name.h"
#include "pkernel/core/port.h"
#include "tests/simulation/question.h"

#include <darq/wire.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

enum { TARGET = 12000, STORAGE = 11001, FEW = 16, PORTS = 8, NO_SENDERS = 2 };

struct fixture {
        struct world world;
        struct endpoint *one;
        struct endpoint *two; /* another user's */
        uint64_t source;      /* random, of one */
        struct arrival arrival;
};

static struct fixture *begin(uint64_t objects)
{
        struct fixture *self = malloc(sizeof *self);
        struct limits limits;

        assert_non_null(self);
        limits_init(&limits);
        limits.objects = objects;
        world_init(&self->world, 42, &limits);
        self->one = world_greet(&self->world, "uid:0", true);
        self->two = world_greet(&self->world, "uid:1", false);
        self->source = endpoint_open(self->one, 0);
        assert_int_equal(endpoint_open(self->two, TARGET), TARGET);
        return self;
}

static struct fixture *begin_usual(void)
{
        return begin(1000);
}

static void finish(struct fixture *self)
{
        world_deinit(&self->world);
        free(self);
}

static void close_port(struct endpoint *from, uint64_t port)
{
        uint8_t frame[64];

        endpoint_send(from, frame, frame_close(frame, port));
}

/* All that its share allows; the last of them. */
static uint64_t open_all(struct endpoint *endpoint)
{
        uint64_t port, last = 0;

        while ((port = endpoint_open(endpoint, 0)) != 0)
                last = port;
        return last;
}

static void give(struct fixture *f, uint64_t port)
{
        send_letter(f->one, &(struct letter){.source = f->source,
                                             .destination = TARGET,
                                             .call = 99,
                                             .payload = "p",
                                             .size = 1,
                                             .extended = true,
                                             .ports = &port,
                                             .port_count = port != 0 ? 1 : 0,
                                             .flags = port != 0 ? 0 : DARQ_FRAME_GIVE_SOURCE});
}

static int release(struct fixture *f)
{
        uint8_t body[16];

        darq_store_u64(body, f->source);
        darq_store_u64(body + 8, 1);
        return ask(f->two, TARGET, RELEASE, body, sizeof body, 0);
}

static void give_and_release(struct fixture *f)
{
        give(f, f->source);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(release(f), 0);
}

static void watch_rights(struct fixture *f, uint64_t watcher)
{
        uint8_t body[12] = {0};

        darq_store_u64(body, f->source);
        assert_int_equal(ask(f->one, f->source, WATCH_SENDERS, body, sizeof body, watcher), 0);
}

/* The next thing that comes to one is the notice that nobody holds a right any more, after so many. */
static void assert_notice(struct fixture *f, uint64_t grants)
{
        const uint8_t *payload;
        struct darq_rpc_header header;

        assert_int_equal(outcome(f->one, &f->arrival), 0);
        payload = f->arrival.body + DARQ_FRAME_MESSAGE_SIZE;
        assert_int_equal(darq_frame_message_get(f->arrival.body).source, DARQ_PORT_KERNEL);
        assert_true(darq_rpc_header_get(payload, 16, &header));
        assert_int_equal(header.ordinal, NO_SENDERS);
        assert_int_equal(darq_load_u64(payload + 20), f->source);
        assert_int_equal(darq_load_u64(payload + 28), grants);
}

/* Gifts */

static void the_kernels_own_port_can_be_passed_on(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        give(f, DARQ_PORT_KERNEL);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(f->arrival.header.port_count, 1);
        finish(f);
}

static void what_its_receiver_has_no_room_for_is_not_given(void **state)
{
        struct fixture *f = begin(FEW);

        (void)state;
        open_all(f->two);
        give(f, f->source);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_QUOTA);
        give(f, 0);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_QUOTA);
        assert_int_equal(outcome(f->two, &f->arrival), -1);
        finish(f);
}

/* A right counts for its giver until it is there; a port that goes home is none. */
static void who_has_no_room_gives_nothing_but_ports_of_their_owners(void **state)
{
        struct fixture *f = begin(FEW);

        (void)state;
        open_all(f->one);
        give(f, f->source);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_QUOTA);
        give(f, TARGET);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        finish(f);
}

static void a_port_that_one_may_not_send_to_is_not_passed_on(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        give(f, endpoint_open(f->two, 0));
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_NOT_ALLOWED);
        give(f, UINT64_C(0x123456789));
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_NOT_ALLOWED);
        assert_int_equal(outcome(f->two, &f->arrival), -1);
        finish(f);
}

/* Names */

static enum name_result check_in(struct endpoint *endpoint, const char *name, size_t size)
{
        struct port *port = NULL;
        enum name_result result = name_check_in(endpoint->connection, name, size, &port);

        assert_true(result != NAME_FINE || port->owner == endpoint->connection);
        return result;
}

static void a_name_is_of_1_to_255_bytes_and_for_the_privileged(void **state)
{
        struct fixture *f = begin_usual();
        char name[256];

        (void)state;
        memset(name, 'n', sizeof name);
        assert_int_equal(check_in(f->one, "", 0), NAME_MISSPELT);
        assert_int_equal(check_in(f->one, name, 256), NAME_MISSPELT);
        assert_int_equal(check_in(f->one, name, 255), NAME_FINE);
        assert_int_equal(check_in(f->two, "one", 3), NAME_NOT_ALLOWED);
        finish(f);
}

/* As it would have to be in a manifest: with '@' nobody could connect to it, and others print it. */
static void a_name_is_spelt_as_in_a_manifest(void **state)
{
        static const char *const misspelt[] = {"a@b", "A",  "a b", "a\n", "a\x1b[2J",
                                               "a/b", ".a", "-a",  "_a",  "\xc3\xa4"};
        struct fixture *f = begin_usual();

        (void)state;
        for (size_t i = 0; i < sizeof misspelt / sizeof *misspelt; i++)
                assert_int_equal(check_in(f->one, misspelt[i], strlen(misspelt[i])), NAME_MISSPELT);
        assert_int_equal(check_in(f->one, "a\0b", 3), NAME_MISSPELT);
        assert_int_equal(check_in(f->one, "0a.b_c-d", 8), NAME_FINE);
        finish(f);
}

static void names_that_are_alike_are_told_apart(void **state)
{
        static const char *const names[] = {"echo", "eche", "ech", "echoo"};
        struct fixture *f = begin_usual();
        struct port *ports[4], *found;

        (void)state;
        for (size_t i = 0; i < 4; i++)
                assert_int_equal(
                        name_check_in(f->one->connection, names[i], strlen(names[i]), &ports[i]),
                        NAME_FINE);
        for (size_t i = 0; i < 4; i++) {
                assert_int_equal(name_find(f->two->connection, names[i], strlen(names[i]), &found),
                                 NAME_FINE);
                assert_ptr_equal(found, ports[i]);
                assert_string_equal(name_of(found), names[i]);
        }
        finish(f);
}

static void a_name_is_given_back_by_its_owner_only(void **state)
{
        struct fixture *f = begin_usual();
        struct endpoint *other = world_greet(&f->world, "uid:0", true);

        (void)state;
        assert_int_equal(check_in(f->one, "echo", 4), NAME_FINE);
        assert_int_equal(name_check_out(other->connection, "echo", 4), NAME_NOT_FOUND);
        assert_int_equal(name_check_out(f->one->connection, "ech", 3), NAME_NOT_FOUND);
        assert_int_equal(name_check_out(f->one->connection, "echo", 4), NAME_FINE);
        assert_int_equal(check_in(other, "echo", 4), NAME_FINE);
        finish(f);
}

/* Whoever holds the number that goes with a name may take the name too, and nobody else. */
static void a_name_goes_with_its_number(void **state)
{
        struct fixture *f = begin_usual();
        struct endpoint *other = world_greet(&f->world, "uid:0", true);

        (void)state;
        assert_int_equal(endpoint_open(f->one, STORAGE), STORAGE);
        assert_int_equal(check_in(other, "storage", 7), NAME_IN_USE);
        assert_int_equal(check_in(f->one, "storage", 7), NAME_FINE);
        finish(f);
}

static void a_name_and_its_port_need_room(void **state)
{
        struct fixture *f = begin(FEW);
        uint64_t last = open_all(f->one);

        (void)state;
        assert_int_equal(check_in(f->one, "echo", 4), NAME_QUOTA);
        close_port(f->one, last);
        assert_int_equal(check_in(f->one, "echo", 4), NAME_QUOTA);
        close_port(f->one, f->source);
        assert_int_equal(check_in(f->one, "echo", 4), NAME_FINE);
        finish(f);
}

/* Ports */

struct numbers {
        const uint64_t *next;
};

static void give_number(void *context, void *data, size_t size)
{
        struct numbers *self = context;

        assert_int_equal(size, sizeof *self->next);
        memcpy(data, self->next++, size);
}

static void a_port_is_never_small_taken_or_a_slot(void **state)
{
        struct fixture *f = begin_usual();
        struct kernel_environment usual = f->world.kernel.environment;
        const uint64_t drawn[] = {7, UINT32_MAX, f->source, f->source | DARQ_PORT_SLOT,
                                  DARQ_PORT_SLOT | UINT64_C(0x123456789)};
        struct numbers numbers = {drawn};
        struct port *port;

        (void)state;
        f->world.kernel.environment.random = give_number;
        f->world.kernel.environment.context = &numbers;
        assert_int_equal(port_open(f->one->connection, 0, &port), DARQ_FRAME_OPENED);
        f->world.kernel.environment = usual;
        assert_int_equal(port->number, UINT64_C(0x123456789));
        assert_ptr_equal(numbers.next, drawn + 5);
        finish(f);
}

static void only_2_to_32_bits_can_be_asked_for(void **state)
{
        static const uint64_t bad[] = {DARQ_PORT_KERNEL, UINT64_C(1) << 32, UINT64_MAX};
        struct fixture *f = begin_usual();
        struct port *port;

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                assert_int_equal(port_open(f->one->connection, bad[i], &port),
                                 DARQ_FRAME_BAD_NUMBER);
                assert_null(port);
        }
        assert_int_equal(port_open(f->one->connection, UINT32_MAX, &port), DARQ_FRAME_OPENED);
        assert_int_equal(port_open(f->two->connection, UINT32_MAX, &port), DARQ_FRAME_IN_USE);
        finish(f);
}

static void what_has_begun_reaches_a_port_that_was_closed(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        f->two->room = 10;
        send_text(f->one, f->source, TARGET, 1, 0);
        send_text(f->one, f->source, TARGET, 2, 0);
        close_port(f->two, TARGET);
        endpoint_take(f->two, SIZE_MAX);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        assert_int_equal(outcome(f->one, &f->arrival), DARQ_FRAME_NO_PORT);
        assert_int_equal(f->arrival.header.call, 2);
        assert_int_equal(outcome(f->one, &f->arrival), -1);
        finish(f);
}

/* Notices that nobody holds a right */

static void a_notice_that_waits_tells_the_last_count(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        watch_rights(f, f->source);
        f->one->room = 0;
        give_and_release(f);
        give_and_release(f);
        endpoint_take(f->one, SIZE_MAX);
        assert_notice(f, 2);
        assert_int_equal(outcome(f->one, &f->arrival), -1);
        finish(f);
}

static void rights_during_a_notice_are_told_of_in_another(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        watch_rights(f, f->source);
        f->one->room = 10;
        give_and_release(f);
        give_and_release(f);
        endpoint_take(f->one, SIZE_MAX);
        assert_notice(f, 1);
        assert_notice(f, 2);
        assert_int_equal(outcome(f->one, &f->arrival), -1);
        finish(f);
}

static void a_notice_that_has_begun_outlives_its_port(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        watch_rights(f, f->source);
        f->one->room = 10;
        give_and_release(f);
        close_port(f->one, f->source);
        endpoint_take(f->one, SIZE_MAX);
        assert_notice(f, 1);
        finish(f);
}

static void a_notice_that_has_begun_ends_with_its_owner(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        watch_rights(f, f->source);
        f->one->room = 10;
        give_and_release(f);
        give(f, f->source);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        endpoint_close(f->one);
        assert_int_equal(release(f), DARQ_KERNEL_ERROR_NOT_HELD);
        finish(f);
}

/* The owner's connection ends in the turn in which the last right goes. */
static void nobody_is_told_who_ends(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        watch_rights(f, f->source);
        give(f, f->source);
        assert_int_equal(outcome(f->two, &f->arrival), 0);
        connection_end(f->one->connection);
        connection_end(f->two->connection);
        port_right_dropped(port_find(&f->world.kernel, f->source), 0);
        world_flush(&f->world);
        finish(f);
}

static void a_watchers_number_in_other_hands_is_told_nothing(void **state)
{
        struct fixture *f = begin_usual();

        (void)state;
        assert_int_equal(endpoint_open(f->one, TARGET + 1), TARGET + 1);
        watch_rights(f, TARGET + 1);
        close_port(f->one, TARGET + 1);
        while (endpoint_next(f->one, &f->arrival))
                ;
        assert_int_equal(endpoint_open(f->two, TARGET + 1), TARGET + 1);
        give_and_release(f);
        assert_int_equal(outcome(f->one, &f->arrival), -1);
        assert_int_equal(outcome(f->two, &f->arrival), -1);
        finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_kernels_own_port_can_be_passed_on),
                cmocka_unit_test(what_its_receiver_has_no_room_for_is_not_given),
                cmocka_unit_test(who_has_no_room_gives_nothing_but_ports_of_their_owners),
                cmocka_unit_test(a_port_that_one_may_not_send_to_is_not_passed_on),
                cmocka_unit_test(a_name_is_of_1_to_255_bytes_and_for_the_privileged),
                cmocka_unit_test(a_name_is_spelt_as_in_a_manifest),
                cmocka_unit_test(names_that_are_alike_are_told_apart),
                cmocka_unit_test(a_name_is_given_back_by_its_owner_only),
                cmocka_unit_test(a_name_goes_with_its_number),
                cmocka_unit_test(a_name_and_its_port_need_room),
                cmocka_unit_test(a_port_is_never_small_taken_or_a_slot),
                cmocka_unit_test(only_2_to_32_bits_can_be_asked_for),
                cmocka_unit_test(what_has_begun_reaches_a_port_that_was_closed),
                cmocka_unit_test(a_notice_that_waits_tells_the_last_count),
                cmocka_unit_test(rights_during_a_notice_are_told_of_in_another),
                cmocka_unit_test(a_notice_that_has_begun_outlives_its_port),
                cmocka_unit_test(a_notice_that_has_begun_ends_with_its_owner),
                cmocka_unit_test(nobody_is_told_who_ends),
                cmocka_unit_test(a_watchers_number_in_other_hands_is_told_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
