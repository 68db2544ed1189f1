/* SPDX-License-Identifier: MIT */
/*
 * Results: their names, what they mean, and whether the request may have been executed.
 *
 * One table is all there is; its order is that of the enum. The codes of an Undeliverable frame are the p-kernel's
 * numbers for some of them.
 */
#include <darq/status.h>

#include <stddef.h>

#include "libdarqwire/status.h"

struct row {
        int status;
        uint32_t undeliverable; /* the frame's code for it; 0: none */
        const char *name;
        const char *text;
};

static const struct row rows[] = {
        {0, 0, "0", "done"},
        {DARQ_E_NO_MEMORY, 0, "DARQ_E_NO_MEMORY", "memory is short"},
        {DARQ_E_INVALID, 0, "DARQ_E_INVALID", "an argument is not valid"},
        {DARQ_E_AGAIN, 0, "DARQ_E_AGAIN", "not possible now"},
        {DARQ_E_NO_LINK, 0, "DARQ_E_NO_LINK", "the p-kernel can't be reached"},
        {DARQ_E_STALE, 0, "DARQ_E_STALE", "the proxy is from before the link was lost"},
        {DARQ_E_DEADLOCK, 0, "DARQ_E_DEADLOCK",
         "a synchronous call to a port of its own session would never end"},
        {DARQ_E_NO_BUFFERS, 0, "DARQ_E_NO_BUFFERS", "too much arrived while the call waited"},
        {DARQ_E_IN_USE, 0, "DARQ_E_IN_USE", "the port is in use"},
        {DARQ_E_NO_PORT, 1, "DARQ_E_NO_PORT", "nobody has this port"},
        {DARQ_E_NOT_ALLOWED, 2, "DARQ_E_NOT_ALLOWED", "not allowed"},
        {DARQ_E_QUEUE_FULL, 3, "DARQ_E_QUEUE_FULL", "the receiver's queue is full"},
        {DARQ_E_QUOTA, 4, "DARQ_E_QUOTA", "the quota is used up"},
        {DARQ_E_TOO_BIG, 5, "DARQ_E_TOO_BIG", "the message is too big"},
        {DARQ_E_ACTIVATION_FAILED, 6, "DARQ_E_ACTIVATION_FAILED",
         "the service could not be started"},
        {DARQ_E_EXPIRED, 7, "DARQ_E_EXPIRED", "the deadline passed before it was handed over"},
        {DARQ_E_NO_LOCATION, 8, "DARQ_E_NO_LOCATION", "the location can't be reached"},
        {DARQ_E_BAD_SOURCE, 9, "DARQ_E_BAD_SOURCE", "the source is not a port of the sender"},
        {DARQ_E_WITHDRAWN, 10, "DARQ_E_WITHDRAWN", "withdrawn before it was handed over"},
        {DARQ_E_TIMEOUT, 0, "DARQ_E_TIMEOUT", "no answer before the deadline"},
        {DARQ_E_PEER_DIED, 64, "DARQ_E_PEER_DIED", "the service ended before it answered"},
        {DARQ_E_LINK_LOST, 66, "DARQ_E_LINK_LOST", "the link was lost"},
        {DARQ_E_NO_REPLY, 65, "DARQ_E_NO_REPLY", "the service gave no answer"},
        {DARQ_E_CANCELLED, 68, "DARQ_E_CANCELLED", "cancelled"},
        {DARQ_E_BAD_REPLY, 0, "DARQ_E_BAD_REPLY", "the answer can't be read"},
        {DARQ_E_ENDED, 0, "DARQ_E_ENDED", "the call has ended already"},
        {DARQ_E_REPLY_TOO_BIG, 67, "DARQ_E_REPLY_TOO_BIG", "the answer is too big"},
        {DARQ_E_STREAM_BROKEN, 69, "DARQ_E_STREAM_BROKEN", "the stream is broken"},
        {DARQ_E_NO_INTERFACE, 0, "DARQ_E_NO_INTERFACE", "the port doesn't serve this interface"},
        {DARQ_E_UNIMPLEMENTED, 0, "DARQ_E_UNIMPLEMENTED",
         "the service doesn't implement this method"},
        {DARQ_E_BAD_REQUEST, 0, "DARQ_E_BAD_REQUEST", "the service couldn't read the request"},
        {DARQ_E_BUSY, 0, "DARQ_E_BUSY", "the service is busy"},
        {DARQ_E_INTERNAL, 0, "DARQ_E_INTERNAL", "the service failed"},
        {DARQ_E_REFUSED, 0, "DARQ_E_REFUSED", "the service refuses this caller"},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static const struct row *row_find(int status)
{
        for (size_t i = 0; i < ROW_COUNT; i++)
                if (rows[i].status == status)
                        return &rows[i];
        return NULL;
}

const char *darq_status_name(int status)
{
        const struct row *row = row_find(status);

        return row != NULL ? row->name : status > 0 ? "declared error" : "unknown status";
}

const char *darq_status_text(int status)
{
        const struct row *row = row_find(status);

        return row != NULL  ? row->text
               : status > 0 ? "an error that the method declares"
                            : "unknown status";
}

bool darq_status_may_have_run(int status)
{
        return status >= 0 || (status <= -64 && status > -128) || status == DARQ_E_INTERNAL;
}

bool darq_status_is_answer(int status)
{
        return status <= DARQ_E_NO_INTERFACE && status >= DARQ_E_REFUSED;
}

int darq_status_of_undeliverable(uint32_t code)
{
        for (size_t i = 0; code != 0 && i < ROW_COUNT; i++)
                if (rows[i].undeliverable == code)
                        return rows[i].status;
        return code < 64 ? DARQ_E_NO_PORT : DARQ_E_NO_REPLY;
}
