/* SPDX-License-Identifier: MIT */
/*
 * Inward: records become frames for the local p-kernel.
 *
 * The other side may be wrong, or hostile: a port that it names must be one that it was given, a call one that is open.
 * What isn't is refused where somebody waits, else dropped and counted: the two sides' tables differ for as long as a
 * record is under way. Only what can't come of that (a stream that is no records, a question asked twice) breaks the
 * link.
 */
#include "pkernel/link/inward.h"

#include "pkernel/link/calls.h"
#include "pkernel/link/kernel.h"
#include "pkernel/link/parts.h"
#include "pkernel/link/peer.h"
#include "pkernel/link/record.h"
#include "pkernel/link/rights.h"

#include <string.h>

static void fail_send(struct peer *peer, const struct record *request, uint32_t code,
                      const char *detail)
{
        outbox_put(&peer->outbox,
                   &(struct record){.type = RECORD_FAIL,
                                    .id = request->id,
                                    .code = code,
                                    .offset = request->offset,
                                    .payload = (const uint8_t *)detail,
                                    .payload_size = strlen(detail)},
                   NULL);
}

static void ports_return(struct peer *peer, const struct record *record)
{
        for (unsigned int i = 0; i < record->port_count; i++)
                rights_return(peer, record_port(record, i));
}

/* Puts a record's ports and payload into a message, sends it, and has those watched that are proxies. */
static void message_send(struct peer *peer, const struct record *record,
                         struct kernel_message message)
{
        uint64_t ports[RECORD_PORTS_MAX];

        for (unsigned int i = 0; i < record->port_count; i++)
                ports[i] = rights_take(peer, record_port(record, i));
        message.ports = ports;
        message.port_count = record->port_count;
        message.payload = record->payload;
        message.size = record->payload_size;
        kernel_message(peer, &message);
        for (unsigned int i = 0; i < record->port_count; i++)
                rights_watch(peer, ports[i]);
        if (message.give_source)
                rights_watch(peer, message.source);
}

static void request_take(struct peer *peer, const struct record *record)
{
        struct kernel_message message = {
                .source = peer->home, .destination = record->target, .timeout_ms = record->code};
        struct answer answer;

        if (!rights_exported(peer, record->target)) {
                ports_return(peer, record);
                fail_send(peer, record, DARQ_FRAME_NO_PORT, "no such port");
                return;
        }
        if (answer_find_question(peer, record->id, &answer)) {
                peer_break(peer, "it asks a question twice");
                return;
        }
        message.call = answer_open(peer, record->id, record->target, record->offset);
        if (message.call == 0) {
                ports_return(peer, record);
                fail_send(peer, record, DARQ_FRAME_QUOTA, "memory is short");
                return;
        }
        message_send(peer, record, message);
}

static void reply_take(struct peer *peer, const struct record *record)
{
        struct kernel_message message = {.source = peer->home, .destination = record->id};

        if (question_close(peer, record->id)) {
                message_send(peer, record, message);
                return;
        }
        ports_return(peer, record);
        peer->statistics.dropped++;
}

static void fail_take(struct peer *peer, const struct record *record)
{
        if (question_close(peer, record->id))
                kernel_fail(peer, record->id, record->code, (const char *)record->payload,
                            record->payload_size);
        else
                peer->statistics.dropped++;
}

static void cancel_take(struct peer *peer, const struct record *record)
{
        struct answer answer;

        if (!answer_find_question(peer, record->id, &answer))
                return;
        answer_cancel(peer, record->id);
        kernel_cancel(peer, &answer);
}

/* Where a stream's frame goes: the callee's bytes to the slot, the caller's to the port. False: the call is over. */
static bool stream_find(struct peer *peer, uint64_t id, bool to_caller, uint64_t *destination,
                        uint64_t *call)
{
        struct answer answer;

        if (to_caller) {
                *destination = id;
                *call = 0;
                return question_proxy(peer, id) != 0;
        }
        if (!answer_find_question(peer, id, &answer))
                return false;
        *destination = answer.port;
        *call = answer.call;
        return true;
}

static void chunk_take(struct peer *peer, const struct record *record)
{
        uint64_t destination, call;

        if (stream_find(peer, record->id, (record->flags & RECORD_DOWN) != 0, &destination, &call))
                kernel_chunk(peer, destination, call, record->offset,
                             (record->flags & RECORD_FIN) != 0, record->payload,
                             record->payload_size);
        else
                peer->statistics.dropped++;
}

static void credit_take(struct peer *peer, const struct record *record)
{
        uint64_t destination, call;

        if (stream_find(peer, record->id, (record->flags & RECORD_DOWN) == 0, &destination, &call))
                kernel_credit(peer, destination, call, record->offset);
        else
                peer->statistics.dropped++;
}

