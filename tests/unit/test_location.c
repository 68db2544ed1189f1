/* SPDX-License-Identifier: MIT */
/*
 * Other locations in a virtual world: who may stand for one, what it is asked for, what becomes of who asked, and what a
 * location may reach here. Every case ends with all charges at zero: world_deinit() asserts it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/rpc.h"
#include "pkernel/core/roster.h"
#include "tests/simulation/question.h"

#include <darq/wire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

enum { PORT_OPEN = 12000, PORT_OF_TEXT = 15000 };

struct fixture {
        struct world world;
        struct endpoint *client;
        struct endpoint *link;
        uint64_t client_port;
        uint64_t link_port;
        uint64_t given; /* the last reply's port; 0: none */
        struct arrival arrival;
};

static const struct darq_method *method_of(uint32_t ordinal)
{
        for (size_t i = 0; i < darq_kernel_interface.method_count; i++)
                if (darq_kernel_interface.methods[i].ordinal == ordinal)
                        return &darq_kernel_interface.methods[i];
        fail();
        return NULL;
}

static void request_send(struct endpoint *from, uint64_t source, uint32_t ordinal,
                         const void *request)
{
        struct darq_writer writer;

        darq_writer_init(&writer, NULL, 0);
        method_of(ordinal)->pack_request(&writer, request);
        assert_int_equal(writer.error, 0);
        question_send(from, source, ordinal, writer.data, writer.size, writer.ports,
                      writer.port_count);
        darq_writer_deinit(&writer);
}

/* The status of the next reply; its one port is f->given. */
static int status(struct fixture *f, struct endpoint *at)
{
        int result = question_status(at, &f->arrival);
        struct darq_frame_message body;

        f->given = 0;
        if (result == NO_ANSWER)
                return result;
        body = darq_frame_message_get(f->arrival.body);
        if (f->arrival.header.port_count == 1)
                f->given = darq_frame_u64_get(
                        f->arrival.frame +
                        darq_frame_ports_offset(f->arrival.header.header_size +
                                                DARQ_FRAME_MESSAGE_SIZE + body.payload_size));
        return result;
}

static int ask_status(struct fixture *f, struct endpoint *from, uint64_t source, uint32_t ordinal,
                      const void *request)
{
        request_send(from, source, ordinal, request);
        return status(f, from);
}

static int stand(struct fixture *f, struct endpoint *from, const char *name)
{
        struct darq_kernel_stand_for_request request = {.location = darq_string_of(name)};

        return ask_status(f, from, endpoint_open(from, 0), STAND_FOR, &request);
}

static void connect_ask(struct endpoint *from, uint64_t source, const char *name)
{
        request_send(from, source, CONNECT,
                     &(struct darq_kernel_connect_request){.name = darq_string_of(name)});
}

/* What the link is told: the ticket. */
static uint64_t told(struct fixture *f, const char *name, const char *object)
{
        struct darq_arena *arena = darq_arena_new(65536);
        const struct darq_kernel_wanted_reply *reply;
        struct darq_frame_message body;
        struct darq_reader reader;
        uint64_t ticket;

        assert_int_equal(status(f, f->link), 0);
        body = darq_frame_message_get(f->arrival.body);
        darq_reader_init(&reader, f->arrival.body + DARQ_FRAME_MESSAGE_SIZE + DARQ_RPC_HEADER_SIZE,
                         body.payload_size - DARQ_RPC_HEADER_SIZE, arena);
        reply = method_of(WANTED)->unpack_reply(&reader);
        assert_int_equal(darq_reader_finish(&reader), 0);
        assert_string_equal(reply->name.data, name);
        assert_string_equal(reply->object.data, object);
        ticket = reply->ticket;
        darq_arena_free(arena);
        return ticket;
}

static int provide(struct fixture *f, uint64_t ticket, uint64_t port)
{
        return ask_status(
                f, f->link, f->link_port, PROVIDE,
                &(struct darq_kernel_provide_request){.ticket = ticket, .service.port = port});
}

static int decline(struct fixture *f, uint64_t ticket, uint32_t error)
{
        return ask_status(f, f->link, f->link_port, DECLINE,
                          &(struct darq_kernel_decline_request){
                                  .ticket = ticket, .error = error, .text = DARQ_STR("why")});
}

