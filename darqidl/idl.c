/* SPDX-License-Identifier: MIT */
/*
 * The same types as OMG IDL 4.2, with the annotations of XTypes 1.3 that make their encoding ours.
 *
 * IDL wants a type before it is used, and has one scope for all enumerators of a module: types come in the order of
 * their use, those that contain themselves are declared first, and enumerators carry their type's name. What an import
 * declares is printed with the file that needs it, in its own module, so that the text stands alone.
 */
#include "darqidl/idl.h"

#include <string.h>
#include <strings.h>

#include "darqidl/compilation.h"
#include "darqidl/layout.h"
#include "darqidl/page.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

/* How far a declaration is. */
struct progress {
        const struct declaration *declaration;
        bool announced;
        bool defined;
};

struct idl {
        struct region *region;
        struct page *page;
        struct table printed;      /* by full name: struct progress */
        const struct file *module; /* whose module is open; NULL: none is */
};

static const char *const reserved[] = {
        "abstract",    "any",       "alias",     "attribute",  "bitfield",   "bitmask",
        "bitset",      "boolean",   "case",      "char",       "component",  "connector",
        "const",       "consumes",  "context",   "custom",     "default",    "double",
        "emits",       "enum",      "eventtype", "exception",  "factory",    "false",
        "finder",      "fixed",     "float",     "getraises",  "home",       "import",
        "in",          "inout",     "int16",     "int32",      "int64",      "int8",
        "interface",   "local",     "long",      "manages",    "map",        "mirrorport",
        "module",      "multiple",  "native",    "object",     "octet",      "oneway",
        "out",         "port",      "porttype",  "primarykey", "private",    "provides",
        "public",      "publishes", "raises",    "readonly",   "sequence",   "setraises",
        "short",       "string",    "struct",    "supports",   "switch",     "true",
        "truncatable", "typedef",   "typeid",    "typename",   "typeprefix", "uint16",
        "uint32",      "uint64",    "uint8",     "union",      "unsigned",   "uses",
        "valuebase",   "valuetype", "void",      "wchar",      "wstring",
};

/*
 * IDL's keywords are keywords in any case; an underscore before a name takes that from it. Nor may a name be that of
 * the scope around it, in any case: an underscore behind it, which no name of ours has, makes it another.
 */
static const char *name_of(struct idl *self, const char *scope, const char *name)
{
        if (strcasecmp(scope + (*scope == '_'), name) == 0)
                return region_format(self->region, "%s_", name);
        for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
                if (strcasecmp(reserved[i], name) == 0)
                        return region_format(self->region, "_%s", name);
        return name;
}

/* modules */

static void module_close(struct idl *self)
{
        if (self->module == NULL)
                return;
        for (const char *at = self->module->package.text; at != NULL; at = strchr(at, '.')) {
                page_print(self->page, "};\n");
                at += *at == '.';
        }
        page_print(self->page, "\n");
        self->module = NULL;
}

static void module_open(struct idl *self, const struct file *file)
{
        const char *at = file->package.text;
        const char *scope = "";

        if (self->module == file)
                return;
        module_close(self);
        self->module = file;
        while (*at != 0) {
                size_t size = strcspn(at, ".");
                const char *name = region_text(self->region, at, size);

                page_print(self->page, "module %s {\n", name_of(self, scope, name));
                scope = name;
                at += size + (at[size] == '.');
        }
}

/* "::a::b::Type" */
static const char *scoped(struct idl *self, const struct declaration *declaration)
{
        const char *text = "";
        const char *at = declaration->full_name;
        const char *scope = "";

        while (*at != 0) {
                size_t size = strcspn(at, ".");
                const char *name = region_text(self->region, at, size);

                text = region_format(self->region, "%s::%s", text, name_of(self, scope, name));
                scope = name;
                at += size + (at[size] == '.');
        }
        return text;
}

/* The name of a declaration in its module. */
static const char *type_name(struct idl *self, const struct declaration *declaration)
{
        return strrchr(scoped(self, declaration), ':') + 1;
}

/* types */

static const char *element_text(struct idl *self, const struct type *type);

