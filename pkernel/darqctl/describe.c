/* SPDX-License-Identifier: MIT */
/*
 * describe: what a service serves, in the words of the language, with full names. Comments, attributes and constants are not
 * part of a schema.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/json.h"

static void type_print(const struct darq_catalog *catalog, uint32_t index);

static void bounded_print(const struct darq_schema_type *type, const char *name)
{
        printf("%s", name);
        if (type->bound != 0)
                printf("<%" PRIu32 ">", type->bound);
}

static void row_print(const struct darq_catalog *catalog, const struct darq_schema_type *type)
{
        printf(type->kind == DARQ_SCHEMA_KIND_VEC ? "vec<" : "array<");
        type_print(catalog, type->element);
        if (type->bound != 0)
                printf(", %" PRIu32, type->bound);
        putchar('>');
}

static void port_print(const struct darq_catalog *catalog, const struct darq_schema_type *type)
{
        const struct darq_schema_interface *interface =
                darq_catalog_interface(catalog, type->interface);

        if (type->interface == 0)
                printf("port");
        else if (interface != NULL)
                printf("port<%s>", interface->name.data);
        else
                printf("port<0x%016" PRIx64 ">", type->interface);
}

/* A catalog's vecs and arrays don't hold each other directly, so this ends. */
static void type_print(const struct darq_catalog *catalog, uint32_t index)
{
        static const char *const plain[] = {"bool", "u8",  "u16", "u32", "u64", "i8",
                                            "i16",  "i32", "i64", "f32", "f64"};
        const struct darq_schema_type *type = darq_catalog_type(catalog, index);

        switch (type->kind) {
        case DARQ_SCHEMA_KIND_STRING:
                bounded_print(type, "string");
                break;
        case DARQ_SCHEMA_KIND_BYTES:
                bounded_print(type, "bytes");
                break;
        case DARQ_SCHEMA_KIND_VEC:
        case DARQ_SCHEMA_KIND_ARRAY:
                row_print(catalog, type);
                break;
        case DARQ_SCHEMA_KIND_PORT:
                port_print(catalog, type);
                break;
        default:
                printf("%s",
                       type->kind <= DARQ_SCHEMA_KIND_F64 ? plain[type->kind] : type->name.data);
                break;
        }
}

/* A default, as JSON writes it, names without quotes. */
static void default_print(const struct darq_catalog *catalog,
                          const struct darq_schema_member *member)
{
        const struct darq_schema_type *type = darq_catalog_type(catalog, member->type);
        struct json_fault fault;
        json_t *value;
        char *text;

        if (json_from_payload(&value, catalog, member->type, member->fallback, 0, false, &fault) !=
            0)
                return;
        if (json_is_string(value) && type->kind != DARQ_SCHEMA_KIND_STRING) {
                printf(" = %s", json_string_value(value));
        } else {
                text = json_dumps(value, JSON_ENCODE_ANY);
                printf(" = %s", text != NULL ? text : "?");
                free(text);
        }
        json_decref(value);
}

static void member_print(const struct darq_catalog *catalog,
                         const struct darq_schema_member *member)
{
        type_print(catalog, member->type);
        printf("%s %s", member->optional ? "?" : "", member->name.data);
        if (member->fallback.size != 0)
                default_print(catalog, member);
}

/* "a, b"; between parentheses. */
static void list_print(const struct darq_catalog *catalog, uint32_t index, const char *last)
{
        const struct darq_schema_type *list = darq_catalog_type(catalog, index);

        putchar('(');
        for (size_t i = 0; i < list->members.count; i++) {
                printf("%s", i != 0 ? ", " : "");
                member_print(catalog, &list->members.data[i]);
        }
        if (last != NULL)
                printf("%s%s", list->members.count != 0 ? ", " : "", last);
        else
                putchar(')');
}

static void request_print(const struct darq_catalog *catalog,
                          const struct darq_schema_method *method)
{
        if (method->upload == DARQ_SCHEMA_STREAM_NONE) {
                list_print(catalog, method->request, NULL);
        } else if (method->upload == DARQ_SCHEMA_STREAM_BYTES) {
                list_print(catalog, method->request, "stream bytes");
                putchar(')');
        } else {
                list_print(catalog, method->request, "stream ");
                list_print(catalog, method->upload_item, NULL);
                putchar(')');
        }
}

