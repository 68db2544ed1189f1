/* SPDX-License-Identifier: MIT */
/*
 * Rights in messages.
 *
 * First all ports are looked up and checked, then all are promised: a message that may not be passed gives nothing.
 * A promise counts at the receiver's route from then on, and is charged to the giver until the message is handed
 * over. A port that goes to its own owner gives no right: an owner isn't a holder.
 */
#include "pkernel/core/gift.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"

#include <stdlib.h>
#include <string.h>

bool gifts_look_up(struct gifts *self, struct connection *sender, const struct frame *frame,
                   size_t size)
{
        unsigned int count = frame->header.port_count;
        uint8_t numbers[8 * DARQ_FRAME_PORTS_MAX];

        frame_copy(frame, darq_frame_ports_offset(frame->header.header_size + size), numbers,
                   8 * (size_t)count);
        for (unsigned int index = 0; index < count; index++) {
                uint64_t number = darq_frame_u64_get(numbers + 8 * (size_t)index);
                struct port *port = port_find(sender->kernel, number);

                if (number != DARQ_PORT_KERNEL && (port == NULL || !route_allowed(sender, port)))
                        return false;
                self->ports[index] = port;
        }
        self->port_count = count;
        return true;
}

static bool promise(struct parcel *parcel, struct port *port, struct connection *receiver)
{
        struct route *route;

        if (port == NULL || port->owner == receiver)
                return true;
        route = route_get(receiver, port);
        if (route == NULL)
                return false;
        if (!route_promise(route)) {
                route_release(route);
                return false;
        }
        parcel->gifts[parcel->gift_count++] = route;
        return true;
}

bool gifts_promise(const struct gifts *self, struct parcel *parcel, struct connection *sender,
                   struct connection *receiver)
{
        unsigned int ports = receiver->greeted ? self->port_count : 0;
        unsigned int count = ports + (self->source != NULL ? 1 : 0);

        if (count == 0)
                return true;
        parcel->gifts = count == 1 ? &parcel->one_gift : calloc(count, sizeof(struct route *));
        if (parcel->gifts == NULL)
                return false;
        for (unsigned int index = 0; index < ports; index++) {
                if (!promise(parcel, self->ports[index], receiver))
                        return false;
        }
        if (self->source != NULL && !promise(parcel, self->source, receiver))
                return false;
        return parcel->gift_count == 0 || charge_take(&parcel->gift_charge, sender->share,
                                                      RESOURCE_OBJECTS, parcel->gift_count);
}

void gifts_clear_padding(const struct gifts *self, struct frame *frame, size_t payload_end)
{
        size_t size =
                self->port_count == 0 ? 0 : darq_frame_ports_offset(payload_end) - payload_end;
        struct piece *piece = frame->pieces;

        if (piece == NULL) {
                memset(frame->data + payload_end, 0, size);
                return;
        }
        for (; size > 0; piece = piece->next) {
                for (; size > 0 && payload_end < piece->used; payload_end++, size--)
                        piece->data[payload_end] = 0;
                payload_end -= piece->used;
        }
}
