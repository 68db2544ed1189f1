/* SPDX-License-Identifier: MIT */
/*
 * Types: what may stand where, and that every value comes to an end.
 */
#include <string.h>

#include "darqidl/check.h"
#include "darqidl/codes.h"
#include "darqidl/compilation.h"

static bool is_sequence(const struct type *type)
{
        return type->kind == TYPE_VEC || type->kind == TYPE_ARRAY;
}

/* Whether a '?' stands inside a type, where it may not: in elements, or behind an alias. */
static void optional_check(struct compilation *self, const struct type *type, bool allowed)
{
        if (type->optional && !allowed)
                diagnose(&self->diagnostics, DI_MISPLACED_OPTIONAL, type->at,
                         "'?' stands directly on parameters and members of structs only");
        if (type->element != NULL)
                optional_check(self, type->element, false);
}

static void nesting_check(struct compilation *self, const struct type *type)
{
        for (; type->element != NULL; type = type->element) {
                if (!is_sequence(type->element->actual))
                        continue;
                diagnose(&self->diagnostics, DI_NESTED_VEC, type->element->at,
                         "a vec or array can't stand directly inside another");
                diagnose_help(&self->diagnostics, "put a struct between");
                return;
        }
}

static void type_check(struct compilation *self, const struct type *type, bool optional_allowed)
{
        optional_check(self, type, optional_allowed);
        nesting_check(self, type);
}

/* Whether a type, or what it contains, has ports. Deep enough for any type: the answer is remembered nowhere. */
static bool has_ports(const struct type *type, unsigned int depth)
{
        const struct type *actual = type->actual;

        if (actual->element != NULL)
                return has_ports(actual->element, depth);
        if (actual->kind == TYPE_PORT)
                return true;
        if (actual->kind != TYPE_NAMED || depth == 0)
                return false;
        for (const struct member *member = actual->declaration->members; member != NULL; member = member->next)
                if (member->type != NULL && has_ports(member->type, depth - 1))
                        return true;
        return false;
}

static void items_check(struct compilation *self, const struct member *items)
{
        enum { DEPTH = 8 };

        for (const struct member *item = items; item != NULL; item = item->next)
                if (has_ports(item->type, DEPTH))
                        diagnose(&self->diagnostics, DI_PORT_IN_STREAM, item->type->at,
                                 "items of a stream carry no ports");
}

static void parameters_check(struct compilation *self, const struct parameters *parameters)
{
        for (const struct member *each = parameters->members; each != NULL; each = each->next)
                type_check(self, each->type, true);
        for (const struct member *each = parameters->items; each != NULL; each = each->next)
                type_check(self, each->type, true);
        items_check(self, parameters->items);
}

static void newtype_check(struct compilation *self, const struct declaration *declaration)
{
        const struct type *actual = declaration->type->actual;

        if (actual->kind > TYPE_BYTES || declaration->type->optional)
                diagnose(&self->diagnostics, DI_BAD_TYPE, declaration->type->at,
                         "a newtype is made of a scalar, string or bytes");
}

/* What a struct's value always contains: members that are neither optional nor in a vec. */
static const struct declaration *contained(const struct member *member)
{
        const struct type *actual = member->type->actual;

        if (member->type->optional || actual->optional || actual->kind == TYPE_VEC)
                return NULL;
        if (actual->kind == TYPE_ARRAY)
                actual = actual->element->actual;
        return actual->kind == TYPE_NAMED && actual->declaration->kind == DECLARATION_STRUCT ? actual->declaration
                                                                                             : NULL;
}

static bool struct_ends(struct compilation *self, struct declaration *declaration, unsigned int depth)
{
        enum { DEPTH_MAX = 32 };

        if (declaration->finite)
                return true;
        if (declaration->evaluating) {
                diagnose(&self->diagnostics, DI_INFINITE, declaration->name.at, "'%s' contains itself",
                         declaration->name.text);
                return false;
        }
        if (depth == DEPTH_MAX) {
                diagnose(&self->diagnostics, DI_TOO_DEEP, declaration->name.at,
                         "structs are nested more than %d deep here", DEPTH_MAX);
                return false;
        }
        declaration->evaluating = true;
        for (const struct member *member = declaration->members; member != NULL; member = member->next) {
                const struct declaration *inner = contained(member);

                if (inner != NULL && !struct_ends(self, (struct declaration *)(uintptr_t)inner, depth + 1))
                        break;
        }
        declaration->evaluating = false;
        declaration->finite = true;
        return true;
}

static void empty_check(struct compilation *self, const struct declaration *declaration)
{
        bool wanted = declaration->kind == DECLARATION_STRUCT || declaration->kind == DECLARATION_ENUM ||
                      declaration->kind == DECLARATION_BITS || declaration->kind == DECLARATION_ERROR ||
                      declaration->kind == DECLARATION_UNION;

        if (wanted && declaration->members == NULL)
                diagnose(&self->diagnostics, DI_EMPTY, declaration->name.at, "'%s' has no members",
                         declaration->name.text);
}

void check_types(struct compilation *self, const struct file *file, struct declaration *declaration)
{
        (void)file;
        empty_check(self, declaration);
        if (declaration->type != NULL)
                type_check(self, declaration->type, false);
        if (declaration->kind == DECLARATION_NEWTYPE)
                newtype_check(self, declaration);
        for (const struct member *member = declaration->members; member != NULL; member = member->next)
                if (member->type != NULL)
                        type_check(self, member->type, declaration->kind == DECLARATION_STRUCT);
        for (const struct method *method = declaration->methods; method != NULL; method = method->next) {
                parameters_check(self, &method->request);
                parameters_check(self, &method->reply);
        }
        if (declaration->kind == DECLARATION_STRUCT)
                struct_ends(self, declaration, 0);
}
