/* SPDX-License-Identifier: MIT */
/*
 * Types in C: how they are spelled, and the header's constants, enums and structs.
 *
 * C wants a type before it is held by value, .didl doesn't: structs come in the order in which they hold each other.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "darqidl/cname.h"
#include "darqidl/compilation.h"
#include "darqidl/emit_c.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

static const char *const scalar_types[] = {
        [TYPE_BOOL] = "bool",
        [TYPE_U8] = "uint8_t",
        [TYPE_U16] = "uint16_t",
        [TYPE_U32] = "uint32_t",
        [TYPE_U64] = "uint64_t",
        [TYPE_I8] = "int8_t",
        [TYPE_I16] = "int16_t",
        [TYPE_I32] = "int32_t",
        [TYPE_I64] = "int64_t",
        [TYPE_F32] = "float",
        [TYPE_F64] = "double",
        [TYPE_STRING] = "struct darq_string",
        [TYPE_BYTES] = "struct darq_bytes",
};

const char *c_suffix(const struct type *type)
{
        static const char *const suffixes[] = {
                [TYPE_BOOL] = "bool", [TYPE_U8] = "u8",   [TYPE_U16] = "u16", [TYPE_U32] = "u32",
                [TYPE_U64] = "u64",   [TYPE_I8] = "i8",   [TYPE_I16] = "i16", [TYPE_I32] = "i32",
                [TYPE_I64] = "i64",   [TYPE_F32] = "f32", [TYPE_F64] = "f64",
        };

        if (type->kind == TYPE_NAMED)
                type = type->declaration->type->actual;
        return suffixes[type->kind];
}

const char *c_type(struct emitter *self, const struct type *type)
{
        const struct declaration *declaration;

        type = type->actual;
        declaration = type->declaration;
        if (type->kind <= TYPE_BYTES)
                return scalar_types[type->kind];
        if (declaration == NULL)
                return "struct darq_proxy";
        if (declaration->kind == DECLARATION_BITS)
                return layout_scalar_size(type) == 8 ? "uint64_t" : "uint32_t";
        return region_format(self->region, "%s %s",
                             declaration->kind == DECLARATION_ENUM ? "enum" : "struct",
                             declaration->c_name);
}

bool c_is_pointer(const struct type *type)
{
        type = type->actual;
        if (type->kind == TYPE_ARRAY)
                return true;
        return type->kind == TYPE_NAMED && (type->declaration->kind == DECLARATION_STRUCT ||
                                            type->declaration->kind == DECLARATION_TABLE ||
                                            type->declaration->kind == DECLARATION_UNION);
}

void c_member(struct emitter *self, struct page *page, const char *indent, const struct type *type,
              const char *name, bool may_be_absent)
{
        const struct type *actual = type->actual;

        if (actual->kind == TYPE_VEC)
                page_print(
                        page,
                        "%sstruct {\n%s        const %s *data;\n%s        size_t count;\n%s} %s;\n",
                        indent, indent, c_type(self, actual->element), indent, indent, name);
        else if (actual->kind == TYPE_ARRAY && may_be_absent)
                page_print(page, "%sconst %s *%s;\n", indent, c_type(self, actual->element), name);
        else if (actual->kind == TYPE_ARRAY)
                page_print(page, "%s%s %s[%u];\n", indent, c_type(self, actual->element), name,
                           actual->limit);
        else if (may_be_absent && c_is_pointer(type))
                page_print(page, "%sconst %s *%s;\n", indent, c_type(self, type), name);
        else
                page_print(page, "%s%s %s;\n", indent, c_type(self, type), name);
}

/* comments */

static const char *bound_note(struct emitter *self, const struct type *type)
{
        const struct type *actual = type->actual;

        if (actual->limit == 0)
                return "";
        if (actual->kind == TYPE_STRING || actual->kind == TYPE_BYTES)
                return region_format(self->region, "at most %u bytes", actual->limit);
        return actual->kind == TYPE_VEC ? region_format(self->region, "at most %u", actual->limit)
                                        : "";
}

