/* SPDX-License-Identifier: MIT */
/*
 * Packing of structs, tables, unions, newtypes and parameter lists.
 *
 * Members that are plain numbers and stand together make a run: its room is asked for once, and each is stored at a
 * constant offset. A run goes on as long as no member wants more alignment than its first, so that every offset is known.
 */
#include "darqidl/emit_c.h"

#include <string.h>

#include "darqidl/cname.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

static const char *member_value(struct emitter *self, const struct member *member)
{
        return region_format(self->region, "m->%s", member->c_name);
}

static const char *not_zero(struct emitter *self, const struct type *type, const char *value)
{
        const struct type *actual = type->actual;

        if (c_is_pointer(actual))
                return region_format(self->region, "%s != NULL", value);
        switch (actual->kind) {
        case TYPE_BOOL:
                return value;
        case TYPE_STRING:
        case TYPE_BYTES:
                return region_format(self->region, "%s.size != 0", value);
        case TYPE_VEC:
                return region_format(self->region, "%s.count != 0", value);
        case TYPE_PORT:
                return region_format(self->region, "%s%s.port != 0", value,
                                     actual->declaration != NULL ? ".proxy" : "");
        default:
                break;
        }
        if (actual->kind == TYPE_NAMED && actual->declaration->kind == DECLARATION_NEWTYPE)
                return not_zero(self, actual->declaration->type,
                                region_format(self->region, "%s.value", value));
        return region_format(self->region, "%s != 0", value);
}

const char *presence(struct emitter *self, const struct member *member)
{
        const char *value = not_zero(self, member->type, member_value(self, member));

        if (c_is_pointer(member->type))
                return value;
        return region_format(self->region, "m->has_%s || %s", member->name.text, value);
}

static void run_pack(struct body_page *self, const struct member *first, const struct member *end,
                     unsigned int size)
{
        unsigned int offset = 0;

        self->at = true;
        page_print(&self->text,
                   "        at = darq_put_run(w, %u, %u);\n        if (at != NULL) {\n",
                   layout_scalar_align(first->type), size);
        for (const struct member *member = first; member != end; member = member->next) {
                unsigned int align = layout_scalar_align(member->type);
                unsigned int gap = (align - offset % align) % align;

                if (gap != 0)
                        page_print(&self->text, "                memset(at + %u, 0, %u);\n", offset,
                                   gap);
                offset += gap;
                page_print(&self->text, "                darq_store_%s(at",
                           c_suffix(layout_beneath(member->type)));
                if (offset != 0)
                        page_print(&self->text, " + %u", offset);
                page_print(&self->text, ", %s);\n",
                           c_beneath(self->emitter, member->type,
                                     member_value(self->emitter, member)));
                offset += layout_scalar_size(member->type);
        }
        page_print(&self->text, "        }\n");
}

/* members */

static bool default_is_zero(const struct constant *constant)
{
        switch (constant->kind) {
        case CONSTANT_STRING:
                return constant->size == 0;
        case CONSTANT_FLOAT:
                return constant->real == 0;
        default:
                return constant->integer == 0;
        }
}

static const char *default_text(struct emitter *self, const struct member *member)
{
        const char *text = c_constant(self, member->type, member->default_constant);
        const struct type *actual = member->type->actual;

        if (actual->kind == TYPE_STRING)
                return region_format(self->region, "DARQ_STR(%s)", text);
        if (actual->kind < TYPE_STRING && layout_scalar_size(actual) < 4 &&
            actual->kind != TYPE_BOOL)
                return region_format(self->region, "(%s)%s", c_type(self, actual), text);
        return text;
}

/* A default is known to fit: it is put as it is. */
static void constant_pack(struct body_page *self, const char *indent, const struct member *member)
{
        const struct type *actual = member->type->actual;
        const char *text = default_text(self->emitter, member);

        if (actual->kind == TYPE_NAMED)
                page_print(&self->text, "%sdarq_put_%s(w, %s);\n", indent, c_suffix(actual), text);
        else
                pack_value(self, indent, member->type, text);
}

static void default_pack(struct body_page *self, const struct member *member)
{
        const char *value = member_value(self->emitter, member);

        if (default_is_zero(member->default_constant)) {
                pack_value(self, "        ", member->type, value);
                return;
        }
        page_print(&self->text, "        if (%s) {\n", presence(self->emitter, member));
        pack_value(self, "                ", member->type, value);
        page_print(&self->text, "        } else {\n");
        constant_pack(self, "                ", member);
        page_print(&self->text, "        }\n");
}

static const char *held_value(struct emitter *self, const struct member *member)
{
        const struct type *actual = member->type->actual;
        const char *value = member_value(self, member);

        return c_is_pointer(actual) && actual->kind != TYPE_ARRAY
                       ? region_format(self->region, "*%s", value)
                       : value;
}

static void optional_pack(struct body_page *self, const struct member *member)
{
        self->has = true;
        page_print(&self->text,
                   "        has = %s;\n        darq_put_bool(w, has);\n        if (has) {\n",
                   presence(self->emitter, member));
        pack_value(self, "                ", member->type, held_value(self->emitter, member));
        page_print(&self->text, "        }\n");
}

