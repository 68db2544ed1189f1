/* SPDX-License-Identifier: MIT */
/*
 * Unpacking of structs, tables, unions, newtypes and parameter lists: the mirror of emit_pack.c, with what a reader must
 * bear: members that an older writer didn't know and those that a newer one added, and table members in any order.
 *
 * What lends its lists has next to nothing to do, less than a call takes: it stands in the header, to be inlined.
 */
#include "darqidl/emit_c.h"

#include <string.h>

#include "darqidl/cname.h"
#include "darqidl/compilation.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

/* Helpers for what is held by pointer */

static const char *pointee_helper(struct emitter *self, const struct type *type)
{
        const struct declaration *declaration = type->actual->declaration;
        const char *name =
                region_format(self->compilation->region, "unpack_%s", declaration->c_name);

        if (table_add(&self->helped, name, (void *)(uintptr_t)declaration) != NULL)
                return name;
        page_print(&self->helpers,
                   "static const struct %s *%s(struct darq_reader *r)\n{\n"
                   "        struct %s *m = darq_reader_alloc(r, 1, sizeof *m);\n\n"
                   "        if (m != NULL)\n                %s_unpack(r, m);\n"
                   "        return m;\n}\n\n",
                   declaration->c_name, name, declaration->c_name, declaration->c_name);
        return name;
}

static const char *array_helper(struct body_page *self, const struct member *member)
{
        struct emitter *emitter = self->emitter;
        const struct type *array = member->type->actual;
        const char *name = region_format(emitter->compilation->region, "%s_unpack_%s", self->owner,
                                         member->name.text);
        struct page helpers = emitter->helpers;
        struct body_page body;

        if (table_add(&emitter->helped, name, (void *)(uintptr_t)member) != NULL)
                return name;
        page_init(&emitter->helpers, emitter->region);
        body_init(&body, emitter, self->owner, self->kind);
        body.counted = self->counted;
        unpack_value(&body, "        ", member->type, "data", member->name.text);
        page_append(&helpers, emitter->helpers.text, emitter->helpers.size);
        page_print(&helpers,
                   "%s\n{\n"
                   "        %s *data = darq_reader_alloc(r, %u, sizeof *data);\n%s\n"
                   "        if (data == NULL)\n                return;\n%s        m->%s = "
                   "data;\n}\n\n",
                   body_signature(&body, "static void", name, NULL),
                   c_type(emitter, array->element), array->limit,
                   body.list ? "        size_t list;\n" : "", body.text.text, member->c_name);
        emitter->helpers = helpers;
        return name;
}

void present_unpack(struct body_page *self, const char *indent, const struct member *member,
                    bool may_be_absent)
{
        struct region *region = self->emitter->region;
        const char *value = region_format(region, "m->%s", member->c_name);

        if (!may_be_absent || !c_is_pointer(member->type))
                unpack_value(self, indent, member->type, value, member->name.text);
        else if (member->type->actual->kind == TYPE_ARRAY)
                page_print(&self->text, "%s%s(r, m);\n", indent, array_helper(self, member));
        else if (layout_is_plain_anywhere(member->type))
                plain_unpack(self, indent, member->type, value, "1");
        else
                page_print(&self->text, "%s%s = %s(r);\n", indent, value,
                           pointee_helper(self->emitter, member->type));
}

static void run_unpack(struct body_page *self, const struct member *first, const struct member *end,
                       unsigned int size)
{
        struct region *region = self->emitter->region;
        unsigned int offset = 0;

        self->at = true;
        page_print(&self->text,
                   "        at = darq_get_run(r, %u, %u);\n        if (at != NULL) {\n",
                   layout_scalar_align(first->type), size);
        for (const struct member *member = first; member != end; member = member->next) {
                unsigned int align = layout_scalar_align(member->type);
                const char *value = c_beneath(self->emitter, member->type,
                                              region_format(region, "m->%s", member->c_name));
                const char *suffix = c_suffix(layout_beneath(member->type));

                offset = (offset + align - 1) / align * align;
                page_print(&self->text, "                %s = darq_load_%s(%sat", value, suffix,
                           strcmp(suffix, "bool") == 0 ? "r, " : "");
                if (offset != 0)
                        page_print(&self->text, " + %u", offset);
                page_print(&self->text, ");\n");
                offset += layout_scalar_size(member->type);
        }
        page_print(&self->text, "        }\n");
}

