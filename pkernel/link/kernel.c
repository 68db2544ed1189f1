/* SPDX-License-Identifier: MIT */
/*
 * The local p-kernel, as a location's connection speaks to it.
 *
 * Calls to port 1 are packed by the code that darqidl makes of idl/kernel.didl, and remembered as errands until they
 * are answered. Ports are opened one after the other, and answered so: the first to ask from, before the connection
 * stands for the location; the second, afterwards, is what the location calls from; all others are spares, for imports.
 */
#include "pkernel/link/kernel.h"

#include "kernel.darq.h"
#include "libdarqwire/container.h"
#include "libdarqwire/rpc.h"
#include "libdarqwire/utf8.h"
#include "pkernel/link/calls.h"
#include "pkernel/link/peer.h"
#include "pkernel/link/record.h"
#include "pkernel/link/rights.h"

#include <stdlib.h>
#include <string.h>

enum {
        METHOD_CONNECT = 1,
        METHOD_WATCH = 3,
        METHOD_RELEASE = 4,
        METHOD_WATCH_SENDERS = 5,
        METHOD_RESOLVE = 15,
        METHOD_STAND_FOR = 20,
        METHOD_WANTED = 21,
        METHOD_PROVIDE = 22,
        METHOD_DECLINE = 23,
};

enum { ARENA_MAX = 1 << 20, FIRST_PORTS = 2 };

struct errand {
        struct darq_map_node by_call;
        const struct darq_method *method;
        uint64_t value; /* question, or port */
        uint64_t given;
};

/* Frames */

static uint8_t *frame_new(struct peer *peer, struct darq_frame_header *header, size_t body_size)
{
        size_t head = header->extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;
        uint8_t *at = bytes_grow(&peer->to_kernel, head + body_size);

        if (at == NULL)
                return NULL;
        header->size = (uint32_t)(head + body_size);
        return at + darq_frame_header_put(at, header);
}

void kernel_message(struct peer *peer, const struct kernel_message *message)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE_IN,
                                           .extended = true,
                                           .call = message->call,
                                           .timeout_ms = message->timeout_ms,
                                           .port_count = (uint16_t)message->port_count};
        struct darq_frame_message body = {message->source, message->destination,
                                          (uint32_t)message->size};
        size_t end = DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE + message->size;
        size_t total = message->port_count == 0
                               ? end
                               : darq_frame_ports_offset(end) + 8 * (size_t)message->port_count;
        uint8_t *at;

        header.flags = (uint16_t)((message->call != 0 ? DARQ_FRAME_REQUEST : 0) |
                                  (message->give_source ? DARQ_FRAME_GIVE_SOURCE : 0));
        at = frame_new(peer, &header, total - DARQ_FRAME_CALL_HEADER_SIZE);
        if (at == NULL)
                return;
        at += darq_frame_message_put(at, &body);
        if (message->size != 0)
                memcpy(at, message->payload, message->size);
        at += message->size;
        if (message->port_count == 0)
                return;
        memset(at, 0, darq_frame_ports_offset(end) - end);
        at += darq_frame_ports_offset(end) - end;
        for (unsigned int i = 0; i < message->port_count; i++)
                at += darq_frame_u64_put(at, message->ports[i]);
}

void kernel_fail(struct peer *peer, uint64_t slot, uint32_t code, const char *detail, size_t size)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_UNDELIVERABLE};
        struct darq_frame_undeliverable body = {slot, code, (uint32_t)size};
        uint8_t *at = frame_new(peer, &header, DARQ_FRAME_UNDELIVERABLE_SIZE + size);

        if (at == NULL)
                return;
        at += darq_frame_undeliverable_put(at, &body);
        if (size != 0)
                memcpy(at, detail, size);
}

void kernel_chunk(struct peer *peer, uint64_t destination, uint64_t call, uint64_t offset, bool fin,
                  const uint8_t *payload, size_t size)
{
        struct darq_frame_header header = {
                .type = DARQ_FRAME_CHUNK_IN, .extended = true, .call = call};
        struct darq_frame_chunk body = {.source = peer->home,
                                        .destination = destination,
                                        .offset = offset,
                                        .payload_size = (uint32_t)size,
                                        .flags = fin ? DARQ_FRAME_FIN : 0};
        uint8_t *at = frame_new(peer, &header, DARQ_FRAME_CHUNK_SIZE + size);

        if (at == NULL)
                return;
        at += darq_frame_chunk_put(at, &body);
        if (size != 0)
                memcpy(at, payload, size);
}