static void declare(struct fixture *f, const char *name, uint64_t port,
                    const struct darq_string *allow, size_t allow_count,
                    const struct darq_string *locations, size_t location_count)
{
        struct darq_starter_declaration declaration = {
                .name = darq_string_of(name),
                .port = port,
                .activation = DARQ_STARTER_ACTIVATION_NEVER,
                .allow = {allow, allow_count},
                .locations = {locations, location_count},
                .uid = 7,
        };

        assert_null(roster_declare(&f->world.kernel, &declaration));
}

/* A link of uid 7 that stands for kitchen, and may for attic. */
static struct fixture *begin(void)
{
        static const struct darq_string locations[] = {DARQ_STR_INIT("kitchen"),
                                                       DARQ_STR_INIT("attic")};
        struct fixture *self = calloc(1, sizeof *self);

        assert_non_null(self);
        world_init(&self->world, 42, NULL);
        self->world.kernel.location = "hall";
        declare(self, "link", 0, NULL, 0, locations, 2);
        self->client = world_greet(&self->world, "uid:0", true);
        self->client_port = endpoint_open(self->client, 0);
        self->link = world_greet(&self->world, "uid:7", false);
        assert_int_equal(stand(self, self->link, "kitchen"), 0);
        self->link_port = endpoint_open(self->link, 0);
        return self;
}

static void finish(struct fixture *self)
{
        world_deinit(&self->world);
        free(self);
}

static void listen(struct fixture *f)
{
        request_send(f->link, f->link_port, WANTED, NULL);
}

static void test_who_stands_for_a_location_is_its_principal(void **state)
{
        struct fixture *f = begin();

        (void)state;
        assert_string_equal(f->link->connection->principal->name, "location:kitchen");
        assert_false(f->link->connection->principal->privileged);
        finish(f);
}

/* Calls that it made before stay charged to who it was, also where they end together. */
static void test_what_a_location_called_before_it_was_one_stays_charged_as_before(void **state)
{
        enum { CALLS = 4 };

        struct fixture *f = begin();
        struct endpoint *caller = world_greet(&f->world, "uid:7", false);
        uint64_t source = endpoint_open(caller, 0);
        uint64_t target = endpoint_open(f->client, PORT_OPEN);
        struct share *before = share_ref(caller->connection->principal, caller->connection->id);
        uint8_t frames[CALLS * 128];
        size_t size = 0;

        (void)state;
        for (uint64_t call = 1; call <= CALLS; call++)
                size += frame_message(frames + size, &(struct letter){.source = source,
                                                                      .destination = target,
                                                                      .call = call,
                                                                      .flags = DARQ_FRAME_REQUEST,
                                                                      .payload = "",
                                                                      .extended = true});
        endpoint_send(caller, frames, size);
        assert_int_equal(stand(f, caller, "attic"), 0);
        size = 0;
        for (int index = 0; index < CALLS; index++) {
                assert_int_equal(outcome(f->client, &f->arrival), 0);
                size += frame_message(
                        frames + size,
                        &(struct letter){.destination =
                                                 darq_frame_message_get(f->arrival.body).source,
                                         .payload = "",
                                         .extended = true});
        }
        endpoint_send(f->client, frames, size);
        for (int index = 0; index < CALLS; index++)
                assert_int_equal(outcome(caller, &f->arrival), 0);
        assert_int_equal(before->used[RESOURCE_OBJECTS], 2); /* its ports */
        share_unref(before);
        finish(f);
}

