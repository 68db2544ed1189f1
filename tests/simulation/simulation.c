/* SPDX-License-Identifier: MIT */
/*
 * Random clients and services around the core, held against the model.
 *
 *      simulation FIRST-SEED SEEDS [EVENTS]
 *
 * Each seed is one world: peers of both kinds come and go, open and close ports, send, call, answer, fail, cancel,
 * stream, stop reading and go on, while time passes; declared services are started, fail to, check in and out, die. At
 * the end everybody reads, every request is answered, and then each call must have had its one outcome, each accepted
 * message must have arrived, and every charge be zero.
 */
#include "tests/simulation/event.h"
#include "tests/simulation/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 2000 };

/* So many reach everything that there is. */
enum { MANY_SEEDS = 100 };

static void read_all(struct model *self)
{
        for (size_t index = 0; index < WORLD_ENDPOINTS; index++) {
                if (self->world.endpoints[index].used)
                        model_read(self, &self->world.endpoints[index]);
        }
}

static void answer_all(struct model *self)
{
        for (size_t index = 0; index < MODEL_SERVED; index++) {
                struct model_served served = self->served[index];
                uint8_t frame[64];

                self->served[index] = (struct model_served){0};
                if (served.endpoint != NULL && model_greeted(self, served.endpoint))
                        endpoint_send(served.endpoint, frame,
                                      frame_fail(frame, served.slot, DARQ_FRAME_NO_REPLY));
        }
}

/* Everybody reads, and answers; services whose processes are on their way get there. */
static void settle(struct model *self)
{
        for (size_t index = 0; index < WORLD_ENDPOINTS; index++) {
                if (self->world.endpoints[index].used)
                        endpoint_take(&self->world.endpoints[index], SIZE_MAX);
        }
        activation_look(self);
        do {
                read_all(self);
                answer_all(self);
                read_all(self);
        } while (host_settle(self));
        for (size_t index = 0; index < WORLD_ENDPOINTS; index++) {
                struct endpoint *endpoint = &self->world.endpoints[index];

                if (endpoint->used && !model_greeted(self, endpoint))
                        model_kill(self, endpoint);
                read_all(self);
        }
}

static void judge(struct model *self)
{
        for (size_t index = 0; index < self->letter_count; index++) {
                const struct model_letter *letter = &self->letters[index];

                if (letter->sender == NULL || !model_greeted(self, letter->sender))
                        continue;
                if (letter->request && !letter->ended)
                        model_fail(self, "a call without an outcome", index, letter->call);
                if (!letter->request && !letter->reply && letter->state == LETTER_SENT)
                        model_fail(self, "a message that was lost", index, letter->destination);
        }
        if (self->world.kernel.slots.count != 0)
                model_fail(self, "a slot is left over", self->world.kernel.slots.count, 0);
}

/* What the seeds have covered, for the last line: a simulation in which nothing happens passes too. */
static void tally(struct model *self)
{
        for (size_t index = 0; index < self->letter_count; index++) {
                const struct model_letter *letter = &self->letters[index];

                self->tallied[letter->state == LETTER_HANDED]++;
                self->calls_tallied += letter->request && letter->ended ? 1 : 0;
                self->streamed += self->downloaded[index];
        }
}

static void step(struct model *self)
{
        event_draw(self);
        activation_look(self);
        read_all(self);
}

static void run(struct model *self, uint64_t seed, unsigned int events)
{
        struct limits limits;

        memset(self, 0, offsetof(struct model, tallied));
        self->seed = seed;
        limits_init(&limits);
        limits.port_messages = 16;
        limits.calls = 12;
        limits.objects = 400;
        limits.slow_ms = 3600000;
        limits.first_frame_ms = 3600000;
        world_init(&self->world, seed, &limits);
        activation_begin(self);
        for (self->event = 0; self->event < events; self->event++)
                step(self);
        settle(self);
        judge(self);
        tally(self);
        world_deinit(&self->world);
}

/* What services went through; what none did, NULL: nothing. */
static const char *deeds_print(const struct model *self)
{
        static const char *const names[DEED_COUNT] = {
                [DEED_STARTED] = "started",          [DEED_CHECKED_IN] = "checked in",
                [DEED_CHECKED_OUT] = "checked out",  [DEED_BUSY] = "too busy for that",
                [DEED_FAILED] = "gone before that",  [DEED_TIMED_OUT] = "timed out",
                [DEED_DIED] = "gone after it",       [DEED_BACKED_OFF] = "backed off",
                [DEED_IMPOSTER] = "imposters",       [DEED_NOT_ALLOWED] = "not allowed",
                [DEED_REFUSED] = "messages refused", [DEED_RESENT] = "served by the next one",
        };
        const char *never = NULL;

        printf("services:");
        for (size_t index = 0; index < DEED_COUNT; index++) {
                printf("%s %llu %s", index == 0 ? "" : ",", (unsigned long long)self->deeds[index],
                       names[index]);
                if (self->deeds[index] == 0)
                        never = names[index];
        }
        printf("\n");
        return never;
}

int main(int count, char **arguments)
{
        uint64_t first = count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
        uint64_t seeds = count > 2 ? strtoull(arguments[2], NULL, 10) : 100;
        unsigned int events = count > 3 ? (unsigned int)strtoul(arguments[3], NULL, 10) : EVENTS;
        struct model *model = calloc(1, sizeof *model);
        const char *rare;

        if (model == NULL)
                return 1;
        printf("seeds %llu to %llu, %u events each\n", (unsigned long long)first,
               (unsigned long long)(first + seeds - 1), events);
        fflush(stdout);
        for (uint64_t seed = first; seed < first + seeds; seed++)
                run(model, seed, events);
        printf("%llu messages handed over, %llu not; %llu calls with an outcome; %llu bytes "
               "streamed\n",
               (unsigned long long)model->tallied[1], (unsigned long long)model->tallied[0],
               (unsigned long long)model->calls_tallied, (unsigned long long)model->streamed);
        rare = deeds_print(model);
        free(model);
        if (rare != NULL && seeds >= MANY_SEEDS) {
                printf("never %s\n0 passed, 1 failed\n", rare);
                return 1;
        }
        printf("%llu passed, 0 failed\n", (unsigned long long)seeds);
        return 0;
}
