/* SPDX-License-Identifier: MIT */
/*
 * Pack and unpack of one value, whatever its type: the statements that stand for it in a function's body.
 *
 * A value is a C expression; "*m->digest" stands for what a pointer holds. Helpers that several functions share (whether
 * an enum's value is known) are written once, before the first function that wants them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "darqidl/compilation.h"
#include "darqidl/emit_c.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

void body_init(struct body_page *self, struct emitter *emitter, const char *owner, const char *kind)
{
        *self = (struct body_page){.emitter = emitter, .owner = owner, .kind = kind};
        page_init(&self->text, emitter->region);
}

void body_finish(struct body_page *self, const char *signature, const char *declarations)
{
        struct emitter *emitter = self->emitter;
        bool reads = strstr(signature, "darq_reader") != NULL;
        bool any = declarations[0] != 0 || self->member || self->list || self->has || self->at;

        page_append(&emitter->source, emitter->helpers.text, emitter->helpers.size);
        page_clear(&emitter->helpers);
        page_print(&emitter->source, "%s\n{\n%s", signature, declarations);
        if (self->member)
                page_print(&emitter->source, "        size_t member;\n");
        if (self->list)
                page_print(&emitter->source, "        %s list;\n",
                           reads ? "struct darq_scope" : "size_t");
        if (self->has)
                page_print(&emitter->source, "        bool has;\n");
        if (self->at)
                page_print(&emitter->source, "        %suint8_t *at;\n", reads ? "const " : "");
        if (any)
                page_print(&emitter->source, "\n");
        page_append(&emitter->source, self->text.text, self->text.size);
        page_print(&emitter->source, "}\n\n");
}

const char *bound_text(struct emitter *self, const struct type *type)
{
        const struct type *actual = type->actual;

        return actual->limit != 0 ? region_format(self->region, "%u", actual->limit) : "SIZE_MAX";
}

/* "m->x" for what "*m->x" points to, "&m->x" for the value m->x. */
static const char *address(struct emitter *self, const char *value)
{
        return value[0] == '*' ? value + 1 : region_format(self->region, "&%s", value);
}

static const char *dotted(struct emitter *self, const char *value, const char *member)
{
        return value[0] == '*' ? region_format(self->region, "%s->%s", value + 1, member)
                               : region_format(self->region, "%s.%s", value, member);
}

/* A statement "indent left function(arguments);" */
static void call(struct body_page *self, const char *indent, const char *left, const char *function,
                 ...) __attribute__((sentinel));

static void call(struct body_page *self, const char *indent, const char *left, const char *function,
                 ...)
{
        struct page_list list;
        const char *argument;
        va_list arguments;

        page_print(&self->text, "%s%s%s(", indent, left, function);
        page_list_begin(&list, &self->text);
        va_start(arguments, function);
        while ((argument = va_arg(arguments, const char *)) != NULL)
                page_list_add(&list, "%s", argument);
        va_end(arguments);
        page_list_end(&list, ");\n");
}

/* enums and bits */

static const char *known_helper(struct emitter *self, const struct declaration *set)
{
        const char *name = region_format(self->compilation->region, "%s_known", set->c_name);

        if (table_add(&self->helped, name, (void *)(uintptr_t)set) != NULL)
                return name;
        page_print(&self->helpers, "static bool %s(enum %s value)\n{\n        switch (value) {\n",
                   name, set->c_name);
        for (const struct member *member = set->members; member != NULL; member = member->next)
                page_print(&self->helpers, "        case %s:\n", member->c_name);
        page_print(&self->helpers,
                   "                return true;\n        }\n        return false;\n}\n\n");
        return name;
}

/* A condition that a value is none that may be sent; NULL: all may. */
static const char *unfit(struct emitter *self, const struct declaration *set, const char *value)
{
        static const char *const limits[] = {[TYPE_U8] = "UINT8",
                                             [TYPE_U16] = "UINT16",
                                             [TYPE_I8] = "INT8",
                                             [TYPE_I16] = "INT16",
                                             [TYPE_F64] = NULL};
        enum type_kind kind = set->type->actual->kind;
        uint64_t known = 0;

        for (const struct member *member = set->members; member != NULL; member = member->next)
                known |= member->bits_value;
        if (set->kind == DECLARATION_BITS && set->strict)
                return region_format(self->region, "(%s & ~UINT%d_C(0x%llx)) != 0", value,
                                     kind == TYPE_U64 ? 64 : 32, (unsigned long long)known);
        if (set->strict)
                return region_format(self->region, "!%s(%s)", known_helper(self, set), value);
        if (limits[kind] == NULL)
                return NULL;
        if (set->kind == DECLARATION_BITS)
                return region_format(self->region, "%s > %s_MAX", value, limits[kind]);
        if (kind == TYPE_U8 || kind == TYPE_U16)
                return region_format(self->region, "(unsigned int)%s > %s_MAX", value,
                                     limits[kind]);
        return region_format(self->region, "(int)%s < %s_MIN || (int)%s > %s_MAX", value,
                             limits[kind], value, limits[kind]);
}

