/* SPDX-License-Identifier: MIT */
/*
 * The starter in the virtual world.
 *
 * A process and its connection are two things: either may end before the other, and the core is told of each by itself.
 * Whoever asks port 1 is answered in the same event, since only those ask that read.
 */
#include "tests/simulation/host.h"

#include "pkernel/core/roster.h"
#include "tests/simulation/question.h"

#include <darq/wire.h>

#include <stdio.h>
#include <string.h>

#include "kernel.darq.h"

static uint64_t pick(struct model *self, uint64_t limit)
{
        return world_random(&self->world, limit);
}

static struct model_service *some_service(struct model *self)
{
        return &self->services[pick(self, MODEL_SERVICES)];
}

/* Questions */

static void put(struct model *self, struct endpoint *endpoint, uint64_t source,
                struct model_service *service, uint32_t method, int expected)
{
        uint8_t parameters[64] = {0};
        const struct darq_string *name = &service->declaration->name;

        darq_store_u32(parameters, (uint32_t)name->size + 5);
        darq_store_u32(parameters + 4, (uint32_t)name->size + 1);
        memcpy(parameters + 8, name->data, name->size);
        self->question = (struct model_question){endpoint, service, method, expected};
        question_send(endpoint, source, method, parameters, name->size + 9, NULL, 0);
        activation_look(self);
        model_read(self, endpoint);
        if (self->question.endpoint != NULL)
                model_fail(self, "no answer", method, endpoint->id);
}

static void put_check_in(struct model *self, struct endpoint *endpoint, uint64_t source,
                         struct model_service *service)
{
        bool may = activation_may_serve(self, service, endpoint);
        bool never = !activation_starts(service);
        bool user = strcmp(self->principals[model_index(self, endpoint)], "uid:2") == 0;
        bool known = never ? user : service->instance == endpoint;

        self->deeds[DEED_IMPOSTER] += may ? 0 : 1;
        put(self, endpoint, source, service, CHECK_IN,
            may     ? 0
            : known ? DARQ_KERNEL_ERROR_IN_USE
                    : DARQ_KERNEL_ERROR_NOT_ALLOWED);
}

static void put_check_out(struct model *self, struct endpoint *endpoint, uint64_t source,
                          struct model_service *service)
{
        put(self, endpoint, source, service, CHECK_OUT,
            service->port->owner == endpoint ? 0 : DARQ_KERNEL_ERROR_NOT_FOUND);
}

static void put_connect(struct model *self, struct endpoint *endpoint, uint64_t source,
                        struct model_service *service)
{
        bool may = activation_allows(self, service, endpoint);

        self->deeds[DEED_NOT_ALLOWED] += may ? 0 : 1;
        put(self, endpoint, source, service, CONNECT, may ? 0 : DARQ_KERNEL_ERROR_NOT_ALLOWED);
}

/* Also one that is on its way can't check in any more: whatever waits for it is refused. A back-off ends. */
static void put_stop(struct model *self, struct endpoint *endpoint, uint64_t source,
                     struct model_service *service, bool privileged)
{
        int expected =
                service->number == 0 && service->instance != NULL ? DARQ_KERNEL_ERROR_FAILED : 0;

        if (privileged && (service->number != 0 || activation_may_refuse(self, service))) {
                service->held = true;
                service->again = false;
                service->start_count = 0;
        }
        if (privileged && service->number != 0) {
                service->starting = false;
                if (!service->checked_in)
                        activation_doom(self, service, true);
        }
        put(self, endpoint, source, service, STOP,
            privileged ? expected : DARQ_KERNEL_ERROR_NOT_ALLOWED);
}

static void put_start(struct model *self, struct endpoint *endpoint, uint64_t source,
                      struct model_service *service, bool privileged)
{
        bool never = !activation_starts(service);

        self->administered = privileged;
        service->again |= privileged && (service->number != 0 || service->instance != NULL);
        put(self, endpoint, source, service, START,
            !privileged ? DARQ_KERNEL_ERROR_NOT_ALLOWED
            : never     ? DARQ_KERNEL_ERROR_FAILED
                        : 0);
        self->administered = false;
}

void host_ask(struct model *self, struct endpoint *endpoint, uint64_t source)
{
        bool privileged = strncmp(self->principals[model_index(self, endpoint)], "uid:", 4) == 0;
        struct model_service *service = some_service(self);

        if (source == 0 || endpoint->room != SIZE_MAX || !model_greeted(self, endpoint))
                return;
        switch (pick(self, 16)) {
        case 0:
                put_stop(self, endpoint, source, service, privileged);
                break;
        case 1:
                put_start(self, endpoint, source, service, privileged);
                break;
        case 2:
        case 3:
                put_check_out(self, endpoint, source, service);
                break;
        case 4:
        case 5:
                put_check_in(self, endpoint, source, service);
                break;
        default:
                put_connect(self, endpoint, source, service);
                break;
        }
}

