/* SPDX-License-Identifier: MIT */
/*
 * The reference model.
 *
 * Held here: every letter (one-way message, request, reply) arrives at most once, from where it was sent, with what
 * was in it, and in order between two connections; what was refused never arrives; a call has one outcome, and one
 * that says "not handed over" is true; rights are as many as were handed over; chunks of a stream are contiguous and
 * come before the outcome. What is promised of declared services is in activation.c.
 */
#include "tests/simulation/activation.h"
#include "tests/simulation/question.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void model_fail(const struct model *self, const char *text, uint64_t one, uint64_t two)
{
        fprintf(stderr, "seed %llu, event %u: %s (%llx, %llx)\nagain: simulation %llu 1\n",
                (unsigned long long)self->seed, self->event, text, (unsigned long long)one,
                (unsigned long long)two, (unsigned long long)self->seed);
        abort();
}

size_t model_index(const struct model *self, const struct endpoint *endpoint)
{
        return (size_t)(endpoint - self->world.endpoints);
}

struct model_port *model_port(struct model *self, uint64_t number)
{
        for (size_t index = 0; index < MODEL_PORTS; index++) {
                struct model_port *port = &self->ports[index];

                if ((port->owner != NULL || port->service != NULL) && port->number == number)
                        return port;
        }
        return NULL;
}

uint64_t model_open(struct model *self, struct endpoint *endpoint, uint64_t number)
{
        bool taken = model_port(self, number) != NULL;
        size_t place = 0;
        uint64_t opened;

        while (place < MODEL_PORTS &&
               (self->ports[place].owner != NULL || self->ports[place].service != NULL))
                place++;
        if (place == MODEL_PORTS || endpoint->room != SIZE_MAX)
                return 0;
        opened = endpoint_open(endpoint, number);
        if (taken && opened != 0)
                model_fail(self, "a port that somebody holds", opened, 0);
        if (opened != 0)
                self->ports[place] = (struct model_port){.number = opened, .owner = endpoint};
        return opened;
}

bool model_allowed(struct model *self, const struct endpoint *endpoint, uint64_t number)
{
        const struct model_port *port = model_port(self, number);

        if (port == NULL)
                return false;
        if (port->owner == endpoint || port->rights[model_index(self, endpoint)] > 0)
                return true;
        return number <= DARQ_PORT_ASKED_MAX &&
               (port->service == NULL || activation_allows(self, port->service, endpoint));
}

void model_close(struct model *self, uint64_t number)
{
        struct model_port *port = model_port(self, number);

        if (port != NULL && port->service != NULL)
                activation_lease_ended(self, port->service);
        else if (port != NULL)
                memset(port, 0, sizeof *port);
}

static void forget(struct model *self, struct endpoint *endpoint)
{
        size_t gone = model_index(self, endpoint);

        for (size_t index = 0; index < MODEL_PORTS; index++) {
                self->ports[index].rights[gone] = 0;
                if (self->ports[index].owner == endpoint && self->ports[index].service == NULL)
                        memset(&self->ports[index], 0, sizeof self->ports[index]);
        }
        for (size_t index = 0; index < MODEL_SERVED; index++) {
                if (self->served[index].endpoint == endpoint)
                        self->served[index] = (struct model_served){0};
        }
        for (size_t index = 0; index < WORLD_ENDPOINTS; index++) {
                self->last[gone][index] = 0;
                self->last[index][gone] = 0;
        }
        for (size_t index = 0; index < self->letter_count; index++) {
                if (self->letters[index].sender == endpoint)
                        self->letters[index].sender = NULL;
        }
        self->greeted[gone] = false;
        activation_disconnected(self, endpoint);
}

void model_kill(struct model *self, struct endpoint *endpoint)
{
        endpoint_close(endpoint);
        model_read(self, endpoint);
        forget(self, endpoint);
}

static size_t letter_of(const struct model *self, const uint8_t *payload, uint32_t size)
{
        uint64_t index = size < 8 ? UINT64_MAX : darq_frame_u64_get(payload);

        if (index >= self->letter_count)
                model_fail(self, "a message that nobody sent", index, size);
        return (size_t)index;
}

