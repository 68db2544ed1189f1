/* SPDX-License-Identifier: MIT */
/*
 * The methods of darq.kernel.Kernel about names and ports: finding and taking a name, watching a port, giving rights back.
 *
 * Which port may be named at all is decided here: one that the caller may not send to ends, for it, like one that isn't
 * there.
 */
#include "pkernel/core/control_ops.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/location.h"
#include "pkernel/core/name.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"
#include "pkernel/core/service.h"
#include "pkernel/core/spelling.h"
#include "pkernel/core/watch.h"

static enum darq_kernel_error error_of(enum name_result result)
{
        switch (result) {
        case NAME_NOT_FOUND:
                return DARQ_KERNEL_ERROR_NOT_FOUND;
        case NAME_IN_USE:
                return DARQ_KERNEL_ERROR_IN_USE;
        case NAME_QUOTA:
                return DARQ_KERNEL_ERROR_QUOTA;
        case NAME_BUSY:
                return DARQ_KERNEL_ERROR_BUSY;
        default:
                return DARQ_KERNEL_ERROR_NOT_ALLOWED;
        }
}

void serve_connect(void *self, struct darq_call *call,
                   const struct darq_kernel_connect_request *request)
{
        struct darq_kernel_connect_reply reply = {0};
        struct darq_string name = location_strip(self, request->name);
        struct port *port;
        enum name_result result = name_find(control_asker(call), name.data, name.size, &port);

        if (result == NAME_NOT_FOUND && location_connect(self, call, name))
                return;
        if (result != NAME_FINE) {
                darq_kernel_fail_connect(call, error_of(result),
                                         result == NAME_NOT_FOUND
                                                 ? "no such service"
                                                 : "its manifest doesn't allow it");
                return;
        }
        reply.service.port = port->number;
        darq_kernel_reply_connect(call, &reply);
}

static const char *check_in_refusal(enum name_result result)
{
        switch (result) {
        case NAME_IN_USE:
                return "somebody has this name";
        case NAME_MISSPELT:
                return "expected " SPELLING_SERVICE;
        case NAME_QUOTA:
                return "over quota";
        default:
                return "this name is not for the caller";
        }
}

void serve_check_in(void *self, struct darq_call *call,
                    const struct darq_kernel_check_in_request *request)
{
        struct port *port;
        struct darq_kernel_check_in_reply reply = {0};
        enum name_result result =
                name_check_in(control_asker(call), request->name.data, request->name.size, &port);

        (void)self;
        if (result != NAME_FINE) {
                darq_kernel_fail_check_in(call, error_of(result), check_in_refusal(result));
                return;
        }
        reply.service.port = port->number;
        darq_kernel_reply_check_in(call, &reply);
        if (port->service != NULL)
                service_deliver(port->service);
}

void serve_check_out(void *self, struct darq_call *call,
                     const struct darq_kernel_check_out_request *request)
{
        enum name_result result =
                name_check_out(control_asker(call), request->name.data, request->name.size);

        (void)self;
        if (result == NAME_FINE)
                darq_kernel_reply_check_out(call, NULL);
        else
                darq_kernel_fail_check_out(call, error_of(result),
                                           result == NAME_BUSY
                                                   ? "something waits for it, or a call is open"
                                                   : "not checked in by this connection");
}

void serve_watch(void *self, struct darq_call *call,
                 const struct darq_kernel_watch_request *request)
{
        struct connection *connection = control_asker(call);
        uint64_t watcher = request->watcher.proxy.port;
        struct port *port = port_find(self, request->target);
        struct watch *watch;

        if (!control_owns(connection, watcher)) {
                darq_kernel_fail_watch(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                       "the watcher is not a port of the caller");
                return;
        }
        if (request->target == DARQ_PORT_KERNEL || (request->target & DARQ_PORT_SLOT) != 0) {
                darq_kernel_fail_watch(call, DARQ_KERNEL_ERROR_NOT_ALLOWED, "it cannot be watched");
                return;
        }
        if (port != NULL && !route_allowed(connection, port))
                port = NULL;
        watch = watch_new(request->target, port_find(self, watcher));
        if (watch == NULL) {
                darq_kernel_fail_watch(call, DARQ_KERNEL_ERROR_QUOTA, "over quota");
                return;
        }
        darq_kernel_reply_watch(call, NULL);
        watch_start(watch, port);
}

void serve_watch_senders(void *self, struct darq_call *call,
                         const struct darq_kernel_watch_senders_request *request)
{
        struct connection *connection = control_asker(call);
        uint64_t watcher = request->watcher.proxy.port;
        struct port *port;

        if (!control_owns(connection, watcher) || !control_owns(connection, request->target)) {
                darq_kernel_fail_watch_senders(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                               "not ports of the caller");
                return;
        }
        port = port_find(self, request->target);
        darq_kernel_reply_watch_senders(call, &(struct darq_kernel_watch_senders_reply){
                                                      .has_rights = true,
                                                      .rights = port->rights,
                                                      .has_grants = true,
                                                      .grants = port->grants,
                                              });
        port_watch_unused(port, watcher);
}

void serve_release(void *self, struct darq_call *call,
                   const struct darq_kernel_release_request *request)
{
        struct port *port = port_find(self, request->target);
        struct route *route = port == NULL ? NULL : route_find(control_asker(call), port);

        if (request->count > 0 && (route == NULL || !route_drop_rights(route, request->count)))
                darq_kernel_fail_release(call, DARQ_KERNEL_ERROR_NOT_HELD,
                                         "not so many rights are held");
        else
                darq_kernel_reply_release(call, NULL);
}
