/* SPDX-License-Identifier: MIT */
/*
 * Types: what may stand where, and that every value comes to an end.
 */
#include "darqidl/check.h"

#include <assert.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/resolve.h"

enum { NESTED_MAX = 32 };

static bool is_sequence(const struct type *type)
{
        return type->kind == TYPE_VEC || type->kind == TYPE_ARRAY;
}

/* Whether a '?' stands where it may not: in elements, or on what is neither parameter nor member of a struct. */
static void optional_check(struct compilation *self, const struct type *type, bool allowed)
{
        for (; type != NULL; type = type->element) {
                if (type->optional && !allowed)
                        diagnose(&self->diagnostics, DI_MISPLACED_OPTIONAL, type->at,
                                 "'?' stands directly on parameters and members of structs only");
                allowed = false;
        }
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

static void parameters_check(struct compilation *self, const struct parameters *parameters)
{
        for (const struct member *each = parameters->members; each != NULL; each = each->next)
                type_check(self, each->type, true);
        for (const struct member *each = parameters->items; each != NULL; each = each->next)
                type_check(self, each->type, true);
}

static void newtype_check(struct compilation *self, const struct declaration *declaration)
{
        const struct type *actual;

        assert(declaration->type != NULL);
        actual = declaration->type->actual;
        if (actual->kind > TYPE_BYTES && !type_is_unknown(actual))
                diagnose(&self->diagnostics, DI_BAD_TYPE, declaration->type->at,
                         "a newtype is made of a scalar, string or bytes");
}

/* The struct that each value of this member contains; NULL: none, or a value may do without it. */
static struct declaration *contained(const struct member *member)
{
        const struct type *actual = member->type->actual;

        if (member->type->optional || actual->kind == TYPE_VEC)
                return NULL;
        if (actual->kind == TYPE_ARRAY)
                actual = actual->element->actual;
        if (actual->kind != TYPE_NAMED || type_is_unknown(actual))
                return NULL;
        return actual->declaration->kind == DECLARATION_STRUCT ? actual->declaration : NULL;
}

static bool too_deep(struct compilation *self, const struct declaration *declaration)
{
        diagnose(&self->diagnostics, DI_TOO_DEEP, declaration->name.at,
                 "structs are nested more than %d deep here", NESTED_MAX);
        return false;
}

/* Goes down into what a struct contains. Each struct is looked at once, and not deeper than a reader would follow. */
static bool struct_ends(struct compilation *self, struct declaration *declaration,
                        const struct member *through, unsigned int depth)
{
        unsigned int nested = 0;
        bool ends = true;

        if (declaration->finite)
                return true;
        if (declaration->evaluating) {
                diagnose(&self->diagnostics, DI_INFINITE, declaration->name.at,
                         "'%s' contains itself", declaration->name.text);
                assert(through != NULL); /* the outermost isn't being looked at yet */
                diagnose_note(&self->diagnostics, through->type->at, "by this member");
                return false;
        }
        if (depth == NESTED_MAX)
                return too_deep(self, declaration);
        declaration->evaluating = true;
        for (const struct member *member = declaration->members; ends && member != NULL;
             member = member->next) {
                struct declaration *inner = contained(member);

                ends = inner == NULL || struct_ends(self, inner, member, depth + 1);
                if (inner != NULL && inner->nested >= nested)
                        nested = inner->nested + 1;
        }
        declaration->evaluating = false;
        declaration->finite = true;
        if (ends && nested == NESTED_MAX)
                return too_deep(self, declaration);
        declaration->nested = nested;
        return ends;
}

static void empty_check(struct compilation *self, const struct declaration *declaration)
{
        bool wanted =
                declaration->kind == DECLARATION_STRUCT || declaration->kind == DECLARATION_ENUM ||
                declaration->kind == DECLARATION_BITS || declaration->kind == DECLARATION_ERROR ||
                declaration->kind == DECLARATION_UNION;

        if (wanted && declaration->members == NULL && !declaration->file->broken)
                diagnose(&self->diagnostics, DI_EMPTY, declaration->name.at, "'%s' has no members",
                         declaration->name.text);
}

void check_types(struct compilation *self, const struct file *file, struct declaration *declaration)
{
        (void)file;
        empty_check(self, declaration);
        if (declaration->type != NULL && declaration->kind != DECLARATION_ENUM &&
            declaration->kind != DECLARATION_BITS)
                type_check(self, declaration->type, false);
        if (declaration->kind == DECLARATION_NEWTYPE)
                newtype_check(self, declaration);
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                if (member->type != NULL)
                        type_check(self, member->type, declaration->kind == DECLARATION_STRUCT);
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next) {
                parameters_check(self, &method->request);
                parameters_check(self, &method->reply);
        }
        if (declaration->kind == DECLARATION_STRUCT)
                struct_ends(self, declaration, NULL, 0);
}
