/* SPDX-License-Identifier: MIT */
/*
 * Taking of unions that are elements of a vec: a first pass over as many as are as they mostly are.
 *
 * It makes no call, so that the loop keeps in registers where it is; unpack, which stores that in the reader after every
 * value, waits for its own stores. What isn't taken (text that isn't plain or is long, a member that is unknown,
 * anything that is wrong) is for unpack, and the pass goes on behind it. Only for unions of numbers, texts, and structs
 * of numbers.
 */
#include "darqidl/compilation.h"
#include "darqidl/emit_c.h"

#include <string.h>

#include "darqidl/cname.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

/* A struct of numbers that stands in memory otherwise than it is encoded: a function of its own. */
static const char *struct_helper(struct emitter *self, const struct declaration *declaration)
{
        const char *name = region_format(self->compilation->region, "take_%s", declaration->c_name);
        struct page *page = &self->helpers;
        unsigned int offset = 0;

        if (table_add(&self->helped, name, (void *)(uintptr_t)declaration) != NULL)
                return name;
        page_print(page,
                   "static inline const struct %s *%s(struct darq_cursor *c)\n{\n"
                   "        const uint8_t *at = darq_take_member(c, %u);\n"
                   "        struct %s *m;\n\n"
                   "        if (at == NULL)\n                return NULL;\n"
                   "        m = darq_take_memory(c, sizeof *m);\n"
                   "        if (m == NULL)\n                return NULL;\n",
                   declaration->c_name, name, layout_numbers_size(declaration),
                   declaration->c_name);
        for (const struct member *each = declaration->members; each != NULL; each = each->next) {
                unsigned int align = layout_scalar_align(each->type);

                offset = (offset + align - 1) / align * align;
                page_print(page, "        %s = darq_load_%s(at",
                           c_beneath(self, each->type,
                                     region_format(self->region, "m->%s", each->c_name)),
                           c_suffix(layout_beneath(each->type)));
                if (offset != 0)
                        page_print(page, " + %u", offset);
                page_print(page, ");\n");
                offset += layout_scalar_size(each->type);
        }
        page_print(page, "        return m;\n}\n\n");
        return name;
}

/* Bytes of a member that always has as many; 0: it is a text. */
static unsigned int constant_size(const struct type *type)
{
        if (type->actual->kind == TYPE_STRING)
                return 0;
        return c_is_pointer(type) ? layout_numbers_size(type->actual->declaration)
                                  : layout_scalar_size(type);
}

static void struct_take(struct emitter *self, struct page *page, const struct member *member)
{
        unsigned int align = layout_plain_align(member->type);

        page_print(page, "                m->%s = ", member->c_name);
        if (align != 0)
                page_print(page, "darq_take_plain(c, sizeof *m->%s, %u);\n", member->c_name, align);
        else
                page_print(page, "%s(c);\n",
                           struct_helper(self, member->type->actual->declaration));
        page_print(page,
                   "                if (m->%s == NULL)\n                        return false;\n",
                   member->c_name);
}

static void member_take(struct emitter *self, struct page *page, const struct member *member)
{
        const char *value = region_format(self->region, "m->%s", member->c_name);

        if (member->type->actual->kind == TYPE_STRING)
                page_print(page,
                           "                if (!darq_take_text(c, head, %s, &%s))\n"
                           "                        return false;\n",
                           bound_text(self, member->type), value);
        else if (c_is_pointer(member->type))
                struct_take(self, page, member);
        else
                page_print(page, "                %s = darq_load_%s(darq_take_member(c, %u));\n",
                           c_beneath(self, member->type, value),
                           c_suffix(layout_beneath(member->type)),
                           layout_scalar_size(member->type));
}

/* One union: whether it could be taken. */
static void one_print(struct emitter *self, const struct declaration *declaration)
{
        const char *prefix = cname_upper(self->region, declaration->c_name);
        const char *before = "        ";
        struct page_list list;
        struct page page;

        page_init(&page, self->region);
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                const char *which = region_format(self->region, "%s_%s", prefix,
                                                  cname_upper(self->region, member->name.text));
                unsigned int size = constant_size(member->type);

                if (size != 0)
                        page_print(&page, "%sif (head == darq_union_head(%s, %u)) {\n", before,
                                   which, size);
                else
                        page_print(&page, "%sif (head >> 32 == %s) {\n", before, which);
                member_take(self, &page, member);
                before = "        } else ";
        }
        page_print(&self->helpers, "static inline bool take_%s(", declaration->c_name);
        page_list_begin(&list, &self->helpers);
        page_list_add(&list, "struct darq_cursor *c");
        page_list_add(&list, "struct %s *m", declaration->c_name);
        page_list_end(&list, ")\n");
        page_print(&self->helpers,
                   "{\n        uint64_t head = darq_take_union(c);\n\n%s"
                   "        } else {\n                return false;\n        }\n"
                   "        m->which = (enum %s_which)(head >> 32);\n        return true;\n}\n\n",
                   page.text, declaration->c_name);
}

const char *take_helper(struct emitter *self, const struct declaration *declaration)
{
        const char *name =
                region_format(self->compilation->region, "take_each_%s", declaration->c_name);
        struct body_page body;

        if (table_add(&self->helped, name, (void *)(uintptr_t)declaration) != NULL)
                return name;
        one_print(self, declaration);
        body_init(&body, self, declaration->c_name,
                  region_format(self->region, "struct %s", declaration->c_name));
        page_print(&body.text,
                   "        if (r->depth + 2 > DARQ_NESTING_MAX)\n                return 0;\n"
                   "        for (; some < m + count && take_%s(&c, some); some++)\n"
                   "                offset = c.offset;\n"
                   "        r->offset = offset;\n        return (size_t)(some - m);\n",
                   declaration->c_name);
        body_function(&body, &self->helpers,
                      body_signature(&body, "static __attribute__((noinline)) size_t", name,
                                     "size_t count"),
                      region_format(self->region,
                                    "        struct darq_cursor c = darq_cursor_of(r);\n"
                                    "        struct %s *some = m;\n"
                                    "        size_t offset = c.offset;\n",
                                    declaration->c_name));
        return name;
}
