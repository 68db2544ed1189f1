/* SPDX-License-Identifier: MIT */
/*
 * What happens next in a world is drawn: mostly that a peer opens or closes a port, sends, answers, fails, cancels, streams or
 * reads; else a peer comes or goes, a service's process does something, or time passes. The model is told what must
 * come of it where that is known beforehand.
 */
#include "tests/simulation/event.h"

#include "tests/simulation/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEERS = 8, PLACES = PEERS + MODEL_SERVICES, PAYLOAD_MAX = 90000 };

static size_t pick(struct model *self, size_t limit)
{
        return (size_t)world_random(&self->world, limit);
}

static struct endpoint *some_peer(struct model *self)
{
        struct endpoint *endpoint = &self->world.endpoints[pick(self, PLACES)];

        return endpoint->used && endpoint->connection != NULL ? endpoint : NULL;
}

/* A number that is interesting: of a port, of one that was, of nothing. */
static uint64_t some_number(struct model *self)
{
        for (size_t tries = pick(self, 32); tries > 0; tries--) {
                const struct model_port *port = &self->ports[pick(self, MODEL_PORTS)];

                if (port->owner != NULL || port->service != NULL)
                        return port->number;
        }
        return pick(self, 4) == 0 ? 5000 + pick(self, 8) : 12000 + pick(self, 20);
}

/* Mostly one that the endpoint may use. */
static uint64_t some_allowed(struct model *self, const struct endpoint *endpoint)
{
        uint64_t number = some_number(self);

        for (size_t tries = pick(self, 16); tries > 0 && !model_allowed(self, endpoint, number);
             tries--)
                number = some_number(self);
        return number;
}

static uint64_t own_port(struct model *self, const struct endpoint *endpoint)
{
        size_t begin = pick(self, MODEL_PORTS);

        for (size_t index = 0; index < MODEL_PORTS; index++) {
                const struct model_port *port = &self->ports[(begin + index) % MODEL_PORTS];

                if (port->owner == endpoint)
                        return port->number;
        }
        return 0;
}

static bool is_instance(const struct model *self, const struct endpoint *endpoint)
{
        for (size_t index = 0; index < MODEL_SERVICES; index++) {
                if (self->services[index].instance == endpoint && self->services[index].number != 0)
                        return true;
        }
        return false;
}

/* A peer of some user, or one that passes for a service. */
static void do_connect(struct model *self)
{
        bool hello = pick(self, 4) > 0;
        bool imposter = pick(self, 12) == 0;
        char principal[MODEL_PRINCIPAL] = "service:plain";
        struct endpoint *endpoint;
        size_t peers = 0;

        for (size_t index = 0; index < WORLD_ENDPOINTS; index++) {
                if (self->world.endpoints[index].used &&
                    !is_instance(self, &self->world.endpoints[index]))
                        peers++;
        }
        if (peers >= PEERS)
                return;
        if (!imposter)
                snprintf(principal, sizeof principal, "uid:%u", (unsigned int)pick(self, 3));
        endpoint = hello ? world_greet(&self->world, principal, !imposter)
                         : world_connect(&self->world, principal, !imposter);
        if (endpoint == NULL)
                return;
        self->greeted[model_index(self, endpoint)] = hello;
        memcpy(self->principals[model_index(self, endpoint)], principal, sizeof principal);
}

static void do_open(struct model *self, struct endpoint *endpoint)
{
        model_open(self, endpoint, pick(self, 2) == 0 ? 0 : 12000 + pick(self, 20));
}

static void do_close_port(struct model *self, struct endpoint *endpoint)
{
        uint64_t number = pick(self, 4) == 0 ? some_number(self) : own_port(self, endpoint);
        struct model_port *port = model_port(self, number);
        uint8_t frame[64];

        if (port != NULL && port->owner == endpoint) {
                for (size_t index = 0; index < self->letter_count; index++) {
                        if (self->letters[index].request && self->letters[index].source == number)
                                self->letters[index].cancelled = true;
                }
                model_close(self, number);
        }
        endpoint_send(endpoint, frame, frame_close(frame, number));
}

static struct model_letter *letter_new(struct model *self, struct endpoint *endpoint, size_t *index)
{
        struct model_letter *letter = &self->letters[self->letter_count];

        if (self->letter_count == MODEL_LETTERS)
                return NULL;
        *index = self->letter_count++;
        *letter = (struct model_letter){
                .state = LETTER_SENT, .from = endpoint->id, .sender = endpoint};
        return letter;
}

