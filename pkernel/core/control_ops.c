/* SPDX-License-Identifier: MIT */
/*
 * The methods of darq.kernel.Kernel.
 *
 * Each answers before it returns. Who asks is the connection that the request came from; what it may know of others
 * is decided here, method by method.
 */
#include "pkernel/core/connection.h"
#include "pkernel/core/control.h"
#include "pkernel/core/errand.h"
#include "pkernel/core/location.h"
#include "pkernel/core/monitor.h"
#include "pkernel/core/name.h"
#include "pkernel/core/port.h"
#include "pkernel/core/route.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"
#include "pkernel/core/watch.h"

#include <darq/object.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        LIST_MAX = 256,
        ENTRY_WORK = 16, /* to tell an entry, compared with passing one over */
        LIMITS_MAX = 32,
        LIMIT_TEXT = 64,
        CONTROL_REVISION = 2,
};

static struct connection *asker(struct darq_call *call)
{
        return LIST_OF(call, struct control_call, call)->connection;
}

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

static void serve_connect(void *self, struct darq_call *call,
                          const struct darq_kernel_connect_request *request)
{
        struct darq_kernel_connect_reply reply = {0};
        struct darq_string name = location_strip(self, request->name);
        struct port *port;
        enum name_result result = name_find(asker(call), name.data, name.size, &port);

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

static void serve_check_in(void *self, struct darq_call *call,
                           const struct darq_kernel_check_in_request *request)
{
        struct port *port;
        struct darq_kernel_check_in_reply reply = {0};
        enum name_result result =
                name_check_in(asker(call), request->name.data, request->name.size, &port);

        (void)self;
        if (result != NAME_FINE) {
                darq_kernel_fail_check_in(call, error_of(result),
                                          result == NAME_IN_USE
                                                  ? "somebody has this name"
                                                  : "this name is not for the caller");
                return;
        }
        reply.service.port = port->number;
        darq_kernel_reply_check_in(call, &reply);
        if (port->service != NULL)
                service_deliver(port->service);
}

static void serve_check_out(void *self, struct darq_call *call,
                            const struct darq_kernel_check_out_request *request)
{
        enum name_result result =
                name_check_out(asker(call), request->name.data, request->name.size);

        (void)self;
        if (result == NAME_FINE)
                darq_kernel_reply_check_out(call, NULL);
        else
                darq_kernel_fail_check_out(call, error_of(result),
                                           result == NAME_BUSY
                                                   ? "something waits for it, or a call is open"
                                                   : "not checked in by this connection");
}

static bool owns(const struct connection *connection, uint64_t number)
{
        const struct port *port = port_find(connection->kernel, number);

        return port != NULL && port->owner == connection;
}

static void serve_watch(void *self, struct darq_call *call,
                        const struct darq_kernel_watch_request *request)
{
        struct connection *connection = asker(call);
        uint64_t watcher = request->watcher.proxy.port;
        struct port *port = port_find(self, request->target);
        struct watch *watch;

        if (!owns(connection, watcher)) {
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

static void serve_watch_senders(void *self, struct darq_call *call,
                                const struct darq_kernel_watch_senders_request *request)
{
        struct connection *connection = asker(call);
        uint64_t watcher = request->watcher.proxy.port;
        struct port *port;

        if (!owns(connection, watcher) || !owns(connection, request->target)) {
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

static void serve_release(void *self, struct darq_call *call,
                          const struct darq_kernel_release_request *request)
{
        struct port *port = port_find(self, request->target);
        struct route *route = port == NULL ? NULL : route_find(asker(call), port);

        if (request->count > 0 && (route == NULL || !route_drop_rights(route, request->count)))
                darq_kernel_fail_release(call, DARQ_KERNEL_ERROR_NOT_HELD,
                                         "not so many rights are held");
        else
                darq_kernel_reply_release(call, NULL);
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

#define COUNTER(name, value) .has_##name = true, .name = (value)

static void serve_statistics(void *self, struct darq_call *call,
                             const struct darq_kernel_statistics_request *request)
{
        const struct kernel *kernel = self;
        const struct kernel_statistics *counted = &kernel->statistics;
        struct darq_kernel_statistics_reply reply = {
                .counters = {
                        COUNTER(frames, counted->frames),
                        COUNTER(messages, counted->messages),
                        COUNTER(bytes, counted->bytes),
                        COUNTER(calls, counted->calls),
                        COUNTER(undelivered, counted->undelivered),
                        COUNTER(unreported, counted->unreported),
                        COUNTER(dropped, counted->dropped),
                        COUNTER(skipped, counted->skipped),
                        COUNTER(violations, counted->violations),
                        COUNTER(refused, counted->refused),
                        COUNTER(unserved, counted->unserved),
                        COUNTER(connections, kernel->connection_count),
                        COUNTER(ports, kernel->ports.count),
                        COUNTER(open_calls, kernel->slots.count),
                        COUNTER(routes, kernel->routes.count),
                        COUNTER(uptime_ns, kernel->now_ns - kernel->started_ns),
                        COUNTER(boot_id, kernel->boot_id),
                }};

        (void)request;
        darq_kernel_reply_statistics(call, &reply);
}

static uint64_t list_length(const struct list *list)
{
        uint64_t length = 0;

        for (const struct list *node = list->next; node != list; node = node->next)
                length++;
        return length;
}

static struct darq_kernel_port_entry port_entry(const struct port *port)
{
        const char *name = name_of(port);

        return (struct darq_kernel_port_entry){
                COUNTER(number, port->number),
                COUNTER(owner, port->owner->id),
                COUNTER(waiting, port->messages),
                COUNTER(waiting_bytes, port->bytes),
                COUNTER(rights, port->rights),
                .has_name = name != NULL,
                .name = darq_string_of(name == NULL ? "" : name),
        };
}

/* Which part of a list is asked for. */
struct window {
        uint64_t skip;
        size_t limit;
        size_t count;
};

static struct window window_of(uint32_t skip, uint32_t limit)
{
        return (struct window){.skip = skip, .limit = limit < LIST_MAX ? limit : LIST_MAX};
}

static bool window_takes(struct window *self)
{
        if (self->skip > 0) {
                self->skip--;
                return false;
        }
        return self->count < self->limit;
}

static void ports_list(const struct connection *by, const struct connection *owner,
                       struct darq_kernel_port_entry *entries, struct window *window)
{
        for (const struct list *node = owner->ports.next; node != &owner->ports;
             node = node->next) {
                const struct port *port = LIST_OF(node, const struct port, node);

                if (port->open || owner == by || by->principal->privileged) {
                        if (window_takes(window))
                                entries[window->count++] = port_entry(port);
                }
        }
}

static void serve_list_ports(void *self, struct darq_call *call,
                             const struct darq_kernel_list_ports_request *request)
{
        const struct kernel *kernel = self;
        struct darq_kernel_port_entry *entries = calloc(LIST_MAX, sizeof *entries);
        struct window window = window_of(request->skip, request->limit);
        struct darq_kernel_list_ports_reply reply;

        if (entries == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "out of memory");
                return;
        }
        for (const struct list *node = kernel->connections.next; node != &kernel->connections;
             node = node->next)
                ports_list(asker(call), LIST_OF(node, const struct connection, node), entries,
                           &window);
        reply.ports.data = entries;
        reply.ports.count = window.count;
        connection_work(asker(call), kernel->ports.count + ENTRY_WORK * window.count);
        darq_kernel_reply_list_ports(call, &reply);
        free(entries);
}

static void serve_list_connections(void *self, struct darq_call *call,
                                   const struct darq_kernel_list_connections_request *request)
{
        const struct kernel *kernel = self;
        struct darq_kernel_connection_entry *entries = calloc(LIST_MAX, sizeof *entries);
        struct window window = window_of(request->skip, request->limit);
        struct darq_kernel_list_connections_reply reply;

        if (entries == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "out of memory");
                return;
        }
        for (const struct list *node = kernel->connections.next; node != &kernel->connections;
             node = node->next) {
                const struct connection *each = LIST_OF(node, const struct connection, node);

                if (window_takes(&window))
                        entries[window.count++] = (struct darq_kernel_connection_entry){
                                COUNTER(id, each->id),
                                COUNTER(principal, darq_string_of(each->principal->name)),
                                COUNTER(greeted, each->greeted),
                                COUNTER(ports, list_length(&each->ports)),
                                COUNTER(calls, list_length(&each->calls)),
                                COUNTER(serving, list_length(&each->served)),
                        };
        }
        reply.connections.data = entries;
        reply.connections.count = window.count;
        connection_work(asker(call), kernel->connection_count + kernel->ports.count +
                                             kernel->slots.count + ENTRY_WORK * window.count);
        darq_kernel_reply_list_connections(call, &reply);
        free(entries);
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

/* Services */

static bool privileged(struct darq_call *call)
{
        return asker(call)->principal->privileged;
}

static const char for_the_privileged[] = "for root and the p-kernel's own uid";

static void serve_register(void *self, struct darq_call *call,
                           const struct darq_kernel_register_request *request)
{
        if (!privileged(call))
                darq_kernel_fail_register(call, DARQ_KERNEL_ERROR_NOT_ALLOWED, for_the_privileged);
        else if (!errand_register(self, call, request->manifest))
                darq_kernel_fail_register(call, DARQ_KERNEL_ERROR_QUOTA, "too much is under way");
}

static void serve_reload(void *self, struct darq_call *call,
                         const struct darq_kernel_reload_request *request)
{
        (void)request;
        if (!privileged(call))
                darq_kernel_fail_reload(call, DARQ_KERNEL_ERROR_NOT_ALLOWED, for_the_privileged);
        else if (!errand_reload(self, call))
                darq_kernel_fail_reload(call, DARQ_KERNEL_ERROR_QUOTA, "too much is under way");
}

static void serve_resolve(void *self, struct darq_call *call,
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
        } else if (!service_allows(service, asker(call))) {
                darq_kernel_fail_resolve(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                         "its manifest doesn't allow it");
        } else {
                reply.service.port = service->port->number;
                darq_kernel_reply_resolve(call, &reply);
        }
}

static struct darq_kernel_service_entry service_entry(const struct service *service)
{
        const struct darq_starter_declaration *declaration = &service->declaration;
        const struct kernel *kernel = service->kernel;
        bool runs = service->process || service->instance != NULL;

        return (struct darq_kernel_service_entry){
                COUNTER(name, declaration->name),
                COUNTER(port, service->port->number),
                COUNTER(state, service->state),
                .has_activation = true,
                .activation = (enum darq_kernel_activation)declaration->activation,
                COUNTER(pid, service->pid),
                COUNTER(uptime_ns, runs ? kernel->now_ns - service->since_ns : 0),
                COUNTER(calls, service->calls),
                COUNTER(starts, service->starts),
                COUNTER(waiting, service->port->messages),
                .types = {declaration->types.data, declaration->types.count},
                .failure = darq_string_of(service->failure),
                .connection = service->instance != NULL ? service->instance->id : 0,
        };
}

static void serve_list_services(void *self, struct darq_call *call,
                                const struct darq_kernel_list_services_request *request)
{
        const struct kernel *kernel = self;
        struct darq_kernel_service_entry *entries = calloc(LIST_MAX, sizeof *entries);
        struct window window = window_of(request->skip, request->limit);
        struct darq_kernel_list_services_reply reply = {0};

        if (entries == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "out of memory");
                return;
        }
        for (const struct list *node = kernel->services.next; node != &kernel->services;
             node = node->next)
                if (window_takes(&window))
                        entries[window.count++] =
                                service_entry(LIST_OF(node, const struct service, node));
        reply.services.data = entries;
        reply.services.count = window.count;
        connection_work(asker(call), ENTRY_WORK * window.count);
        darq_kernel_reply_list_services(call, &reply);
        free(entries);
}

static void serve_start(void *self, struct darq_call *call,
                        const struct darq_kernel_start_request *request)
{
        struct service *service = roster_find(self, request->name.data, request->name.size);

        if (!privileged(call)) {
                darq_kernel_fail_start(call, DARQ_KERNEL_ERROR_NOT_ALLOWED, for_the_privileged);
                return;
        }
        if (service == NULL) {
                darq_kernel_fail_start(call, DARQ_KERNEL_ERROR_NOT_FOUND, "no such service");
                return;
        }
        if (service->declaration.activation == DARQ_STARTER_ACTIVATION_NEVER) {
                darq_kernel_fail_start(call, DARQ_KERNEL_ERROR_FAILED,
                                       "its manifest says Activate=never");
                return;
        }
        service_start(service);
        darq_kernel_reply_start(call, NULL);
}

static void serve_stop(void *self, struct darq_call *call,
                       const struct darq_kernel_stop_request *request)
{
        struct service *service = roster_find(self, request->name.data, request->name.size);

        if (!privileged(call)) {
                darq_kernel_fail_stop(call, DARQ_KERNEL_ERROR_NOT_ALLOWED, for_the_privileged);
        } else if (service == NULL) {
                darq_kernel_fail_stop(call, DARQ_KERNEL_ERROR_NOT_FOUND, "no such service");
        } else if (!service_stop(service) && service->instance != NULL) {
                darq_kernel_fail_stop(call, DARQ_KERNEL_ERROR_FAILED,
                                      "the p-kernel hasn't started it");
        } else {
                darq_kernel_reply_stop(call, NULL);
        }
}

static void serve_shutdown(void *self, struct darq_call *call,
                           const struct darq_kernel_shutdown_request *request)
{
        struct kernel *kernel = self;

        (void)request;
        if (!privileged(call)) {
                darq_kernel_fail_shutdown(call, DARQ_KERNEL_ERROR_NOT_ALLOWED, for_the_privileged);
                return;
        }
        darq_kernel_reply_shutdown(call, NULL);
        kernel->environment.stop(kernel->environment.context, KERNEL_SHUTDOWN);
}

/* Looking on */

static void serve_monitor(void *self, struct darq_call *call,
                          const struct darq_kernel_monitor_request *request)
{
        (void)self;
        if (!privileged(call))
                darq_kernel_fail_monitor(call, DARQ_KERNEL_ERROR_NOT_ALLOWED, for_the_privileged);
        else if (!monitor_begin(asker(call), call, request->payload))
                darq_kernel_fail_monitor(call, DARQ_KERNEL_ERROR_QUOTA, "no room for a monitor");
}

/* Locations */

static void serve_stand_for(void *self, struct darq_call *call,
                            const struct darq_kernel_stand_for_request *request)
{
        switch (location_stand_for(asker(call), request->location)) {
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
        default:
                darq_kernel_fail_stand_for(call, DARQ_KERNEL_ERROR_QUOTA, "out of memory");
        }
        (void)self;
}

static void serve_wanted(void *self, struct darq_call *call,
                         const struct darq_kernel_wanted_request *request)
{
        struct location *location = asker(call)->location;

        (void)self;
        (void)request;
        if (location == NULL)
                darq_kernel_fail_wanted(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                        "the caller stands for no location");
        else if (!location_listen(location, call))
                darq_kernel_fail_wanted(call, DARQ_KERNEL_ERROR_IN_USE, "it waits already");
}

static void serve_provide(void *self, struct darq_call *call,
                          const struct darq_kernel_provide_request *request)
{
        struct location *location = asker(call)->location;
        uint64_t number = request->service.port;

        (void)self;
        if (location == NULL || !owns(asker(call), number))
                darq_kernel_fail_provide(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                         "not a port of one that stands for a location");
        else if (!location_provide(location, request->ticket, number))
                darq_kernel_fail_provide(call, DARQ_KERNEL_ERROR_NOT_FOUND, "nobody wants it");
        else
                darq_kernel_reply_provide(call, NULL);
}

static void serve_decline(void *self, struct darq_call *call,
                          const struct darq_kernel_decline_request *request)
{
        struct location *location = asker(call)->location;

        (void)self;
        if (location == NULL)
                darq_kernel_fail_decline(call, DARQ_KERNEL_ERROR_NOT_ALLOWED,
                                         "the caller stands for no location");
        else if (!location_decline(location, request->ticket, request->error, request->text.data))
                darq_kernel_fail_decline(call, DARQ_KERNEL_ERROR_NOT_FOUND, "nobody wants it");
        else
                darq_kernel_reply_decline(call, NULL);
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
        .start = serve_start,
        .stop = serve_stop,
        .monitor = serve_monitor,
        .stand_for = serve_stand_for,
        .wanted = serve_wanted,
        .provide = serve_provide,
        .decline = serve_decline,
};