static void reply_print(const struct darq_catalog *catalog, const struct darq_schema_method *method)
{
        const struct darq_schema_type *list =
                method->oneway ? NULL : darq_catalog_type(catalog, method->reply);

        if (method->download == DARQ_SCHEMA_STREAM_BYTES) {
                printf(" -> stream bytes");
        } else if (method->download == DARQ_SCHEMA_STREAM_ITEMS) {
                printf(" -> stream ");
                list_print(catalog, method->download_item, NULL);
        } else if (list != NULL && list->members.count != 0) {
                printf(" -> ");
                list_print(catalog, method->reply, NULL);
        }
        if (method->error != 0)
                printf(" ! %s", darq_catalog_type(catalog, method->error - 1)->name.data);
}

static void interface_print(const struct darq_catalog *catalog,
                            const struct darq_schema_interface *interface)
{
        printf("interface %s", interface->name.data);
        for (size_t i = 0; i < interface->bases.count; i++) {
                const struct darq_schema_interface *base =
                        darq_catalog_interface(catalog, interface->bases.data[i]);

                printf("%s%s", i == 0 ? " extends " : ", ", base != NULL ? base->name.data : "?");
        }
        printf(" {\n");
        for (size_t i = 0; i < interface->methods.count; i++) {
                const struct darq_schema_method *method = &interface->methods.data[i];

                printf("    %" PRIu32 ": %s%s", method->ordinal, method->oneway ? "oneway " : "",
                       method->name.data);
                request_print(catalog, method);
                reply_print(catalog, method);
                printf(";\n");
        }
        printf("}\n");
}

/* Types with a name */

static void values_print(const struct darq_schema_type *type)
{
        for (size_t i = 0; i < type->members.count; i++) {
                const struct darq_schema_member *member = &type->members.data[i];

                if (type->kind == DARQ_SCHEMA_KIND_BITS)
                        printf("    %s = 0x%" PRIx64 ";\n", member->name.data,
                               (uint64_t)member->number);
                else
                        printf("    %s = %" PRId64 ";\n", member->name.data, member->number);
        }
}

static void members_print(const struct darq_catalog *catalog, const struct darq_schema_type *type)
{
        for (size_t i = 0; i < type->members.count; i++) {
                printf("    ");
                if (type->kind != DARQ_SCHEMA_KIND_STRUCT)
                        printf("%" PRId64 ": ", type->members.data[i].number);
                member_print(catalog, &type->members.data[i]);
                printf(";\n");
        }
}

static void declaration_print(const struct darq_catalog *catalog,
                              const struct darq_schema_type *type)
{
        static const char *const words[] = {
                [DARQ_SCHEMA_KIND_ENUM] = "enum",     [DARQ_SCHEMA_KIND_BITS] = "bits",
                [DARQ_SCHEMA_KIND_ERROR] = "error",   [DARQ_SCHEMA_KIND_NEWTYPE] = "newtype",
                [DARQ_SCHEMA_KIND_STRUCT] = "struct", [DARQ_SCHEMA_KIND_TABLE] = "table",
                [DARQ_SCHEMA_KIND_UNION] = "union",
        };
        bool valued = type->kind == DARQ_SCHEMA_KIND_ENUM || type->kind == DARQ_SCHEMA_KIND_BITS;

        printf("\n%s%s %s", type->strict ? "strict " : "", words[type->kind], type->name.data);
        if (type->kind == DARQ_SCHEMA_KIND_NEWTYPE) {
                printf(" = ");
                type_print(catalog, type->element);
                printf(";\n");
                return;
        }
        if (valued) {
                printf(" : ");
                type_print(catalog, type->element);
        }
        printf(" {\n");
        if (valued || type->kind == DARQ_SCHEMA_KIND_ERROR)
                values_print(type);
        else
                members_print(catalog, type);
        printf("}\n");
}

static void catalog_print(const struct darq_catalog *catalog)
{
        const struct darq_schema *schema = darq_catalog_schema(catalog);

        for (size_t i = 0; i < schema->interfaces.count; i++) {
                printf("%s", i != 0 ? "\n" : "");
                interface_print(catalog, &schema->interfaces.data[i]);
        }
        for (size_t i = 0; i < schema->types.count; i++)
                if (schema->types.data[i].name.size != 0 &&
                    schema->types.data[i].kind >= DARQ_SCHEMA_KIND_ENUM &&
                    schema->types.data[i].kind <= DARQ_SCHEMA_KIND_UNION)
                        declaration_print(catalog, &schema->types.data[i]);
}

int describe_command(struct darq_session **session, int count, char **words)
{
        struct darq_catalog *catalog;
        int r;

        if (count != 1)
                return MISUSE;
        r = catalog_open(&catalog, session, words[0]);
        if (r == 0)
                catalog_print(catalog);
        darq_catalog_close(catalog);
        return r == 0 ? DONE : NOT_DONE;
}