static void ports_choose(struct model *self, struct model_letter *letter)
{
        letter->port_count = pick(self, 3) == 0 ? (unsigned int)pick(self, 4) : 0;
        for (unsigned int index = 0; index < letter->port_count; index++)
                letter->ports[index] = some_allowed(self, letter->sender);
}

static uint32_t code_for(struct model *self, struct endpoint *endpoint,
                         const struct model_letter *letter)
{
        const struct model_port *source = model_port(self, letter->source);

        if (source == NULL || source->owner != endpoint)
                return DARQ_FRAME_BAD_SOURCE;
        if (!model_allowed(self, endpoint, letter->destination) ||
            (letter->service != NULL && letter->service->port->owner == NULL &&
             letter->service->declaration->activation == DARQ_STARTER_ACTIVATION_NEVER))
                return DARQ_FRAME_NO_PORT;
        for (unsigned int index = 0; index < letter->port_count; index++) {
                if (!model_allowed(self, endpoint, letter->ports[index]))
                        return DARQ_FRAME_NOT_ALLOWED;
        }
        return 0;
}

/* Whose each port in it is at this moment: the receiver's own are no gifts. */
static void ownership_note(struct model *self, struct model_letter *letter,
                           const struct model_port *to)
{
        for (unsigned int index = 0; to != NULL && index <= letter->port_count; index++) {
                bool source = index == letter->port_count;
                const struct model_port *port =
                        model_port(self, source ? letter->source : letter->ports[index]);

                letter->owned[source ? 3 : index] =
                        port == to ||
                        (port != NULL && port->owner != NULL && port->owner == to->owner);
        }
}

static size_t some_size(struct model *self)
{
        switch (pick(self, 8)) {
        case 0:
                return 8 + pick(self, PAYLOAD_MAX - 8);
        case 1:
                return 8 + pick(self, 9);
        default:
                return 8 + pick(self, 600);
        }
}

static void send_letter(struct model *self, struct endpoint *endpoint,
                        const struct model_letter *letter, size_t index, uint16_t flags)
{
        uint8_t *frame = malloc(PAYLOAD_MAX + 256);
        uint8_t *payload = calloc(1, PAYLOAD_MAX);
        struct letter out = {.source = letter->source,
                             .destination = letter->destination,
                             .call = letter->call,
                             .flags = flags,
                             .payload = payload,
                             .size = some_size(self),
                             .ports = letter->ports,
                             .port_count = letter->port_count,
                             .extended = model_greeted(self, endpoint)};
        size_t size, cut;

        if (frame == NULL || payload == NULL)
                abort();
        darq_frame_u64_put(payload, index);
        if (letter->request && pick(self, 4) == 0)
                out.timeout_ms = 1 + (uint32_t)pick(self, 2000);
        size = frame_message(frame, &out);
        cut = pick(self, 3) == 0 ? pick(self, size) : size;
        endpoint_put(endpoint, frame, cut);
        if (pick(self, 2) == 0)
                world_flush(&self->world);
        endpoint_send(endpoint, frame + cut, size - cut);
        free(frame);
        free(payload);
}

static void do_send(struct model *self, struct endpoint *endpoint)
{
        size_t index;
        struct model_letter *letter = letter_new(self, endpoint, &index);
        const struct model_port *to;
        uint16_t flags = 0;

        if (letter == NULL)
                return;
        if (own_port(self, endpoint) == 0)
                do_open(self, endpoint);
        letter->source = pick(self, 20) == 0 ? some_number(self) : own_port(self, endpoint);
        letter->destination = some_allowed(self, endpoint);
        if (model_greeted(self, endpoint)) {
                letter->call = ++self->calls;
                letter->request = pick(self, 2) == 0;
                ports_choose(self, letter);
                flags = letter->request      ? DARQ_FRAME_REQUEST
                        : pick(self, 2) == 0 ? DARQ_FRAME_GIVE_SOURCE
                                             : 0;
        }
        letter->gives = !model_greeted(self, endpoint) || flags == DARQ_FRAME_GIVE_SOURCE;
        to = model_port(self, letter->destination);
        letter->to = to == NULL || to->owner == NULL ? 0 : to->owner->id;
        letter->service = to == NULL ? NULL : to->service;
        letter->excused = letter->service != NULL && activation_may_refuse(self, letter->service);
        letter->instance = letter->service == NULL ? 0 : letter->service->number;
        ownership_note(self, letter, to);
        letter->code = code_for(self, endpoint, letter);
        send_letter(self, endpoint, letter, index, flags);
}

static struct model_served *some_served(struct model *self)
{
        size_t begin = pick(self, MODEL_SERVED);

