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

const char *body_signature(const struct body_page *self, const char *before, const char *function,
                           const char *parameter)
{
        struct page page;
        struct page_list list;

        page_init(&page, self->emitter->region);
        page_print(&page, "%s %s(", before, function);
        page_list_begin(&list, &page);
        page_list_add(&list, "struct darq_reader *r");
        page_list_add(&list, "%s *m", self->kind);
        if (parameter != NULL)
                page_list_add(&list, "%s", parameter);
        page_list_end(&list, ")");
        return page.text;
}

void body_function(struct body_page *self, struct page *page, const char *signature,
                   const char *declarations)
{
        bool reads = strstr(signature, "darq_reader") != NULL;
        bool any = declarations[0] != 0 || self->member || self->list || self->has || self->at ||
                   self->end || self->header;

        page_print(page, "%s\n{\n%s", signature, declarations);
        if (self->member)
                page_print(page, "        size_t member;\n");
        if (self->list)
                page_print(page, "        size_t list;\n");
        if (self->end)
                page_print(page, "        size_t end;\n");
        if (self->header)
                page_print(page, "        uint32_t header;\n");
        if (self->has)
                page_print(page, "        bool has;\n");
        if (self->at)
                page_print(page, "        %suint8_t *at;\n", reads ? "const " : "");
        page_print(page, "%s%s}\n\n", any ? "\n" : "", self->text.text);
}

void body_finish(struct body_page *self, const char *signature, const char *declarations)
{
        struct emitter *emitter = self->emitter;

        page_append(&emitter->source, emitter->helpers.text, emitter->helpers.size);
        page_clear(&emitter->helpers);
        body_function(self, &emitter->source, signature, declarations);
}