/* members */

/* What a member reads as while it is absent. */
static void absent_set(struct body_page *self, const struct type *type, const char *value)
{
        struct emitter *emitter = self->emitter;
        const struct type *actual = type->actual;
        const struct declaration *declaration = actual->declaration;
        const char *zero = "0";

        if (c_is_pointer(type)) {
                zero = "NULL";
        } else if (actual->kind == TYPE_STRING) {
                zero = "DARQ_STR(\"\")";
        } else if (actual->kind == TYPE_BYTES) {
                zero = "(struct darq_bytes){0}";
        } else if (actual->kind == TYPE_BOOL) {
                zero = "false";
        } else if (actual->kind == TYPE_PORT) {
                zero = region_format(emitter->region, "(%s){0}", c_type(emitter, actual));
        } else if (actual->kind == TYPE_VEC) {
                page_print(&self->text, "        %s.data = NULL;\n", value);
                value = region_format(emitter->region, "%s.count", value);
        } else if (actual->kind == TYPE_NAMED && declaration->kind == DECLARATION_NEWTYPE) {
                absent_set(self, declaration->type,
                           region_format(emitter->region, "%s.value", value));
                return;
        } else if (actual->kind == TYPE_NAMED && declaration->kind == DECLARATION_ENUM) {
                zero = region_format(emitter->region, "(enum %s)0", declaration->c_name);
        }
        page_print(&self->text, "        %s = %s;\n", value, zero);
}

static void absent_clear(struct body_page *self, const struct member *members)
{
        for (const struct member *member = members; member != NULL; member = member->next)
                if (member->type->optional)
                        absent_set(self, member->type,
                                   region_format(self->emitter->region, "m->%s", member->c_name));
}

static void optional_unpack(struct body_page *self, const struct member *member, bool list)
{
        struct region *region = self->emitter->region;
        const char *has = c_is_pointer(member->type)
                                  ? "has"
                                  : region_format(region, "m->has_%s", member->name.text);

        self->has |= c_is_pointer(member->type);
        page_print(&self->text, "        %s = %sdarq_get_bool(r);\n        if (%s)", has,
                   list ? "darq_get_more(r) && " : "", has);
        page_print(&self->text, " {\n");
        present_unpack(self, "                ", member, true);
        page_print(&self->text, "        }\n");
}

static void default_unpack(struct body_page *self, const struct member *member)
{
        struct emitter *emitter = self->emitter;
        const char *text = c_constant(emitter, member->type, member->default_constant);

        if (member->type->actual->kind == TYPE_STRING)
                text = region_format(emitter->region, "DARQ_STR(%s)", text);
        page_print(&self->text, "        m->has_%s = true;\n        if (darq_get_more(r)) {\n",
                   member->name.text);
        present_unpack(self, "                ", member, false);
        page_print(&self->text, "        } else {\n                m->%s = %s;\n        }\n",
                   member->c_name, text);
}

static void unpack_members(struct body_page *self, const struct member *members, bool list)
{
        absent_clear(self, members);
        for (const struct member *member = members; member != NULL;) {
                unsigned int size;
                const struct member *end;

                if (layout_run(member, &end, &size)) {
                        run_unpack(self, member, end, size);
                        member = end;
                        continue;
                }
                if (member->type->optional)
                        optional_unpack(self, member, list);
                else if (member->default_value != NULL)
                        default_unpack(self, member);
                else
                        present_unpack(self, "        ", member, false);
                member = member->next;
        }
}

