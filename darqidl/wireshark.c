/* SPDX-License-Identifier: MIT */
/*
 * Names and types for the Wireshark dissector: a Lua chunk that only builds a table and returns it.
 *
 * Every declaration that stands in payloads has an entry by its full name, every interface one by its id in hexadecimal,
 * methods by their number. Types are written as what they come to: a text, "u32" or "storage.Entry", for what has a name
 * and no bound, else a table. Full names hold a dot and names of scalars none. A bit is told by its place, since numbers
 * in Lua 5.2 are doubles. What several files declare stands once. Each declaration is a statement of its own, so that no
 * schema is too large for one expression.
 */
#include "darqidl/wireshark.h"

#include <stdio.h>
#include <unistd.h>

#include "darqidl/compilation.h"
#include "darqidl/page.h"
#include "darqidl/region.h"

struct wireshark {
        struct region *region; /* of what outlives a file */
        struct table printed;  /* declarations, by full name */
        struct page page;
};

static const char *const scalar_names[] = {
        [TYPE_BOOL] = "bool",   [TYPE_U8] = "u8",     [TYPE_U16] = "u16", [TYPE_U32] = "u32",
        [TYPE_U64] = "u64",     [TYPE_I8] = "i8",     [TYPE_I16] = "i16", [TYPE_I32] = "i32",
        [TYPE_I64] = "i64",     [TYPE_F32] = "f32",   [TYPE_F64] = "f64", [TYPE_STRING] = "string",
        [TYPE_BYTES] = "bytes", [TYPE_PORT] = "port",
};

static const char *const declaration_names[] = {
        [DECLARATION_NEWTYPE] = "newtype", [DECLARATION_ENUM] = "enum",
        [DECLARATION_BITS] = "bits",       [DECLARATION_ERROR] = "error",
        [DECLARATION_STRUCT] = "struct",   [DECLARATION_TABLE] = "table",
        [DECLARATION_UNION] = "union",     [DECLARATION_INTERFACE] = NULL,
};

/* Nests once at most: a vec or array doesn't stand directly inside another. */
static void type_print(struct page *page, const struct type *type)
{
        const struct type *actual = type->actual;

        if (actual->element != NULL) {
                page_print(page, actual->kind == TYPE_VEC ? "{vec = " : "{array = ");
                type_print(page, actual->element);
                if (actual->limit != 0)
                        page_print(page, ", %s = %u", actual->kind == TYPE_VEC ? "bound" : "count",
                                   actual->limit);
                page_print(page, "}");
        } else if (actual->kind == TYPE_NAMED) {
                page_print(page, "\"%s\"", actual->declaration->full_name);
        } else if (actual->limit != 0) {
                page_print(page, "{%s = %u}", scalar_names[actual->kind], actual->limit);
        } else {
                page_print(page, "\"%s\"", scalar_names[actual->kind]);
        }
}

static unsigned int bit_place(uint64_t bit)
{
        unsigned int place = 0;

        while (bit >>= 1)
                place++;
        return place;
}

/* Lists of parameters have no owner. */
static void member_print(struct page *page, const struct member *member,
                         const struct declaration *owner)
{
        page_print(page, "{name = \"%s\"", member->name.text);
        if (owner != NULL && owner->kind == DECLARATION_BITS)
                page_print(page, ", bit = %u", bit_place(member->bits_value));
        else if (owner != NULL && owner->kind != DECLARATION_STRUCT)
                page_print(page, ", number = %lld", (long long)member->number);
        if (member->type != NULL) {
                page_print(page, ", type = ");
                type_print(page, member->type);
                if (member->type->optional)
                        page_print(page, ", optional = true");
                if (member->default_constant != NULL)
                        page_print(page, ", default = true");
        }
        if (member->sensitive)
                page_print(page, ", sensitive = true");
        page_print(page, "}");
}