static void right_came(struct model *self, const struct endpoint *endpoint, uint64_t number,
                       bool owned)
{
        struct model_port *port = model_port(self, number);

        if (port != NULL && !owned)
                port->rights[model_index(self, endpoint)]++;
}

static void ports_came(struct model *self, const struct endpoint *endpoint,
                       const struct arrival *arrival, const struct model_letter *letter, size_t end)
{
        const uint8_t *ports = arrival->frame + darq_frame_ports_offset(end);

        if (arrival->header.port_count != (model_greeted(self, endpoint) ? letter->port_count : 0))
                model_fail(self, "ports were lost or found", arrival->header.port_count,
                           letter->port_count);
        for (unsigned int index = 0; index < arrival->header.port_count; index++) {
                uint64_t number = darq_frame_u64_get(ports + 8 * index);

                if (number != letter->ports[index])
                        model_fail(self, "another port than was sent", number,
                                   letter->ports[index]);
                right_came(self, endpoint, number, letter->owned[index]);
        }
}

static void order_check(struct model *self, const struct endpoint *endpoint,
                        const struct model_letter *letter, size_t index)
{
        uint64_t *last;

        if (letter->sender == NULL)
                return;
        if (letter->service != NULL && letter->service->port->owner != endpoint)
                return;              /* begun before the next one took over */
        if (letter->service != NULL) /* it may have waited for that, while others went on */
                last = &letter->service->last[model_index(self, letter->sender)];
        else
                last = &self->last[model_index(self, endpoint)][model_index(self, letter->sender)];
        if (index < *last)
                model_fail(self, "out of order", index, *last);
        *last = index;
}

static void served_add(struct model *self, struct endpoint *endpoint, uint64_t slot, size_t letter)
{
        for (size_t index = 0; index < MODEL_SERVED; index++) {
                if (self->served[index].endpoint == NULL) {
                        self->served[index] =
                                (struct model_served){slot, letter, endpoint, 0, 65536};
                        return;
                }
        }
}

static void outcome_came(struct model *self, size_t index, uint32_t code)
{
        struct model_letter *letter = &self->letters[index];

        if (letter->ended)
                model_fail(self, "a second outcome", index, code);
        letter->ended = true;
        if (code != 0 && code < DARQ_FRAME_PEER_DIED) {
                if (letter->state == LETTER_HANDED)
                        model_fail(self, "not handed over, it says", index, code);
                letter->state = LETTER_REFUSED;
        }
        if (code == DARQ_FRAME_PEER_DIED && letter->state == LETTER_SENT)
                model_fail(self, "died with who never had it", index, code);
        if (code == DARQ_FRAME_CANCELLED && !letter->cancelled && !activation_cancels(self, letter))
                model_fail(self, "cancelled by nobody", index, code);
}

static size_t call_of(const struct model *self, const struct endpoint *caller, uint64_t call)
{
        for (size_t index = 0; index < self->letter_count; index++) {
                if (self->letters[index].call == call && self->letters[index].from == caller->id)
                        return index;
        }
        model_fail(self, "about a call that nobody made", call, caller->id);
}

static void message_came(struct model *self, struct endpoint *endpoint,
                         const struct arrival *arrival)
{
        struct darq_frame_message body = darq_frame_message_get(arrival->body);
        size_t index = letter_of(self, arrival->body + DARQ_FRAME_MESSAGE_SIZE, body.payload_size);
        struct model_letter *letter = &self->letters[index];
        size_t end = arrival->header.header_size + DARQ_FRAME_MESSAGE_SIZE + body.payload_size;
        bool slot = (body.source & DARQ_PORT_SLOT) != 0;
        bool greeted = model_greeted(self, endpoint);

        if (letter->state != LETTER_SENT)
                model_fail(self, "a message twice, or after it was refused", index, letter->state);
        letter->state = LETTER_HANDED;
        if (letter->code != 0)
                model_fail(self, "it should have been refused", letter->code, index);
        if (letter->service != NULL)
                activation_letter_came(self, endpoint, letter, index);
        else if (letter->to != endpoint->id)
                model_fail(self, "the wrong receiver", index, letter->to);
        if (slot != letter->request || (!slot && body.source != letter->source))
                model_fail(self, "a forged source", body.source, letter->source);
        if (((arrival->header.flags & DARQ_FRAME_REPLY) != 0) != letter->reply)
                model_fail(self, "a reply that is none", index, arrival->header.flags);
        order_check(self, endpoint, letter, index);
        ports_came(self, endpoint, arrival, letter, end);
        if (((arrival->header.flags & DARQ_FRAME_GIVE_SOURCE) != 0) !=
            (letter->gives && greeted && !letter->owned[3]))
                model_fail(self, "a right on the source that isn't told, or told for nothing",
                           index, letter->gives);
        if (letter->gives)
                right_came(self, endpoint, body.source, letter->owned[3]);
        if (letter->request)
                served_add(self, endpoint, body.source, index);
        if (letter->reply)
                outcome_came(self, call_of(self, endpoint, arrival->header.call), 0);
}