static const char *const number_types[] = {
        [TYPE_U8] = "uint8_t",   [TYPE_U16] = "uint16_t", [TYPE_U32] = "uint32_t",
        [TYPE_U64] = "uint64_t", [TYPE_I8] = "int8_t",    [TYPE_I16] = "int16_t",
        [TYPE_I32] = "int32_t",
};

static void set_pack(struct body_page *self, const char *indent, const struct type *type,
                     const char *value)
{
        struct emitter *emitter = self->emitter;
        const struct declaration *set = type->declaration;
        enum type_kind base = set->type->actual->kind;
        const char *condition = unfit(emitter, set, value);
        bool same = set->kind == DECLARATION_BITS && (base == TYPE_U32 || base == TYPE_U64);

        if (condition != NULL) {
                page_print(&self->text, "%sif (%s)\n", indent, condition);
                call(self, region_format(emitter->region, "%s        ", indent), "",
                     "darq_writer_fail", "w", "DARQ_E_INVALID",
                     region_format(emitter->region, "\"not a %s\"", set->full_name), NULL);
        }
        call(self, indent, "", region_format(emitter->region, "darq_put_%s", c_suffix(type)), "w",
             same ? value : region_format(emitter->region, "(%s)%s", number_types[base], value),
             NULL);
}

static void set_unpack(struct body_page *self, const char *indent, const struct type *type,
                       const char *value)
{
        struct emitter *emitter = self->emitter;
        const struct declaration *set = type->declaration;
        const char *cast = set->kind == DECLARATION_ENUM
                                   ? region_format(emitter->region, "(enum %s)", set->c_name)
                                   : "";

        page_print(&self->text, "%s%s = %sdarq_get_%s(r);\n", indent, value, cast, c_suffix(type));
        if (!set->strict)
                return;
        page_print(&self->text, "%sif (%s)\n", indent, unfit(emitter, set, value));
        call(self, region_format(emitter->region, "%s        ", indent), "", "darq_reader_fail",
             "r", region_format(emitter->region, "\"not a %s\"", set->full_name), NULL);
}

/* vecs and arrays */

static const char *element_of(struct emitter *self, const char *value)
{
        return region_format(self->region, "%s[i]", value);
}

/* A loop with braces where its body is more than one statement. */
static void loop_print(struct body_page *self, const char *indent, const char *condition,
                       const char *body)
{
        bool single = strstr(body, ";\n")[2] == 0;

        page_print(&self->text, "%sfor (size_t i = 0; %s; i++)%s\n%s", indent, condition,
                   single ? "" : " {", body);
        if (!single)
                page_print(&self->text, "%s}\n", indent);
}

static void loop_pack(struct body_page *self, const char *indent, const struct type *element,
                      const char *data, const char *count)
{
        struct body_page inner = *self;
        const char *deeper = region_format(self->emitter->region, "%s        ", indent);

        page_init(&inner.text, self->emitter->region);
        pack_value(&inner, deeper, element, element_of(self->emitter, data));
        loop_print(self, indent, region_format(self->emitter->region, "i < %s", count),
                   inner.text.text);
}

/* Plain structs are copied as a whole where numbers stand in memory as they are encoded. */
static void plain_pack(struct body_page *self, const char *indent, const struct type *element,
                       const char *data, const char *count)
{
        const char *deeper = region_format(self->emitter->region, "%s        ", indent);

        page_print(&self->text, "%sif (!DARQ_BIG_ENDIAN) {\n", indent);
        call(self, deeper, "", "darq_put_plain", "w", data, count,
             region_format(self->emitter->region, "sizeof *%s", data), NULL);
        page_print(&self->text, "%s} else {\n", indent);
        loop_pack(self, deeper, element, data, count);
        page_print(&self->text, "%s}\n", indent);
}

