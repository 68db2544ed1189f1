/* SPDX-License-Identifier: MIT */
/*
 * Who may use a declared service, serve it, and stand for a location, by what its manifest says.
 *
 * A service that the p-kernel starts is served by the process that was started for it and by nobody else; one that it doesn't
 * start, by whoever is of the user that the manifest names.
 */
#include "pkernel/core/service.h"

#include "pkernel/core/connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "uid:7" is itself; a star at the end stands for any rest; "any" is everybody but other locations. */
static bool principal_fits(const struct darq_string *pattern, const char *name)
{
        if (strcmp(pattern->data, "any") == 0)
                return !principal_is_location(name);
        if (pattern->size != 0 && pattern->data[pattern->size - 1] == '*')
                return strncmp(name, pattern->data, pattern->size - 1) == 0;
        return strcmp(name, pattern->data) == 0;
}

bool service_allows(const struct service *self, const struct connection *connection)
{
        const struct darq_starter_declaration *declaration = &self->declaration;

        for (size_t i = 0; i < declaration->allow.count; i++)
                if (principal_fits(&declaration->allow.data[i], connection->principal->name))
                        return true;
        return declaration->allow.count == 0 && connection->location == NULL;
}

bool service_may_serve(const struct service *self, const struct connection *connection)
{
        char principal[PRINCIPAL_NAME_MAX];

        if (service_is_activated(self))
                return connection == self->instance;
        snprintf(principal, sizeof principal, "uid:%" PRIu32, self->declaration.uid);
        return strcmp(connection->principal->name, principal) == 0;
}

bool service_may_stand(const struct service *self, const struct connection *connection,
                       const struct darq_string *location)
{
        const struct darq_starter_declaration *declaration = &self->declaration;

        if (service_is_activated(self) || !service_may_serve(self, connection))
                return false;
        for (size_t i = 0; i < declaration->locations.count; i++) {
                const struct darq_string *each = &declaration->locations.data[i];

                if (strcmp(each->data, "*") == 0 ||
                    (each->size == location->size &&
                     memcmp(each->data, location->data, each->size) == 0))
                        return true;
        }
        return false;
}