const char *bounds_note(struct emitter *self, const struct type *type)
{
        const struct type *actual = type->actual;
        const char *own = bound_note(self, type);
        const char *inner = actual->element != NULL ? bound_note(self, actual->element) : "";
        const char *bits = "";

        if (actual->kind == TYPE_NAMED && actual->declaration->kind == DECLARATION_BITS)
                bits = region_format(self->region, "%s_",
                                     cname_upper(self->region, actual->declaration->c_name));
        if (inner[0] != 0)
                inner = region_format(self->region, "%seach %s", own[0] != 0 ? ", " : "", inner);
        return region_format(self->region, "%s%s%s", own, inner, bits);
}

void emit_docs(struct page *page, const char *indent, const char *doc, const char *note)
{
        bool both = doc != NULL && note[0] != 0;

        if (doc == NULL && note[0] == 0)
                return;
        page_comment(page, indent, doc != NULL ? "/**" : "/*",
                     region_format(page->region, "%s%s%s", doc != NULL ? doc : "",
                                   both ? strchr(doc, '\n') != NULL ? PAGE_BREAK_TEXT : " (" : "",
                                   both && strchr(doc, '\n') == NULL
                                           ? region_format(page->region, "%s)", note)
                                           : note));
}

/* constants */

static const char *integer_text(struct emitter *self, const struct type *type,
                                const struct constant *constant)
{
        bool wide = type->kind == TYPE_U64 || type->kind == TYPE_I64;
        bool is_signed = type->kind >= TYPE_I8 && type->kind <= TYPE_I64;
        uint64_t lowest = wide ? UINT64_C(1) << 63 : UINT64_C(1) << 31;

        if (constant->negative && constant->integer == lowest)
                return region_format(self->region, "(-INT%d_C(%llu) - 1)", wide ? 64 : 32,
                                     (unsigned long long)lowest - 1);
        if (constant->negative)
                return region_format(self->region, "(-INT%d_C(%llu))", wide ? 64 : 32,
                                     (unsigned long long)constant->integer);
        return region_format(self->region, "%sINT%d_C(%llu)", is_signed ? "" : "U", wide ? 64 : 32,
                             (unsigned long long)constant->integer);
}

static const char *real_text(struct emitter *self, const struct type *type, double real)
{
        const char *text =
                region_format(self->region, "%.*g", type->kind == TYPE_F32 ? 9 : 17, real);

        if (strpbrk(text, ".e") == NULL)
                text = region_format(self->region, "%s.0", text);
        return region_format(self->region, real < 0 ? "(%s%s)" : "%s%s", text,
                             type->kind == TYPE_F32 ? "f" : "");
}

static const char *string_text(struct emitter *self, const struct constant *constant)
{
        struct page page;

        page_init(&page, self->region);
        page_print(&page, "\"");
        for (size_t i = 0; i < constant->size; i++) {
                unsigned char c = (unsigned char)constant->text[i];

                if (c == '"' || c == '\\')
                        page_print(&page, "\\%c", c);
                else if (c == '?')
                        page_print(&page, "\\?");
                else if (c < 0x20 || c >= 0x7f)
                        page_print(&page, "\\%03o", c);
                else
                        page_print(&page, "%c", c);
        }
        page_print(&page, "\"");
        return page.text;
}

static const char *enumerator_text(struct emitter *self, const struct declaration *set,
                                   const struct constant *constant)
{
        for (const struct member *member = set->members; member != NULL; member = member->next)
                if (constant->negative == (member->number < 0) &&
                    constant->integer ==
                            (uint64_t)(member->number < 0 ? -member->number : member->number))
                        return member->c_name;
        return region_format(self->region, "(enum %s)0", set->c_name);
}

static const char *bits_text(struct emitter *self, const struct declaration *set, uint64_t bits)
{
        const char *text = "";

        for (const struct member *member = set->members; member != NULL; member = member->next) {
                if ((bits & member->bits_value) == 0)
                        continue;
                text = region_format(self->region, "%s%s%s", text, text[0] != 0 ? " | " : "",
                                     member->c_name);
        }
        if (text[0] == 0)
                return "0";
        return strchr(text, '|') != NULL ? region_format(self->region, "(%s)", text) : text;
}

const char *c_constant(struct emitter *self, const struct type *type,
                       const struct constant *constant)
{
        type = type->actual;
        switch (constant->kind) {
        case CONSTANT_BOOL:
                return constant->integer != 0 ? "true" : "false";
        case CONSTANT_FLOAT:
                return real_text(self, type, constant->real);
        case CONSTANT_STRING:
                return string_text(self, constant);
        case CONSTANT_NONE:
        case CONSTANT_INTEGER:
                break;
        }
        if (type->kind != TYPE_NAMED)
                return integer_text(self, type, constant);
        return type->declaration->kind == DECLARATION_ENUM
                       ? enumerator_text(self, type->declaration, constant)
                       : bits_text(self, type->declaration, constant->integer);
}

