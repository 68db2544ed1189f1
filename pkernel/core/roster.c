/* SPDX-License-Identifier: MIT */
/*
 * All declared services: what the starter tells of them, and who looks for one.
 *
 * There are some hundred at most, so they stand in one list, by name; whatever runs over it may end the one at hand.
 */
#include "pkernel/core/roster.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/port.h"
#include "pkernel/core/service.h"

#include <assert.h>
#include <string.h>

/* Looking up */

struct service *roster_find(struct kernel *kernel, const char *name, size_t size)
{
        for (struct list *node = kernel->services.next; node != &kernel->services;
             node = node->next) {
                struct service *self = LIST_OF(node, struct service, node);

                if (self->declaration.name.size == size &&
                    memcmp(self->declaration.name.data, name, size) == 0)
                        return self;
        }
        return NULL;
}

struct service *roster_find_port(struct kernel *kernel, uint64_t number)
{
        struct port *port = number == 0 ? NULL : port_find(kernel, number);

        return port == NULL ? NULL : port->service;
}

struct service *roster_find_type(struct kernel *kernel, const char *type, size_t size)
{
        for (struct list *node = kernel->services.next; node != &kernel->services;
             node = node->next) {
                struct service *self = LIST_OF(node, struct service, node);

                for (size_t i = 0; i < self->declaration.types.count; i++) {
                        const struct darq_string *each = &self->declaration.types.data[i];

                        if (each->size == size && memcmp(each->data, type, size) == 0)
                                return self;
                }
        }
        return NULL;
}

struct service *roster_find_instance(struct kernel *kernel, uint64_t number)
{
        for (struct list *node = kernel->services.next; node != &kernel->services;
             node = node->next) {
                struct service *self = LIST_OF(node, struct service, node);

                if (self->process && self->number == number)
                        return self;
        }
        return NULL;
}

/* Declarations */

/* In the order of their names. */
static void enlist(struct service *self)
{
        struct list *node = self->kernel->services.next;

        while (node != &self->kernel->services &&
               strcmp(LIST_OF(node, struct service, node)->declaration.name.data,
                      self->declaration.name.data) < 0)
                node = node->next;
        list_append(node, &self->node);
}

const char *roster_declare(struct kernel *kernel,
                           const struct darq_starter_declaration *declaration)
{
        struct service *self = roster_find(kernel, declaration->name.data, declaration->name.size);

        if (self != NULL)
                return service_redeclare(self, declaration);
        if (declaration->port != 0 && port_find(kernel, declaration->port) != NULL)
                return "its port is somebody's already";
        self = service_new(kernel, declaration);
        if (self == NULL)
                return "memory is short";
        enlist(self);
        return NULL;
}

/* What runs goes on to its end. */
static void free_if_gone(struct service *self)
{
        if (!self->declared && !self->process && self->instance == NULL)
                service_free(self);
}

void roster_gone(struct kernel *kernel, struct darq_string name)
{
        struct service *self = roster_find(kernel, name.data, name.size);

        if (self == NULL)
                return;
        self->declared = false;
        free_if_gone(self);
}

uint32_t roster_listed(struct kernel *kernel, bool partial)
{
        struct list *node = kernel->services.next;
        uint32_t declared = 0;

        while (node != &kernel->services) {
                struct service *self = LIST_OF(node, struct service, node);

                node = node->next;
                self->declared = self->listed || (partial && self->declared);
                self->listed = false;
                declared += self->declared;
                free_if_gone(self);
        }
        return declared;
}

void roster_declared_alone(struct kernel *kernel, const char *name, size_t size)
{
        struct service *self = roster_find(kernel, name, size);

        if (self != NULL)
                self->listed = false;
}

void roster_close(struct kernel *kernel)
{
        for (struct list *node = kernel->services.next; node != &kernel->services;
             node = node->next)
                LIST_OF(node, struct service, node)->declared = false;
}

void roster_free(struct kernel *kernel)
{
        while (!list_empty(&kernel->services)) {
                struct service *self = LIST_OF(kernel->services.next, struct service, node);

                assert(self->instance == NULL);
                service_free(self);
        }
}

/* What happens to them */

bool roster_started(struct kernel *kernel, uint64_t number, uint32_t pid,
                    struct connection *connection)
{
        struct service *service = roster_find_instance(kernel, number);

        return service != NULL && service_started(service, pid, connection);
}

void roster_ended(struct kernel *kernel, uint64_t number, const char *reason)
{
        struct service *service = roster_find_instance(kernel, number);

        if (service != NULL)
                service_over(service, reason);
}

void roster_lost(struct kernel *kernel, const char *reason)
{
        struct list *node = kernel->services.next;

        while (node != &kernel->services) {
                struct service *self = LIST_OF(node, struct service, node);

                node = node->next;
                if (self->process)
                        service_over(self, reason);
        }
}

void roster_disconnected(struct connection *connection)
{
        struct kernel *kernel = connection->kernel;
        struct list *node = kernel->services.next;

        while (connection->serves && node != &kernel->services) {
                struct service *self = LIST_OF(node, struct service, node);

                node = node->next;
                if (self->instance == connection)
                        service_disconnected(self);
        }
}

void roster_start(struct kernel *kernel)
{
        for (struct list *node = kernel->services.next; node != &kernel->services;
             node = node->next)
                service_keep_up(LIST_OF(node, struct service, node));
}