static void sequence_pack(struct body_page *self, const char *indent, const struct type *type,
                          const char *value)
{
        struct emitter *emitter = self->emitter;
        const struct type *element = type->element;
        bool vec = type->kind == TYPE_VEC;
        const char *data = vec ? dotted(emitter, value, "data") : value;
        const char *count = vec ? dotted(emitter, value, "count")
                                : region_format(emitter->region, "%u", type->limit);
        bool delimited = layout_is_delimited(element);

        self->list |= delimited;
        if (delimited && vec)
                call(self, indent, "list = ", "darq_put_vec", "w", count, bound_text(emitter, type),
                     NULL);
        else if (delimited)
                page_print(&self->text, "%slist = darq_put_begin(w);\n", indent);
        else if (vec)
                call(self, indent, "", "darq_put_count", "w", count, bound_text(emitter, type),
                     NULL);
        if (layout_is_primitive(element))
                call(self, indent, "", "darq_put_array", "w", data, count,
                     region_format(emitter->region, "%u", layout_scalar_size(element)), NULL);
        else if (vec && layout_plain_align(element) != 0)
                plain_pack(self, indent, element, data, count);
        else
                loop_pack(self, indent, element, data, count);
        if (delimited)
                page_print(&self->text, "%sdarq_put_end(w, list);\n", indent);
}

void pack_value(struct body_page *self, const char *indent, const struct type *type,
                const char *value)
{
        struct emitter *emitter = self->emitter;
        const struct type *actual = type->actual;
        const struct declaration *declaration = actual->declaration;

        if (actual->kind <= TYPE_F64)
                call(self, indent, "",
                     region_format(emitter->region, "darq_put_%s", c_suffix(actual)), "w", value,
                     NULL);
        else if (actual->kind == TYPE_STRING || actual->kind == TYPE_BYTES)
                call(self, indent, "",
                     actual->kind == TYPE_STRING ? "darq_put_string" : "darq_put_bytes", "w", value,
                     bound_text(emitter, actual), NULL);
        else if (actual->kind == TYPE_VEC || actual->kind == TYPE_ARRAY)
                sequence_pack(self, indent, actual, value);
        else if (actual->kind == TYPE_PORT)
                call(self, indent, "", "darq_put_port", "w",
                     declaration != NULL ? region_format(emitter->region, "&%s",
                                                         dotted(emitter, value, "proxy"))
                                         : address(emitter, value),
                     NULL);
        else if (declaration->kind == DECLARATION_NEWTYPE)
                pack_value(self, indent, declaration->type, dotted(emitter, value, "value"));
        else if (declaration->kind == DECLARATION_ENUM || declaration->kind == DECLARATION_BITS)
                set_pack(self, indent, actual, value);
        else
                call(self, indent, "",
                     region_format(emitter->region, "%s_pack", declaration->c_name), "w",
                     address(emitter, value), NULL);
}

/* unpacking */

static bool is_bool(const struct type *type)
{
        return layout_beneath(type)->kind == TYPE_BOOL;
}

static void loop_unpack(struct body_page *self, const char *indent, const struct type *element,
                        const char *data, const char *condition)
{
        struct body_page inner = *self;
        const char *deeper = region_format(self->emitter->region, "%s        ", indent);

        page_init(&inner.text, self->emitter->region);
        unpack_value(&inner, deeper, element, element_of(self->emitter, data), "element");
        loop_print(self, indent, condition, inner.text.text);
}

static void elements_unpack(struct body_page *self, const char *indent, const struct type *element,
                            const char *place)
{
        page_print(&self->text, "%sdata = darq_reader_alloc(r, %s.count, sizeof *data);\n", indent,
                   place);
        loop_unpack(self, indent, element, "data",
                    region_format(self->emitter->region, "data != NULL && i < %s.count", place));
        page_print(&self->text, "%s%s.data = data;\n", indent, place);
}

