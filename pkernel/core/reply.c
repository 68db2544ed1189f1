/* SPDX-License-Identifier: MIT */
/*
 * Replies: of a callee to the slot that its request came from, and the p-kernel's own.
 *
 * A reply to a slot that isn't the sender's, or has ended, is dropped. Any other ends the call, whatever comes of it:
 * where it can't be passed on the caller is told so instead. Replies don't count at a port; they are charged to the
 * caller on behalf of the callee.
 */
#include "pkernel/core/reply.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/gift.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/piece.h"
#include "pkernel/core/port.h"
#include "pkernel/core/run.h"
#include "pkernel/core/series.h"
#include "pkernel/core/slot.h"
#include "pkernel/core/stream.h"

#include <string.h>

static size_t reply_head(const struct slot *slot, const struct gifts *gifts, uint32_t payload_size,
                         uint8_t *head)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE,
                                           .extended = true,
                                           .call = slot->call,
                                           .flags = DARQ_FRAME_REPLY,
                                           .port_count = (uint16_t)gifts->port_count};
        struct darq_frame_message body = {slot->port, slot->caller_port, payload_size};
        size_t size = DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE + payload_size;

        if (gifts->port_count > 0)
                size = darq_frame_ports_offset(size) + 8 * (size_t)gifts->port_count;
        header.size = (uint32_t)size;
        size = darq_frame_header_put(head, &header);
        return size + darq_frame_message_put(head + size, &body);
}

/* Without a parcel. False: it needs one, or can't be passed on; nothing has changed. */
static bool reply_run(struct slot *slot, struct frame *frame, const struct gifts *gifts,
                      uint32_t payload_size)
{
        struct connection *callee = slot->callee;
        struct connection *caller = slot->caller;
        size_t size = DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_MESSAGE_SIZE + (size_t)payload_size;
        uint8_t *at;

        if (frame->pieces != NULL || gifts_any(gifts) || slot->stream != NULL ||
            size > frame->size || !run_admits(caller, frame->size) ||
            !share_allows(slot->reply_share, RESOURCE_BYTES, parcel_cost(frame->size)))
                return false;
        at = frame->data + frame->size - size;
        reply_head(slot, gifts, payload_size, at);
        run_add(caller, &(struct receipt){.data = at,
                                          .share = slot->reply_share,
                                          .size = (uint32_t)size,
                                          .count = 1,
                                          .cut = (uint32_t)(frame->size - size)});
        slot_replied(slot, NULL);
        if (frame->behind > 0)
                series_of_replies(callee, frame, caller);
        return true;
}

static void reply_deliver(struct slot *slot, struct frame *frame, struct gifts *gifts,
                          uint32_t payload_size)
{
        struct connection *caller = slot->caller;
        struct parcel *parcel = parcel_new(slot->kernel, PARCEL_REPLY);
        uint8_t head[DARQ_FRAME_FIXED_MAX];
        size_t offset = frame->header.header_size + DARQ_FRAME_MESSAGE_SIZE;

        if (parcel == NULL || !parcel_charge(parcel, slot->reply_share, frame->size, caller) ||
            !gifts_promise(gifts, parcel, slot->callee, caller)) {
                parcel_free(parcel);
                slot_fail(slot, DARQ_FRAME_NO_REPLY, "no room for the reply");
                return;
        }
        gifts_clear_padding(gifts, frame, offset + payload_size);
        parcel_take(parcel, frame, head, reply_head(slot, gifts, payload_size, head), offset,
                    frame->size);
        parcel->from = slot->callee->id;
        slot_replied(slot, parcel);
        output_add(caller, parcel);
}

bool reply_make(struct connection *caller, uint64_t call, uint64_t caller_port, const void *payload,
                size_t size, struct port *const *ports, unsigned int port_count)
{
        struct parcel *parcel = parcel_new(caller->kernel, PARCEL_ANSWER);
        struct gifts gifts = {.port_count = port_count};
        struct slot as = {.call = call, .caller_port = caller_port, .port = DARQ_PORT_KERNEL};
        size_t at, ports_at;

        if (parcel == NULL)
                return false;
        memcpy(gifts.ports, ports, port_count * sizeof(struct port *));
        at = reply_head(&as, &gifts, (uint32_t)size, parcel->head);
        ports_at = darq_frame_ports_offset(at + size);
        parcel->pieces = piece_new(ports_at + 8 * (size_t)port_count);
        if (parcel->pieces == NULL || !gifts_promise(&gifts, parcel, caller, caller)) {
                parcel_free(parcel);
                return false;
        }
        parcel_fill(parcel, at, NULL);
        memcpy(parcel->pieces->data, payload, size);
        memset(parcel->pieces->data + size, 0, ports_at - at - size);
        for (unsigned int index = 0; index < port_count; index++)
                darq_frame_u64_put(parcel->pieces->data + ports_at - at + 8 * (size_t)index,
                                   ports[index]->number);
        parcel->pieces->used = port_count == 0 ? size : ports_at - at + 8 * (size_t)port_count;
        parcel->size += parcel->pieces->used;
        parcel->weight = parcel->size;
        output_add(caller, parcel);
        return true;
}

void reply_receive(struct connection *connection, struct frame *frame,
                   const struct darq_frame_message *body)
{
        struct slot *slot = slot_find_served(connection, body->destination);
        struct gifts gifts;

        if (slot == NULL)
                return;
        if (frame->refusal == DARQ_FRAME_TOO_BIG)
                slot_fail(slot, DARQ_FRAME_REPLY_TOO_BIG,
                          "the reply is longer than the limit on messages");
        else if (frame->refusal != 0)
                slot_fail(slot, DARQ_FRAME_NO_REPLY, "the reply was over quota while it arrived");
        else if (!gifts_check(&gifts, connection, frame,
                              DARQ_FRAME_MESSAGE_SIZE + (size_t)body->payload_size))
                slot_fail(slot, DARQ_FRAME_NO_REPLY,
                          "a port in the reply is not the callee's to pass");
        else if (!reply_run(slot, frame, &gifts, body->payload_size))
                reply_deliver(slot, frame, &gifts, body->payload_size);
}
