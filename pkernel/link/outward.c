/* SPDX-License-Identifier: MIT */
/*
 * Outward: frames of the local p-kernel become records.
 *
 * What comes on a location's connection is addressed to a proxy (and crosses), to our home port (answers, notices,
 * streams of calls that came from there), or is an answer about ports. A frame that can't cross is failed where it has
 * a sender who waits, and counted where it hasn't.
 */
#include "pkernel/link/outward.h"

#include "libdarqwire/rpc.h"
#include "pkernel/link/calls.h"
#include "pkernel/link/kernel.h"
#include "pkernel/link/peer.h"
#include "pkernel/link/record.h"
#include "pkernel/link/rights.h"

#include <assert.h>
#include <darq/wire.h>

/* FNV-1a 64 of "darq.kernel.Watcher", and its methods. */
#define WATCHER_INTERFACE UINT64_C(0xe376dadc3792656c)
enum { WATCHER_ENDED = 1, WATCHER_NO_SENDERS = 2 };

struct incoming {
        struct darq_frame_header header;
        const uint8_t *frame;
        const uint8_t *body;
};

/* Notices of port 1 */

static void notice_receive(struct peer *peer, const uint8_t *payload, size_t size)
{
        struct darq_rpc_header rpc;
        uint64_t target;

        if (size < DARQ_RPC_HEADER_SIZE + 12 || !darq_rpc_header_get(payload, size, &rpc) ||
            rpc.interface != WATCHER_INTERFACE)
                return;
        target = darq_load_u64(payload + DARQ_RPC_HEADER_SIZE + 4);
        if (rpc.ordinal == WATCHER_ENDED)
                rights_dead(peer, target);
        else if (rpc.ordinal == WATCHER_NO_SENDERS)
                rights_unused(peer, target);
}

/* Messages */

static unsigned int ports_get(const struct incoming *in, size_t payload_end, uint64_t *ports)
{
        const uint8_t *at = in->frame + darq_frame_ports_offset(payload_end);

        for (unsigned int i = 0; i < in->header.port_count; i++)
                ports[i] = darq_frame_u64_get(at + 8 * (size_t)i);
        return in->header.port_count;
}

static void reply_cross(struct peer *peer, const struct incoming *in, struct record *record)
{
        struct answer answer;
        bool waited = answer_close(peer, in->header.call, &answer);

        for (unsigned int i = 0; i < record->port_count; i++) {
                if (waited)
                        record->ports[i] = rights_give(peer, record->ports[i]);
                else
                        rights_refuse(peer, record->ports[i]);
        }
        if (!waited)
                return;
        record->type = RECORD_REPLY;
        record->id = answer.question;
        record->offset = answer.caller;
        outbox_put(&peer->outbox, record, NULL);
}

static void ports_refuse(struct peer *peer, const struct record *record)
{
        for (unsigned int i = 0; i < record->port_count; i++)
                rights_refuse(peer, record->ports[i]);
}

static void request_cross(struct peer *peer, const struct incoming *in, uint64_t slot,
                          uint64_t proxy, struct record *record)
{
        static const char detail[] = "no such port";

        record->target = rights_meaning(peer, proxy);
        if (record->target == 0 || !question_open(peer, slot, proxy)) {
                ports_refuse(peer, record);
                kernel_fail(peer, slot, DARQ_FRAME_NO_PORT, detail, sizeof detail - 1);
                return;
        }
        for (unsigned int i = 0; i < record->port_count; i++)
                record->ports[i] = rights_give(peer, record->ports[i]);
        record->type = RECORD_REQUEST;
        record->id = slot;
        record->code = in->header.timeout_ms;
        record->offset = in->header.call;
        *question_mark(peer, slot) = outbox_put(&peer->outbox, record, NULL);
}

static void one_way_cross(struct peer *peer, const struct incoming *in, uint64_t source,
                          uint64_t proxy, struct record *record)
{
        bool given = (in->header.flags & DARQ_FRAME_GIVE_SOURCE) != 0;

        record->target = rights_meaning(peer, proxy);
        if (record->target == 0) {
                ports_refuse(peer, record);
                if (given)
                        rights_refuse(peer, source);
                peer->statistics.dropped++;
                return;
        }
        for (unsigned int i = 0; i < record->port_count; i++)
                record->ports[i] = rights_give(peer, record->ports[i]);
        record->type = RECORD_MESSAGE;
        record->code = in->header.timeout_ms;
        if (given) {
                record->flags = RECORD_SOURCE;
                record->id = rights_give(peer, source);
        }
        outbox_put(&peer->outbox, record, NULL);
}

static void message_receive(struct peer *peer, const struct incoming *in)
{
        struct darq_frame_message body = darq_frame_message_get(in->body);
        struct record record = {.payload = in->body + DARQ_FRAME_MESSAGE_SIZE,
                                .payload_size = body.payload_size};
        size_t end = in->header.header_size + DARQ_FRAME_MESSAGE_SIZE + (size_t)body.payload_size;

        if (!darq_frame_message_fits(&in->header, body.payload_size)) {
                peer_break(peer, "the p-kernel sends what is no frame");
                return;
        }
        record.port_count = ports_get(in, end, record.ports);
        if ((in->header.flags & DARQ_FRAME_REPLY) != 0) {
                if (!kernel_answered(peer, in->header.call, record.payload, body.payload_size,
                                     record.ports, record.port_count))
                        reply_cross(peer, in, &record);
        } else if ((in->header.flags & DARQ_FRAME_REQUEST) != 0) {
                request_cross(peer, in, body.source, body.destination, &record);
        } else if (body.source == DARQ_PORT_KERNEL) {
                notice_receive(peer, record.payload, body.payload_size);
        } else {
                one_way_cross(peer, in, body.source, body.destination, &record);
        }
}