void kernel_credit(struct peer *peer, uint64_t destination, uint64_t call, uint64_t limit)
{
        struct darq_frame_header header = {
                .type = DARQ_FRAME_CREDIT, .extended = true, .call = call};
        struct darq_frame_credit body = {
                .source = peer->home, .destination = destination, .limit = limit};
        uint8_t *at = frame_new(peer, &header, DARQ_FRAME_CREDIT_SIZE);

        if (at != NULL)
                darq_frame_credit_put(at, &body);
}

void kernel_cancel(struct peer *peer, const struct answer *answer)
{
        struct darq_frame_header header = {
                .type = DARQ_FRAME_CANCEL, .extended = true, .call = answer->call};
        uint8_t *at = frame_new(peer, &header, DARQ_FRAME_CANCEL_SIZE);

        if (at != NULL)
                darq_frame_cancel_put(at, answer->port);
}

/* Ports */

static void port_frame(struct peer *peer, uint8_t type, uint64_t port)
{
        struct darq_frame_header header = {.type = type};
        struct darq_frame_port body = {.port = port};
        uint8_t *at = frame_new(peer, &header, DARQ_FRAME_PORT_SIZE);

        if (at != NULL)
                darq_frame_port_put(at, &body);
}

void kernel_open(struct peer *peer)
{
        peer->requests++;
        port_frame(peer, DARQ_FRAME_OPEN_PORT, 0);
}

void kernel_close(struct peer *peer, uint64_t port)
{
        port_frame(peer, DARQ_FRAME_CLOSE_PORT, port);
}

void kernel_opened(struct peer *peer, unsigned int result, uint64_t port)
{
        if (peer->requests_opened == peer->requests)
                return;
        peer->requests_opened++;
        if (result != DARQ_FRAME_OPENED) {
                if (peer->requests_opened <= FIRST_PORTS)
                        peer_break(peer, "the p-kernel opens no port");
                peer->spares_refused = true;
        } else if (peer->requests_opened <= FIRST_PORTS) {
                peer->home = port;
        } else if (peer->spare_count < PEER_SPARES) {
                peer->spares[peer->spare_count++] = port;
                peer->spares_refused = false;
        } else {
                kernel_close(peer, port);
        }
}

/* Calls to port 1 */

static const struct darq_method *method_find(uint32_t ordinal)
{
        const struct darq_method *method = darq_kernel_interface.methods;

        while (method->ordinal != ordinal)
                method++;
        return method;
}

static void kernel_call(struct peer *peer, uint32_t ordinal, const void *request, uint64_t value,
                        uint64_t given)
{
        struct darq_rpc_header rpc = {.interface = darq_kernel_interface.id, .ordinal = ordinal};
        struct kernel_message message = {.source = peer->home, .destination = DARQ_PORT_KERNEL};
        struct errand *errand = calloc(1, sizeof *errand);
        struct darq_writer writer;
        uint8_t *payload;

        darq_writer_init(&writer, NULL, 0);
        if (errand == NULL ||
            darq_map_add(&peer->errands, &errand->by_call, peer->last_call + 1) != 0) {
                free(errand);
                peer_break(peer, "memory is short");
                return;
        }
        errand->method = method_find(ordinal);
        errand->value = value;
        errand->given = given;
        errand->method->pack_request(&writer, request);
        payload = writer.error == 0 ? malloc(DARQ_RPC_HEADER_SIZE + writer.size) : NULL;
        if (payload == NULL) {
                darq_writer_deinit(&writer);
                peer_break(peer, "a call to the p-kernel can't be packed");
                return;
        }
        darq_rpc_header_put(payload, &rpc);
        memcpy(payload + DARQ_RPC_HEADER_SIZE, writer.data, writer.size);
        message.call = ++peer->last_call;
        message.payload = payload;
        message.size = DARQ_RPC_HEADER_SIZE + writer.size;
        message.ports = writer.ports;
        message.port_count = writer.port_count;
        kernel_message(peer, &message);
        free(payload);
        darq_writer_deinit(&writer);
}