static void members_print(struct page *page, const char *indent, const char *key,
                          const struct member *members, const struct declaration *owner)
{
        page_print(page, "%s%s = {", indent, key);
        for (const struct member *member = members; member != NULL; member = member->next) {
                page_print(page, "\n%s  ", indent);
                member_print(page, member, owner);
                page_print(page, ",");
        }
        page_print(page, members != NULL ? "\n%s},\n" : "},\n", indent);
}

static void stream_print(struct page *page, const char *key, const struct parameters *parameters)
{
        if (parameters->stream == STREAM_BYTES)
                page_print(page, "      %s = \"bytes\",\n", key);
        else if (parameters->stream == STREAM_ITEMS)
                members_print(page, "      ", key, parameters->items, NULL);
}

static void method_print(struct page *page, const struct method *method)
{
        page_print(page, "    [%u] = {\n      name = \"%s\",\n", method->ordinal,
                   method->name.text);
        if (method->oneway)
                page_print(page, "      oneway = true,\n");
        members_print(page, "      ", "request", method->request.members, NULL);
        stream_print(page, "upload", &method->request);
        if (!method->oneway)
                members_print(page, "      ", "reply", method->reply.members, NULL);
        stream_print(page, "download", &method->reply);
        if (method->error_declaration != NULL)
                page_print(page, "      error = \"%s\",\n", method->error_declaration->full_name);
        page_print(page, "    },\n");
}

static void interface_print(struct page *page, const struct declaration *interface)
{
        page_print(page, "\ninterfaces[\"0x%016llx\"] = {\n  name = \"%s\",\n  methods = {\n",
                   (unsigned long long)interface->interface_id, interface->full_name);
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next)
                method_print(page, method);
        page_print(page, "  },\n}\n");
}

static void declaration_print(struct page *page, const struct declaration *declaration)
{
        page_print(page, "\ntypes[\"%s\"] = {\n  kind = \"%s\",\n", declaration->full_name,
                   declaration_names[declaration->kind]);
        if (declaration->strict)
                page_print(page, "  strict = true,\n");
        if (declaration->type != NULL) {
                page_print(page, "  type = ");
                type_print(page, declaration->type);
                page_print(page, ",\n");
        }
        if (declaration->kind != DECLARATION_NEWTYPE)
                members_print(page, "  ", "members", declaration->members, declaration);
        page_print(page, "}\n");
}

/* What was declared under the same name in a file before stays. */
static bool is_new(struct wireshark *self, const struct declaration *declaration)
{
        const char *name = region_format(self->region, "%s", declaration->full_name);

        return table_add(&self->printed, name, self) == NULL;
}

static void file_print(struct wireshark *self, const struct file *file)
{
        for (const struct declaration *each = file->declarations; each != NULL; each = each->next)
                if (each->kind == DECLARATION_INTERFACE && is_new(self, each))
                        interface_print(&self->page, each);
                else if (declaration_names[each->kind] != NULL && is_new(self, each))
                        declaration_print(&self->page, each);
}

static bool path_print(struct wireshark *self, const char *path, const char *const *include_dirs,
                       size_t include_count)
{
        struct compilation compilation;
        bool done;

        compilation_init(&compilation, include_dirs, include_count);
        done = compilation_run(&compilation, path);
        for (const struct file *file = compilation.files; done && file != NULL; file = file->next)
                file_print(self, file);
        diagnostics_print(&compilation.diagnostics, stderr, isatty(STDERR_FILENO) != 0);
        compilation_deinit(&compilation);
        return done;
}

bool wireshark_print(const char *const *paths, size_t count, const char *const *include_dirs,
                     size_t include_count)
{
        struct wireshark self = {.region = region_new()};
        bool done = true;

        table_init(&self.printed, self.region);
        page_init(&self.page, self.region);
        page_print(&self.page, "-- Written by darqidl wireshark, for darq.lua.\n"
                               "local types, interfaces = {}, {}\n");
        for (size_t i = 0; i < count; i++)
                done = path_print(&self, paths[i], include_dirs, include_count) && done;
        page_print(&self.page, "\nreturn {format = 1, types = types, interfaces = interfaces}\n");
        done = done && page_show(&self.page);
        region_free(self.region);
        return done;
}