/* The header's declarations */

static void bits_print(struct emitter *self, const struct declaration *bits)
{
        unsigned int width = layout_scalar_size(bits->type);

        emit_docs(
                &self->header, "", bits->doc,
                region_format(self->region, "%s, uint%d_t", bits->name.text, width == 8 ? 64 : 32));
        for (const struct member *member = bits->members; member != NULL; member = member->next) {
                emit_docs(&self->header, "", member->doc, "");
                page_print(&self->header, "#define %s UINT%d_C(0x%llx)\n", member->c_name,
                           width == 8 ? 64 : 32, (unsigned long long)member->bits_value);
        }
        page_print(&self->header, "\n");
}

static void enum_print(struct emitter *self, const struct declaration *set)
{
        emit_docs(&self->header, "", set->doc,
                  set->strict ? "strict: no other value is sent or accepted" : "");
        page_print(&self->header, "enum %s {\n", set->c_name);
        for (const struct member *member = set->members; member != NULL; member = member->next) {
                emit_docs(&self->header, "        ", member->doc, "");
                page_print(&self->header, "        %s = %lld,\n", member->c_name,
                           (long long)member->number);
        }
        page_print(&self->header, "};\n\n");
}

static void const_print(struct emitter *self, const struct declaration *constant)
{
        emit_docs(&self->header, "", constant->doc, "");
        page_print(&self->header, "#define %s %s\n", constant->c_name,
                   c_constant(self, constant->type, &constant->constant));
        if (constant->next == NULL || constant->next->kind != DECLARATION_CONST)
                page_print(&self->header, "\n");
}

void emit_constants(struct emitter *self)
{
        emit_each(self, 1u << DECLARATION_ENUM | 1u << DECLARATION_ERROR, enum_print);
        emit_each(self, 1u << DECLARATION_BITS, bits_print);
        emit_each(self, 1u << DECLARATION_CONST, const_print);
}

static void member_print(struct emitter *self, const struct member *member, bool table,
                         const char *indent)
{
        bool absent = table || member->type->optional;
        bool pointer = absent && c_is_pointer(member->type);
        const char *bounds = bounds_note(self, member->type);
        const char *count =
                pointer && member->type->actual->kind == TYPE_ARRAY
                        ? region_format(self->region, "%u of them, ", member->type->actual->limit)
                        : "";
        const char *note = region_format(
                self->region, "%s%s%s%s%s",
                table ? region_format(self->region, "%lld", (long long)member->number) : "",
                table && (bounds[0] != 0 || pointer) ? ": " : "", bounds, count,
                pointer ? "NULL when absent" : "");

        emit_docs(&self->header, indent, member->doc, note);
        if ((absent || member->default_value != NULL) && !pointer)
                page_print(&self->header, "%sbool has_%s;\n", indent, member->name.text);
        c_member(self, &self->header, indent, member->type, member->c_name, absent);
}

static void struct_print(struct emitter *self, const struct declaration *declaration)
{
        emit_docs(&self->header, "", declaration->doc, "");
        page_print(&self->header, "struct %s {\n", declaration->c_name);
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                assert(member->type != NULL);
                member_print(self, member, declaration->kind == DECLARATION_TABLE, "        ");
        }
        if (declaration->members == NULL)
                page_print(&self->header, "        uint8_t unused; /* it may grow */\n");
        page_print(&self->header, "};\n\n");
}

/* C++ has no types declared inside an anonymous union, so a union's vecs are declared before it. */
static const char *union_vec_type(struct emitter *self, const struct declaration *declaration,
                                  const struct member *member)
{
        return region_format(self->region, "%s_%s", declaration->c_name, member->name.text);
}

static void union_vecs_print(struct emitter *self, const struct declaration *declaration)
{
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                assert(member->type != NULL);
                if (member->type->actual->kind == TYPE_VEC)
                        page_print(&self->header,
                                   "struct %s {\n        const %s *data;\n        size_t "
                                   "count;\n};\n\n",
                                   union_vec_type(self, declaration, member),
                                   c_type(self, member->type->actual->element));
        }
}