void host_open(struct model *self, struct endpoint *endpoint)
{
        struct model_service *service = some_service(self);
        bool may = activation_may_serve(self, service, endpoint);
        uint64_t number = service->port->number;
        uint64_t opened;

        if (endpoint->room != SIZE_MAX || number > DARQ_PORT_ASKED_MAX)
                return;
        self->deeds[DEED_IMPOSTER] += may ? 0 : 1;
        opened = endpoint_open(endpoint, number);
        if (opened != (may ? number : 0))
                model_fail(self, "a declared port for who isn't it, or not for who is", number,
                           opened);
        if (may)
                activation_lent(self, service, endpoint);
}

/* Processes */

static void process_end(struct model *self, struct model_service *service, const char *reason)
{
        roster_ended(&self->world.kernel, service->number, reason);
        activation_process_ended(self, service);
        world_flush(&self->world);
}

static void process_die(struct model *self, struct model_service *service)
{
        uint64_t how = pick(self, 3);

        if (how < 2 && service->instance != NULL)
                model_kill(self, service->instance);
        if (how > 0 && service->number != 0)
                process_end(self, service, "it was ended by SIGKILL");
}

static void process_start(struct model *self, struct model_service *service)
{
        char principal[MODEL_PRINCIPAL];
        struct endpoint *endpoint = NULL;
        struct kernel *kernel = &self->world.kernel;

        snprintf(principal, sizeof principal, "service:%s", service->declaration->name.data);
        if (pick(self, 32) != 0)
                endpoint = world_greet(&self->world, principal, false);
        service->running = true;
        if (endpoint == NULL) {
                roster_started(kernel, service->number, 7, NULL);
                return;
        }
        self->greeted[model_index(self, endpoint)] = true;
        memcpy(self->principals[model_index(self, endpoint)], principal, sizeof principal);
        if (roster_started(kernel, service->number, 7, endpoint->connection) != service->starting)
                model_fail(self, "wanted though it had its time, or not wanted", service->number,
                           service->starting);
        if (service->starting)
                service->instance = endpoint;
        else
                model_kill(self, endpoint);
}

/* A port to ask from; 0: there is none, and no room for one. */
static uint64_t source_of(struct model *self, struct endpoint *endpoint)
{
        for (size_t index = 0; endpoint != NULL && index < MODEL_PORTS; index++) {
                if (self->ports[index].owner == endpoint)
                        return self->ports[index].number;
        }
        return endpoint == NULL ? 0 : model_open(self, endpoint, 0);
}

static void process_step(struct model *self, struct model_service *service)
{
        struct endpoint *endpoint = service->instance;
        uint64_t source = source_of(self, endpoint);
        uint64_t what = pick(self, 40);

        if (!service->running && (what < 4 || service->ends > 0))
                process_end(self, service, "it can't be executed");
        else if (!service->running && what < 34)
                process_start(self, service);
        else if (what == 0 ||
                 ((service->ends > 0 || service->done || endpoint == NULL) && what < 20))
                process_die(self, service);
        else if (endpoint == NULL || endpoint->room != SIZE_MAX || source == 0)
                return;
        else if (service->starting && what < 34)
                put_check_in(self, endpoint, source, service);
        else if (service->port->owner == endpoint && what < 8)
                put_check_out(self, endpoint, source, service);
}

void host_step(struct model *self)
{
        for (size_t index = 0; index < MODEL_SERVICES; index++) {
                struct model_service *service = &self->services[index];

                if (service->number != 0)
                        process_step(self, service);
                else if (service->instance != NULL && activation_starts(service))
                        model_kill(self, service->instance);
        }
}

static bool process_settle(struct model *self, struct model_service *service)
{
        bool never = !activation_starts(service);
        uint64_t source;

        if (never || (service->number == 0 && service->instance == NULL) ||
            (service->checked_in && !service->done && service->ends == 0 && service->number != 0 &&
             service->instance != NULL))
                return false;
        if (!service->running && service->ends == 0)
                process_start(self, service);
        source = source_of(self, service->instance);
        if (service->starting && source != 0) {
                put_check_in(self, service->instance, source, service);
                return true;
        }
        if (service->instance != NULL)
                model_kill(self, service->instance);
        if (service->number != 0)
                process_end(self, service, "it was ended by SIGKILL");
        return true;
}

bool host_settle(struct model *self)
{
        bool any = false;

        for (size_t index = 0; index < MODEL_SERVICES; index++)
                any = process_settle(self, &self->services[index]) || any;
        return any;
}