const char *c_beneath(struct emitter *self, const struct type *type, const char *value)
{
        for (type = type->actual;
             type->kind == TYPE_NAMED && type->declaration->kind == DECLARATION_NEWTYPE;
             type = type->declaration->type->actual)
                value = region_format(self->region, "%s.value", value);
        return value;
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

static void elements_pack(struct body_page *self, const char *indent, const struct type *type,
                          const char *data, const char *count)
{
        const char *bound = bound_text(self->emitter, type);
        bool delimited = layout_is_delimited(type->element);

        self->list |= delimited;
        call(self, indent, delimited ? "list = " : "",
             delimited ? "darq_put_vec" : "darq_put_count", "w", count, bound, NULL);
        if (layout_is_primitive(type->element))
                call(self, indent, "", "darq_put_array", "w", data, count,
                     region_format(self->emitter->region, "%u", layout_scalar_size(type->element)),
                     NULL);
        else
                loop_pack(self, indent, type->element, data, count);
        if (delimited)
                page_print(&self->text, "%sdarq_put_end(w, list);\n", indent);
}

/* Plain structs are copied as a whole where numbers stand in memory as they are encoded. */
static void plain_pack(struct body_page *self, const char *indent, const struct type *type,
                       const char *data, const char *count)
{
        const char *deeper = region_format(self->emitter->region, "%s        ", indent);

        page_print(&self->text, "%sif (!DARQ_BIG_ENDIAN) {\n", indent);
        call(self, deeper, "", "darq_put_plain_vec", "w", data, count,
             bound_text(self->emitter, type),
             region_format(self->emitter->region, "sizeof *%s", data), NULL);
        page_print(&self->text, "%s} else {\n", indent);
        elements_pack(self, deeper, type, data, count);
        page_print(&self->text, "%s}\n", indent);
}

static void array_pack(struct body_page *self, const char *indent, const struct type *type,
                       const char *value)
{
        struct region *region = self->emitter->region;
        const char *count = region_format(region, "%u", type->limit);
        bool delimited = layout_is_delimited(type->element);

        if (layout_is_primitive(type->element)) {
                call(self, indent, "", "darq_put_array", "w", value, count,
                     region_format(region, "%u", layout_scalar_size(type->element)), NULL);
                return;
        }
        self->list |= delimited;
        if (delimited)
                page_print(&self->text, "%slist = darq_put_begin(w);\n", indent);
        loop_pack(self, indent, type->element, value, count);
        if (delimited)
                page_print(&self->text, "%sdarq_put_end(w, list);\n", indent);
}

static void vec_pack(struct body_page *self, const char *indent, const struct type *type,
                     const char *value)
{
        const char *data = dotted(self->emitter, value, "data");
        const char *count = dotted(self->emitter, value, "count");

        if (layout_plain_align(type->element) != 0)
                plain_pack(self, indent, type, data, count);
        else
                elements_pack(self, indent, type, data, count);
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
        else if (actual->kind == TYPE_VEC)
                vec_pack(self, indent, actual, value);
        else if (actual->kind == TYPE_ARRAY)
                array_pack(self, indent, actual, value);
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

/* The elements of a vec, as many as count says. */
static void elements_unpack(struct body_page *self, const char *indent, const struct type *type,
                            const char *place)
{
        struct emitter *emitter = self->emitter;
        const struct type *element = type->element->actual;

        page_print(&self->text, "%sdata = darq_reader_alloc(r, count, sizeof *data);\n", indent);
        if (element->kind == TYPE_NAMED && layout_is_takeable(element->declaration))
                page_print(&self->text,
                           "%sfor (size_t i = 0; data != NULL && i < count; i++) {\n"
                           "%s        i += %s(r, &data[i], count - i);\n"
                           "%s        if (i < count)\n"
                           "%s                %s_unpack(r, &data[i]);\n%s}\n",
                           indent, indent, take_helper(emitter, element->declaration), indent,
                           indent, element->declaration->c_name, indent);
        else
                loop_unpack(self, indent, element, "data", "data != NULL && i < count");
        page_print(&self->text, "%s%s.data = data;\n", indent, place);
}

static void vec_body(struct body_page *self, const struct type *type, const char *place, bool plain)
{
        struct emitter *emitter = self->emitter;
        bool delimited = layout_is_delimited(type->element);

        if (delimited)
                page_print(&self->text, "        end = darq_get_extent(r);\n");
        page_print(&self->text, "        count = darq_get_count(r, %s, %llu);\n",
                   bound_text(emitter, type), (unsigned long long)layout_smallest(type->element));
        if (plain) {
                page_print(&self->text,
                           "        if (!DARQ_BIG_ENDIAN) {\n                %s.data = ", place);
                call(self, "", "", "darq_get_plain", "r", "count", "sizeof *data",
                     region_format(emitter->region, "%u", layout_plain_align(type->element)), NULL);
                page_print(&self->text, "        } else {\n");
        }
        elements_unpack(self, plain ? "                " : "        ", type, place);
        page_print(&self->text, "%s        %s.count = count;\n", plain ? "        }\n" : "", place);
        if (delimited)
                page_print(&self->text, "        darq_get_extent_end(r, end);\n");
        self->end |= delimited;
}

/* Of plain structs, where nothing else counts how deep it is: they nest one deeper, as all others do. */
static void plain_body(struct body_page *self, const struct type *type, const char *place)
{
        struct emitter *emitter = self->emitter;

        page_print(&self->text, "        if (!DARQ_BIG_ENDIAN) {\n");
        call(self, "                ", "", "darq_get_plain_vec", "r",
             region_format(emitter->region, "&%s", place), bound_text(emitter, type),
             "sizeof *data",
             region_format(emitter->region, "%u", layout_plain_align(type->element)), NULL);
        page_print(&self->text, "                return;\n        }\n"
                                "        darq_reader_enter(r);\n");
        vec_body(self, type, place, false);
        page_print(&self->text, "        darq_reader_leave(r);\n");
}

/* A vec that isn't one of primitives or strings gets a function of its own. */
static const char *vec_helper(struct body_page *self, const struct type *type, const char *place,
                              const char *name)
{
        struct emitter *emitter = self->emitter;
        const char *function =
                region_format(emitter->compilation->region, "%s_unpack_%s", self->owner, name);
        struct page helpers = emitter->helpers;
        struct body_page body;
        bool plain = layout_plain_align(type->element) != 0;

        if (table_add(&emitter->helped, function, (void *)(uintptr_t)type) != NULL)
                return function;
        page_init(&emitter->helpers, emitter->region);
        body_init(&body, emitter, self->owner, self->kind);
        body.counted = self->counted;
        if (plain && !self->counted)
                plain_body(&body, type, place);
        else
                vec_body(&body, type, place, plain);
        page_append(&helpers, emitter->helpers.text, emitter->helpers.size);
        emitter->helpers = helpers;
        body_function(&body, &emitter->helpers,
                      body_signature(&body,
                                     !plain && layout_is_small(type->element)
                                             ? "static __attribute__((flatten)) void"
                                             : "static void",
                                     function, NULL),
                      region_format(emitter->region, "        %s *data;\n        size_t count;\n",
                                    c_type(emitter, type->element)));
        return function;
}

static void vec_unpack(struct body_page *self, const char *indent, const struct type *type,
                       const char *value, const char *name)
{
        struct emitter *emitter = self->emitter;
        const struct type *element = layout_beneath(type->element);

        if (type->element->actual->kind == TYPE_STRING) {
                call(self, indent, region_format(emitter->region, "%s.data = ", value),
                     "darq_get_strings", "r", bound_text(emitter, type),
                     bound_text(emitter, element),
                     region_format(emitter->region, "&%s.count", value), NULL);
                return;
        }
        if (!layout_is_primitive(type->element)) {
                page_print(&self->text, "%s%s(r, m);\n", indent,
                           vec_helper(self, type, value, name));
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
                page_print(&self->text, "%slist = darq_get_extent(r);\n", indent);
        }
        loop_unpack(self, indent, type->element, value,
                    region_format(emitter->region, "i < %s", count));
        if (layout_is_delimited(type->element))
                page_print(&self->text, "%sdarq_get_extent_end(r, list);\n", indent);
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
