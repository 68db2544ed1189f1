/* SPDX-License-Identifier: MIT */
/*
 * Messages that the p-kernel sends by itself: one-way calls of darq.kernel.Watcher.
 *
 * They are written straight into a parcel's head, so that telling of an end needs no memory. Their bytes are those
 * that the generated stubs would write: a test unpacks them with these.
 */
#include "pkernel/core/event.h"

#include "libdarqwire/rpc.h"

#include <darq/wire.h>

/* FNV-1a 64 of "darq.kernel.Watcher". */
#define WATCHER_INTERFACE UINT64_C(0xe376dadc3792656c)

enum { WATCHER_ENDED = 1, WATCHER_NO_SENDERS = 2 };

static void event_put(struct parcel *parcel, uint64_t watcher, uint32_t ordinal,
                      const uint64_t *values, uint32_t count)
{
        struct darq_rpc_header rpc = {.interface = WATCHER_INTERFACE, .ordinal = ordinal};
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE};
        struct darq_frame_message body = {.source = DARQ_PORT_KERNEL, .destination = watcher};
        uint8_t *at = parcel->head;

        body.payload_size = DARQ_RPC_HEADER_SIZE + 4 + 8 * count;
        header.size = DARQ_FRAME_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE + body.payload_size;
        at += darq_frame_header_put(at, &header);
        at += darq_frame_message_put(at, &body);
        darq_rpc_header_put(at, &rpc);
        at += DARQ_RPC_HEADER_SIZE;
        darq_store_u32(at, 8 * count);
        for (uint32_t index = 0; index < count; index++)
                darq_store_u64(at + 4 + 8 * (size_t)index, values[index]);
        parcel_fill(parcel, header.size, NULL);
}

void event_ended(struct parcel *parcel, uint64_t port, uint64_t watcher)
{
        event_put(parcel, watcher, WATCHER_ENDED, &port, 1);
}

void event_no_senders(struct parcel *parcel, uint64_t port, uint64_t grants, uint64_t watcher)
{
        event_put(parcel, watcher, WATCHER_NO_SENDERS, (const uint64_t[]){port, grants}, 2);
}