static void union_which_print(struct emitter *self, const struct declaration *declaration)
{
        page_print(&self->header, "enum %s_which {\n", declaration->c_name);
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                page_print(&self->header, "        %s_%s = %lld,\n",
                           cname_upper(self->region, declaration->c_name),
                           cname_upper(self->region, member->name.text), (long long)member->number);
        page_print(&self->header, "};\n\n");
}

static void union_member_print(struct emitter *self, const struct declaration *declaration,
                               const struct member *member)
{
        static const char indent[] = "                ";

        emit_docs(&self->header, indent, member->doc, bounds_note(self, member->type));
        if (member->type->actual->kind == TYPE_VEC)
                page_print(&self->header, "%sstruct %s %s;\n", indent,
                           union_vec_type(self, declaration, member), member->c_name);
        else
                c_member(self, &self->header, indent, member->type, member->c_name, true);
}

static void union_print(struct emitter *self, const struct declaration *declaration)
{
        const char *note = declaration->strict ? "one member, told by which"
                                               : "one member, told by which; any other which is "
                                                 "one that this program doesn't know";

        union_which_print(self, declaration);
        union_vecs_print(self, declaration);
        emit_docs(&self->header, "", declaration->doc, note);
        page_print(&self->header, "struct %s {\n        enum %s_which which;\n        union {\n",
                   declaration->c_name, declaration->c_name);
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                union_member_print(self, declaration, member);
        if (!declaration->strict)
                page_print(&self->header, "                struct darq_bytes unknown;\n");
        page_print(&self->header, "        };\n};\n\n");
}

static void proxy_print(struct emitter *self, const struct declaration *interface)
{
        page_print(&self->header,
                   "/** The right to call a %s; all zero: none. */\n"
                   "struct %s {\n        struct darq_proxy proxy;\n};\n\n",
                   interface->name.text, interface->c_name);
}

static void newtype_print(struct emitter *self, const struct declaration *newtype)
{
        emit_docs(&self->header, "", newtype->doc, bounds_note(self, newtype->type));
        page_print(&self->header, "struct %s {\n        %s value;\n};\n\n", newtype->c_name,
                   c_type(self, newtype->type));
}

/* A type is printed after those that it holds by value. */
static void type_print(struct emitter *self, struct table *printed,
                       const struct declaration *declaration)
{
        struct region_mark mark;

        if (declaration->file != self->file ||
            table_add(printed, declaration->c_name, (void *)(uintptr_t)declaration) != NULL)
                return;
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                const struct type *type = member->type != NULL ? member->type->actual : NULL;

                if (declaration->kind != DECLARATION_STRUCT || type == NULL ||
                    member->type->optional)
                        continue;
                if (type->kind == TYPE_ARRAY)
                        type = type->element->actual;
                if (type->kind == TYPE_NAMED && c_is_pointer(type))
                        type_print(self, printed, type->declaration);
        }
        mark = region_mark(self->region);
        if (declaration->kind == DECLARATION_STRUCT || declaration->kind == DECLARATION_TABLE)
                struct_print(self, declaration);
        if (declaration->kind == DECLARATION_UNION)
                union_print(self, declaration);
        region_release(self->region, mark);
}

static void codec_declare(struct emitter *self, const struct declaration *declaration)
{
        for (int i = 0; i < (layout_is_view(declaration) ? 1 : 2); i++) {
                struct page_list list;

                page_print(&self->header, i == 0 ? "void %s_pack(" : "void %s_unpack(",
                           declaration->c_name);
                page_list_begin(&list, &self->header);
                page_list_add(&list, i == 0 ? "struct darq_writer *w" : "struct darq_reader *r");
                page_list_add(&list, "%sstruct %s *m", i == 0 ? "const " : "", declaration->c_name);
                page_list_end(&list, ");\n");
        }
}

void emit_types(struct emitter *self)
{
        struct table printed;

        table_init(&printed, self->compilation->region);
        emit_each(self, 1u << DECLARATION_INTERFACE, proxy_print);
        emit_each(self, 1u << DECLARATION_NEWTYPE, newtype_print);
        for (const struct declaration *each = self->file->declarations; each != NULL;
             each = each->next)
                type_print(self, &printed, each);
        if (emit_each(self, EMIT_CODEC, codec_declare))
                page_print(&self->header, "\n");
        emit_unpack_views(self);
}
