/* SPDX-License-Identifier: MIT */
/*
 * The methods of darq.kernel.Kernel: which function serves which, and those about the p-kernel as a whole.
 *
 * Each answers before it returns, but for those that wait for the starter. Who asks is the connection that the request
 * came from; what it may know of others is decided in the functions, method by method.
 */
#include "pkernel/core/control_ops.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/monitor.h"
#include "pkernel/core/port.h"

#include <inttypes.h>
#include <stdio.h>

enum {
        LIMITS_MAX = 32,
        LIMIT_TEXT = 64,
        CONTROL_REVISION = 2,
};

const char control_for_the_privileged[] = "for root and the p-kernel's own uid";

struct connection *control_asker(struct darq_call *call)
{
        return CONTAINER_OF(call, struct control_call, call)->connection;
}

bool control_privileged(struct darq_call *call)
{
        return control_asker(call)->principal->privileged;
}

bool control_owns(const struct connection *connection, uint64_t number)
{
        const struct port *port = port_find(connection->kernel, number);

        return port != NULL && port->owner == connection;
}

static void serve_identify(void *self, struct darq_call *call,
                           const struct darq_kernel_identify_request *request)
{
        struct connection *connection = connection_find(self, request->connection);
        struct darq_kernel_identify_reply reply = {0};

        if (connection == NULL) {
                darq_kernel_fail_identify(call, DARQ_KERNEL_ERROR_NOT_FOUND, "no such connection");
                return;
        }
        reply.principal = darq_string_of(connection->principal->name);
        darq_kernel_reply_identify(call, &reply);
}

static void serve_statistics(void *self, struct darq_call *call,
                             const struct darq_kernel_statistics_request *request)
{
        const struct kernel *kernel = self;
        const struct kernel_statistics *counted = &kernel->statistics;
        struct darq_kernel_statistics_reply reply = {
                .counters = {
                        PRESENT(frames, counted->frames),
                        PRESENT(messages, counted->messages),
                        PRESENT(bytes, counted->bytes),
                        PRESENT(calls, counted->calls),
                        PRESENT(undelivered, counted->undelivered),
                        PRESENT(unreported, counted->unreported),
                        PRESENT(dropped, counted->dropped),
                        PRESENT(skipped, counted->skipped),
                        PRESENT(violations, counted->violations),
                        PRESENT(refused, counted->refused),
                        PRESENT(unserved, counted->unserved),
                        PRESENT(connections, kernel->connection_count),
                        PRESENT(ports, kernel->ports.count),
                        PRESENT(open_calls, kernel->slots.count),
                        PRESENT(routes, kernel->routes.count),
                        PRESENT(uptime_ns, kernel->now_ns - kernel->started_ns),
                        PRESENT(boot_id, kernel->boot_id),
                }};

        (void)request;
        darq_kernel_reply_statistics(call, &reply);
}

static void serve_features(void *self, struct darq_call *call,
                           const struct darq_kernel_features_request *request)
{
        const struct kernel *kernel = self;
        char texts[LIMITS_MAX][LIMIT_TEXT];
        struct darq_string limits[LIMITS_MAX];
        struct darq_kernel_features_reply reply = {.revision = CONTROL_REVISION};
        size_t count;
        const struct limit *table = limits_table(&count);

        (void)request;
        for (size_t index = 0; index < count; index++) {
                snprintf(texts[index], LIMIT_TEXT, "%s=%" PRIu64, table[index].name,
                         limits_get(&kernel->limits, &table[index]));
                limits[index] = darq_string_of(texts[index]);
        }
        reply.limits.data = limits;
        reply.limits.count = count;
        darq_kernel_reply_features(call, &reply);
}

static void serve_shutdown(void *self, struct darq_call *call,
                           const struct darq_kernel_shutdown_request *request)
{
        struct kernel *kernel = self;

        (void)request;
        if (!control_privileged(call)) {
                darq_kernel_fail_shutdown(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                          control_for_the_privileged);
                return;
        }
        darq_kernel_reply_shutdown(call, NULL);
        kernel->environment.stop(kernel->environment.context, KERNEL_SHUTDOWN);
}

static void serve_monitor(void *self, struct darq_call *call,
                          const struct darq_kernel_monitor_request *request)
{
        (void)self;
        if (!control_privileged(call))
                darq_kernel_fail_monitor(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                         control_for_the_privileged);
        else if (!monitor_begin(control_asker(call), call, request->payload))
                darq_kernel_fail_monitor(call, DARQ_KERNEL_ERROR_QUOTA, "no room for a monitor");
}

const struct darq_kernel_ops control_ops = {
        .connect = serve_connect,
        .check_in = serve_check_in,
        .watch = serve_watch,
        .release = serve_release,
        .watch_senders = serve_watch_senders,
        .identify = serve_identify,
        .check_out = serve_check_out,
        .statistics = serve_statistics,
        .list_ports = serve_list_ports,
        .list_connections = serve_list_connections,
        .features = serve_features,
        .shutdown = serve_shutdown,
        .register_ = serve_register,
        .reload = serve_reload,
        .resolve = serve_resolve,
        .list_services = serve_list_services,
        .list_usable = serve_list_usable,
        .start = serve_start,
        .stop = serve_stop,
        .monitor = serve_monitor,
        .stand_for = serve_stand_for,
        .wanted = serve_wanted,
        .provide = serve_provide,
        .decline = serve_decline,
};