/* A space keeps two closing brackets from being read as a shift. */
static const char *sequence_text(struct idl *self, const struct type *vec)
{
        const char *element = element_text(self, vec->element);
        const char *space = element[strlen(element) - 1] == '>' ? " " : "";

        return vec->limit != 0
                       ? region_format(self->region, "sequence<%s, %u>", element, vec->limit)
                       : region_format(self->region, "sequence<%s%s>", element, space);
}

static const char *element_text(struct idl *self, const struct type *type)
{
        static const char *const scalars[] = {
                [TYPE_BOOL] = "boolean", [TYPE_U8] = "uint8",   [TYPE_U16] = "uint16",
                [TYPE_U32] = "uint32",   [TYPE_U64] = "uint64", [TYPE_I8] = "int8",
                [TYPE_I16] = "int16",    [TYPE_I32] = "int32",  [TYPE_I64] = "int64",
                [TYPE_F32] = "float",    [TYPE_F64] = "double", [TYPE_PORT] = "uint32",
        };
        const struct type *actual = type->actual;
        const char *bound =
                actual->limit != 0 ? region_format(self->region, "%u", actual->limit) : "";

        switch (actual->kind) {
        case TYPE_STRING:
                return bound[0] != 0 ? region_format(self->region, "string<%s>", bound) : "string";
        case TYPE_BYTES:
                return region_format(self->region, "sequence<octet%s%s>", bound[0] != 0 ? ", " : "",
                                     bound);
        case TYPE_VEC:
                return sequence_text(self, actual);
        case TYPE_ARRAY:
                return element_text(self, actual->element);
        case TYPE_NAMED:
                return scoped(self, actual->declaration);
        default:
                return scalars[actual->kind];
        }
}

static const char *dimension(struct idl *self, const struct type *type)
{
        return type->actual->kind == TYPE_ARRAY
                       ? region_format(self->region, "[%u]", type->actual->limit)
                       : "";
}

static void declaration_print(struct idl *self, const struct declaration *declaration);

/* What a type names is printed before it. */
static void needs_print(struct idl *self, const struct type *type)
{
        type = type->actual;
        if (type->element != NULL)
                type = type->element->actual;
        if (type->kind == TYPE_NAMED)
                declaration_print(self, type->declaration);
}

static void members_need(struct idl *self, const struct member *members)
{
        for (const struct member *member = members; member != NULL; member = member->next)
                needs_print(self, member->type);
}

static void member_print(struct idl *self, const char *scope, const struct member *member)
{
        page_print(self->page, "        %s%s %s%s;\n", member->type->optional ? "@optional " : "",
                   element_text(self, member->type), name_of(self, scope, member->name.text),
                   dimension(self, member->type));
}

static void set_print(struct idl *self, const struct declaration *set)
{
        bool bits = set->kind == DECLARATION_BITS;

        page_print(self->page, "@bit_bound(%u) %s %s {\n", layout_scalar_size(set->type) * 8,
                   bits ? "bitmask" : "enum", type_name(self, set));
        for (const struct member *member = set->members; member != NULL; member = member->next) {
                unsigned int position = 0;

                while (bits && member->bits_value >> position > 1)
                        position++;
                if (bits)
                        page_print(self->page, "        @position(%u) ", position);
                else
                        page_print(self->page, "        @value(%lld) ", (long long)member->number);
                page_print(self->page, "%s_%s%s\n", set->name.text, member->name.text,
                           member->next != NULL ? "," : "");
        }
        page_print(self->page, "};\n");
}

static void table_print(struct idl *self, const struct declaration *table)
{
        size_t count;
        const struct member **members = layout_by_number(self->region, table, &count);
        const char *name = type_name(self, table);

        page_print(self->page, "@mutable struct %s {\n", name);
        for (size_t i = 0; i < count; i++)
                page_print(self->page, "        @id(%lld) @optional %s %s%s;\n",
                           (long long)members[i]->number, element_text(self, members[i]->type),
                           name_of(self, name, members[i]->name.text),
                           dimension(self, members[i]->type));
        page_print(self->page, "};\n");
}