/* Calls */

static void undeliverable_receive(struct peer *peer, const struct incoming *in)
{
        struct darq_frame_undeliverable body = darq_frame_undeliverable_get(in->body);
        struct answer answer;

        if (!darq_frame_rest_fits(&in->header, DARQ_FRAME_UNDELIVERABLE_SIZE, body.detail_size))
                body.detail_size = 0;
        if (in->header.call == 0) {
                peer->statistics.dropped++;
                return;
        }
        if (kernel_refused(peer, in->header.call) || !answer_close(peer, in->header.call, &answer))
                return;
        outbox_put(
                &peer->outbox,
                &(struct record){.type = RECORD_FAIL,
                                 .id = answer.question,
                                 .code = body.code,
                                 .offset = answer.caller,
                                 .payload = in->body + DARQ_FRAME_UNDELIVERABLE_SIZE,
                                 .payload_size = body.detail_size < 1024 ? body.detail_size : 1024},
                NULL);
}

static void cancel_receive(struct peer *peer, const struct incoming *in)
{
        uint64_t slot = darq_frame_u64_get(in->body);
        struct outbox_mark *mark = question_mark(peer, slot);

        if (mark == NULL)
                return;
        outbox_put(&peer->outbox, &(struct record){.type = RECORD_CANCEL, .id = slot}, mark);
        question_close(peer, slot);
}

/* Which call a stream's frame is of, and in which direction: into id and flags. False: of none that crosses. */
static bool stream_find(const struct peer *peer, uint64_t source, uint64_t call,
                        struct record *record)
{
        struct answer answer;

        if ((source & DARQ_PORT_SLOT) != 0) {
                record->id = source;
                return question_proxy(peer, source) != 0;
        }
        if (!answer_find(peer, call, &answer))
                return false;
        record->id = answer.question;
        record->flags = RECORD_DOWN;
        return true;
}

static void chunk_receive(struct peer *peer, const struct incoming *in)
{
        struct darq_frame_chunk body = darq_frame_chunk_get(in->body);
        struct record record = {.type = RECORD_CHUNK,
                                .offset = body.offset,
                                .payload = in->body + DARQ_FRAME_CHUNK_SIZE,
                                .payload_size = body.payload_size};

        if (!darq_frame_rest_fits(&in->header, DARQ_FRAME_CHUNK_SIZE, body.payload_size) ||
            body.payload_size > DARQ_FRAME_CHUNK_MAX ||
            !stream_find(peer, body.source, in->header.call, &record)) {
                peer->statistics.dropped++;
                return;
        }
        if ((body.flags & DARQ_FRAME_FIN) != 0)
                record.flags |= RECORD_FIN;
        outbox_put(&peer->outbox, &record, question_mark(peer, body.source));
}

/* Credit for the callee's bytes comes from the caller's side, and the reverse: DOWN says whose bytes. */
static void credit_receive(struct peer *peer, const struct incoming *in)
{
        struct darq_frame_credit body = darq_frame_credit_get(in->body);
        struct record record = {.type = RECORD_CREDIT, .offset = body.limit};

        if (!stream_find(peer, body.source, in->header.call, &record)) {
                peer->statistics.dropped++;
                return;
        }
        record.flags ^= RECORD_DOWN;
        outbox_put(&peer->outbox, &record, question_mark(peer, body.source));
}

static void opened_receive(struct peer *peer, const struct incoming *in)
{
        struct darq_frame_port body = darq_frame_port_get(in->body);

        kernel_opened(peer, body.result, body.port);
}

static void frame_take(struct peer *peer, const struct incoming *in)
{
        switch (in->header.type) {
        case DARQ_FRAME_MESSAGE:
                message_receive(peer, in);
                break;
        case DARQ_FRAME_UNDELIVERABLE:
                undeliverable_receive(peer, in);
                break;
        case DARQ_FRAME_CANCEL:
                cancel_receive(peer, in);
                break;
        case DARQ_FRAME_CHUNK:
                chunk_receive(peer, in);
                break;
        case DARQ_FRAME_CREDIT:
                credit_receive(peer, in);
                break;
        case DARQ_FRAME_OPENED_PORT:
                opened_receive(peer, in);
                break;
        default:
                break; /* Welcome, ClosedPort, and what is newer than we are */
        }
}

void outward_go_on(struct peer *peer)
{
        struct incoming in;

        while (peer->broken == NULL) {
                size_t available = bytes_size(&peer->from_kernel);

                in.frame = bytes_front(&peer->from_kernel);
                assert(in.frame != NULL || available == 0);
                switch (darq_frame_header_get(in.frame, available, DARQ_FRAME_FROM_KERNEL,
                                              &in.header)) {
                case DARQ_FRAME_BAD:
                        peer_break(peer, "the p-kernel sends what is no frame");
                        return;
                case DARQ_FRAME_SHORT:
                        return;
                default:
                        break;
                }
                if (in.header.size > PEER_RECORD_MAX) {
                        peer_break(peer, "a frame is longer than any record");
                        return;
                }
                if (available < in.header.size)
                        return;
                in.body = in.frame + in.header.header_size;
                frame_take(peer, &in);
                bytes_drop(&peer->from_kernel, in.header.size);
        }
}
