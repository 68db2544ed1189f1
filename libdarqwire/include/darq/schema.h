/* SPDX-License-Identifier: MIT */
#ifndef DARQ_SCHEMA_H
#define DARQ_SCHEMA_H

#include <darq/schema.darq.h>
#include <darq/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Payloads without generated code: a schema (darq/schema.didl) as a service's `describe` answers it or `darqidl schema`
 * has written it, and payloads that are checked, walked and built by it. Only the codec is needed, no session.
 */

/** How deep values lie in each other at most, with vecs and arrays between structs, tables and unions. */
enum { DARQ_DEPTH_MAX = 2 * DARQ_NESTING_MAX + 4 };

/** A schema that has been read and found consistent: every index is one, and no type holds itself without an end. */
struct darq_catalog;

/**
 * Reads a schema; it is copied. 0, DARQ_E_INVALID with a static *reason (which may be NULL where it isn't wanted),
 * DARQ_E_NO_MEMORY.
 */
int darq_catalog_open(struct darq_catalog **self, const void *schema, size_t size,
                      const char **reason);

/** NULL is fine. */
void darq_catalog_close(struct darq_catalog *self);

/** The schema itself; it lives as long as the catalog. */
const struct darq_schema *darq_catalog_schema(const struct darq_catalog *self);

/** The type at an index; NULL beyond the last. */
const struct darq_schema_type *darq_catalog_type(const struct darq_catalog *self, uint32_t index);

/** NULL if there is none. */
const struct darq_schema_interface *darq_catalog_interface(const struct darq_catalog *self,
                                                           uint64_t id);

/**
 * The index of what a name means: a type ("storage.Metadata"), or a method's parameters ("storage.Storage.get.request",
 * ".reply"), or the items of its streams (".item" of the result, ".part" of an upload). The package may be left out
 * where that is unambiguous. False if there is none, or more than one.
 */
bool darq_catalog_find(const struct darq_catalog *self, const char *name, uint32_t *type);

/** What stands in a payload, in its order. */
enum darq_event_kind {
        DARQ_EVENT_VALUE, /* a scalar, string, bytes, port, enum, bits */
        DARQ_EVENT_BEGIN, /* of a struct, table, union, list, vec or array */
        DARQ_EVENT_END    /* of the same */
};

struct darq_event {
        enum darq_event_kind kind;
        unsigned int depth;                      /* 0: the outermost value */
        const struct darq_schema_type *type;     /* never a newtype: the type beneath */
        const struct darq_schema_member *member; /* NULL: the outermost value, or an element */
        size_t index;                            /* of an element */
        size_t count;                            /* BEGIN of a vec or array: its elements */
        bool defaulted;                          /* the sender left it out: the schema's default */
        bool absent;                             /* building: it is left out */
        bool unknown;    /* BYTES: a union's member that the schema doesn't know, number is its */
        uint32_t number; /* building: of the union's member, at its BEGIN */
        const char *reason; /* building: why it can't be supplied; static text, may be NULL */
        union {
                uint64_t
                        natural; /* bool, u8 to u64, bits, a port's index, enums of an unsigned type */
                int64_t integer; /* i8 to i64, enums */
                double real;     /* f32, f64 */
                struct darq_string text;
                struct darq_bytes bytes;
        };
};

/** Anything but 0 ends the walk, and is its result. */
typedef int darq_visit(void *context, const struct darq_event *event);

/** Where a payload is wrong. */
struct darq_place {
        char path[256];     /* "value.meta.tags[3]"; "": the outermost value */
        size_t offset;      /* of the byte */
        const char *reason; /* static text */
};

/**
 * Goes through a value of a type, with all of a reader's rules; visit may be NULL: it is only checked. What events carry
 * points into data. place may be NULL. 0, DARQ_E_INVALID with *place, DARQ_E_NO_MEMORY, or what visit gave.
 */
int darq_catalog_walk(const struct darq_catalog *self, uint32_t type, const void *data, size_t size,
                      uint32_t port_count, darq_visit *visit, void *context,
                      struct darq_place *place);

/**
 * Supplies a value, when a payload is built. At a VALUE: sets the one of natural to bytes that belongs to the type,
 * which must stay until the build is over. At a BEGIN: sets number for a union and count for a vec; the parts are asked
 * for next, one deeper, in the schema's order, then comes the END. Or sets absent: there is no such value, and neither
 * parts nor END follow; fine for what is optional, has a default, or is a table's member. Anything but 0 ends the
 * build, and is its result.
 */
typedef int darq_supply(void *context, struct darq_event *event);

/**
 * Writes a value of a type, byte for byte as generated code does, from what supply says. All of a reader's rules are
 * checked; a union's unknown member can't be written. Ports are indices below port_count. place may be NULL; its offset
 * is how much had been written. 0, DARQ_E_INVALID or DARQ_E_TOO_BIG with *place, DARQ_E_NO_MEMORY, or what supply gave.
 */
int darq_catalog_build(const struct darq_catalog *self, uint32_t type, struct darq_writer *writer,
                       uint32_t port_count, darq_supply *supply, void *context,
                       struct darq_place *place);

#ifdef __cplusplus
}
#endif
#endif
