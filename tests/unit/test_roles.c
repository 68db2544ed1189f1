/* SPDX-License-Identifier: MIT */
/*
 * Who may do what: role x operation x kind of port, every cell.
 *
 * The port (random or asked for by number) belongs to an owner, who has handed a call over it to a callee... that is,
 * to itself: a caller has called it, and the slot is open. Each role tries each operation; the table says what must
 * come of it. Denied is the default: a cell that isn't allowed must change nothing, which the owner's and the caller's
 * silence shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/simulation/world.h"

#include <stdio.h>
#include <stdlib.h>

enum role { OWNER, HOLDER, STRANGER, OTHER_USER, LEGACY, ROLES };

enum operation {
        SEND,
        CALL,
        SEND_FORGED,
        PASS,
        OPEN_NUMBER,
        CLOSE,
        ANSWER,
        FAIL,
        CANCEL,
        CREDIT,
        CHUNK,
        END_KERNEL,
        OPERATIONS
};

enum kind { RANDOM, NUMBERED, KINDS };

/* What must come of it. */
enum verdict {
        OK,      /* it does what it says */
        NOPORT,  /* answered as if the port didn't exist */
        FORGED,  /* BAD_SOURCE */
        NOT,     /* NOT_ALLOWED */
        REFUSED, /* a result other than 0 */
        NOTHING, /* no answer, no effect */
        ENDS,    /* the connection ends */
};

/* A random port; where a numbered one differs stands below. */
static const enum verdict expected[ROLES][OPERATIONS] = {
        /*             SEND     CALL    FORGED   PASS     OPEN     CLOSE    ANSWER   FAIL     CANCEL   CREDIT   CHUNK    END */
        [OWNER] = {OK, OK, FORGED, OK, REFUSED, OK, OK, OK, NOTHING, OK, OK, OK},
        [HOLDER] = {OK, OK, FORGED, OK, REFUSED, REFUSED, NOTHING, NOTHING, NOTHING, NOTHING,
                    NOTHING, OK},
        [STRANGER] = {NOPORT, NOPORT, FORGED, NOT, REFUSED, REFUSED, NOTHING, NOTHING, NOTHING,
                      NOTHING, NOTHING, OK},
        [OTHER_USER] = {NOPORT, NOPORT, FORGED, NOT, REFUSED, REFUSED, NOTHING, NOTHING, NOTHING,
                        NOTHING, NOTHING, NOTHING},
        [LEGACY] = {NOTHING, ENDS, NOTHING, ENDS, REFUSED, REFUSED, NOTHING, NOTHING, NOTHING,
                    NOTHING, NOTHING, OK},
};

static enum verdict verdict_for(enum role role, enum operation operation, enum kind kind)
{
        enum verdict verdict = expected[role][operation];

        if (kind == NUMBERED && (verdict == NOPORT || verdict == NOT))
                return OK;
        if (kind == NUMBERED && role == LEGACY && operation == SEND)
                return OK;
        return verdict;
}

struct scene {
        struct world world;
        struct endpoint *owner;
        struct endpoint *caller;
        struct endpoint *actor;
        uint64_t port; /* of the owner */
        uint64_t caller_port;
        uint64_t actor_port;
        uint64_t meeting; /* numbered, of the caller: where ports can be passed to */
        uint64_t slot;
};

static void send_from(struct endpoint *from, struct letter letter)
{
        uint8_t frame[512];

        letter.payload = "x";
        letter.size = 1;
        endpoint_send(from, frame, frame_message(frame, &letter));
}

static void drain(struct endpoint *endpoint)
{
        struct arrival arrival;

        while (endpoint_next(endpoint, &arrival))
                ;
}

static void give_right(struct scene *self, struct endpoint *to, uint64_t destination)
{
        struct letter letter = {.source = self->port,
                                .destination = destination,
                                .flags = DARQ_FRAME_GIVE_SOURCE,
                                .extended = true};

        send_from(self->owner, letter);
        drain(to);
}

static void scene_begin(struct scene *self, enum role role, enum kind kind)
{
        struct arrival arrival;

        world_init(&self->world, 7, NULL);
        self->owner = world_greet(&self->world, "uid:0", true);
        self->caller = world_greet(&self->world, "uid:0", true);
        self->port = endpoint_open(self->owner, kind == NUMBERED ? 12000 : 0);
        self->caller_port = endpoint_open(self->caller, 0);
        self->meeting = endpoint_open(self->caller, 13000);
        self->actor = role == OWNER        ? self->owner
                      : role == LEGACY     ? world_connect(&self->world, "uid:0", true)
                      : role == OTHER_USER ? world_greet(&self->world, "uid:7", false)
                                           : world_greet(&self->world, "uid:0", true);
        self->actor_port = endpoint_open(self->actor, 14000);
        give_right(self, self->caller, self->meeting);
        if (role == HOLDER)
                give_right(self, self->actor, self->actor_port);
        send_from(self->caller, (struct letter){.source = self->caller_port,
                                                .destination = self->port,
                                                .call = 1,
                                                .flags = DARQ_FRAME_REQUEST,
                                                .extended = true});
        assert_true(endpoint_next(self->owner, &arrival));
        self->slot = darq_frame_message_get(arrival.body).source;
        assert_true((self->slot & DARQ_PORT_SLOT) != 0);
}