        for (size_t index = 0; index < MODEL_SERVED; index++) {
                struct model_served *served = &self->served[(begin + index) % MODEL_SERVED];

                if (served->endpoint != NULL && served->endpoint->connection != NULL)
                        return served;
        }
        return NULL;
}

static void do_answer(struct model *self, bool fails)
{
        static const uint32_t codes[] = {DARQ_FRAME_NO_REPLY, DARQ_FRAME_LINK_LOST,
                                         DARQ_FRAME_PEER_DIED};
        struct model_served *served = some_served(self);
        struct model_letter *request, *reply;
        struct endpoint *endpoint;
        uint8_t frame[64];
        size_t index;

        if (served == NULL)
                return;
        endpoint = served->endpoint;
        request = &self->letters[served->letter];
        request->answered = true;
        if (fails && model_greeted(self, endpoint)) {
                endpoint_send(endpoint, frame,
                              frame_fail(frame, served->slot, codes[pick(self, 3)]));
                *served = (struct model_served){0};
                return;
        }
        reply = letter_new(self, endpoint, &index);
        if (reply == NULL)
                return;
        reply->reply = true;
        reply->to = request->from;
        reply->source = request->destination;
        if (model_greeted(self, endpoint))
                ports_choose(self, reply);
        for (unsigned int port = 0; port < reply->port_count; port++) {
                const struct model_port *gift = model_port(self, reply->ports[port]);

                reply->owned[port] =
                        gift != NULL && gift->owner != NULL && gift->owner->id == reply->to;
        }
        reply->destination = served->slot;
        *served = (struct model_served){0};
        send_letter(self, endpoint, reply, index, 0);
}

static void do_cancel(struct model *self)
{
        size_t index = self->letter_count == 0 ? 0 : pick(self, self->letter_count);
        struct model_letter *letter = &self->letters[index];
        uint8_t frame[64];

        if (!letter->request || letter->sender == NULL || letter->sender->connection == NULL)
                return;
        letter->cancelled = true;
        endpoint_send(letter->sender, frame,
                      frame_cancel(frame, letter->destination, letter->call));
}

static void do_chunk(struct model *self)
{
        struct model_served *served = some_served(self);
        uint8_t *data = malloc(2 * PAYLOAD_MAX);
        struct letter out = {.payload = data};
        struct endpoint *endpoint;

        if (data == NULL)
                abort();
        if (served != NULL && model_greeted(self, served->endpoint) &&
            served->sent < served->allowed) {
                size_t room = (size_t)(served->allowed - served->sent);

                endpoint = served->endpoint;
                out.size = pick(self, room < 65536 ? room + 1 : 65537);
                out.destination = served->slot;
                for (size_t at = 0; at < out.size; at++)
                        data[at] = (uint8_t)(served->sent + at);
                served->sent += out.size;
                endpoint_send(endpoint, data + PAYLOAD_MAX,
                              frame_chunk(data + PAYLOAD_MAX, &out, served->sent - out.size, 0));
        }
        free(data);
}

static void do_credit(struct model *self)
{
        size_t index = self->letter_count == 0 ? 0 : pick(self, self->letter_count);
        const struct model_letter *letter = &self->letters[index];
        uint8_t frame[128];

        if (letter->request && letter->sender != NULL && letter->sender->connection != NULL)
                endpoint_send(letter->sender, frame,
                              frame_credit(frame, letter->destination, letter->call,
                                           self->downloaded[index] + pick(self, 200000)));
}

void event_draw(struct model *self)
{
        struct endpoint *endpoint = some_peer(self);
        uint64_t what = pick(self, 100);

        if (endpoint == NULL || what < 4)
                do_connect(self);
        else if (what < 10)
                do_open(self, endpoint);
        else if (what == 10)
                host_open(self, endpoint);
        else if (what < 13)
                host_ask(self, endpoint, own_port(self, endpoint));
        else if (what < 16)
                do_close_port(self, endpoint);
        else if (what < 60)
                do_send(self, endpoint);
        else if (what < 75)
                do_answer(self, pick(self, 4) == 0);
        else if (what < 79)
                do_cancel(self);
        else if (what < 85)
                do_chunk(self);
        else if (what < 88)
                do_credit(self);
        else if (what < 91)
                endpoint_take(endpoint, pick(self, 3) == 0 ? SIZE_MAX : pick(self, 5000));
        else if (what < 94)
                world_advance(&self->world, pick(self, pick(self, 50) == 0 ? 100000 : 300));
        else if (what < 99)
                host_step(self);
        else
                model_kill(self, endpoint);
}