static void notice_came(struct model *self, const struct endpoint *endpoint,
                        const struct arrival *arrival)
{
        struct darq_frame_undeliverable body = darq_frame_undeliverable_get(arrival->body);
        size_t index = call_of(self, endpoint, arrival->header.call);
        struct model_letter *letter = &self->letters[index];

        if (body.port != letter->destination)
                model_fail(self, "about another port", body.port, letter->destination);
        if (letter->request) {
                outcome_came(self, index, body.code);
        } else if (letter->state != LETTER_SENT) {
                model_fail(self, "undeliverable after it was delivered", index, body.code);
        } else {
                letter->state = LETTER_REFUSED;
        }
        if (body.code == DARQ_FRAME_ACTIVATION_FAILED)
                activation_refusal_came(self, letter, index);
        else if (letter->code != 0 && letter->code != body.code)
                model_fail(self, "refused for another reason", letter->code, body.code);
}

static void chunk_came(struct model *self, const struct endpoint *endpoint,
                       const struct arrival *arrival)
{
        struct darq_frame_chunk body = darq_frame_chunk_get(arrival->body);
        size_t index = call_of(self, endpoint, arrival->header.call);

        if (self->letters[index].ended)
                model_fail(self, "a chunk after the outcome", index, body.offset);
        if (body.offset != self->downloaded[index])
                model_fail(self, "a gap in a stream", body.offset, self->downloaded[index]);
        for (uint32_t at = 0; at < body.payload_size; at++) {
                if (arrival->body[DARQ_FRAME_CHUNK_SIZE + at] != (uint8_t)(body.offset + at))
                        model_fail(self, "a stream's bytes changed", body.offset, at);
        }
        self->downloaded[index] += body.payload_size;
}

static void credit_came(struct model *self, const struct arrival *arrival)
{
        struct darq_frame_credit body = darq_frame_credit_get(arrival->body);

        for (size_t index = 0; index < MODEL_SERVED; index++) {
                struct model_served *served = &self->served[index];

                if (served->endpoint == NULL || served->slot != body.source)
                        continue;
                if (body.limit <= served->allowed)
                        model_fail(self, "credit that doesn't grow", body.limit, served->allowed);
                served->allowed = body.limit;
        }
}

void model_read(struct model *self, struct endpoint *endpoint)
{
        struct arrival arrival;

        while (endpoint_next(endpoint, &arrival)) {
                if (!model_greeted(self, endpoint) &&
                    (arrival.header.type > DARQ_FRAME_CHUNK || arrival.header.extended))
                        model_fail(self, "a frame that a legacy peer doesn't know",
                                   arrival.header.type, 0);
                switch (arrival.header.type) {
                case DARQ_FRAME_MESSAGE:
                        if (arrival.header.call >= QUESTION_CALLS &&
                            (arrival.header.flags & DARQ_FRAME_REPLY) != 0) {
                                activation_answer_came(self, endpoint, &arrival);
                                break;
                        }
                        message_came(self, endpoint, &arrival);
                        break;
                case DARQ_FRAME_UNDELIVERABLE:
                        notice_came(self, endpoint, &arrival);
                        break;
                case DARQ_FRAME_CHUNK:
                        chunk_came(self, endpoint, &arrival);
                        break;
                case DARQ_FRAME_CREDIT:
                        credit_came(self, &arrival);
                        break;
                default:
                        break;
                }
        }
}
