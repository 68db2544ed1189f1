/* SPDX-License-Identifier: MIT */
/*
 * The methods of darq.kernel.Kernel for who stands for the other locations (location.h), and for nobody else.
 */
#include "pkernel/core/control_ops.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/location.h"
#include "pkernel/core/spelling.h"

void serve_stand_for(void *self, struct darq_call *call,
                     const struct darq_kernel_stand_for_request *request)
{
        switch (location_stand_for(control_asker(call), request->location)) {
        case LOCATION_FINE:
                darq_kernel_reply_stand_for(call, NULL);
                break;
        case LOCATION_TAKEN:
                darq_kernel_fail_stand_for(call, DARQ_KERNEL_ERROR_IN_USE,
                                           "somebody stands for it already");
                break;
        case LOCATION_NOT_ALLOWED:
                darq_kernel_fail_stand_for(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                           "no manifest lets the caller stand for it");
                break;
        case LOCATION_MISSPELT:
                darq_kernel_fail_stand_for(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                           "expected " SPELLING_LOCATION);
                break;
        default:
                darq_kernel_fail_stand_for(call, DARQ_KERNEL_ERROR_QUOTA, "out of memory");
        }
        (void)self;
}

void serve_wanted(void *self, struct darq_call *call,
                  const struct darq_kernel_wanted_request *request)
{
        struct location *location = control_asker(call)->location;

        (void)self;
        (void)request;
        if (location == NULL)
                darq_kernel_fail_wanted(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                        "the caller stands for no location");
        else if (!location_listen(location, call))
                darq_kernel_fail_wanted(call, DARQ_KERNEL_ERROR_IN_USE, "it waits already");
}

void serve_provide(void *self, struct darq_call *call,
                   const struct darq_kernel_provide_request *request)
{
        struct location *location = control_asker(call)->location;
        uint64_t number = request->service.port;

        (void)self;
        if (location == NULL || !control_owns(control_asker(call), number))
                darq_kernel_fail_provide(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                         "not a port of one that stands for a location");
        else if (!location_provide(location, request->ticket, number))
                darq_kernel_fail_provide(call, DARQ_KERNEL_ERROR_NOT_FOUND, "nobody wants it");
        else
                darq_kernel_reply_provide(call, NULL);
}

void serve_decline(void *self, struct darq_call *call,
                   const struct darq_kernel_decline_request *request)
{
        struct location *location = control_asker(call)->location;

        (void)self;
        if (location == NULL)
                darq_kernel_fail_decline(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                         "the caller stands for no location");
        else if (!location_decline(location, request->ticket, request->error, request->text.data))
                darq_kernel_fail_decline(call, DARQ_KERNEL_ERROR_NOT_FOUND, "nobody wants it");
        else
                darq_kernel_reply_decline(call, NULL);
}