static void message_take(struct peer *peer, const struct record *record)
{
        struct kernel_message message = {
                .source = peer->home, .destination = record->target, .timeout_ms = record->code};

        message.give_source = (record->flags & RECORD_SOURCE) != 0;
        if (!rights_exported(peer, record->target)) {
                ports_return(peer, record);
                if (message.give_source)
                        rights_return(peer, record->id);
                peer->statistics.dropped++;
                return;
        }
        if (message.give_source) {
                message.source = rights_take(peer, record->id);
                if (rights_meaning(peer, message.source) == 0) { /* not ours to send from */
                        message.source = peer->home;
                        message.give_source = false;
                }
        }
        message_send(peer, record, message);
}

static void granted_take(struct peer *peer, const struct record *record)
{
        static const char detail[] = "the other location gives what is of this one";
        uint64_t proxy = rights_take(peer, record_port(record, 0));

        if (rights_meaning(peer, proxy) == 0) {
                kernel_decline(peer, record->id, 0, detail, sizeof detail - 1);
                return;
        }
        kernel_provide(peer, record->id, proxy);
        rights_watch(peer, proxy);
}

static void ask_take(struct peer *peer, const struct record *record)
{
        if (record->payload_size != 0 &&
            memchr(record->payload, '\0', record->payload_size) == NULL &&
            ((record->flags & RECORD_OBJECT) != 0 || record->payload_size <= 255))
                kernel_ask(peer, record->id, (record->flags & RECORD_OBJECT) != 0,
                           (const char *)record->payload, record->payload_size);
        else
                peer_break(peer, "it asks for what is no name");
}

static void record_take(struct peer *peer, const struct record *record)
{
        switch (record->type) {
        case RECORD_REQUEST:
                request_take(peer, record);
                break;
        case RECORD_REPLY:
                reply_take(peer, record);
                break;
        case RECORD_FAIL:
                fail_take(peer, record);
                break;
        case RECORD_CANCEL:
                cancel_take(peer, record);
                break;
        case RECORD_CHUNK:
                chunk_take(peer, record);
                break;
        case RECORD_CREDIT:
                credit_take(peer, record);
                break;
        case RECORD_MESSAGE:
                message_take(peer, record);
                break;
        case RECORD_ENDED:
                rights_ended(peer, record->target);
                break;
        case RECORD_RELEASE:
                rights_released(peer, record->target, record->offset);
                break;
        case RECORD_ASK:
                ask_take(peer, record);
                break;
        case RECORD_GRANTED:
                granted_take(peer, record);
                break;
        case RECORD_REFUSED:
                kernel_decline(peer, record->id, record->code, (const char *)record->payload,
                               record->payload_size);
                break;
        case RECORD_PART:
                break; /* not here */
        }
}

static bool kernel_keeps_up(const struct peer *peer)
{
        return bytes_size(&peer->to_kernel) < PEER_UNWRITTEN &&
               outbox_size(&peer->outbox) < PEER_FULL;
}

/* A record that came in parts is whole. */
static void whole_take(struct peer *peer, const struct bytes *whole)
{
        struct record record;

        if (record_get(&record, bytes_front(whole), bytes_size(whole), PEER_RECORD_MAX) ==
                    RECORD_OK &&
            record.size == bytes_size(whole) && record.type != RECORD_PART)
                record_take(peer, &record);
        else
                peer_break(peer, "what it sends in parts is no record");
}

static void part_take(struct peer *peer, const struct record *record)
{
        struct bytes *whole;

        switch (parts_add(&peer->parts, record, &whole)) {
        case PARTS_WRONG:
                peer_break(peer, "parts that it sends don't fit together");
                break;
        case PARTS_NO_MEMORY:
                peer_break(peer, "memory is short");
                break;
        case PARTS_MORE:
                break;
        case PARTS_WHOLE:
                whole_take(peer, whole);
                parts_remove(&peer->parts, record->id);
                break;
        }
}

/* So many ports may have to be taken with it. */
static unsigned int ports_max(const struct record *record)
{
        return (record->type == RECORD_PART ? RECORD_PORTS_MAX : record->port_count) + 1;
}

size_t inward_take(struct peer *peer, const uint8_t *data, size_t size)
{
        size_t done = 0;
        struct record record;

        while (peer->broken == NULL && kernel_keeps_up(peer)) {
                enum record_verdict verdict =
                        record_get(&record, data + done, size - done, PEER_RECORD_MAX);

                if (verdict == RECORD_BAD)
                        peer_break(peer, "what it sends is no records");
                if (verdict == RECORD_SHORT)
                        peer->taken = peer->received; /* to be completed: it must come */
                if (verdict != RECORD_OK || !rights_ready(peer, ports_max(&record)))
                        break;
                if (record.type == RECORD_PART)
                        part_take(peer, &record);
                else
                        record_take(peer, &record);
                done += record.size;
                if (peer->received - (size - done) > peer->taken)
                        peer->taken = peer->received - (size - done);
        }
        return done;
}

void inward_go_on(struct peer *peer)
{
        size_t size = bytes_size(&peer->incoming);

        if (size != 0)
                bytes_drop(&peer->incoming, inward_take(peer, bytes_front(&peer->incoming), size));
}