/* A vec that isn't one of primitives gets a function of its own. */
static void vec_helper(struct body_page *self, const struct type *type, const char *function,
                       const char *place)
{
        struct emitter *emitter = self->emitter;
        struct page helpers = emitter->helpers;
        struct body_page body;
        const char *element = c_type(emitter, type->element);
        bool delimited = layout_is_delimited(type->element);
        unsigned int align = layout_plain_align(type->element);

        page_init(&emitter->helpers, emitter->region);
        body_init(&body, emitter, self->owner, self->kind);
        page_print(&body.text, "        %s.count = darq_get_count(r, %s, %llu);\n", place,
                   bound_text(emitter, type), (unsigned long long)layout_smallest(type->element));
        if (align != 0) {
                page_print(&body.text,
                           "        if (!DARQ_BIG_ENDIAN) {\n                %s.data = ", place);
                call(&body, "", "", "darq_get_plain", "r",
                     region_format(emitter->region, "%s.count", place), "sizeof *data",
                     region_format(emitter->region, "%u", align), NULL);
                page_print(&body.text, "        } else {\n");
                elements_unpack(&body, "                ", type->element, place);
                page_print(&body.text, "        }\n");
        } else {
                elements_unpack(&body, "        ", type->element, place);
        }
        if (delimited)
                page_print(&body.text, "        darq_get_end(r, &list);\n");
        page_append(&helpers, emitter->helpers.text, emitter->helpers.size);
        page_print(
                &helpers,
                "static void %s(struct darq_reader *r, %s *m)\n{\n%s        %s *data;\n\n%s}\n\n",
                function, self->kind,
                delimited ? "        struct darq_scope list = darq_get_begin(r);\n" : "", element,
                body.text.text);
        emitter->helpers = helpers;
}

static void vec_unpack(struct body_page *self, const char *indent, const struct type *type,
                       const char *value, const char *name)
{
        struct emitter *emitter = self->emitter;
        const char *function;

        if (!layout_is_primitive(type->element)) {
                function = region_format(emitter->region, "%s_unpack_%s", self->owner, name);
                vec_helper(self, type, function, value);
                page_print(&self->text, "%s%s(r, m);\n", indent, function);
                return;
        }
        page_print(&self->text, "%s%s.count = darq_get_count(r, %s, %u);\n", indent, value,
                   bound_text(emitter, type), layout_scalar_size(type->element));
        page_print(&self->text, "%s%s.data = ", indent, value);
        call(self, "", "", "darq_get_array", "r", region_format(emitter->region, "%s.count", value),
             region_format(emitter->region, "%u", layout_scalar_size(type->element)), NULL);
        if (is_bool(type->element))
                call(self, indent, "", "darq_reader_check_bools", "r",
                     region_format(emitter->region, "%s.data", value),
                     region_format(emitter->region, "%s.count", value), NULL);
}

static void array_unpack(struct body_page *self, const char *indent, const struct type *type,
                         const char *value)
{
        struct emitter *emitter = self->emitter;
        const char *count = region_format(emitter->region, "%u", type->limit);

        if (layout_is_primitive(type->element)) {
                call(self, indent, "", "darq_get_array_to", "r", value, count,
                     region_format(emitter->region, "%u", layout_scalar_size(type->element)), NULL);
                if (is_bool(type->element))
                        call(self, indent, "", "darq_reader_check_bools", "r", value, count, NULL);
                return;
        }
        if (layout_is_delimited(type->element)) {
                self->list = true;
                page_print(&self->text, "%slist = darq_get_begin(r);\n", indent);
        }
        loop_unpack(self, indent, type->element, value,
                    region_format(emitter->region, "i < %s", count));
        if (layout_is_delimited(type->element))
                page_print(&self->text, "%sdarq_get_end(r, &list);\n", indent);
}

void unpack_value(struct body_page *self, const char *indent, const struct type *type,
                  const char *value, const char *name)
{
        struct emitter *emitter = self->emitter;
        const struct type *actual = type->actual;
        const struct declaration *declaration = actual->declaration;

        if (actual->kind <= TYPE_F64)
                page_print(&self->text, "%s%s = darq_get_%s(r);\n", indent, value,
                           c_suffix(actual));
        else if (actual->kind == TYPE_STRING || actual->kind == TYPE_BYTES)
                page_print(&self->text, "%s%s = darq_get_%s(r, %s);\n", indent, value,
                           actual->kind == TYPE_STRING ? "string" : "bytes",
                           bound_text(emitter, actual));
        else if (actual->kind == TYPE_VEC)
                vec_unpack(self, indent, actual, value, name);
        else if (actual->kind == TYPE_ARRAY)
                array_unpack(self, indent, actual, value);
        else if (actual->kind == TYPE_PORT)
                page_print(&self->text, "%s%s%s = darq_get_port(r);\n", indent, value,
                           declaration != NULL ? ".proxy" : "");
        else if (declaration->kind == DECLARATION_NEWTYPE)
                unpack_value(self, indent, declaration->type, dotted(emitter, value, "value"),
                             name);
        else if (declaration->kind == DECLARATION_ENUM || declaration->kind == DECLARATION_BITS)
                set_unpack(self, indent, actual, value);
        else
                call(self, indent, "",
                     region_format(emitter->region, "%s_unpack", declaration->c_name), "r",
                     address(emitter, value), NULL);
}
