/* SPDX-License-Identifier: MIT */
/*
 * Schemas that are trusted from here on.
 *
 * A schema comes from a service or a file, so it may say anything. Whatever walks payloads by it relies on what is
 * found out here once: every index is within its list; vecs and arrays don't hold vecs or arrays directly, newtypes
 * hold only what may be named anew, nothing holds a parameter list (so that no payload leads deeper than the nesting
 * limit allows); members of tables and unions have rising numbers. Names are what the language lets be a name, with
 * dots between packages, so that they can be shown.
 */
#include "libdarqwire/catalog.h"

#include <stdlib.h>
#include <string.h>

enum { REVISION = 1, NUMBER_MAX = (1 << 28) - 1 /* what a member's header has room for */ };

/* Consistency */

static bool is_integer(enum darq_schema_kind kind)
{
        return kind >= DARQ_SCHEMA_KIND_U8 && kind <= DARQ_SCHEMA_KIND_I64;
}

static bool is_plain(enum darq_schema_kind kind)
{
        return kind <= DARQ_SCHEMA_KIND_BYTES;
}

static bool is_row(enum darq_schema_kind kind)
{
        return kind == DARQ_SCHEMA_KIND_VEC || kind == DARQ_SCHEMA_KIND_ARRAY;
}

/* What may be a member or an element. */
static bool is_value(const struct darq_schema *schema, uint32_t index)
{
        return index < schema->types.count &&
               schema->types.data[index].kind != DARQ_SCHEMA_KIND_LIST &&
               schema->types.data[index].kind != DARQ_SCHEMA_KIND_ERROR;
}

static const char *element_fault(const struct darq_schema *schema,
                                 const struct darq_schema_type *type)
{
        enum darq_schema_kind kind;

        if (!is_value(schema, type->element))
                return "an element's type is not in the schema";
        kind = schema->types.data[type->element].kind;
        if (is_row(type->kind) && is_row(kind))
                return "a vec or array directly inside another";
        if (type->kind == DARQ_SCHEMA_KIND_NEWTYPE && !is_plain(kind))
                return "a newtype of what can't be one";
        if ((type->kind == DARQ_SCHEMA_KIND_ENUM || type->kind == DARQ_SCHEMA_KIND_BITS) &&
            !is_integer(kind))
                return "an enum or bits that is no integer";
        return type->kind == DARQ_SCHEMA_KIND_ARRAY && type->bound == 0
                       ? "an array without elements"
                       : NULL;
}

static const char *members_fault(const struct darq_schema *schema,
                                 const struct darq_schema_type *type)
{
        bool numbered =
                type->kind == DARQ_SCHEMA_KIND_TABLE || type->kind == DARQ_SCHEMA_KIND_UNION;
        int64_t last = 0;

        for (size_t i = 0; i < type->members.count; i++) {
                const struct darq_schema_member *member = &type->members.data[i];

                if (!is_value(schema, member->type))
                        return "a member's type is not in the schema";
                if (numbered && (member->number <= last || member->number > NUMBER_MAX))
                        return "members of a table or union whose numbers don't rise, or exceed 28 "
                               "bits";
                last = member->number;
        }
        return NULL;
}

static const char *type_fault(const struct darq_schema *schema, const struct darq_schema_type *type)
{
        switch (type->kind) {
        case DARQ_SCHEMA_KIND_VEC:
        case DARQ_SCHEMA_KIND_ARRAY:
        case DARQ_SCHEMA_KIND_ENUM:
        case DARQ_SCHEMA_KIND_BITS:
        case DARQ_SCHEMA_KIND_NEWTYPE:
                return element_fault(schema, type);
        case DARQ_SCHEMA_KIND_STRUCT:
                return type->members.count == 0 ? "a struct without members"
                                                : members_fault(schema, type);
        case DARQ_SCHEMA_KIND_TABLE:
        case DARQ_SCHEMA_KIND_UNION:
        case DARQ_SCHEMA_KIND_LIST:
                return members_fault(schema, type);
        case DARQ_SCHEMA_KIND_ERROR:
                return NULL;
        default:
                return is_plain(type->kind) || type->kind == DARQ_SCHEMA_KIND_PORT
                               ? NULL
                               : "a kind of type that is unknown";
        }
}

static bool is_list(const struct darq_schema *schema, uint32_t index)
{
        return index < schema->types.count &&
               schema->types.data[index].kind == DARQ_SCHEMA_KIND_LIST;
}

