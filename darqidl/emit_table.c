/* SPDX-License-Identifier: MIT */
/*
 * Unpacking of tables.
 *
 * Members are first looked for where every writer puts them, by rising number and with the length code that we would write:
 * a straight line, in which each costs a comparison. Only where something else comes (another order, a member that is
 * unknown or given twice, another code) a loop over what is left takes over, in a function of its own.
 */
#include "darqidl/emit_c.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

/* "has_x", or NULL for what is held by pointer. */
static const char *flag(struct emitter *self, const struct member *member)
{
        return c_is_pointer(member->type)
                       ? NULL
                       : region_format(self->region, "has_%s", member->name.text);
}

static void member_set(struct body_page *self, const char *indent, const struct member *member)
{
        const char *has = flag(self->emitter, member);

        if (has != NULL)
                page_print(&self->text, "%sm->%s = true;\n", indent, has);
}

/* A number, whose place is known when its header is. */
static void fixed_unpack(struct body_page *self, const struct member *member, unsigned int code)
{
        const char *suffix = c_suffix(layout_beneath(member->type));
        const char *value =
                c_beneath(self->emitter, member->type,
                          region_format(self->emitter->region, "m->%s", member->c_name));

        self->at = true;
        page_print(
                &self->text,
                "        at = darq_get_fixed(r, &header, %u, %lld);\n        if (at != NULL) {\n",
                code, (long long)member->number);
        member_set(self, "                ", member);
        page_print(&self->text, "                %s = darq_load_%s(%sat);\n        }\n", value,
                   suffix, layout_beneath(member->type)->kind == TYPE_BOOL ? "r, " : "");
}

static void expected_unpack(struct body_page *self, const struct member *member)
{
        unsigned int code = layout_member_code(member->type);

        if (code < 4 && layout_is_primitive(member->type)) {
                fixed_unpack(self, member, code);
                return;
        }
        page_print(&self->text, "        if (darq_get_expected(r, header, %u, %lld)) {\n", code,
                   (long long)member->number);
        member_set(self, "                ", member);
        if (code == 4) {
                self->end = true;
                page_print(&self->text, "                end = darq_get_extent(r);\n");
        }
        present_unpack(self, "                ", member, true);
        if (code == 4)
                page_print(&self->text, "                darq_get_extent_end(r, end);\n");
        page_print(&self->text, "                header = darq_get_header(r);\n        }\n");
}

static void case_print(struct body_page *self, const struct member *member)
{
        const char *has = flag(self->emitter, member);

        page_print(&self->text,
                   "                case %lld:\n                        if (m->%s%s)\n",
                   (long long)member->number, has != NULL ? has : member->c_name,
                   has != NULL ? "" : " != NULL");
        page_print(&self->text,
                   "                                darq_reader_fail(r, \"%s is given twice\");\n",
                   member->name.text);
        member_set(self, "                        ", member);
        present_unpack(self, "                        ", member, true);
        page_print(&self->text, "                        break;\n");
}

/* The loop that takes whatever comes; its name. */
static const char *others_helper(struct body_page *self, const struct declaration *table)
{
        struct emitter *emitter = self->emitter;
        const char *name = region_format(emitter->region, "unpack_others_of_%s", self->owner);
        struct body_page body;

        body_init(&body, emitter, self->owner, self->kind);
        body.counted = self->counted;
        page_print(&body.text, "        while (darq_get_member(r, &value)) {\n"
                               "                switch (value.id) {\n");
        for (const struct member *member = table->members; member != NULL; member = member->next)
                case_print(&body, member);
        page_print(
                &body.text,
                "                default:\n                        darq_get_unknown(r, &value);\n"
                "                        break;\n                }\n        }\n");
        body_function(&body, &emitter->helpers,
                      body_signature(&body, "static void", name, "struct darq_scope value"), "");
        return name;
}

void unpack_table(struct body_page *self, const struct declaration *table)
{
        size_t count;
        const struct member **members = layout_by_number(self->emitter->region, table, &count);

        page_print(&self->text, "        value = darq_get_begin(r);\n"
                                "        darq_clear(m, sizeof *m);\n");
        for (const struct member *member = table->members; member != NULL; member = member->next)
                if (member->type->actual->kind == TYPE_STRING)
                        page_print(&self->text, "        m->%s = DARQ_STR(\"\");\n",
                                   member->c_name);
        if (count == 0) {
                page_print(&self->text, "        while (darq_get_member(r, &value))\n"
                                        "                darq_get_unknown(r, &value);\n"
                                        "        darq_get_end(r, &value);\n");
                return;
        }
        self->header = true;
        page_print(&self->text, "        header = darq_get_header(r);\n");
        for (size_t i = 0; i < count; i++)
                expected_unpack(self, members[i]);
        page_print(&self->text,
                   "        if (darq_get_more(r))\n                %s(r, m, value);\n"
                   "        darq_get_end(r, &value);\n",
                   others_helper(self, table));
}
