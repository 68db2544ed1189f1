/* SPDX-License-Identifier: MIT */
/*
 * Where in a body decoding has stopped, for those who read an error.
 *
 * Generated code doesn't keep count of where it is: that would cost every message that is fine. When it has refused
 * one, the interface's own schema is walked over the same bytes, which finds the place again and its path. Nothing
 * depends on it: without memory, or where the body was refused for more than its bytes (the arena's limit), the sentence
 * is what the reader had to say.
 */
#include "libdarqwire/fault.h"

#include <stdio.h>

static const struct darq_schema_method *method_find(const struct darq_catalog *catalog,
                                                    const struct darq_fault *fault)
{
        const struct darq_schema_interface *interface =
                darq_catalog_interface(catalog, fault->interface->id);

        for (size_t i = 0; interface != NULL && i < interface->methods.count; i++)
                if (interface->methods.data[i].ordinal == fault->method->ordinal)
                        return &interface->methods.data[i];
        return NULL;
}

/* Whether the schema refuses the body too, and where. */
static bool place_find(const struct darq_fault *self, struct darq_place *place)
{
        const struct darq_schema_method *method;
        struct darq_catalog *catalog;
        bool found = false;
        uint32_t list;

        if (self->interface->schema == NULL ||
            darq_catalog_open(&catalog, self->interface->schema, self->interface->schema_size,
                              NULL) != 0)
                return false;
        method = method_find(catalog, self);
        if (method != NULL && darq_schema_list(method, self->part, &list))
                found = darq_catalog_walk(catalog, list, self->reader->data, self->size,
                                          self->reader->port_count, NULL, NULL,
                                          place) == DARQ_E_INVALID;
        darq_catalog_close(catalog);
        return found;
}

void darq_fault_tell(const struct darq_fault *self, char *text, size_t room)
{
        struct darq_place place = {.reason = NULL};

        if (place_find(self, &place) && place.reason != NULL)
                snprintf(text, room, "%s%s%s, at byte %zu", place.path,
                         place.path[0] != '\0' ? ": " : "", place.reason, place.offset);
        else
                snprintf(text, room, "%s, at byte %zu", self->reader->reason, self->reader->offset);
}
