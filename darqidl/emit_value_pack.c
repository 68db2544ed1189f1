/* SPDX-License-Identifier: MIT */
/*
 * Pack of one value, whatever its type: the statements that stand for it in a function's body.
 */
#include "darqidl/compilation.h"
#include "darqidl/emit_c.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

static void loop_pack(struct body_page *self, const char *indent, const struct type *element,
                      const char *data, const char *count)
{
        struct body_page inner = *self;
        const char *deeper = region_format(self->emitter->region, "%s        ", indent);

        page_init(&inner.text, self->emitter->region);
        pack_value(&inner, deeper, element, c_element(self->emitter, data));
        body_loop(self, indent, region_format(self->emitter->region, "i < %s", count),
                  inner.text.text);
}

static void elements_pack(struct body_page *self, const char *indent, const struct type *type,
                          const char *data, const char *count)
{
        const char *bound = bound_text(self->emitter, type);
        bool delimited = layout_is_delimited(type->element);

        self->list |= delimited;
        body_call(self, indent, delimited ? "list = " : "",
                  delimited ? "darq_put_vec" : "darq_put_count", "w", count, bound, NULL);
        if (layout_is_primitive(type->element))
                body_call(self, indent, "", "darq_put_array", "w", data, count,
                          region_format(self->emitter->region, "%u",
                                        layout_scalar_size(type->element)),
                          NULL);
        else
                loop_pack(self, indent, type->element, data, count);
        if (delimited)
                page_print(&self->text, "%sdarq_put_end(w, list);\n", indent);
}

static void array_pack(struct body_page *self, const char *indent, const struct type *type,
                       const char *value)
{
        struct region *region = self->emitter->region;
        const char *count = region_format(region, "%u", type->limit);
        bool delimited = layout_is_delimited(type->element);

        if (layout_is_primitive(type->element)) {
                body_call(self, indent, "", "darq_put_array", "w", value, count,
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
        struct emitter *emitter = self->emitter;
        const char *data = c_dotted(emitter, value, "data");
        const char *count = c_dotted(emitter, value, "count");

        if (layout_plain_align(type->element) != 0)
                body_call(self, indent, "", "darq_put_plain_vec", "w", data, count,
                          bound_text(emitter, type),
                          region_format(emitter->region, "sizeof *%s", data),
                          plain_widths(emitter, type->element), NULL);
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
                body_call(self, indent, "",
                          region_format(emitter->region, "darq_put_%s", c_suffix(actual)), "w",
                          value, NULL);
        else if (actual->kind == TYPE_STRING || actual->kind == TYPE_BYTES)
                body_call(self, indent, "",
                          actual->kind == TYPE_STRING ? "darq_put_string" : "darq_put_bytes", "w",
                          value, bound_text(emitter, actual), NULL);
        else if (actual->kind == TYPE_VEC)
                vec_pack(self, indent, actual, value);
        else if (actual->kind == TYPE_ARRAY)
                array_pack(self, indent, actual, value);
        else if (actual->kind == TYPE_PORT)
                body_call(self, indent, "", "darq_put_port", "w",
                          declaration != NULL ? region_format(emitter->region, "&%s",
                                                              c_dotted(emitter, value, "proxy"))
                                              : c_address(emitter, value),
                          NULL);
        else if (declaration->kind == DECLARATION_NEWTYPE)
                pack_value(self, indent, declaration->type, c_dotted(emitter, value, "value"));
        else if (declaration->kind == DECLARATION_ENUM || declaration->kind == DECLARATION_BITS)
                set_pack(self, indent, actual, value);
        else
                body_call(self, indent, "",
                          region_format(emitter->region, "%s_pack", declaration->c_name), "w",
                          c_address(emitter, value), NULL);
}