static void test_only_the_user_of_a_manifest_stands_and_only_for_what_it_names(void **state)
{
        struct fixture *f = begin();
        struct endpoint *same = world_greet(&f->world, "uid:7", false);

        (void)state;
        assert_int_equal(stand(f, f->client, "attic"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(stand(f, same, "cellar"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(stand(f, same, "chamber"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(stand(f, same, "hall"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(stand(f, same, ""), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(stand(f, same, "kitchen"), DARQ_KERNEL_ERROR_IN_USE);
        assert_int_equal(stand(f, same, "attic"), 0);
        assert_int_equal(stand(f, same, "attic"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        finish(f);
}

static void test_a_star_stands_for_any_location(void **state)
{
        static const struct darq_string any[] = {DARQ_STR_INIT("*")};
        struct fixture *f = begin();
        struct endpoint *other = world_greet(&f->world, "uid:7", false);

        (void)state;
        declare(f, "link-too", 0, NULL, 0, any, 1);
        assert_int_equal(stand(f, other, "Cellar"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(stand(f, other, "cellar"), 0);
        finish(f);
}

/* Who is started stands for none, whatever its manifest says. */
static void test_a_service_that_is_started_stands_for_no_location(void **state)
{
        static const struct darq_string any[] = {DARQ_STR_INIT("*")};
        struct fixture *f = begin();
        struct endpoint *other = world_greet(&f->world, "uid:7", false);
        const struct darq_starter_declaration started = {
                .name = DARQ_STR("started"), .locations = {any, 1}, .uid = 7};

        (void)state;
        assert_null(roster_declare(&f->world.kernel, &started));
        assert_int_equal(stand(f, other, "cellar"), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        finish(f);
}

static void test_a_wanted_service_is_provided(void **state)
{
        struct fixture *f = begin();
        uint64_t ticket;

        (void)state;
        connect_ask(f->client, f->client_port, "storage@kitchen");
        assert_int_equal(status(f, f->client), NO_ANSWER);
        listen(f);
        ticket = told(f, "storage", "");
        assert_int_equal(provide(f, ticket, f->link_port), 0);
        assert_int_equal(status(f, f->client), 0);
        assert_int_equal(f->given, f->link_port);
        assert_int_equal(provide(f, ticket, f->link_port), DARQ_KERNEL_ERROR_NOT_FOUND);
        finish(f);
}

static void test_a_wanted_object_is_told_whole(void **state)
{
        struct fixture *f = begin();

        (void)state;
        listen(f);
        request_send(f->client, f->client_port, RESOLVE,
                     &(struct darq_kernel_resolve_request){.object = DARQ_STR("text:kitchen:a:b")});
        assert_int_equal(provide(f, told(f, "", "text:kitchen:a:b"), f->link_port), 0);
        assert_int_equal(status(f, f->client), 0);
        assert_int_equal(f->given, f->link_port);
        finish(f);
}

static void test_what_is_declined_carries_the_error_and_the_text(void **state)
{
        struct fixture *f = begin();

        (void)state;
        listen(f);
        connect_ask(f->client, f->client_port, "storage@kitchen");
        assert_int_equal(decline(f, told(f, "storage", ""), DARQ_KERNEL_ERROR_NOT_ALLOWED), 0);
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_memory_equal(f->arrival.body + DARQ_FRAME_MESSAGE_SIZE + 20, "why", 4);
        listen(f);
        connect_ask(f->client, f->client_port, "storage@kitchen");
        assert_int_equal(decline(f, told(f, "storage", ""), 4711), 0);
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_FAILED);
        assert_int_equal(decline(f, 99, 1), DARQ_KERNEL_ERROR_NOT_FOUND);
        finish(f);
}

static void test_wants_are_told_one_by_one_in_their_order(void **state)
{
        struct fixture *f = begin();
        uint64_t first, second;

        (void)state;
        connect_ask(f->client, f->client_port, "a@kitchen");
        connect_ask(f->client, f->client_port, "b@kitchen");
        listen(f);
        first = told(f, "a", "");
        assert_int_equal(status(f, f->link), NO_ANSWER);
        assert_int_equal(provide(f, first + 1, f->link_port), DARQ_KERNEL_ERROR_NOT_FOUND);
        listen(f);
        second = told(f, "b", "");
        listen(f);
        listen(f);
        assert_int_equal(status(f, f->link), DARQ_KERNEL_ERROR_IN_USE);
        assert_int_equal(provide(f, second, f->link_port), 0);
        assert_int_equal(decline(f, first, DARQ_KERNEL_ERROR_NOT_FOUND), 0);
        assert_int_equal(status(f, f->client), 0);
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_NOT_FOUND);
        finish(f);
}

static void test_a_location_that_nobody_stands_for_cannot_be_reached(void **state)
{
        struct fixture *f = begin();

        (void)state;
        connect_ask(f->client, f->client_port, "storage@attic");
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_NO_LOCATION);
        assert_int_equal(ask_status(f, f->client, f->client_port, RESOLVE,
                                    &(struct darq_kernel_resolve_request){
                                            .object = DARQ_STR("text:attic:a")}),
                         DARQ_KERNEL_ERROR_NO_LOCATION);
        connect_ask(f->client, f->client_port, "@kitchen");
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_NOT_FOUND);
        finish(f);
}

static void test_our_own_location_is_here(void **state)
{
        struct fixture *f = begin();

        (void)state;
        connect_ask(f->client, f->client_port, "link@hall");
        assert_int_equal(status(f, f->client), 0);
        connect_ask(f->client, f->client_port, "nothing@hall");
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_NOT_FOUND);
        finish(f);
}

static void test_the_end_of_a_link_answers_who_waits(void **state)
{
        struct fixture *f = begin();

        (void)state;
        listen(f);
        connect_ask(f->client, f->client_port, "a@kitchen");
        connect_ask(f->client, f->client_port, "b@kitchen");
        endpoint_close(f->link);
        world_flush(&f->world);
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_NO_LOCATION);
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_NO_LOCATION);
        f->link = world_greet(&f->world, "uid:7", false);
        assert_int_equal(stand(f, f->link, "kitchen"), 0);
        finish(f);
}

static void test_who_asked_may_go_before_the_answer(void **state)
{
        struct fixture *f = begin();
        uint64_t ticket;

        (void)state;
        listen(f);
        connect_ask(f->client, f->client_port, "a@kitchen");
        ticket = told(f, "a", "");
        endpoint_close(f->client);
        world_flush(&f->world);
        assert_int_equal(provide(f, ticket, f->link_port), DARQ_KERNEL_ERROR_NOT_FOUND);
        finish(f);
}

/* Of its last call to port 1. */
static void cancel(struct fixture *f, struct endpoint *from)
{
        uint8_t frame[DARQ_FRAME_FIXED_MAX];

        endpoint_send(from, frame,
                      frame_cancel(frame, DARQ_PORT_KERNEL, QUESTION_CALLS + f->world.questions));
        assert_int_equal(outcome(from, &f->arrival), DARQ_FRAME_CANCELLED);
}

static void test_who_asked_may_cancel(void **state)
{
        struct fixture *f = begin();
        uint64_t ticket;

        (void)state;
        listen(f);
        connect_ask(f->client, f->client_port, "a@kitchen");
        cancel(f, f->client);
        ticket = told(f, "a", "");
        assert_int_equal(provide(f, ticket, f->link_port), DARQ_KERNEL_ERROR_NOT_FOUND);
        assert_int_equal(status(f, f->client), NO_ANSWER);
        finish(f);
}

static void test_who_listens_may_cancel(void **state)
{
        struct fixture *f = begin();

        (void)state;
        listen(f);
        cancel(f, f->link);
        connect_ask(f->client, f->client_port, "a@kitchen");
        assert_int_equal(status(f, f->link), NO_ANSWER);
        listen(f);
        told(f, "a", "");
        finish(f);
}

static void test_closing_the_port_it_asked_from_cancels(void **state)
{
        struct fixture *f = begin();
        uint64_t other = endpoint_open(f->client, 0);
        uint8_t frame[DARQ_FRAME_FIXED_MAX];

        (void)state;
        connect_ask(f->client, other, "a@kitchen");
        connect_ask(f->client, f->client_port, "b@kitchen");
        endpoint_send(f->client, frame, frame_close(frame, other));
        assert_int_equal(outcome(f->client, &f->arrival), DARQ_FRAME_CANCELLED);
        assert_true(endpoint_next(f->client, &f->arrival));
        assert_int_equal(f->arrival.header.type, DARQ_FRAME_CLOSED_PORT);
        listen(f);
        assert_int_equal(provide(f, told(f, "b", ""), f->link_port), 0);
        assert_int_equal(status(f, f->client), 0);
        finish(f);
}

static void test_the_number_of_what_waits_is_in_use(void **state)
{
        struct fixture *f = begin();

        (void)state;
        connect_ask(f->client, f->client_port, "a@kitchen");
        send_text(f->client, f->client_port, DARQ_PORT_KERNEL, QUESTION_CALLS + f->world.questions,
                  DARQ_FRAME_REQUEST);
        assert_int_equal(f->world.kernel.statistics.violations, 1);
        finish(f);
}

static void test_too_much_that_is_wanted_is_refused(void **state)
{
        struct fixture *f = begin();

        (void)state;
        for (int i = 0; i < 256; i++)
                connect_ask(f->client, f->client_port, "a@kitchen");
        assert_int_equal(status(f, f->client), NO_ANSWER);
        connect_ask(f->client, f->client_port, "a@kitchen");
        assert_int_equal(status(f, f->client), DARQ_KERNEL_ERROR_QUOTA);
        finish(f);
}

static void test_only_a_location_is_told_and_provides(void **state)
{
        struct fixture *f = begin();

        (void)state;
        assert_int_equal(ask_status(f, f->client, f->client_port, WANTED, NULL),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_status(f, f->client, f->client_port, PROVIDE,
                                    &(struct darq_kernel_provide_request){
                                            .ticket = 1, .service.port = f->client_port}),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        assert_int_equal(ask_status(f, f->client, f->client_port, DECLINE,
                                    &(struct darq_kernel_decline_request){.ticket = 1}),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        listen(f);
        connect_ask(f->client, f->client_port, "a@kitchen");
        assert_int_equal(provide(f, told(f, "a", ""), DARQ_PORT_KERNEL),
                         DARQ_KERNEL_ERROR_NOT_ALLOWED);
        finish(f);
}

static void test_there_is_no_transit(void **state)
{
        struct fixture *f = begin();
        struct endpoint *attic = world_greet(&f->world, "uid:7", false);

        (void)state;
        assert_int_equal(stand(f, attic, "attic"), 0);
        listen(f);
        connect_ask(attic, endpoint_open(attic, 0), "storage@kitchen");
        assert_int_equal(status(f, attic), DARQ_KERNEL_ERROR_NO_LOCATION);
        finish(f);
}

static void test_locations_reach_what_a_manifest_names_them_for_and_nothing_else(void **state)
{
        static const struct darq_string ours[] = {DARQ_STR_INIT("any"),
                                                  DARQ_STR_INIT("location:kitchen")};
        static const struct darq_string all[] = {DARQ_STR_INIT("location:*")};
        static const struct darq_string other[] = {DARQ_STR_INIT("location:attic")};
        static const struct {
                const char *name;
                int kitchen;
                int client;
        } cases[] = {
                {"default", DARQ_KERNEL_ERROR_NOT_ALLOWED, 0},
                {"any-and-kitchen", 0, 0},
                {"all", 0, DARQ_KERNEL_ERROR_NOT_ALLOWED},
                {"attic", DARQ_KERNEL_ERROR_NOT_ALLOWED, DARQ_KERNEL_ERROR_NOT_ALLOWED},
                {"storage", DARQ_KERNEL_ERROR_NOT_ALLOWED, 0}, /* known by its number */
        };
        struct fixture *f = begin();

        (void)state;
        declare(f, "default", PORT_OF_TEXT, NULL, 0, NULL, 0);
        declare(f, "any-and-kitchen", 0, ours, 2, NULL, 0);
        declare(f, "all", 0, all, 1, NULL, 0);
        declare(f, "attic", 0, other, 1, NULL, 0);
        assert_int_equal(endpoint_open(f->client, 11001), 11001);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                connect_ask(f->link, f->link_port, cases[i].name);
                assert_int_equal(status(f, f->link), cases[i].kitchen);
                connect_ask(f->client, f->client_port, cases[i].name);
                assert_int_equal(status(f, f->client), cases[i].client);
        }
        finish(f);
}

/* The names of what a connection may use, by list_usable. */
static void usable_are(struct fixture *f, uint64_t connection, uint32_t skip, uint32_t limit,
                       const char *names)
{
        struct darq_kernel_list_usable_request request = {
                .connection = connection, .skip = skip, .has_limit = true, .limit = limit};
        struct darq_arena *arena = darq_arena_new(65536);
        const struct darq_kernel_list_usable_reply *reply;
        struct darq_frame_message body;
        struct darq_reader reader;
        char told[256] = "";

        assert_int_equal(ask_status(f, f->client, f->client_port, LIST_USABLE, &request), 0);
        body = darq_frame_message_get(f->arrival.body);
        darq_reader_init(&reader, f->arrival.body + DARQ_FRAME_MESSAGE_SIZE + DARQ_RPC_HEADER_SIZE,
                         body.payload_size - DARQ_RPC_HEADER_SIZE, arena);
        reply = method_of(LIST_USABLE)->unpack_reply(&reader);
        assert_int_equal(darq_reader_finish(&reader), 0);
        for (size_t i = 0; i < reply->services.count; i++) {
                size_t size = strlen(told);

                snprintf(told + size, sizeof told - size, "%s ", reply->services.data[i].name.data);
        }
        assert_string_equal(told, names);
        darq_arena_free(arena);
}

/* With the link's own service, which is everybody's here. */
static struct fixture *usable_begin(void)
{
        static const struct darq_string ours[] = {DARQ_STR_INIT("any"),
                                                  DARQ_STR_INIT("location:kitchen")};
        static const struct darq_string all[] = {DARQ_STR_INIT("location:*")};
        static const struct darq_string other[] = {DARQ_STR_INIT("location:attic")};
        struct fixture *self = begin();

        declare(self, "all", 0, all, 1, NULL, 0);
        declare(self, "any-and-kitchen", 0, ours, 2, NULL, 0);
        declare(self, "attic", 0, other, 1, NULL, 0);
        declare(self, "default", 0, NULL, 0, NULL, 0);
        return self;
}

static void test_listed_is_what_a_connection_may_use(void **state)
{
        struct fixture *f = usable_begin();

        (void)state;
        usable_are(f, f->link->connection->id, 0, 256, "all any-and-kitchen ");
        usable_are(f, f->client->connection->id, 0, 256, "any-and-kitchen default link ");
        finish(f);
}

static void test_what_may_be_used_is_listed_in_pages(void **state)
{
        struct fixture *f = usable_begin();

        (void)state;
        usable_are(f, f->client->connection->id, 0, 2, "any-and-kitchen default ");
        usable_are(f, f->client->connection->id, 2, 2, "link ");
        usable_are(f, f->client->connection->id, 3, 2, "");
        usable_are(f, f->client->connection->id, 0, 0, "");
        finish(f);
}

static void test_who_is_not_connected_may_use_nothing(void **state)
{
        struct fixture *f = usable_begin();
        uint64_t gone = f->link->connection->id;

        (void)state;
        endpoint_close(f->link);
        world_flush(&f->world);
        for (int i = 0; i < 2; i++)
                assert_int_equal(ask_status(f, f->client, f->client_port, LIST_USABLE,
                                            &(struct darq_kernel_list_usable_request){
                                                    .connection = i == 0 ? gone : 0}),
                                 DARQ_KERNEL_ERROR_NOT_FOUND);
        finish(f);
}

static void test_open_ports_are_closed_to_locations(void **state)
{
        static const uint64_t numbers[] = {PORT_OPEN, PORT_OF_TEXT};
        struct fixture *f = begin();
        uint8_t frame[512];

        (void)state;
        declare(f, "text", PORT_OF_TEXT, NULL, 0, NULL, 0);
        assert_int_equal(endpoint_open(f->client, PORT_OPEN), PORT_OPEN);
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
                endpoint_send(f->link, frame,
                              frame_message(frame, &(struct letter){.source = f->link_port,
                                                                    .destination = numbers[i],
                                                                    .payload = "x",
                                                                    .size = 1,
                                                                    .extended = true}));
                assert_true(endpoint_next(f->link, &f->arrival));
                assert_int_equal(f->arrival.header.type, DARQ_FRAME_UNDELIVERABLE);
                assert_int_equal(darq_frame_undeliverable_get(f->arrival.body).code,
                                 DARQ_FRAME_NO_PORT);
        }
        finish(f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_who_stands_for_a_location_is_its_principal),
                cmocka_unit_test(
                        test_what_a_location_called_before_it_was_one_stays_charged_as_before),
                cmocka_unit_test(
                        test_only_the_user_of_a_manifest_stands_and_only_for_what_it_names),
                cmocka_unit_test(test_a_star_stands_for_any_location),
                cmocka_unit_test(test_a_service_that_is_started_stands_for_no_location),
                cmocka_unit_test(test_a_wanted_service_is_provided),
                cmocka_unit_test(test_a_wanted_object_is_told_whole),
                cmocka_unit_test(test_what_is_declined_carries_the_error_and_the_text),
                cmocka_unit_test(test_wants_are_told_one_by_one_in_their_order),
                cmocka_unit_test(test_a_location_that_nobody_stands_for_cannot_be_reached),
                cmocka_unit_test(test_our_own_location_is_here),
                cmocka_unit_test(test_the_end_of_a_link_answers_who_waits),
                cmocka_unit_test(test_who_asked_may_go_before_the_answer),
                cmocka_unit_test(test_who_asked_may_cancel),
                cmocka_unit_test(test_who_listens_may_cancel),
                cmocka_unit_test(test_closing_the_port_it_asked_from_cancels),
                cmocka_unit_test(test_the_number_of_what_waits_is_in_use),
                cmocka_unit_test(test_too_much_that_is_wanted_is_refused),
                cmocka_unit_test(test_only_a_location_is_told_and_provides),
                cmocka_unit_test(test_there_is_no_transit),
                cmocka_unit_test(
                        test_locations_reach_what_a_manifest_names_them_for_and_nothing_else),
                cmocka_unit_test(test_listed_is_what_a_connection_may_use),
                cmocka_unit_test(test_what_may_be_used_is_listed_in_pages),
                cmocka_unit_test(test_who_is_not_connected_may_use_nothing),
                cmocka_unit_test(test_open_ports_are_closed_to_locations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