void kernel_enter(struct peer *peer)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_HELLO};
        struct darq_frame_hello body = {.revision = DARQ_FRAME_REVISION};
        uint8_t *at = frame_new(peer, &header, DARQ_FRAME_HELLO_SIZE);

        if (at != NULL)
                darq_frame_hello_put(at, &body);
        kernel_open(peer);
}

void kernel_stand(struct peer *peer)
{
        struct darq_kernel_stand_for_request request = {.location = darq_string_of(peer->name)};

        kernel_call(peer, METHOD_STAND_FOR, &request, 0, 0);
        kernel_open(peer);
}

void kernel_watch(struct peer *peer, uint64_t port)
{
        struct darq_kernel_watch_request request = {.target = port,
                                                    .watcher.proxy.port = peer->home};

        kernel_call(peer, METHOD_WATCH, &request, port, 0);
}

void kernel_release(struct peer *peer, uint64_t port, uint64_t count)
{
        struct darq_kernel_release_request request = {.target = port, .count = count};

        kernel_call(peer, METHOD_RELEASE, &request, port, 0);
}

void kernel_count(struct peer *peer, uint64_t proxy, uint64_t given)
{
        struct darq_kernel_watch_senders_request request = {.target = proxy,
                                                            .watcher.proxy.port = peer->home};

        kernel_call(peer, METHOD_WATCH_SENDERS, &request, proxy, given);
}

static void kernel_wanted(struct peer *peer)
{
        kernel_call(peer, METHOD_WANTED, NULL, 0, 0);
}

void kernel_ask(struct peer *peer, uint64_t question, bool object, const char *name, size_t size)
{
        char text[513];
        struct darq_string string = {text, size};

        memcpy(text, name, size);
        text[size] = '\0';
        if (object)
                kernel_call(peer, METHOD_RESOLVE,
                            &(struct darq_kernel_resolve_request){.object = string}, question, 0);
        else
                kernel_call(peer, METHOD_CONNECT,
                            &(struct darq_kernel_connect_request){.name = string}, question, 0);
}

void kernel_provide(struct peer *peer, uint64_t ticket, uint64_t proxy)
{
        struct darq_kernel_provide_request request = {.ticket = ticket, .service.port = proxy};

        kernel_call(peer, METHOD_PROVIDE, &request, proxy, 0);
}

void kernel_decline(struct peer *peer, uint64_t ticket, uint32_t error, const char *text,
                    size_t size)
{
        bool clean = darq_utf8_valid((const uint8_t *)text, size) && memchr(text, 0, size) == NULL;
        char copy[1025];
        struct darq_kernel_decline_request request = {
                .ticket = ticket, .error = error, .text = {copy, size}};

        if (!clean)
                request.text.size = size = 0;
        memcpy(copy, text, size);
        copy[size] = '\0';
        kernel_call(peer, METHOD_DECLINE, &request, 0, 0);
}

/* Answers */

static void refused_send(struct peer *peer, const struct errand *errand, uint32_t code,
                         struct darq_string text)
{
        outbox_put(&peer->outbox,
                   &(struct record){.type = RECORD_REFUSED,
                                    .id = errand->value,
                                    .code = code,
                                    .payload = (const uint8_t *)text.data,
                                    .payload_size = text.size < 1024 ? text.size : 1024},
                   NULL);
}

static void wanted_answered(struct peer *peer, const struct darq_kernel_wanted_reply *reply)
{
        bool object = reply->object.size != 0;
        struct darq_string text = object ? reply->object : reply->name;

        outbox_put(&peer->outbox,
                   &(struct record){.type = RECORD_ASK,
                                    .flags = object ? RECORD_OBJECT : 0,
                                    .id = reply->ticket,
                                    .payload = (const uint8_t *)text.data,
                                    .payload_size = text.size},
                   NULL);
        kernel_wanted(peer);
}

static void port_answered(struct peer *peer, const struct errand *errand, uint64_t port)
{
        outbox_put(&peer->outbox,
                   &(struct record){.type = RECORD_GRANTED,
                                    .id = errand->value,
                                    .port_count = 1,
                                    .ports = {rights_give(peer, port)}},
                   NULL);
}