static void union_print(struct idl *self, const struct declaration *declaration)
{
        const char *name = type_name(self, declaration);

        page_print(self->page, "@%s union %s switch (uint32) {\n",
                   declaration->strict ? "final" : "appendable", name);
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                page_print(self->page, "        case %lld: %s %s%s;\n", (long long)member->number,
                           element_text(self, member->type), name_of(self, name, member->name.text),
                           dimension(self, member->type));
        page_print(self->page, "};\n");
}

static void members_print(struct idl *self, const char *scope, const struct member *members)
{
        for (const struct member *member = members; member != NULL; member = member->next)
                member_print(self, scope, member);
        page_print(self->page, "};\n");
}

static void struct_print(struct idl *self, const struct declaration *declaration)
{
        const char *name = type_name(self, declaration);

        page_print(self->page, "@final struct %s {\n", name);
        members_print(self, name, declaration->members);
}

static void list_print(struct idl *self, const struct declaration *interface,
                       const struct method *method, const char *suffix,
                       const struct member *members)
{
        const char *name;

        if (members == NULL)
                return;
        name = region_format(self->region, "%s_%s_%s", interface->name.text, method->name.text,
                             suffix);
        members_need(self, members);
        module_open(self, interface->file);
        page_print(self->page, "@appendable struct %s {\n", name);
        members_print(self, name, members);
}

static void interface_print(struct idl *self, const struct declaration *interface)
{
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next) {
                list_print(self, interface, method, "request", method->request.members);
                list_print(self, interface, method, "request_item", method->request.items);
                list_print(self, interface, method, "reply", method->reply.members);
                list_print(self, interface, method, "reply_item", method->reply.items);
        }
}

static void body_print(struct idl *self, const struct declaration *declaration)
{
        switch (declaration->kind) {
        case DECLARATION_ENUM:
        case DECLARATION_BITS:
                set_print(self, declaration);
                break;
        case DECLARATION_NEWTYPE:
                page_print(self->page, "typedef %s %s;\n", element_text(self, declaration->type),
                           type_name(self, declaration));
                break;
        case DECLARATION_STRUCT:
                struct_print(self, declaration);
                break;
        case DECLARATION_TABLE:
                table_print(self, declaration);
                break;
        case DECLARATION_UNION:
                union_print(self, declaration);
                break;
        default:
                break;
        }
}

/* One that is on its way, and used meanwhile: it contains itself. */
static void announce(struct idl *self, struct progress *progress)
{
        const struct declaration *declaration = progress->declaration;

        if (progress->defined || progress->announced)
                return;
        progress->announced = true;
        module_open(self, declaration->file);
        page_print(self->page, "%s %s;\n",
                   declaration->kind == DECLARATION_UNION ? "union" : "struct",
                   type_name(self, declaration));
}

static void declaration_print(struct idl *self, const struct declaration *declaration)
{
        struct progress *progress = table_find(&self->printed, declaration->full_name);

        if (progress != NULL) {
                announce(self, progress);
                return;
        }
        progress = region_alloc(self->region, sizeof *progress);
        progress->declaration = declaration;
        table_add(&self->printed, declaration->full_name, progress);
        if (declaration->kind == DECLARATION_STRUCT || declaration->kind == DECLARATION_TABLE ||
            declaration->kind == DECLARATION_UNION)
                members_need(self, declaration->members);
        if (declaration->kind == DECLARATION_INTERFACE) {
                interface_print(self, declaration);
        } else if (declaration->kind != DECLARATION_CONST &&
                   declaration->kind != DECLARATION_ALIAS &&
                   declaration->kind != DECLARATION_ERROR) {
                module_open(self, declaration->file);
                body_print(self, declaration);
        }
        progress->defined = true;
}

void idl_print(struct compilation *compilation, struct page *page)
{
        struct idl self = {.region = compilation->region, .page = page};

        table_init(&self.printed, self.region);
        page_print(page, "// Generated by darqidl 0.1 from %s. Do not edit.\n\n",
                   compilation->file->source->name);
        for (const struct declaration *each = compilation->file->declarations; each != NULL;
             each = each->next)
                declaration_print(&self, each);
        module_close(&self);
}
