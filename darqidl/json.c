/* SPDX-License-Identifier: MIT */
/*
 * The resolved schema as JSON: every file of the import graph with all that it declares, in the order of the text.
 *
 * Types are written as what they come to, numbers evaluated, names in full, so that a reader needs no lookup but that of
 * a declaration by its name. What a thing hasn't (no doc comment, no bound, not strict) has no key; lists that its kind
 * has are always there. Paths are those of the import statements: the same input gives the same bytes on any machine.
 */
#include "darqidl/json.h"

#include <assert.h>

#include "darqidl/compilation.h"
#include "darqidl/jsontext.h"
#include "darqidl/page.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

enum { JSON_FORMAT = 1 };

struct schema_json {
        struct json json;
        struct region *region;
};

static const char *const scalar_names[] = {
        [TYPE_BOOL] = "bool",   [TYPE_U8] = "u8",         [TYPE_U16] = "u16",
        [TYPE_U32] = "u32",     [TYPE_U64] = "u64",       [TYPE_I8] = "i8",
        [TYPE_I16] = "i16",     [TYPE_I32] = "i32",       [TYPE_I64] = "i64",
        [TYPE_F32] = "f32",     [TYPE_F64] = "f64",       [TYPE_VEC] = "vec",
        [TYPE_ARRAY] = "array", [TYPE_STRING] = "string", [TYPE_BYTES] = "bytes",
        [TYPE_PORT] = "port",
};

static const char *const declaration_names[] = {
        [DECLARATION_CONST] = "const",     [DECLARATION_ALIAS] = "alias",
        [DECLARATION_NEWTYPE] = "newtype", [DECLARATION_ENUM] = "enum",
        [DECLARATION_BITS] = "bits",       [DECLARATION_ERROR] = "error",
        [DECLARATION_STRUCT] = "struct",   [DECLARATION_TABLE] = "table",
        [DECLARATION_UNION] = "union",     [DECLARATION_INTERFACE] = "interface",
};

/* values */

static void attribute_value_print(struct json *json, const struct value *value)
{
        if (value->kind == VALUE_STRING)
                json_bytes(json, "value", value->text, value->size);
        else if (value->kind == VALUE_INTEGER)
                json_integer(json, "value", value->negative, value->integer);
}

static void attributes_print(struct json *json, const struct attribute *attributes)
{
        if (attributes == NULL)
                return;
        json_begin(json, "attributes", '[');
        for (; attributes != NULL; attributes = attributes->next) {
                json_begin(json, NULL, '{');
                json_string(json, "name", attributes->name.text);
                if (attributes->value != NULL)
                        attribute_value_print(json, attributes->value);
                json_end(json, '}');
        }
        json_end(json, ']');
}

/* The members of bits that a value holds, joined by |; NULL: none, or there are bits that none of them is. */
static const char *bits_text(struct region *region, const struct declaration *bits, uint64_t value)
{
        const char *text = NULL;

        for (const struct member *member = bits->members; member != NULL; member = member->next) {
                if ((value & member->bits_value) == 0)
                        continue;
                value &= ~member->bits_value;
                text = text == NULL ? member->name.text
                                    : region_format(region, "%s|%s", text, member->name.text);
        }
        return value == 0 ? text : NULL;
}

static const char *enum_text(const struct declaration *set, const struct constant *constant)
{
        int64_t number =
                constant->negative ? -(int64_t)constant->integer : (int64_t)constant->integer;

        for (const struct member *member = set->members; member != NULL; member = member->next)
                if (member->number == number)
                        return member->name.text;
        return NULL;
}

/* A value of enum or bits by its name, where it has one. */
static const char *set_text(struct region *region, const struct type *type,
                            const struct constant *constant)
{
        const struct declaration *set = type->kind == TYPE_NAMED ? type->declaration : NULL;

        if (set == NULL || constant->kind != CONSTANT_INTEGER)
                return NULL;
        return set->kind == DECLARATION_BITS ? bits_text(region, set, constant->integer)
                                             : enum_text(set, constant);
}

