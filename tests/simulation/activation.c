/* SPDX-License-Identifier: MIT */
/*
 * The reference model of declared services.
 *
 * Held here: a service is started when something waits for it, or its manifest or an administrator says so, and never
 * before its last process and connection have ended; not more often than its manifest grants, but for one start after
 * each pause; only the connection that it was started with, or one of the declared user, serves it; a start that fails
 * dooms what waits, and nothing else does but a pause; what waits without a process in sight is an error, and so is one
 * that is to run always and doesn't; who checks out has no open call; what comes to a service comes in its senders' order, whoever serves it.
 */
#include "tests/simulation/activation.h"

#include "libdarqwire/rpc.h"
#include "pkernel/core/port.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"
#include "tests/simulation/question.h"

#include <string.h>

#include "kernel.darq.h"

#define NANOSECONDS_PER_MS UINT64_C(1000000)

/* What a pause after failed starts may last, with the window in which they are counted; and its least. */
enum { PAUSE_MAX_MS = 40000, PAUSE_MIN_MS = 100 };

static const struct darq_string picky_allow[] = {DARQ_STR_INIT("uid:1"),
                                                 DARQ_STR_INIT("service:plain")};

static const struct darq_starter_declaration declarations[MODEL_SERVICES] = {
        {.name = DARQ_STR_INIT("plain"),
         .port = 15000,
         .start_timeout_ms = 400,
         .restart_count = 3,
         .restart_window_ms = 5000},
        {.name = DARQ_STR_INIT("hidden"),
         .start_timeout_ms = 400,
         .restart_count = 2,
         .restart_window_ms = 1000},
        {.name = DARQ_STR_INIT("picky"),
         .port = 15001,
         .allow = {picky_allow, 2},
         .start_timeout_ms = 1000,
         .restart_count = 1,
         .restart_window_ms = 10000},
        {.name = DARQ_STR_INIT("eager"),
         .port = 15002,
         .activation = DARQ_STARTER_ACTIVATION_AT_START,
         .start_timeout_ms = 400,
         .restart_count = 2,
         .restart_window_ms = 1000},
        {.name = DARQ_STR_INIT("foreign"),
         .port = 15003,
         .activation = DARQ_STARTER_ACTIVATION_NEVER,
         .start_timeout_ms = 400,
         .restart_count = 1,
         .restart_window_ms = 1000,
         .uid = 2},
};

static struct port *core_port(struct model *self, const struct model_service *service)
{
        return port_find(&self->world.kernel, service->port->number);
}

void activation_begin(struct model *self)
{
        struct kernel *kernel = &self->world.kernel;

        for (size_t index = 0; index < MODEL_SERVICES; index++) {
                struct model_service *service = &self->services[index];
                const struct darq_starter_declaration *declaration = &declarations[index];
                const char *why = roster_declare(kernel, declaration);

                if (why != NULL)
                        model_fail(self, why, index, 0);
                service->declaration = declaration;
                service->port = &self->ports[index];
                service->port->service = service;
                service->port->number =
                        roster_find(kernel, declaration->name.data, declaration->name.size)
                                ->port->number;
        }
        roster_start(kernel);
        activation_look(self);
}

bool activation_allows(const struct model *self, const struct model_service *service,
                       const struct endpoint *endpoint)
{
        const struct darq_starter_declaration *declaration = service->declaration;
        const char *principal = self->principals[model_index(self, endpoint)];

        for (size_t index = 0; index < declaration->allow.count; index++) {
                if (strcmp(declaration->allow.data[index].data, principal) == 0)
                        return true;
        }
        return declaration->allow.count == 0;
}

bool activation_may_serve(const struct model *self, const struct model_service *service,
                          const struct endpoint *endpoint)
{
        if (activation_starts(service))
                return service->starting && service->instance == endpoint;
        return service->port->owner == NULL &&
               strcmp(self->principals[model_index(self, endpoint)], "uid:2") == 0;
}

static bool is_over(const struct model_service *service)
{
        return service->number == 0 && service->instance == NULL;
}

bool activation_may_refuse(const struct model *self, const struct model_service *service)
{
        return activation_starts(service) && is_over(service) &&
               service->starts >= service->declaration->restart_count &&
               self->world.now_ns - service->over_ns < PAUSE_MAX_MS * NANOSECONDS_PER_MS;
}

/* Lending */

void activation_lent(struct model *self, struct model_service *service, struct endpoint *endpoint)
{
        self->deeds[DEED_CHECKED_IN]++;
        service->port->owner = endpoint;
        service->starting = false;
        service->checked_in = true;
        if (!activation_starts(service))
                service->instance = endpoint;
}

