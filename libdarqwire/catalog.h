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

/** What strings, bytes and vecs of the type may hold: SIZE_MAX without a bound. */
size_t darq_schema_bound(const struct darq_schema_type *type);

/** Whether an enum or bits has a name for all of the value. */
bool darq_schema_value_known(const struct darq_schema_type *type, const struct darq_event *value);

/** Whether the type, or what is beneath a newtype, is a primitive or a port: vecs and arrays of such have no length in front. */
bool darq_catalog_primitive(const struct darq_catalog *self, uint32_t index);

/** The parameter lists of a method. */
enum darq_part { DARQ_PART_REQUEST, DARQ_PART_REPLY, DARQ_PART_UPLOAD, DARQ_PART_DOWNLOAD };

/** The type of one of them; false if the method has none. */
bool darq_schema_list(const struct darq_schema_method *method, enum darq_part part, uint32_t *type);

/** The type itself, or the one beneath a newtype. */
const struct darq_schema_type *darq_catalog_beneath(const struct darq_catalog *self,
                                                    uint32_t index);

#endif
