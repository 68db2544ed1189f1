/* SPDX-License-Identifier: MIT */
/*
 * Names of services.
 *
 * A name that nobody has declared may be taken by the p-kernel's own uid and by root; it is theirs until their port
 * or connection ends. The names of DarqOS's own services go with the port numbers that they have always had; any
 * other name gets a random port, so that only connect() leads to it. Names that a manifest declares are service.h's.
 */
#include "pkernel/core/name.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/port.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"
#include "pkernel/core/spelling.h"

#include <stdlib.h>
#include <string.h>

struct name {
        struct list node; /* in the kernel */
        struct port *port;
        struct charge charge;
        size_t size;
        char text[SPELLING_SERVICE_MAX + 1];
};

static const struct {
        const char *name;
        uint64_t number;
} well_known[] = {
        {"boot", 11000},     {"storage", 11001}, {"history", 11002}, {"security", 11003},
        {"metadata", 11004}, {"index", 11005},   {"type", 11006},    {"terminal", 11007},
};

static uint64_t number_for(const char *name, size_t size)
{
        for (size_t index = 0; index < sizeof well_known / sizeof well_known[0]; index++) {
                if (strlen(well_known[index].name) == size &&
                    memcmp(well_known[index].name, name, size) == 0)
                        return well_known[index].number;
        }
        return 0;
}

static struct name *find(struct connection *asker, const char *name, size_t size)
{
        struct list *names = &asker->kernel->names;
        struct name *found = NULL;
        uint64_t entries = 0;

        for (struct list *node = names->next; node != names && found == NULL; node = node->next) {
                struct name *self = LIST_OF(node, struct name, node);

                entries++;
                if (self->size == size && memcmp(self->text, name, size) == 0)
                        found = self;
        }
        connection_work(asker, entries);
        return found;
}

static void name_free(struct name *self)
{
        list_remove(&self->node);
        charge_release(&self->charge);
        free(self);
}

static enum name_result service_take(struct service *service, struct connection *connection,
                                     struct port **port)
{
        *port = NULL;
        if (!service_may_serve(service, connection))
                return NAME_NOT_ALLOWED;
        if (!service_check_in(service, connection))
                return NAME_IN_USE;
        *port = service->port;
        return NAME_FINE;
}

enum darq_frame_result name_open_port(struct connection *connection, uint64_t number,
                                      struct port **port)
{
        struct service *service = roster_find_port(connection->kernel, number);

        if (service == NULL)
                return port_open(connection, number, port);
        switch (service_take(service, connection, port)) {
        case NAME_FINE:
                return DARQ_FRAME_OPENED;
        case NAME_IN_USE:
                return DARQ_FRAME_IN_USE;
        default:
                return DARQ_FRAME_REFUSED;
        }
}

/* The port that goes with the name: one that the connection has already opened under its number will do. */
static enum name_result port_for(struct connection *connection, uint64_t number, struct port **port)
{
        struct port *open = number == 0 ? NULL : port_find(connection->kernel, number);

        if (open != NULL && open->owner != connection)
                return NAME_IN_USE;
        *port = open;
        if (open == NULL && port_open(connection, number, port) != DARQ_FRAME_OPENED)
                return NAME_QUOTA;
        return NAME_FINE;
}

enum name_result name_check_in(struct connection *connection, const char *name, size_t size,
                               struct port **port)
{
        struct kernel *kernel = connection->kernel;
        struct service *service = roster_find(kernel, name, size);
        enum name_result result;
        struct name *self;

        if (service != NULL)
                return service_take(service, connection, port);
        if (!connection->principal->privileged)
                return NAME_NOT_ALLOWED;
        if (!spelling_is_service(name, size))
                return NAME_MISSPELT;
        if (find(connection, name, size) != NULL)
                return NAME_IN_USE;
        self = calloc(1, sizeof *self);
        if (self == NULL)
                return NAME_QUOTA;
        list_init(&self->node);
        self->size = size;
        memcpy(self->text, name, size);
        result = charge_take(&self->charge, connection->share, RESOURCE_OBJECTS, 1)
                         ? port_for(connection, number_for(name, size), port)
                         : NAME_QUOTA;
        if (result != NAME_FINE) {
                name_free(self);
                return result;
        }
        self->port = *port;
        self->port->name = self;
        list_append(&kernel->names, &self->node);
        return NAME_FINE;
}

enum name_result name_check_out(struct connection *connection, const char *name, size_t size)
{
        struct name *self = find(connection, name, size);
        struct service *service = roster_find(connection->kernel, name, size);

        if (service != NULL && service->port->owner == connection)
                return service_check_out(service) ? NAME_FINE : NAME_BUSY;
        if (self == NULL || self->port->owner != connection)
                return NAME_NOT_FOUND;
        port_close(self->port);
        return NAME_FINE;
}

/* A process that knows no check_in, and holds one of DarqOS's numbers, goes by the name that belongs to it. */
enum name_result name_find(struct connection *connection, const char *name, size_t size,
                           struct port **port)
{
        struct kernel *kernel = connection->kernel;
        struct service *service = roster_find(kernel, name, size);
        struct name *self = find(connection, name, size);
        uint64_t number = number_for(name, size);

        if (service != NULL)
                *port = service->port;
        else if (self != NULL)
                *port = self->port;
        else
                *port = number == 0 ? NULL : port_find(kernel, number);
        if (*port == NULL)
                return NAME_NOT_FOUND;
        service = (*port)->service;
        if (service == NULL)
                return connection->location == NULL ? NAME_FINE : NAME_NOT_ALLOWED;
        return service_allows(service, connection) ? NAME_FINE : NAME_NOT_ALLOWED;
}

void name_drop(struct port *port)
{
        struct name *self = port->name;

        port->name = NULL;
        if (self != NULL)
                name_free(self);
}

const char *name_of(const struct port *port)
{
        if (port->service != NULL)
                return port->service->declaration.name.data;
        return port->name == NULL ? NULL : port->name->text;
}