static void pack_members(struct body_page *self, const struct member *members)
{
        for (const struct member *member = members; member != NULL;) {
                unsigned int size;
                const struct member *end;

                if (layout_run(member, &end, &size)) {
                        run_pack(self, member, end, size);
                        member = end;
                        continue;
                }
                if (member->type->optional)
                        optional_pack(self, member);
                else if (member->default_value != NULL)
                        default_pack(self, member);
                else
                        pack_value(self, "        ", member->type,
                                   member_value(self->emitter, member));
                member = member->next;
        }
}

static void table_member_pack(struct body_page *self, const struct member *member)
{
        unsigned int code = layout_member_code(member->type);

        page_print(&self->text, "        if (%s) {\n", presence(self->emitter, member));
        if (code == 4) {
                self->member = true;
                page_print(&self->text,
                           "                member = darq_put_member_begin(w, %lld);\n",
                           (long long)member->number);
        } else {
                page_print(&self->text, "                darq_put_member(w, %u, %lld);\n", code,
                           (long long)member->number);
        }
        pack_value(self, "                ", member->type, held_value(self->emitter, member));
        page_print(&self->text, "%s        }\n",
                   code == 4 ? "                darq_put_end(w, member);\n" : "");
}

static void table_pack(struct body_page *self, const struct declaration *table)
{
        size_t count;
        const struct member **members = layout_by_number(self->emitter->region, table, &count);

        for (size_t i = 0; i < count; i++)
                table_member_pack(self, members[i]);
}

static void union_pack(struct body_page *self, const struct declaration *declaration)
{
        struct emitter *emitter = self->emitter;
        const char *prefix = cname_upper(emitter->region, declaration->c_name);

        page_print(&self->text, "        %s(w, (uint32_t)m->which);\n        switch (m->which) {\n",
                   declaration->strict ? "darq_put_u32" : "value = darq_put_union");
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                bool pointer = c_is_pointer(member->type);

                page_print(&self->text, "        case %s_%s:\n", prefix,
                           cname_upper(emitter->region, member->name.text));
                if (pointer)
                        page_print(&self->text,
                                   "                if (m->%s == NULL) {\n"
                                   "                        darq_writer_fail(w, DARQ_E_INVALID, "
                                   "\"a union's member is "
                                   "missing\");\n"
                                   "                        break;\n                }\n",
                                   member->c_name);
                pack_value(self, "                ", member->type, held_value(emitter, member));
                page_print(&self->text, "                break;\n");
        }
        page_print(&self->text, "        default:\n"
                                "                darq_writer_fail(w, DARQ_E_INVALID, \"which names "
                                "no member of the union\");\n"
                                "                break;\n        }\n");
}

static const char *pack_signature(struct emitter *self, const struct declaration *declaration)
{
        struct page page;
        struct page_list list;

        page_init(&page, self->region);
        page_print(&page, "void %s_pack(", declaration->c_name);
        page_list_begin(&list, &page);
        page_list_add(&list, "struct darq_writer *w");
        page_list_add(&list, "const struct %s *m", declaration->c_name);
        page_list_end(&list, ")");
        return page.text;
}

static void declaration_pack(struct emitter *self, const struct declaration *declaration)
{
        const char *kind = region_format(self->region, "struct %s", declaration->c_name);
        bool delimited = declaration->kind == DECLARATION_TABLE ||
                         (declaration->kind == DECLARATION_UNION && !declaration->strict);
        bool counted = declaration->kind != DECLARATION_NEWTYPE;
        struct body_page body;

        body_init(&body, self, declaration->c_name, kind);
        if (counted)
                page_print(&body.text,
                           "        if (!darq_writer_enter(w))\n                return;\n");
        if (declaration->kind == DECLARATION_TABLE)
                page_print(&body.text, "        value = darq_put_begin(w);\n");
        if (declaration->kind == DECLARATION_STRUCT)
                pack_members(&body, declaration->members);
        else if (declaration->kind == DECLARATION_TABLE)
                table_pack(&body, declaration);
        else if (declaration->kind == DECLARATION_UNION)
                union_pack(&body, declaration);
        else
                pack_value(&body, "        ", declaration->type, "m->value");
        if (delimited)
                page_print(&body.text, "        darq_put_end(w, value);\n");
        if (counted)
                page_print(&body.text, "        darq_writer_leave(w);\n");
        if (declaration->members == NULL && declaration->kind == DECLARATION_TABLE)
                page_print(&body.text, "        (void)m;\n");
        body_finish(&body, pack_signature(self, declaration),
                    delimited ? "        size_t value;\n" : "");
}

void emit_packs(struct emitter *self)
{
        emit_each(self, EMIT_CODEC, declaration_pack);
}

/* Where all may be left out the whole may be NULL: code from before such a list had members says so. */
static const char *list_head(struct emitter *self, const char *kind, const struct member *members)
{
        const char *body = "        size_t body = darq_put_begin(w);\n";

        if (!members->type->optional && members->default_value == NULL)
                return region_format(self->region, "        const %s *m = value;\n%s", kind, body);
        return region_format(self->region,
                             "        static const %s none = {0};\n"
                             "        const %s *m = value != NULL ? value : &none;\n%s",
                             kind, kind, body);
}

void emit_pack_list(struct emitter *self, const char *function, const char *kind,
                    const struct member *members)
{
        struct body_page body;

        body_init(&body, self, function, kind);
        pack_members(&body, members);
        page_print(&body.text, "        darq_put_end(w, body);\n");
        body_finish(&body,
                    region_format(self->region,
                                  "static void %s_pack(struct darq_writer *w, const void *value)",
                                  function),
                    list_head(self, kind, members));
}
