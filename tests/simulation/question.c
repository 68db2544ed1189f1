/* SPDX-License-Identifier: MIT */
/*
 * Questions to port 1, in a virtual world.
 *
 * An answer is looked for at once: who asks has read everything that came before. Memory is taken as in world.c, so that
 * a test in which the core's fails may ask, too.
 */
#include "tests/simulation/question.h"

#include "libdarqwire/rpc.h"

#include <darq/wire.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

enum { PARAMETERS_MAX = 2048, NAME_MAX_SIZE = 1024 };

void send_letter(struct endpoint *from, const struct letter *letter)
{
        uint8_t *frame = reallocarray(NULL, 1, letter->size + 1024);

        assert(frame != NULL);
        endpoint_send(from, frame, frame_message(frame, letter));
        free(frame);
}

void send_text(struct endpoint *from, uint64_t source, uint64_t destination, uint64_t call,
               uint16_t flags)
{
        send_letter(from, &(struct letter){.source = source,
                                           .destination = destination,
                                           .call = call,
                                           .flags = flags,
                                           .payload = "text",
                                           .size = 4,
                                           .extended = true});
}

int outcome(struct endpoint *endpoint, struct arrival *arrival)
{
        if (!endpoint_next(endpoint, arrival))
                return -1;
        if (arrival->header.type == DARQ_FRAME_MESSAGE)
                return 0;
        if (arrival->header.type != DARQ_FRAME_UNDELIVERABLE)
                return -2;
        return (int)darq_frame_undeliverable_get(arrival->body).code;
}

void question_send(struct endpoint *from, uint64_t source, uint32_t ordinal, const void *parameters,
                   size_t size, const uint64_t *ports, unsigned int port_count)
{
        uint8_t payload[DARQ_RPC_HEADER_SIZE + PARAMETERS_MAX];
        struct darq_rpc_header header = {.interface = darq_kernel_interface.id, .ordinal = ordinal};

        assert(size <= PARAMETERS_MAX);
        darq_rpc_header_put(payload, &header);
        memcpy(payload + DARQ_RPC_HEADER_SIZE, parameters, size);
        send_letter(from, &(struct letter){.source = source,
                                           .destination = DARQ_PORT_KERNEL,
                                           .call = QUESTION_CALLS + ++from->world->questions,
                                           .flags = DARQ_FRAME_REQUEST,
                                           .payload = payload,
                                           .size = DARQ_RPC_HEADER_SIZE + size,
                                           .extended = true,
                                           .ports = ports,
                                           .port_count = port_count});
}

int question_status(struct endpoint *endpoint, struct arrival *arrival)
{
        struct darq_rpc_header header;
        struct darq_frame_message body;
        bool whole;

        if (outcome(endpoint, arrival) != 0)
                return NO_ANSWER;
        body = darq_frame_message_get(arrival->body);
        whole = darq_rpc_header_get(arrival->body + DARQ_FRAME_MESSAGE_SIZE, body.payload_size,
                                    &header);
        assert(whole);
        return whole ? header.status : NO_ANSWER;
}

int ask(struct endpoint *from, uint64_t source, uint32_t ordinal, const void *body, uint32_t size,
        uint64_t port)
{
        uint8_t parameters[4 + NAME_MAX_SIZE];
        struct arrival arrival;

        assert(size <= NAME_MAX_SIZE);
        darq_store_u32(parameters, size);
        memcpy(parameters + 4, body, size);
        question_send(from, source, ordinal, parameters, 4 + (size_t)size, &port,
                      port == 0 ? 0 : 1);
        return question_status(from, &arrival);
}

int ask_name(struct endpoint *from, uint64_t source, uint32_t ordinal, const char *name)
{
        uint8_t body[NAME_MAX_SIZE];
        uint32_t length = (uint32_t)strlen(name) + 1;

        assert(4 + length <= sizeof body);
        darq_store_u32(body, length);
        memcpy(body + 4, name, length);
        return ask(from, source, ordinal, body, 4 + length, 0);
}
