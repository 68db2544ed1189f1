/* SPDX-License-Identifier: MIT */
/* See the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/declared.h"

#include "pkernel/core/roster.h"

#include <stdlib.h>
#include <string.h>

int ask_instance(struct declared *f, uint32_t ordinal, const char *name)
{
        return ask_name(f->instance, endpoint_open(f->instance, 0), ordinal, name);
}

const struct darq_starter_declaration declared_usual = {
        .name = DARQ_STR_INIT("text"),
        .port = DECLARED_PORT,
        .start_timeout_ms = 1000,
        .restart_count = 3,
        .restart_window_ms = 10000,
        .uid = 7,
};

struct declared *declared_begin(const struct darq_starter_declaration *declaration)
{
        struct declared *self = malloc(sizeof *self);

        assert_non_null(self);
        world_init(&self->world, 42, NULL);
        assert_null(roster_declare(&self->world.kernel, declaration));
        self->service =
                roster_find(&self->world.kernel, declaration->name.data, declaration->name.size);
        self->client = world_greet(&self->world, "uid:0", true);
        self->source = endpoint_open(self->client, 0);
        self->instance = NULL;
        return self;
}

void declared_finish(struct declared *self)
{
        world_deinit(&self->world);
        free(self);
}

void started(struct declared *f)
{
        f->instance = world_greet(&f->world, "service:text", false);
        assert_true(
                roster_started(&f->world.kernel, f->world.started, 77, f->instance->connection));
}

void checked_in(struct declared *f)
{
        started(f);
        assert_int_equal(ask_instance(f, CHECK_IN, "text"), 0);
}

void ended(struct declared *f, const char *reason)
{
        if (f->instance != NULL)
                endpoint_close(f->instance);
        f->instance = NULL;
        world_flush(&f->world);
        roster_ended(&f->world.kernel, f->world.started, reason);
        world_flush(&f->world);
}

void call(struct declared *f, uint64_t number)
{
        send_text(f->client, f->source, DECLARED_PORT, number, DARQ_FRAME_REQUEST);
}

int told(struct declared *f)
{
        return outcome(f->client, &f->arrival);
}

void answer(struct declared *f)
{
        uint64_t slot;

        assert_int_equal(outcome(f->instance, &f->arrival), 0);
        slot = darq_frame_message_get(f->arrival.body).source;
        send_text(f->instance, 0, slot, 0, 0);
}

void first_call(struct declared *f)
{
        call(f, 5);
        checked_in(f);
        answer(f);
        assert_int_equal(told(f), 0);
}

const char *detail(struct declared *f)
{
        static char text[SERVICE_FAILURE_MAX];
        struct darq_frame_undeliverable body = darq_frame_undeliverable_get(f->arrival.body);

        memcpy(text, f->arrival.body + DARQ_FRAME_UNDELIVERABLE_SIZE, body.detail_size);
        text[body.detail_size] = '\0';
        return text;
}