static const char *method_fault(const struct darq_schema *schema,
                                const struct darq_schema_method *method)
{
        if (!is_list(schema, method->request) ||
            (!method->oneway && !is_list(schema, method->reply)))
                return "a method whose parameters are no list";
        if (method->error != 0 &&
            (method->error > schema->types.count ||
             schema->types.data[method->error - 1].kind != DARQ_SCHEMA_KIND_ERROR))
                return "a method whose error is none";
        if ((method->upload == DARQ_SCHEMA_STREAM_ITEMS && !is_list(schema, method->upload_item)) ||
            (method->download == DARQ_SCHEMA_STREAM_ITEMS &&
             !is_list(schema, method->download_item)))
                return "a stream whose items are no lists";
        return NULL;
}

/* Names */

static bool is_name(struct darq_string name)
{
        static const char letters[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";

        return name.size == 0 || strspn(name.data, letters) == name.size;
}

static bool type_is_named(const struct darq_schema_type *type)
{
        bool fine = is_name(type->name);

        for (size_t i = 0; fine && i < type->members.count; i++)
                fine = is_name(type->members.data[i].name);
        return fine;
}

static bool interface_is_named(const struct darq_schema_interface *interface)
{
        bool fine = is_name(interface->name);

        for (size_t i = 0; fine && i < interface->methods.count; i++)
                fine = is_name(interface->methods.data[i].name);
        return fine;
}

static const char *names_fault(const struct darq_schema *schema)
{
        bool fine = true;

        for (size_t i = 0; fine && i < schema->types.count; i++)
                fine = type_is_named(&schema->types.data[i]);
        for (size_t i = 0; fine && i < schema->interfaces.count; i++)
                fine = interface_is_named(&schema->interfaces.data[i]);
        return fine ? NULL : "a name with other characters than letters, digits, _ and .";
}

static const char *schema_fault(const struct darq_schema *schema)
{
        const char *fault = schema->revision == REVISION ? NULL : "a schema of another revision";

        for (size_t i = 0; fault == NULL && i < schema->types.count; i++)
                fault = type_fault(schema, &schema->types.data[i]);
        for (size_t i = 0; fault == NULL && i < schema->interfaces.count; i++)
                for (size_t k = 0; fault == NULL && k < schema->interfaces.data[i].methods.count;
                     k++)
                        fault = method_fault(schema, &schema->interfaces.data[i].methods.data[k]);
        return fault != NULL ? fault : names_fault(schema);
}

/* Life */

static int catalog_read(struct darq_catalog *self, const void *data, size_t size,
                        const char **fault)
{
        struct darq_reader reader;

        self->bytes = malloc(size + 1);
        self->arena = darq_arena_new(darq_arena_limit(size) * 4);
        if (self->bytes == NULL || self->arena == NULL)
                return DARQ_E_NO_MEMORY;
        if (size != 0)
                memcpy(self->bytes, data, size);
        darq_reader_init(&reader, self->bytes, size, self->arena);
        darq_schema_unpack(&reader, &self->schema);
        *fault = darq_reader_finish(&reader) != 0 ? reader.reason : schema_fault(&self->schema);
        return *fault != NULL ? DARQ_E_INVALID : 0;
}

int darq_catalog_open(struct darq_catalog **self, const void *schema, size_t size,
                      const char **reason)
{
        struct darq_catalog *made = calloc(1, sizeof *made);
        const char *fault = "memory is short";
        int r = made != NULL ? catalog_read(made, schema, size, &fault) : DARQ_E_NO_MEMORY;

        if (r == 0) {
                *self = made;
                return 0;
        }
        if (reason != NULL)
                *reason = fault;
        darq_catalog_close(made);
        return r;
}

void darq_catalog_close(struct darq_catalog *self)
{
        if (self == NULL)
                return;
        darq_arena_free(self->arena);
        free(self->bytes);
        free(self);
}

/* Looking up */

const struct darq_schema *darq_catalog_schema(const struct darq_catalog *self)
{
        return &self->schema;
}

const struct darq_schema_type *darq_catalog_type(const struct darq_catalog *self, uint32_t index)
{
        return index < self->schema.types.count ? &self->schema.types.data[index] : NULL;
}

const struct darq_schema_type *darq_catalog_beneath(const struct darq_catalog *self, uint32_t index)
{
        const struct darq_schema_type *type = &self->schema.types.data[index];

        return type->kind == DARQ_SCHEMA_KIND_NEWTYPE ? &self->schema.types.data[type->element]
                                                      : type;
}

bool darq_catalog_primitive(const struct darq_catalog *self, uint32_t index)
{
        enum darq_schema_kind kind = darq_catalog_beneath(self, index)->kind;

        return kind <= DARQ_SCHEMA_KIND_F64 || kind == DARQ_SCHEMA_KIND_PORT;
}

size_t darq_schema_bound(const struct darq_schema_type *type)
{
        return type->bound != 0 ? type->bound : SIZE_MAX;
}

bool darq_schema_value_known(const struct darq_schema_type *type, const struct darq_event *value)
{
        uint64_t mask = 0;

        for (size_t i = 0; i < type->members.count; i++) {
                if (type->kind == DARQ_SCHEMA_KIND_ENUM &&
                    type->members.data[i].number == value->integer)
                        return true;
                mask |= (uint64_t)type->members.data[i].number;
        }
        return type->kind == DARQ_SCHEMA_KIND_BITS && (value->natural & ~mask) == 0;
}

const struct darq_schema_interface *darq_catalog_interface(const struct darq_catalog *self,
                                                           uint64_t id)
{
        for (size_t i = 0; i < self->schema.interfaces.count; i++)
                if (self->schema.interfaces.data[i].id == id)
                        return &self->schema.interfaces.data[i];
        return NULL;
}

const struct darq_schema_member *darq_schema_member_find(const struct darq_schema_type *type,
                                                         uint32_t number)
{
        size_t low = 0;
        size_t high = type->members.count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (type->members.data[middle].number == number)
                        return &type->members.data[middle];
                if (type->members.data[middle].number < number)
                        low = middle + 1;
                else
                        high = middle;
        }
        return NULL;
}

