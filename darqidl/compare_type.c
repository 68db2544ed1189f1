/* SPDX-License-Identifier: MIT */
/*
 * Two types that stand in the same place: a member's, a parameter's, an element's.
 *
 * Aliases are seen through, but where both are written by one alias the alias is compared, once for all its users. Two
 * different types of one kind are compared as if one had become the other: what matters is what stands in messages.
 */
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/page.h"
#include "darqidl/region.h"

static bool is_alias(const struct type *type)
{
        return type->kind == TYPE_NAMED && type->declaration->kind == DECLARATION_ALIAS;
}

static bool is_newtype(const struct type *actual)
{
        return actual->kind == TYPE_NAMED && actual->declaration->kind == DECLARATION_NEWTYPE;
}

/* texts */

static void type_print(const struct comparison *self, struct page *page, const struct type *type)
{
        static const char *const names[] = {
                [TYPE_BOOL] = "bool",   [TYPE_U8] = "u8",    [TYPE_U16] = "u16",
                [TYPE_U32] = "u32",     [TYPE_U64] = "u64",  [TYPE_I8] = "i8",
                [TYPE_I16] = "i16",     [TYPE_I32] = "i32",  [TYPE_I64] = "i64",
                [TYPE_F32] = "f32",     [TYPE_F64] = "f64",  [TYPE_STRING] = "string",
                [TYPE_BYTES] = "bytes", [TYPE_VEC] = "vec<", [TYPE_ARRAY] = "array<",
                [TYPE_PORT] = "port",
        };
        const struct type *actual = type->actual;

        if (actual->kind == TYPE_NAMED) {
                page_print(page, "%s", told_name(self, actual->declaration));
                return;
        }
        page_print(page, "%s", names[actual->kind]);
        if (actual->kind == TYPE_PORT && actual->declaration != NULL)
                page_print(page, "<%s>", told_name(self, actual->declaration));
        if (actual->element != NULL) {
                type_print(self, page, actual->element);
                if (actual->limit != 0)
                        page_print(page, ", %u", actual->limit);
                page_print(page, ">");
        } else if (actual->limit != 0) {
                page_print(page, "<%u>", actual->limit);
        }
}

const char *type_text(const struct comparison *self, const struct type *type)
{
        struct page page;

        page_init(&page, self->region);
        type_print(self, &page, type);
        return page.text;
}

static void told(struct comparison *self, enum rule rule, const char *subject,
                 const struct type *old, const struct type *type)
{
        change_add(self, rule, old->at, type->at, "%s is %s, was %s", subject,
                   type_text(self, type), type_text(self, old));
}

/* Bits are held in the integer that they are told to be in C. */
static enum type_kind kind_in_c(const struct type *type)
{
        const struct type *actual = type->actual;

        if (actual->kind != TYPE_NAMED || actual->declaration->kind != DECLARATION_BITS)
                return actual->kind;
        return actual->declaration->type->actual->kind == TYPE_U64 ? TYPE_U64 : TYPE_U32;
}

static void kinds_differ(struct comparison *self, const char *subject, const struct type *old,
                         const struct type *type)
{
        bool kept = kind_in_c(old) == kind_in_c(type) && kind_in_c(type) != TYPE_NAMED;

        told(self, kept ? RULE_TYPE_CHANGED_C_KEPT : RULE_TYPE_CHANGED, subject, old, type);
}

/* bounds */

static void bounds_compare(struct comparison *self, const char *subject, const struct type *old,
                           const struct type *type)
{
        uint32_t before = old->actual->limit;
        uint32_t after = type->actual->limit;

        if (before == after)
                return;
        if (type->actual->kind == TYPE_ARRAY)
                told(self, RULE_LENGTH_CHANGED, subject, old, type);
        else if (after == 0 || (before != 0 && before < after))
                told(self, RULE_BOUND_GROWS, subject, old, type);
        else
                told(self, RULE_BOUND_SHRINKS, subject, old, type);
}

/* ports */

/* Whether every port of an interface serves another one too. wanted is of the other version. */
static bool serves(const struct declaration *interface, const struct declaration *wanted)
{
        if (wanted == NULL)
                return true;
        if (interface == NULL)
                return false;
        if (interface->interface_id == wanted->interface_id)
                return true;
        for (size_t i = 0; i < interface->ancestor_count; i++)
                if (interface->ancestors[i]->interface_id == wanted->interface_id)
                        return true;
        return false;
}

static void ports_compare(struct comparison *self, const char *subject, const struct type *old,
                          const struct type *type)
{
        const struct declaration *before = old->actual->declaration;
        const struct declaration *after = type->actual->declaration;

        if (before == after)
                return;
        if (before != NULL && after != NULL && new_version_of(self, before) == after)
                versions_use(self, before, after);
        else if (serves(after, before))
                told(self, RULE_PORT_NARROWED, subject, old, type);
        else if (serves(before, after))
                told(self, RULE_PORT_WIDENED, subject, old, type);
        else
                told(self, RULE_PORT_CHANGED, subject, old, type);
}

/* named types */

static void declarations_compare(struct comparison *self, const char *subject,
                                 const struct type *old, const struct type *type)
{
        const struct declaration *before = old->actual->declaration;
        const struct declaration *after = type->actual->declaration;

        if (new_version_of(self, before) == after) {
                versions_use(self, before, after);
                return;
        }
        if (before->kind != after->kind) {
                kinds_differ(self, subject, old, type);
                return;
        }
        if (!versions_join(self, before, after))
                told(self, RULE_TYPE_REPLACED, subject, old, type);
        versions_use(self, before, after);
}

static const struct type *beneath(const struct type *type)
{
        while (is_newtype(type->actual))
                type = type->actual->declaration->type;
        return type;
}

void compare_types(struct comparison *self, const char *subject, const struct type *old,
                   const struct type *type)
{
        bool both_newtypes = is_newtype(old->actual) && is_newtype(type->actual);

        if (is_alias(old) && is_alias(type) &&
            new_version_of(self, old->declaration) == type->declaration) {
                versions_use(self, old->declaration, type->declaration);
                return;
        }
        if (!both_newtypes && is_newtype(old->actual) != is_newtype(type->actual) &&
            beneath(old)->actual->kind == beneath(type)->actual->kind) {
                told(self, RULE_NEWTYPE_CHANGED, subject, old, type);
                old = beneath(old);
                type = beneath(type);
        }
        if (old->actual->kind != type->actual->kind) {
                kinds_differ(self, subject, old, type);
                return;
        }
        if (type->actual->kind == TYPE_NAMED) {
                declarations_compare(self, subject, old, type);
                return;
        }
        if (type->actual->kind == TYPE_PORT)
                ports_compare(self, subject, old, type);
        bounds_compare(self, subject, old, type);
        if (type->actual->element != NULL)
                compare_types(self, region_format(self->region, "an element of %s", subject),
                              old->actual->element, type->actual->element);
}