static void union_unpack(struct body_page *self, const struct declaration *declaration)
{
        struct emitter *emitter = self->emitter;
        const char *prefix = cname_upper(emitter->region, declaration->c_name);

        self->end |= !declaration->strict;
        page_print(&self->text,
                   "        m->which = (enum %s_which)%s;\n        switch (m->which) {\n",
                   declaration->c_name,
                   declaration->strict ? "darq_get_u32(r)" : "darq_get_union(r, &end)");
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                page_print(&self->text, "        case %s_%s:\n", prefix,
                           cname_upper(emitter->region, member->name.text));
                present_unpack(self, "                ", member, true);
                page_print(&self->text, "                break;\n");
        }
        if (declaration->strict)
                page_print(&self->text, "        default:\n                darq_reader_fail(r, "
                                        "\"not a member of the "
                                        "union\");\n                break;\n        }\n");
        else
                page_print(
                        &self->text,
                        "        default:\n                m->unknown = darq_get_rest_of(r, end);\n"
                        "                break;\n        }\n        darq_get_extent_end(r, "
                        "end);\n");
}

/* Whether the first that is read is a vec of plain structs, which looks at the depth for what it is in, too. */
static bool begins_plain(const struct declaration *declaration)
{
        const struct member *first = declaration->members;

        return declaration->kind == DECLARATION_STRUCT && first != NULL && !first->type->optional &&
               layout_is_plain_vec(first->type);
}

static void declaration_unpack(struct emitter *self, const struct declaration *declaration)
{
        bool counted = declaration->kind != DECLARATION_NEWTYPE;
        bool last = counted && layout_is_innermost(declaration);
        struct body_page body;

        if (layout_is_view(declaration))
                return;
        body_init(&body, self, declaration->c_name,
                  region_format(self->region, "struct %s", declaration->c_name));
        body.counted = counted && !last;
        if (counted && !(last && begins_plain(declaration)))
                page_print(&body.text, "        darq_reader_enter%s(r);\n", last ? "_last" : "");
        if (declaration->kind == DECLARATION_STRUCT)
                unpack_members(&body, declaration->members, false);
        else if (declaration->kind == DECLARATION_TABLE)
                unpack_table(&body, declaration);
        else if (declaration->kind == DECLARATION_UNION)
                union_unpack(&body, declaration);
        else
                unpack_value(&body, "        ", declaration->type, "m->value", "value");
        if (counted && !last)
                page_print(&body.text, "        darq_reader_leave(r);\n");
        /* A text that is alone there is read without a call. */
        body_finish(
                &body,
                body_signature(&body,
                               layout_has_one_text(declaration) ? "__attribute__((flatten)) void"
                                                                : "void",
                               region_format(self->region, "%s_unpack", declaration->c_name), NULL),
                declaration->kind == DECLARATION_TABLE ? "        struct darq_scope value;\n" : "");
}

void emit_unpacks(struct emitter *self)
{
        emit_each(self, EMIT_CODEC, declaration_unpack);
}

/* Without runs, which leave their members alone where the message ends early: compilers see that where this is inlined. */
static void view_unpack(struct emitter *self, const struct declaration *declaration)
{
        const char *name = region_format(self->region, "%s_unpack", declaration->c_name);
        struct body_page body;

        if (!layout_is_view(declaration))
                return;
        body_init(&body, self, declaration->c_name,
                  region_format(self->region, "struct %s", declaration->c_name));
        if (!begins_plain(declaration))
                page_print(&body.text, "        darq_reader_enter_last(r);\n");
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                present_unpack(&body, "        ", member, false);
        body_function(&body, &self->header, body_signature(&body, "static inline void", name, NULL),
                      "");
}

void emit_unpack_views(struct emitter *self)
{
        emit_each(self, 1u << DECLARATION_STRUCT, view_unpack);
}

void emit_unpack_list(struct emitter *self, const char *function, const char *kind,
                      const struct member *members)
{
        struct body_page body;

        body_init(&body, self, function, kind);
        page_print(&body.text, "        if (m == NULL)\n                return NULL;\n");
        unpack_members(&body, members, true);
        page_print(&body.text, "        return darq_get_list_end(r, m);\n");
        body_finish(&body,
                    region_format(self->region,
                                  "static const void *%s_unpack(struct darq_reader *r)", function),
                    region_format(self->region, "        %s *m = darq_get_list(r, sizeof *m);\n",
                                  kind));
}
