/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_CATALOG_H
#define DARQWIRE_CATALOG_H

#include <darq/schema.h>

struct darq_catalog {
        uint8_t *bytes; /* the copy that the schema points into */
        struct darq_arena *arena;
        struct darq_schema schema;
};

/** The member of a table or union with this number; NULL if there is none. */
const struct darq_schema_member *darq_schema_member_find(const struct darq_schema_type *type,
                                                         uint32_t number);

/** The type itself, or the one beneath a newtype. */
const struct darq_schema_type *darq_catalog_beneath(const struct darq_catalog *self,
                                                    uint32_t index);

/** Whether a length stands before a vec or array of these (no newtype): of all but primitives and ports. */
bool darq_schema_is_delimited(const struct darq_schema_type *element);

#endif