static void fine_answered(struct peer *peer, const struct errand *errand, const void *reply)
{
        switch (errand->method->ordinal) {
        case METHOD_STAND_FOR:
                kernel_wanted(peer);
                peer_stands(peer);
                break;
        case METHOD_WANTED:
                wanted_answered(peer, reply);
                break;
        case METHOD_CONNECT:
                port_answered(peer, errand,
                              ((const struct darq_kernel_connect_reply *)reply)->service.port);
                break;
        case METHOD_RESOLVE:
                port_answered(peer, errand,
                              ((const struct darq_kernel_resolve_reply *)reply)->service.port);
                break;
        case METHOD_WATCH_SENDERS:
                rights_counted(peer, errand->value,
                               ((const struct darq_kernel_watch_senders_reply *)reply)->rights,
                               errand->given);
                break;
        default:
                break;
        }
}

/* An error, declared (above 0) or the library's. */
static void error_answered(struct peer *peer, const struct errand *errand, int32_t status,
                           struct darq_string text)
{
        uint32_t code = status > 0 ? (uint32_t)status : DARQ_KERNEL_ERROR_FAILED;

        switch (errand->method->ordinal) {
        case METHOD_STAND_FOR:
                peer_break(peer, status == DARQ_KERNEL_ERROR_NOT_ALLOWED
                                         ? "no manifest lets us stand for it"
                                         : "somebody else stands for it");
                break;
        case METHOD_CONNECT:
        case METHOD_RESOLVE:
                refused_send(peer, errand, code, text);
                break;
        case METHOD_WATCH:
                peer_break(peer, "the location's quota of watches is used up");
                break;
        default:
                break;
        }
}

static struct errand *errand_take(struct peer *peer, uint64_t call)
{
        struct darq_map_node *node = darq_map_find(&peer->errands, call);

        if (node == NULL)
                return NULL;
        darq_map_remove(&peer->errands, node);
        return CONTAINER_OF(node, struct errand, by_call);
}

bool kernel_answered(struct peer *peer, uint64_t call, const uint8_t *payload, size_t size,
                     const uint64_t *ports, unsigned int port_count)
{
        struct errand *errand = errand_take(peer, call);
        struct darq_arena *arena;
        struct darq_rpc_header rpc;
        struct darq_reader reader;
        const void *reply;

        if (errand == NULL)
                return false;
        arena = darq_arena_new(ARENA_MAX);
        if (arena == NULL || !darq_rpc_header_get(payload, size, &rpc)) {
                peer_break(peer, "the p-kernel's answer can't be read");
        } else {
                darq_reader_init(&reader, payload + DARQ_RPC_HEADER_SIZE,
                                 size - DARQ_RPC_HEADER_SIZE, arena);
                reader.ports = ports;
                reader.port_count = port_count;
                if (rpc.status != 0) {
                        error_answered(peer, errand, rpc.status, darq_get_string(&reader, 1024));
                } else {
                        reply = errand->method->unpack_reply == NULL
                                        ? darq_unpack_empty(&reader)
                                        : errand->method->unpack_reply(&reader);
                        if (reply == NULL || reader.error != 0)
                                peer_break(peer, "the p-kernel's answer can't be read");
                        else
                                fine_answered(peer, errand, reply);
                }
        }
        darq_arena_free(arena);
        free(errand);
        return true;
}

bool kernel_refused(struct peer *peer, uint64_t call)
{
        struct errand *errand = errand_take(peer, call);

        if (errand == NULL)
                return false;
        free(errand);
        peer_break(peer, "the p-kernel doesn't answer a call");
        return true;
}

void kernel_forget(struct peer *peer)
{
        struct darq_map_node *node;

        while ((node = darq_map_any(&peer->errands)) != NULL) {
                darq_map_remove(&peer->errands, node);
                free(CONTAINER_OF(node, struct errand, by_call));
        }
        darq_map_deinit(&peer->errands);
        peer->home = 0;
        peer->last_call = 0;
        peer->requests = peer->requests_opened = 0;
        peer->spares_refused = false;
        peer->spare_count = 0;
}