bool darq_schema_list(const struct darq_schema_method *method, enum darq_part part, uint32_t *type)
{
        switch (part) {
        case DARQ_PART_REPLY:
                *type = method->reply;
                return !method->oneway;
        case DARQ_PART_UPLOAD:
                *type = method->upload_item;
                return method->upload == DARQ_SCHEMA_STREAM_ITEMS;
        case DARQ_PART_DOWNLOAD:
                *type = method->download_item;
                return method->download == DARQ_SCHEMA_STREAM_ITEMS;
        default:
                *type = method->request;
                return true;
        }
}

/* Whether a full name is meant by what was asked for: the whole, or its end behind a dot. */
static bool name_fits(struct darq_string full, const char *name, size_t size)
{
        if (size == 0 || size > full.size || memcmp(full.data + full.size - size, name, size) != 0)
                return false;
        return size == full.size || full.data[full.size - size - 1] == '.';
}

struct search {
        uint32_t type;
        unsigned int found;
        bool exact;
};

static void search_add(struct search *self, uint32_t type, bool exact)
{
        if (self->exact && !exact)
                return;
        if (exact && !self->exact)
                self->found = 0;
        self->exact = exact;
        self->type = type;
        self->found++;
}

/* "Storage.get" with its last part cut off: the interface, then the method. */
static void methods_search(const struct darq_schema_interface *interface, const char *name,
                           size_t size, enum darq_part part, struct search *search)
{
        const char *dot = memrchr(name, '.', size);
        size_t left = dot != NULL ? (size_t)(dot - name) : 0;
        uint32_t type;

        if (dot == NULL || !name_fits(interface->name, name, left))
                return;
        for (size_t i = 0; i < interface->methods.count; i++) {
                const struct darq_schema_method *method = &interface->methods.data[i];

                if (method->name.size == size - left - 1 &&
                    memcmp(method->name.data, dot + 1, method->name.size) == 0 &&
                    darq_schema_list(method, part, &type))
                        search_add(search, type, left == interface->name.size);
        }
}

static void lists_search(const struct darq_schema *schema, const char *name, struct search *search)
{
        static const char *const parts[] = {
                [DARQ_PART_REQUEST] = ".request",
                [DARQ_PART_REPLY] = ".reply",
                [DARQ_PART_UPLOAD] = ".part",
                [DARQ_PART_DOWNLOAD] = ".item",
        };
        const char *last = strrchr(name, '.');

        for (enum darq_part part = 0; last != NULL && part <= DARQ_PART_DOWNLOAD; part++)
                for (size_t i = 0; strcmp(last, parts[part]) == 0 && i < schema->interfaces.count;
                     i++)
                        methods_search(&schema->interfaces.data[i], name, (size_t)(last - name),
                                       part, search);
}

bool darq_catalog_find(const struct darq_catalog *self, const char *name, uint32_t *type)
{
        struct search search = {0};

        for (uint32_t i = 0; i < self->schema.types.count; i++)
                if (name_fits(self->schema.types.data[i].name, name, strlen(name)))
                        search_add(&search, i,
                                   self->schema.types.data[i].name.size == strlen(name));
        lists_search(&self->schema, name, &search);
        if (search.found != 1)
                return false;
        *type = search.type;
        return true;
}