static void act(struct scene *self, enum role role, enum operation operation)
{
        static const uint8_t shutdown[] = {1, 8, DARQ_FRAME_SHUTDOWN, 0, 0, 0, 0, 8};
        struct letter letter = {.source = self->actor_port,
                                .destination = self->port,
                                .call = role == LEGACY ? 0 : 900,
                                .extended = role != LEGACY};
        uint8_t frame[512];
        size_t size = 0;

        switch (operation) {
        case SEND:
                send_from(self->actor, letter);
                return;
        case CALL:
                letter.flags = DARQ_FRAME_REQUEST;
                letter.extended = true;
                send_from(self->actor, letter);
                return;
        case SEND_FORGED:
                letter.source = self->caller_port;
                letter.destination = self->meeting;
                send_from(self->actor, letter);
                return;
        case PASS:
                letter.destination = self->meeting;
                letter.ports = &self->port;
                letter.port_count = 1;
                letter.extended = true;
                send_from(self->actor, letter);
                return;
        case ANSWER:
                letter.destination = self->slot;
                send_from(self->actor, letter);
                return;
        case OPEN_NUMBER:
                size = frame_open(frame, self->port);
                break;
        case CLOSE:
                size = frame_close(frame, self->port);
                break;
        case FAIL:
                size = frame_fail(frame, self->slot, DARQ_FRAME_NO_REPLY);
                break;
        case CANCEL:
                size = frame_cancel(frame, self->port, role == LEGACY ? 0 : 1);
                break;
        case CREDIT:
                size = frame_credit(frame, self->slot, 0, 1 << 20);
                break;
        case CHUNK:
                letter.destination = self->slot;
                letter.call = 0;
                letter.payload = "x";
                letter.size = 1;
                size = frame_chunk(frame, &letter, 0, 0);
                break;
        default:
                endpoint_send(self->actor, shutdown, sizeof shutdown);
                return;
        }
        endpoint_send(self->actor, frame, size);
}

/* Whether it did what it says: seen where its effect is. */
static bool had_effect(struct scene *self, enum operation operation)
{
        struct arrival arrival;

        switch (operation) {
        case SEND:
        case CALL:
                return endpoint_next(self->owner, &arrival) &&
                       arrival.header.type == DARQ_FRAME_MESSAGE;
        case END_KERNEL:
                return self->world.stops == 1;
        case CLOSE:
                return endpoint_next(self->actor, &arrival) && arrival.body[4] == 0;
        case OPEN_NUMBER:
                return false;
        default:
                return endpoint_next(self->caller, &arrival) ||
                       endpoint_next(self->caller, &arrival);
        }
}

static enum verdict answer_of(const struct arrival *arrival)
{
        switch (arrival->header.type) {
        case DARQ_FRAME_UNDELIVERABLE:
                switch (darq_frame_undeliverable_get(arrival->body).code) {
                case DARQ_FRAME_NO_PORT:
                        return NOPORT;
                case DARQ_FRAME_BAD_SOURCE:
                        return FORGED;
                case DARQ_FRAME_NOT_ALLOWED:
                        return NOT;
                default:
                        return OK;
                }
        case DARQ_FRAME_OPENED_PORT:
        case DARQ_FRAME_CLOSED_PORT:
                return arrival->body[4] == 0 ? OK : REFUSED;
        default:
                return OK;
        }
}

static enum verdict observe(struct scene *self, enum operation operation)
{
        struct arrival arrival;

        if (self->actor->connection == NULL)
                return ENDS;
        if (operation == CREDIT) /* its effect is in the upload that may follow */
                return self->owner == self->actor ? OK : NOTHING;
        if (had_effect(self, operation))
                return OK;
        return endpoint_next(self->actor, &arrival) ? answer_of(&arrival) : NOTHING;
}

static void cell(enum role role, enum operation operation, enum kind kind)
{
        struct scene *scene = malloc(sizeof *scene);
        struct arrival arrival;
        enum verdict seen;

        assert_non_null(scene);
        scene_begin(scene, role, kind);
        act(scene, role, operation);
        seen = operation == OPEN_NUMBER || (operation == CLOSE && role != OWNER)
                       ? (endpoint_next(scene->actor, &arrival) ? answer_of(&arrival) : NOTHING)
                       : observe(scene, operation);
        if (seen != verdict_for(role, operation, kind))
                print_message("role %d, operation %d, kind %d\n", role, operation, kind);
        assert_int_equal(seen, verdict_for(role, operation, kind));
        if (seen != OK) {
                assert_false(endpoint_next(scene->caller, &arrival));
                assert_false(endpoint_next(scene->owner, &arrival));
                assert_non_null(connection_find(&scene->world.kernel, scene->owner->id));
        }
        world_deinit(&scene->world);
        free(scene);
}

static void every_cell_is_as_the_table_says(void **state)
{
        (void)state;
        for (int role = 0; role < ROLES; role++) {
                for (int operation = 0; operation < OPERATIONS; operation++) {
                        cell((enum role)role, (enum operation)operation, RANDOM);
                        cell((enum role)role, (enum operation)operation, NUMBERED);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {cmocka_unit_test(every_cell_is_as_the_table_says)};

        return cmocka_run_group_tests(tests, NULL, NULL);
}
