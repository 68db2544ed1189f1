/* SPDX-License-Identifier: MIT */
/*
 * Unpack of one value, whatever its type: the statements that stand for it in a function's body. A vec whose elements are
 * more than numbers or texts gets a function of its own.
 */
#include "darqidl/compilation.h"
#include "darqidl/emit_c.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

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
        unpack_value(&inner, deeper, element, c_element(self->emitter, data), "element");
        body_loop(self, indent, condition, inner.text.text);
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

static void vec_body(struct body_page *self, const struct type *type, const char *place)
{
        struct emitter *emitter = self->emitter;
        bool delimited = layout_is_delimited(type->element);

        if (delimited)
                page_print(&self->text, "        end = darq_get_extent(r);\n");
        page_print(&self->text, "        count = darq_get_count(r, %s, %llu);\n",
                   bound_text(emitter, type), (unsigned long long)layout_smallest(type->element));
        elements_unpack(self, "        ", type, place);
        page_print(&self->text, "        %s.count = count;\n", place);
        if (delimited)
                page_print(&self->text, "        darq_get_extent_end(r, end);\n");
        self->end |= delimited;
}

void plain_unpack(struct body_page *self, const char *indent, const struct type *type,
                  const char *data, const char *count)
{
        struct region *region = self->emitter->region;

        body_call(self, indent, region_format(region, "%s = ", data), "darq_get_plain", "r", count,
                  region_format(region, "sizeof *%s", data),
                  region_format(region, "%u", layout_plain_align(type)),
                  plain_widths(self->emitter, type), NULL);
}

static void plain_vec_unpack(struct body_page *self, const char *indent, const struct type *type,
                             const char *value)
{
        struct emitter *emitter = self->emitter;
        struct region *region = emitter->region;
        const char *size = region_format(region, "sizeof *%s.data", value);
        const char *count = region_format(region, "%s.count", value);

        if (!self->counted) {
                body_call(self, indent, "", "darq_get_plain_vec", "r",
                          region_format(region, "&%s", value), bound_text(emitter, type), size,
                          region_format(region, "%u", layout_plain_align(type->element)),
                          plain_widths(emitter, type->element), NULL);
                return;
        }
        self->list = true;
        page_print(&self->text, "%slist = darq_get_extent(r);\n", indent);
        body_call(self, indent, region_format(region, "%s = ", count), "darq_get_count", "r",
                  bound_text(emitter, type), size, NULL);
        plain_unpack(self, indent, type->element, region_format(region, "%s.data", value), count);
        page_print(&self->text, "%sdarq_get_extent_end(r, list);\n", indent);
}

/* A vec that isn't one of primitives, plain structs or strings gets a function of its own. */
static const char *vec_helper(struct body_page *self, const struct type *type, const char *place,
                              const char *name)
{
        struct emitter *emitter = self->emitter;
        const char *function =
                region_format(emitter->compilation->region, "%s_unpack_%s", self->owner, name);
        struct page helpers = emitter->helpers;
        struct body_page body;

        if (table_add(&emitter->helped, function, (void *)(uintptr_t)type) != NULL)
                return function;
        page_init(&emitter->helpers, emitter->region);
        body_init(&body, emitter, self->owner, self->kind);
        body.counted = self->counted;
        vec_body(&body, type, place);
        page_append(&helpers, emitter->helpers.text, emitter->helpers.size);
        emitter->helpers = helpers;
        body_function(&body, &emitter->helpers,
                      body_signature(&body,
                                     layout_is_small(type->element)
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
                body_call(self, indent, region_format(emitter->region, "%s.data = ", value),
                          "darq_get_strings", "r", bound_text(emitter, type),
                          bound_text(emitter, element),
                          region_format(emitter->region, "&%s.count", value), NULL);
                return;
        }
        if (layout_plain_align(type->element) != 0) {
                plain_vec_unpack(self, indent, type, value);
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
        body_call(self, "", "", "darq_get_array", "r",
                  region_format(emitter->region, "%s.count", value),
                  region_format(emitter->region, "%u", layout_scalar_size(type->element)), NULL);
        if (is_bool(type->element))
                body_call(self, indent, "", "darq_reader_check_bools", "r",
                          region_format(emitter->region, "%s.data", value),
                          region_format(emitter->region, "%s.count", value), NULL);
}

static void array_unpack(struct body_page *self, const char *indent, const struct type *type,
                         const char *value)
{
        struct emitter *emitter = self->emitter;
        const char *count = region_format(emitter->region, "%u", type->limit);

        if (layout_is_primitive(type->element)) {
                body_call(self, indent, "", "darq_get_array_to", "r", value, count,
                          region_format(emitter->region, "%u", layout_scalar_size(type->element)),
                          NULL);
                if (is_bool(type->element))
                        body_call(self, indent, "", "darq_reader_check_bools", "r", value, count,
                                  NULL);
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
                unpack_value(self, indent, declaration->type, c_dotted(emitter, value, "value"),
                             name);
        else if (declaration->kind == DECLARATION_ENUM || declaration->kind == DECLARATION_BITS)
                set_unpack(self, indent, actual, value);
        else
                body_call(self, indent, "",
                          region_format(emitter->region, "%s_unpack", declaration->c_name), "r",
                          c_address(emitter, value), NULL);
}