void activation_lease_ended(struct model *self, struct model_service *service)
{
        for (size_t index = 0; index < self->letter_count; index++) {
                struct model_letter *letter = &self->letters[index];

                if (letter->request && letter->source == service->port->number)
                        letter->cancelled = true;
        }
        service->left[model_index(self, service->port->owner)] = true;
        service->port->owner = NULL;
        service->done = true;
        if (!activation_starts(service))
                service->instance = NULL;
}

bool activation_cancels(const struct model *self, const struct model_letter *letter)
{
        const struct model_question *question = &self->question;

        return question->endpoint != NULL && question->method == CHECK_OUT &&
               question->endpoint == letter->sender &&
               question->service->port->number == letter->source;
}

/* Ends */

void activation_doom(struct model *self, const struct model_service *service, bool excused)
{
        for (size_t index = 0; index < self->letter_count; index++) {
                struct model_letter *letter = &self->letters[index];

                if (letter->service != service || letter->state != LETTER_SENT)
                        continue;
                letter->doomed = true;
                letter->excused = letter->excused || excused;
        }
}

/* Its process and its connection have both ended. */
static void over(struct model *self, struct model_service *service)
{
        self->deeds[service->checked_in ? DEED_DIED : DEED_FAILED]++;
        service->over_ns = self->world.now_ns;
        if (!service->checked_in)
                activation_doom(self, service, true);
        activation_look(self);
        if (service->number != 0 || list_empty(&self->world.kernel.services))
                return;
        self->deeds[DEED_BACKED_OFF] += activation_may_refuse(self, service) ? 1 : 0;
        activation_doom(self, service, activation_may_refuse(self, service));
}

void activation_process_ended(struct model *self, struct model_service *service)
{
        service->number = 0;
        service->starting = false;
        if (is_over(service))
                over(self, service);
}

void activation_disconnected(struct model *self, const struct endpoint *endpoint)
{
        for (size_t index = 0; index < MODEL_SERVICES; index++) {
                struct model_service *service = &self->services[index];

                service->last[model_index(self, endpoint)] = 0;
                service->left[model_index(self, endpoint)] = false;
                if (service->port->owner == endpoint)
                        service->port->owner = NULL;
                if (service->instance != endpoint)
                        continue;
                service->instance = NULL;
                service->starting = false;
                if (activation_starts(service) && is_over(service))
                        over(self, service);
        }
}

/* What the core wants */

static bool somebody_waits(const struct model *self, const struct model_service *service)
{
        for (size_t index = 0; index < self->letter_count; index++) {
                const struct model_letter *letter = &self->letters[index];

                if (letter->service == service && letter->state == LETTER_SENT && !letter->doomed)
                        return true;
        }
        return false;
}

/* Windows follow each other, so any span of one's length meets two of them. */
static void pace_check(struct model *self, struct model_service *service)
{
        const struct darq_starter_declaration *declaration = service->declaration;
        uint64_t now_ns = self->world.now_ns;
        uint64_t window_ns = declaration->restart_window_ms * NANOSECONDS_PER_MS;
        size_t recent = 0;

        if (self->administered || service->again)
                service->start_count = 0;
        for (size_t index = 0; index < service->start_count && index < MODEL_STARTS; index++)
                recent += now_ns - service->start_ns[index] < window_ns ? 1 : 0;
        if (recent >= 2 * declaration->restart_count &&
            now_ns - service->over_ns < PAUSE_MIN_MS * NANOSECONDS_PER_MS)
                model_fail(self, "started too often", service->starts, recent);
        service->start_ns[service->start_count++ % MODEL_STARTS] = now_ns;
}

static void start_came(struct model *self, const struct wanted *wanted)
{
        struct model_service *service = NULL;

        for (size_t index = 0; index < MODEL_SERVICES; index++) {
                if (strcmp(self->services[index].declaration->name.data, wanted->name) == 0)
                        service = &self->services[index];
        }
        if (service == NULL || !activation_starts(service))
                model_fail(self, "started, though it isn't the core's to start", wanted->number, 0);
        if (!is_over(service))
                model_fail(self, "started beside its last instance", wanted->number,
                           service->number);
        if (service->declaration->activation != DARQ_STARTER_ACTIVATION_AT_START &&
            !self->administered && !service->again && !somebody_waits(self, service))
                model_fail(self, "started for nobody", wanted->number, 0);
        pace_check(self, service);
        self->deeds[DEED_STARTED]++;
        service->starts++;
        service->number = wanted->number;
        service->starting = true;
        service->running = service->checked_in = service->done = false;
        service->held = service->again = false;
        service->ends = 0;
}