static void constant_print(struct schema_json *self, const char *key, const struct type *type,
                           const struct constant *constant)
{
        const char *name;

        assert(type != NULL);
        name = set_text(self->region, type->actual, constant);
        if (name != NULL) {
                json_string(&self->json, key, name);
                return;
        }
        switch (constant->kind) {
        case CONSTANT_NONE:
                return;
        case CONSTANT_BOOL:
                json_bool(&self->json, key, constant->integer != 0);
                return;
        case CONSTANT_INTEGER:
                json_integer(&self->json, key, constant->negative, constant->integer);
                return;
        case CONSTANT_FLOAT:
                json_real(&self->json, key, constant->real, type->actual->kind == TYPE_F32);
                return;
        case CONSTANT_STRING:
                json_bytes(&self->json, key, constant->text, constant->size);
                return;
        }
}

/* what is written of everything */

static void signed_print(struct json *json, const char *key, int64_t number)
{
        json_integer(json, key, number < 0, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

static void place_print(struct json *json, const struct name *name)
{
        struct place place = source_place(name->at.source, name->at.begin);

        json_string(json, "name", name->text);
        json_integer(json, "line", false, place.line);
        json_integer(json, "column", false, place.column);
}

static void type_print(struct schema_json *self, const char *key, const struct type *type)
{
        const struct type *actual = type->actual;
        struct json *json = &self->json;
        bool outer = json->flat;

        json_begin(json, key, '{');
        json->flat = true;
        if (actual->kind == TYPE_NAMED) {
                json_string(json, "kind", declaration_names[actual->declaration->kind]);
                json_string(json, "name", actual->declaration->full_name);
        } else {
                json_string(json, "kind", scalar_names[actual->kind]);
        }
        if (actual->kind == TYPE_PORT && actual->declaration != NULL)
                json_string(json, "interface", actual->declaration->full_name);
        if (actual->element != NULL)
                type_print(self, "element", actual->element);
        if (actual->limit != 0)
                json_integer(json, actual->kind == TYPE_ARRAY ? "count" : "bound", false,
                             actual->limit);
        if (type != actual)
                json_string(json, "alias", type->declaration->full_name);
        json_end(json, '}');
        json->flat = outer;
}

static void member_print(struct schema_json *self, const struct member *member,
                         const struct declaration *owner)
{
        struct json *json = &self->json;
        bool numbered = owner != NULL && owner->kind != DECLARATION_STRUCT;

        json_begin(json, NULL, '{');
        place_print(json, &member->name);
        json_string(json, "doc", member->doc);
        attributes_print(json, member->attributes);
        if (numbered && owner->kind == DECLARATION_BITS)
                json_integer(json, "number", false, member->bits_value);
        else if (numbered)
                signed_print(json, "number", member->number);
        if (member->type != NULL) {
                type_print(self, "type", member->type);
                json_flag(json, "optional", member->type->optional);
                if (member->default_constant != NULL)
                        constant_print(self, "default", member->type, member->default_constant);
        }
        json_flag(json, "sensitive", member->sensitive);
        json_string(json, "deprecated", member->deprecated);
        json_string(json, "c_name", member->c_name);
        json_end(json, '}');
}

static void members_print(struct schema_json *self, const char *key, const struct member *members,
                          const struct declaration *owner)
{
        json_begin(&self->json, key, '[');
        for (; members != NULL; members = members->next)
                member_print(self, members, owner);
        json_end(&self->json, ']');
}

static void reserved_print(struct json *json, const struct reserved *reserved)
{
        json_begin(json, "reserved", '[');
        for (; reserved != NULL; reserved = reserved->next) {
                json_begin(json, NULL, '{');
                json_string(json, "name", reserved->name);
                if (reserved->name == NULL) {
                        signed_print(json, "first", reserved->low);
                        signed_print(json, "last", reserved->high);
                }
                json_end(json, '}');
        }
        json_end(json, ']');
}

/* interfaces */

static void stream_print(struct schema_json *self, const char *key,
                         const struct parameters *parameters)
{
        if (parameters->stream == STREAM_BYTES)
                json_string(&self->json, key, "bytes");
        else if (parameters->stream == STREAM_ITEMS)
                members_print(self, key, parameters->items, NULL);
}

static void method_print(struct schema_json *self, const struct method *method)
{
        struct json *json = &self->json;

        json_begin(json, NULL, '{');
        place_print(json, &method->name);
        json_string(json, "doc", method->doc);
        attributes_print(json, method->attributes);
        json_integer(json, "number", false, method->ordinal);
        json_flag(json, "oneway", method->oneway);
        members_print(self, "request", method->request.members, NULL);
        stream_print(self, "upload", &method->request);
        if (!method->oneway)
                members_print(self, "reply", method->reply.members, NULL);
        stream_print(self, "download", &method->reply);
        if (method->error_declaration != NULL)
                json_string(json, "error", method->error_declaration->full_name);
        if (method->timeout_ms != 0)
                json_integer(json, "timeout_ms", false, method->timeout_ms);
        json_flag(json, "idempotent", method->idempotent);
        json_string(json, "deprecated", method->deprecated);
        json_string(json, "c_name", method->c_name);
        json_end(json, '}');
}

static void interface_print(struct schema_json *self, const struct declaration *interface)
{
        struct json *json = &self->json;

        json_string(json, "id",
                    region_format(self->region, "0x%016llx",
                                  (unsigned long long)interface->interface_id));
        json_begin(json, "bases", '[');
        for (const struct base *base = interface->bases; base != NULL; base = base->next)
                json_string(json, NULL, base->declaration->full_name);
        json_end(json, ']');
        json_begin(json, "methods", '[');
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next)
                method_print(self, method);
        json_end(json, ']');
        reserved_print(json, interface->reserved);
}

static void declaration_print(struct schema_json *self, const struct declaration *declaration)
{
        struct json *json = &self->json;
        bool interface = declaration->kind == DECLARATION_INTERFACE;
        bool members = declaration->kind >= DECLARATION_ENUM && !interface;

        json_begin(json, NULL, '{');
        json_string(json, "kind", declaration_names[declaration->kind]);
        place_print(json, &declaration->name);
        json_string(json, "full_name", declaration->full_name);
        json_string(json, "doc", declaration->doc);
        attributes_print(json, declaration->attributes);
        json_string(json, "deprecated", declaration->deprecated);
        if (declaration->kind != DECLARATION_ALIAS)
                json_string(json, "c_name", declaration->c_name);
        json_flag(json, "strict", declaration->strict);
        if (declaration->type != NULL)
                type_print(self, members ? "base" : "type", declaration->type);
        if (declaration->kind == DECLARATION_CONST)
                constant_print(self, "value", declaration->type, &declaration->constant);
        if (members)
                members_print(self, "members", declaration->members, declaration);
        if (members && declaration->kind != DECLARATION_STRUCT)
                reserved_print(json, declaration->reserved);
        if (interface)
                interface_print(self, declaration);
        json_end(json, '}');
}

/* files */

static void imports_print(struct json *json, const struct import *imports)
{
        json_begin(json, "imports", '[');
        for (; imports != NULL; imports = imports->next) {
                json_begin(json, NULL, '{');
                json_string(json, "path", imports->path);
                json_string(json, "package", imports->file->package.text);
                json_end(json, '}');
        }
        json_end(json, ']');
}

static void file_print(struct schema_json *self, const struct file *file)
{
        struct json *json = &self->json;

        json_begin(json, NULL, '{');
        json_string(json, "file", file->source->name);
        json_string(json, "package", file->package.text);
        json_string(json, "doc", file->doc);
        attributes_print(json, file->attributes);
        json_string(json, "c_prefix", file->c_prefix);
        json_string(json, "c_header", region_format(self->region, "%s.darq.h", file->output));
        imports_print(json, file->imports);
        json_begin(json, "declarations", '[');
        for (const struct declaration *each = file->declarations; each != NULL; each = each->next)
                declaration_print(self, each);
        json_end(json, ']');
        json_end(json, '}');
}

void json_print(struct compilation *compilation, struct page *page)
{
        struct schema_json self = {.json.page = page, .region = compilation->region};

        json_begin(&self.json, NULL, '{');
        json_integer(&self.json, "format", false, JSON_FORMAT);
        json_string(&self.json, "package", compilation->file->package.text);
        json_begin(&self.json, "files", '[');
        for (const struct file *file = compilation->files; file != NULL; file = file->next)
                file_print(&self, file);
        json_end(&self.json, ']');
        json_end(&self.json, '}');
}
