/* SPDX-License-Identifier: MIT */
/*
 * Port 1.
 */
#include "pkernel/core/control.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/message.h"

void control_receive(struct connection *connection, struct frame *frame,
                     const struct darq_frame_message *body)
{
        message_refuse(connection, frame->header.call, body->destination, DARQ_FRAME_NO_PORT,
                       "not served yet");
}