/* It is to end: one that hasn't checked in had its time, and what waited is told so. */
static void end_came(struct model *self, struct model_service *service)
{
        self->deeds[DEED_TIMED_OUT] += service->starting ? 1 : 0;
        if (!service->checked_in)
                activation_doom(self, service, true);
        service->starting = false;
}

void activation_look(struct model *self)
{
        while (self->instance_seen < self->world.started)
                start_came(self, world_wanted(&self->world, ++self->instance_seen));
        for (size_t index = 0; index < MODEL_SERVICES; index++) {
                struct model_service *service = &self->services[index];
                const struct wanted *wanted = world_wanted(&self->world, service->number);

                if (service->number != 0 && wanted->number == service->number &&
                    wanted->ends != service->ends) {
                        service->ends = wanted->ends;
                        end_came(self, service);
                }
                if (service->declaration->activation == DARQ_STARTER_ACTIVATION_AT_START &&
                    is_over(service) && !service->held && !activation_may_refuse(self, service))
                        model_fail(self, "it is to run always", index, service->starts);
                if (activation_starts(service) && is_over(service) &&
                    core_port(self, service)->messages != 0)
                        model_fail(self, "it waits, and nobody will come", index,
                                   core_port(self, service)->messages);
        }
}

/* What has come */

void activation_letter_came(struct model *self, const struct endpoint *endpoint,
                            struct model_letter *letter, size_t index)
{
        struct model_service *service = letter->service;

        if (letter->doomed)
                model_fail(self, "it was refused with the others that waited", index, 0);
        letter->to = endpoint->id;
        self->deeds[DEED_RESENT] +=
                letter->instance != 0 && letter->instance != service->number ? 1 : 0;
        if (service->port->owner == endpoint)
                return;
        if (!service->left[model_index(self, endpoint)])
                model_fail(self, "for another than who serves it", index, endpoint->id);
        service->left[model_index(self, endpoint)] = false; /* one at most had begun */
}

void activation_refusal_came(struct model *self, const struct model_letter *letter, size_t index)
{
        self->deeds[DEED_REFUSED]++;
        if (letter->service == NULL || !letter->excused)
                model_fail(self, "no start has failed", index, letter->destination);
}

static void checked_out(struct model *self, struct model_service *service)
{
        self->deeds[DEED_CHECKED_OUT]++;
        for (size_t index = 0; index < self->letter_count; index++) {
                const struct model_letter *letter = &self->letters[index];

                if (letter->to == service->port->owner->id && letter->request &&
                    letter->sender != NULL && letter->state == LETTER_HANDED && !letter->ended &&
                    !letter->answered && !letter->cancelled)
                        model_fail(self, "checked out while it served a call", index, letter->call);
        }
        activation_lease_ended(self, service);
}

static void connected(struct model *self, const struct endpoint *endpoint,
                      const struct model_service *service, const struct arrival *arrival)
{
        struct darq_frame_message body = darq_frame_message_get(arrival->body);
        size_t end = arrival->header.header_size + DARQ_FRAME_MESSAGE_SIZE + body.payload_size;
        uint64_t number = darq_frame_u64_get(arrival->frame + darq_frame_ports_offset(end));

        if (arrival->header.port_count != 1 || number != service->port->number)
                model_fail(self, "connected to something else", number, service->port->number);
        if (service->port->owner != endpoint)
                service->port->rights[model_index(self, endpoint)]++;
}

void activation_answer_came(struct model *self, struct endpoint *endpoint,
                            const struct arrival *arrival)
{
        struct model_question question = self->question;
        struct darq_frame_message body = darq_frame_message_get(arrival->body);
        struct darq_rpc_header header;

        if (question.endpoint != endpoint ||
            !darq_rpc_header_get(arrival->body + DARQ_FRAME_MESSAGE_SIZE, body.payload_size,
                                 &header))
                model_fail(self, "an answer that nobody waits for", arrival->header.call, 0);
        self->question.endpoint = NULL;
        if (header.status != question.expected &&
            !(question.method == CHECK_OUT && header.status == DARQ_KERNEL_ERROR_BUSY) &&
            !(question.method == CONNECT && header.status == DARQ_KERNEL_ERROR_QUOTA))
                model_fail(self, "another answer", question.method, (uint64_t)header.status);
        self->deeds[DEED_BUSY] += header.status == DARQ_KERNEL_ERROR_BUSY ? 1 : 0;
        if (header.status != 0)
                return;
        if (question.method == CHECK_IN)
                activation_lent(self, question.service, endpoint);
        else if (question.method == CHECK_OUT)
                checked_out(self, question.service);
        else if (question.method == CONNECT)
                connected(self, endpoint, question.service, arrival);
}
