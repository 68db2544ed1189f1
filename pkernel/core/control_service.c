/* SPDX-License-Identifier: MIT */
/*
 * The methods of darq.kernel.Kernel about declared services: manifests, who implements a type, starting and stopping.
 *
 * Those that change something are for the privileged. register and reload are answered when the starter has done them
 * (errand.h).
 */
#include "pkernel/core/control_ops.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/errand.h"
#include "pkernel/core/location.h"
#include "pkernel/core/port.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"

#include <darq/object.h>

void serve_register(void *self, struct darq_call *call,
                    const struct darq_kernel_register_request *request)
{
        if (!control_privileged(call))
                darq_kernel_fail_register(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                          control_for_the_privileged);
        else if (!errand_register(self, call, request->manifest))
                darq_kernel_fail_register(call, DARQ_KERNEL_ERROR_QUOTA, "too much is under way");
}

void serve_reload(void *self, struct darq_call *call,
                  const struct darq_kernel_reload_request *request)
{
        (void)request;
        if (!control_privileged(call))
                darq_kernel_fail_reload(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                        control_for_the_privileged);
        else if (!errand_reload(self, call))
                darq_kernel_fail_reload(call, DARQ_KERNEL_ERROR_QUOTA, "too much is under way");
}

void serve_resolve(void *self, struct darq_call *call,
                   const struct darq_kernel_resolve_request *request)
{
        struct kernel *kernel = self;
        struct darq_kernel_resolve_reply reply = {0};
        struct darq_object object;
        struct service *service;

        if (darq_object_parse(&object, request->object) != 0) {
                darq_kernel_fail_resolve(call, DARQ_KERNEL_ERROR_BAD_OBJECT,
                                         "expected type:location:id");
                return;
        }
        if (object.location.size != 0 && !location_is_ours(kernel, object.location)) {
                location_resolve(kernel, call, object.location, request->object);
                return;
        }
        service = roster_find_type(kernel, object.type.data, object.type.size);
        if (service == NULL) {
                darq_kernel_fail_resolve(call, DARQ_KERNEL_ERROR_NOT_FOUND,
                                         "no service implements this type");
        } else if (!service_allows(service, control_asker(call))) {
                darq_kernel_fail_resolve(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                         "its manifest doesn't allow it");
        } else {
                reply.service.port = service->port->number;
                darq_kernel_reply_resolve(call, &reply);
        }
}

void serve_start(void *self, struct darq_call *call,
                 const struct darq_kernel_start_request *request)
{
        const struct kernel *kernel = self;
        struct service *service = roster_find(self, request->name.data, request->name.size);

        if (!control_privileged(call)) {
                darq_kernel_fail_start(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                       control_for_the_privileged);
                return;
        }
        if (service == NULL) {
                darq_kernel_fail_start(call, DARQ_KERNEL_ERROR_NOT_FOUND, "no such service");
                return;
        }
        if (!service_is_activated(service)) {
                darq_kernel_fail_start(call, DARQ_KERNEL_ERROR_FAILED,
                                       "its manifest says Activate=never");
                return;
        }
        if (kernel->no_starter != NULL && service->instance == NULL) {
                darq_kernel_fail_start(call, DARQ_KERNEL_ERROR_FAILED, kernel->no_starter);
                return;
        }
        service_start(service);
        darq_kernel_reply_start(call, NULL);
}

void serve_stop(void *self, struct darq_call *call, const struct darq_kernel_stop_request *request)
{
        const struct kernel *kernel = self;
        struct service *service = roster_find(self, request->name.data, request->name.size);

        if (!control_privileged(call)) {
                darq_kernel_fail_stop(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                      control_for_the_privileged);
        } else if (service == NULL) {
                darq_kernel_fail_stop(call, DARQ_KERNEL_ERROR_NOT_FOUND, "no such service");
        } else if (!service_stop(service) && service->instance != NULL) {
                darq_kernel_fail_stop(call, DARQ_KERNEL_ERROR_FAILED,
                                      kernel->no_starter != NULL
                                              ? kernel->no_starter
                                              : "the p-kernel hasn't started it");
        } else {
                darq_kernel_reply_stop(call, NULL);
        }
}
