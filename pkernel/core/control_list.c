/* SPDX-License-Identifier: MIT */
/*
 * The methods of darq.kernel.Kernel that list: ports, connections, services.
 *
 * An answer holds LIST_MAX entries at most; who wants more asks again from there. What it costs to pass over and to tell
 * entries is work of the connection that asks. Of ports, each sees those that are open, and its own.
 */
#include "pkernel/core/control_ops.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/name.h"
#include "pkernel/core/port.h"
#include "pkernel/core/service.h"

#include <stdlib.h>

enum {
        LIST_MAX = 256,
        ENTRY_WORK = 16, /* to tell an entry, compared with passing one over */
};

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

static struct darq_kernel_port_entry port_entry(const struct port *port)
{
        const char *name = name_of(port);

        return (struct darq_kernel_port_entry){
                PRESENT(number, port->number),
                PRESENT(owner, port->owner->id),
                PRESENT(waiting, port->messages),
                PRESENT(waiting_bytes, port->bytes),
                PRESENT(rights, port->rights),
                .has_name = name != NULL,
                .name = darq_string_of(name == NULL ? "" : name),
        };
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

void serve_list_ports(void *self, struct darq_call *call,
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
                ports_list(control_asker(call), LIST_OF(node, const struct connection, node),
                           entries, &window);
        reply.ports.data = entries;
        reply.ports.count = window.count;
        connection_work(control_asker(call), kernel->ports.count + ENTRY_WORK * window.count);
        darq_kernel_reply_list_ports(call, &reply);
        free(entries);
}

static uint64_t list_length(const struct list *list)
{
        uint64_t length = 0;

        for (const struct list *node = list->next; node != list; node = node->next)
                length++;
        return length;
}

void serve_list_connections(void *self, struct darq_call *call,
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
                                PRESENT(id, each->id),
                                PRESENT(principal, darq_string_of(each->principal->name)),
                                PRESENT(greeted, each->greeted),
                                PRESENT(ports, list_length(&each->ports)),
                                PRESENT(calls, list_length(&each->calls)),
                                PRESENT(serving, list_length(&each->served)),
                        };
        }
        reply.connections.data = entries;
        reply.connections.count = window.count;
        connection_work(control_asker(call), kernel->connection_count + kernel->ports.count +
                                                     kernel->slots.count +
                                                     ENTRY_WORK * window.count);
        darq_kernel_reply_list_connections(call, &reply);
        free(entries);
}

static struct darq_kernel_service_entry service_entry(const struct service *service)
{
        const struct darq_starter_declaration *declaration = &service->declaration;
        const struct kernel *kernel = service->kernel;
        bool runs = service->process || service->instance != NULL;

        return (struct darq_kernel_service_entry){
                PRESENT(name, declaration->name),
                PRESENT(port, service->port->number),
                PRESENT(state, service->state),
                .has_activation = true,
                .activation = (enum darq_kernel_activation)declaration->activation,
                PRESENT(pid, service->pid),
                PRESENT(uptime_ns, runs ? kernel->now_ns - service->since_ns : 0),
                PRESENT(calls, service->calls),
                PRESENT(starts, service->starts),
                PRESENT(waiting, service->port->messages),
                .types = {declaration->types.data, declaration->types.count},
                .failure = darq_string_of(service->failure),
                .connection = service->instance != NULL ? service->instance->id : 0,
        };
}

/* All of a window, or, with a user, of those that it may use. NULL after an answer: memory is short. */
static struct darq_kernel_service_entry *services_list(struct darq_call *call,
                                                       const struct kernel *kernel,
                                                       const struct connection *user,
                                                       struct window *window)
{
        struct darq_kernel_service_entry *entries = calloc(LIST_MAX, sizeof *entries);
        uint64_t passed = 0;

        if (entries == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "out of memory");
                return NULL;
        }
        for (const struct list *node = kernel->services.next; node != &kernel->services;
             node = node->next, passed++) {
                const struct service *service = LIST_OF(node, const struct service, node);

                if ((user == NULL || service_allows(service, user)) && window_takes(window))
                        entries[window->count++] = service_entry(service);
        }
        connection_work(control_asker(call), passed + ENTRY_WORK * window->count);
        return entries;
}

void serve_list_services(void *self, struct darq_call *call,
                         const struct darq_kernel_list_services_request *request)
{
        struct window window = window_of(request->skip, request->limit);
        struct darq_kernel_service_entry *entries = services_list(call, self, NULL, &window);
        struct darq_kernel_list_services_reply reply = {.services = {entries, window.count}};

        if (entries != NULL)
                darq_kernel_reply_list_services(call, &reply);
        free(entries);
}

void serve_list_usable(void *self, struct darq_call *call,
                       const struct darq_kernel_list_usable_request *request)
{
        const struct connection *user = connection_find(self, request->connection);
        struct window window = window_of(request->skip, request->limit);
        struct darq_kernel_list_usable_reply reply = {0};
        struct darq_kernel_service_entry *entries;

        if (user == NULL) {
                darq_kernel_fail_list_usable(call, DARQ_KERNEL_ERROR_NOT_FOUND,
                                             "no such connection");
                return;
        }
        entries = services_list(call, self, user, &window);
        reply.services.data = entries;
        reply.services.count = window.count;
        if (entries != NULL)
                darq_kernel_reply_list_usable(call, &reply);
        free(entries);
}
