/* SPDX-License-Identifier: MIT */
/*
 * Values: constants, bounds and defaults. (Numbers of members: number.c, which runs before.)
 *
 * A constant is evaluated when it is first needed; one that is being evaluated and is needed again is
 * a cycle. What a value may be depends on the type that it is for: an enum or bits takes the names of
 * its members, constants of its own type, and 0; a scalar or string takes literals and constants of
 * its kind. Something that failed is reported once, and whatever depends on it fails silently.
 */
#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/name.h"
#include "darqidl/number.h"
#include "darqidl/region.h"
#include "darqidl/resolve.h"
#include "darqidl/source.h"

/* Where a value stands, and how many constants lead to it. */
struct evaluation {
        struct compilation *compilation;
        const struct file *file;
        unsigned int depth;
};

enum { DEPTH_MAX = 500, COPIED_MAX = 1 << 20 };

static bool constant_evaluate(struct compilation *self, struct declaration *declaration,
                              unsigned int depth);
static void bound_evaluate(struct compilation *self, struct type *type);

static bool is_set(const struct declaration *declaration)
{
        return declaration->kind == DECLARATION_ENUM || declaration->kind == DECLARATION_BITS;
}

/* The enum or bits that a type is; NULL: it is something else. */
static struct declaration *set_of(const struct type *type)
{
        struct declaration *declaration = type->kind == TYPE_NAMED ? type->declaration : NULL;

        return declaration != NULL && is_set(declaration) ? declaration : NULL;
}

static bool can_be_constant(const struct type *type)
{
        return type->kind <= TYPE_STRING || set_of(type) != NULL;
}

static bool misfit(struct compilation *self, struct span at, const char *fault)
{
        diagnose(&self->diagnostics, DI_BAD_VALUE, at, "this value doesn't fit its type: %s",
                 fault);
        return false;
}

/* names */

static void name_suggest(struct compilation *self, const struct file *file, const char *name,
                         const struct declaration *set)
{
        struct nearest nearest = nearest_to(name, &self->nearest_budget);

        if (self->diagnostics.last == NULL)
                return;
        for (const struct member *one = set != NULL ? set->members : NULL; one != NULL;
             one = one->next)
                nearest_try(&nearest, one->name.text);
        for (const struct declaration *one = file->declarations;
             one != NULL && self->nearest_budget != 0; one = one->next)
                if (one->kind == DECLARATION_CONST)
                        nearest_try(&nearest, one->name.text);
        if (nearest.best != NULL)
                diagnose_help(&self->diagnostics, "did you mean '%s'?", nearest.best);
}

/* The constant that a name stands for, whatever its value; NULL after saying that there is none. */
static struct declaration *constant_find(const struct evaluation *at, const struct value *value,
                                         const struct declaration *set)
{
        struct compilation *self = at->compilation;
        const char *full =
                strchr(value->text, '.') != NULL
                        ? value->text
                        : region_format(self->region, "%s.%s", at->file->package.text, value->text);
        struct declaration *found = table_find(&self->declarations, full);

        if (found == NULL && !self->incomplete) {
                diagnose(&self->diagnostics, DI_UNKNOWN_NAME, value->at, "nothing is called '%s'",
                         value->text);
                name_suggest(self, at->file, value->text, set);
        }
        if (found != NULL && !file_sees(at->file, found->file)) {
                diagnose(&self->diagnostics, DI_NOT_IMPORTED, value->at,
                         "this file doesn't import package '%s'", found->file->package.text);
                return NULL;
        }
        if (found == NULL || found->kind == DECLARATION_CONST)
                return found;
        diagnose(&self->diagnostics, DI_WRONG_KIND, value->at, "'%s' is not a constant",
                 value->text);
        diagnose_note(&self->diagnostics, found->name.at, "declared here");
        return NULL;
}

/* The value of a constant that is named; false after an error. */
static bool name_evaluate(const struct evaluation *at, const struct value *value,
                          const struct declaration *set, struct constant *result)
{
        struct declaration *found = constant_find(at, value, set);

        if (found == NULL || !constant_evaluate(at->compilation, found, at->depth + 1))
                return false;
        *result = found->constant;
        if (set_of(found->type->actual) == set)
                return true;
        misfit(at->compilation, value->at,
               set != NULL ? "a constant of another type" : "a constant of an enum or bits type");
        diagnose_note(&at->compilation->diagnostics, found->name.at, "declared here");
        return false;
}

/* values of enums and bits */

static struct constant member_constant(const struct declaration *set, const struct member *member)
{
        bool negative = member->number < 0 && set->kind != DECLARATION_BITS;
        uint64_t number = (uint64_t)member->number;

        return (struct constant){
                .kind = CONSTANT_INTEGER,
                .negative = negative,
                .integer = negative ? 0 - number : number,
        };
}

/* The members of an enum or bits by name, entered when the first value asks. */
static const struct table *names_of(struct compilation *self, struct declaration *set)
{
        if (set->names != NULL)
                return set->names;
        set->names = region_alloc(self->region, sizeof *set->names);
        table_init(set->names, self->region);
        for (struct member *member = set->members; member != NULL; member = member->next)
                table_add(set->names, member->name.text, member);
        return set->names;
}

static bool set_term(const struct evaluation *at, const struct value *value,
                     struct declaration *set, struct constant *result)
{
        const struct member *member = NULL;

        *result = (struct constant){.kind = CONSTANT_INTEGER};
        if (value->kind == VALUE_NAME)
                member = table_find(names_of(at->compilation, set), value->text);
        if (member != NULL) {
                *result = member_constant(set, member);
                return true;
        }
        if (value->kind == VALUE_NAME && strcmp(value->text, "true") != 0 &&
            strcmp(value->text, "false") != 0)
                return name_evaluate(at, value, set, result);
        if (value->faulty)
                return false;
        if (value->kind != VALUE_INTEGER)
                return misfit(at->compilation, value->at, "not one of its members");
        if (value->integer != 0)
                return misfit(at->compilation, value->at, "a member's name is wanted, or 0");
        if (set->kind == DECLARATION_BITS || !set->strict || set->has_zero)
                return true;
        return misfit(at->compilation, value->at, "a strict enum without a member 0");
}

static bool set_or(const struct evaluation *at, const struct value *value, struct declaration *set,
                   struct constant *result)
{
        *result = (struct constant){.kind = CONSTANT_INTEGER};
        for (const struct value *term = value->terms; term != NULL; term = term->next) {
                struct constant part;

                if (!set_term(at, term, set, &part))
                        return false;
                result->integer |= part.integer;
        }
        return true;
}

/* values of scalars and strings */

static bool scalar_term(const struct evaluation *at, const struct value *value,
                        struct constant *result)
{
        if (value->faulty)
                return false;
        switch (value->kind) {
        case VALUE_INTEGER:
                *result = (struct constant){.kind = CONSTANT_INTEGER,
                                            .negative = value->negative,
                                            .integer = value->integer};
                return true;
        case VALUE_FLOAT:
                *result = (struct constant){.kind = CONSTANT_FLOAT, .real = value->real};
                return true;
        case VALUE_STRING:
                *result = (struct constant){
                        .kind = CONSTANT_STRING, .text = value->text, .size = value->size};
                return true;
        case VALUE_NAME:
                break;
        case VALUE_OR:
                diagnose(&at->compilation->diagnostics, DI_BAD_VALUE, value->at,
                         "'|' combines members of bits only");
                return false;
        }
        if (strcmp(value->text, "true") != 0 && strcmp(value->text, "false") != 0)
                return name_evaluate(at, value, NULL, result);
        *result = (struct constant){.kind = CONSTANT_BOOL, .integer = value->text[0] == 't'};
        return true;
}

static const char *fit_float(enum type_kind kind, struct constant *constant)
{
        const double f32_max = 3.4028234663852886e38;
        double real = constant->negative ? -(double)constant->integer : (double)constant->integer;

        if (constant->kind == CONSTANT_INTEGER)
                *constant = (struct constant){.kind = CONSTANT_FLOAT, .real = real};
        if (constant->kind != CONSTANT_FLOAT)
                return "not a number";
        if (kind != TYPE_F32)
                return NULL;
        if (constant->real > f32_max || constant->real < -f32_max)
                return "too large for an f32";
        /* Compilers warn of a constant that becomes zero. */
        return constant->real != 0 && (float)constant->real == 0 ? "too small for an f32" : NULL;
}

/* What is wrong with a value for a scalar or a string; NULL: nothing. */
static const char *fit(struct compilation *self, struct type *type, struct constant *constant)
{
        switch (type->kind) {
        case TYPE_BOOL:
                if (constant->kind == CONSTANT_INTEGER && constant->integer == 0)
                        constant->kind = CONSTANT_BOOL;
                return constant->kind == CONSTANT_BOOL ? NULL : "not true or false";
        case TYPE_F32:
        case TYPE_F64:
                return fit_float(type->kind, constant);
        case TYPE_STRING:
                if (constant->kind != CONSTANT_STRING)
                        return "not a string";
                bound_evaluate(self, type);
                return type->limit != 0 && constant->size > type->limit ? "longer than its bound"
                                                                        : NULL;
        default:
                break;
        }
        if (constant->kind != CONSTANT_INTEGER)
                return "not an integer";
        return number_fits(type->kind, constant->negative, constant->integer) ? NULL
                                                                              : "out of range";
}

/* Counts a string that a name stands for: with few letters much can be said. */
static bool string_count(struct compilation *self, struct span at, const struct constant *constant)
{
        size_t before = self->copied;

        self->copied += constant->size;
        if (before <= COPIED_MAX && self->copied > COPIED_MAX)
                diagnose(&self->diagnostics, DI_TOO_MANY, at,
                         "names stand for more than %d MiB of strings in all", COPIED_MAX >> 20);
        return self->copied <= COPIED_MAX;
}

static bool value_evaluate(const struct evaluation *at, const struct value *value,
                           const struct type *type, struct constant *result)
{
        struct declaration *set = set_of(type->actual);
        const char *fault;

        if (set != NULL && value->kind == VALUE_OR && set->kind == DECLARATION_BITS)
                return set_or(at, value, set, result);
        if (set != NULL && value->kind != VALUE_OR)
                return set_term(at, value, set, result);
        if (!scalar_term(at, value, result))
                return false;
        fault = fit(at->compilation, (struct type *)(uintptr_t)type->actual, result);
        if (fault != NULL)
                return misfit(at->compilation, value->at, fault);
        return value->kind != VALUE_NAME || string_count(at->compilation, value->at, result);
}

/* constants */

static bool constant_start(struct compilation *self, struct declaration *declaration,
                           unsigned int depth)
{
        if (declaration->evaluating) {
                diagnose(&self->diagnostics, DI_CONSTANT_CYCLE, declaration->name.at,
                         "'%s' is defined by itself", declaration->name.text);
                return false;
        }
        if (depth == DEPTH_MAX) {
                diagnose(&self->diagnostics, DI_TOO_DEEP, declaration->name.at,
                         "constants name each other more than %d deep", DEPTH_MAX);
                return false;
        }
        if (can_be_constant(declaration->type->actual))
                return true;
        if (!type_is_unknown(declaration->type->actual))
                diagnose(&self->diagnostics, DI_BAD_TYPE, declaration->type->at,
                         "a constant is a scalar, a string, or of an enum or bits type");
        return false;
}

static bool constant_evaluate(struct compilation *self, struct declaration *declaration,
                              unsigned int depth)
{
        struct evaluation at = {self, declaration->file, depth};
        struct constant result;

        if (declaration->finite)
                return declaration->constant.kind != CONSTANT_NONE;
        if (constant_start(self, declaration, depth)) {
                declaration->evaluating = true;
                if (value_evaluate(&at, declaration->value, declaration->type, &result))
                        declaration->constant = result;
                declaration->evaluating = false;
        }
        declaration->finite = true;
        return declaration->constant.kind != CONSTANT_NONE;
}

/* bounds */

static void bound_evaluate(struct compilation *self, struct type *type)
{
        struct evaluation at = {self, type->at.source->file, 0};
        struct constant constant;

        if (type->bounded || type->bound == NULL)
                return;
        type->bounded = true;
        if (!scalar_term(&at, type->bound, &constant))
                return;
        if (constant.kind != CONSTANT_INTEGER || constant.negative || constant.integer == 0 ||
            constant.integer > UINT32_MAX)
                diagnose(&self->diagnostics, DI_BAD_BOUND, type->bound->at,
                         "a bound is an integer from 1 to 4294967295");
        else
                type->limit = (uint32_t)constant.integer;
}

static void bounds_evaluate(struct compilation *self, struct type *type)
{
        for (; type != NULL; type = type->element)
                bound_evaluate(self, type);
}

static void members_bounds_evaluate(struct compilation *self, const struct member *members)
{
        for (; members != NULL; members = members->next)
                bounds_evaluate(self, members->type);
}

static void declaration_bounds_evaluate(struct compilation *self,
                                        const struct declaration *declaration)
{
        bounds_evaluate(self, declaration->type);
        members_bounds_evaluate(self, declaration->members);
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next) {
                members_bounds_evaluate(self, method->request.members);
                members_bounds_evaluate(self, method->request.items);
                members_bounds_evaluate(self, method->reply.members);
                members_bounds_evaluate(self, method->reply.items);
        }
}

/* defaults */

static const struct constant *constant_keep(struct region *region, struct constant constant)
{
        struct constant *kept = region_alloc(region, sizeof *kept);

        *kept = constant;
        return kept;
}

static void default_evaluate(struct compilation *self, const struct file *file,
                             struct member *parameter)
{
        struct evaluation at = {self, file, 0};
        const struct value *value = parameter->default_value;
        struct constant result;

        if (value == NULL || type_is_unknown(parameter->type->actual))
                return;
        if (parameter->type->optional)
                diagnose(&self->diagnostics, DI_BAD_DEFAULT, value->at,
                         "an optional parameter has no default");
        else if (!can_be_constant(parameter->type->actual))
                diagnose(&self->diagnostics, DI_BAD_DEFAULT, value->at,
                         "a parameter of this type has no default");
        else if (!value_evaluate(&at, value, parameter->type, &result))
                return;
        else if (result.kind == CONSTANT_BOOL && result.integer != 0)
                diagnose(&self->diagnostics, DI_BAD_DEFAULT, value->at,
                         "the default of a bool is false: turn its meaning round");
        else
                parameter->default_constant = constant_keep(self->region, result);
}

static void defaults_evaluate(struct compilation *self, const struct file *file,
                              struct declaration *interface)
{
        for (struct method *method = interface->methods; method != NULL; method = method->next) {
                struct member *const lists[] = {method->request.members, method->request.items,
                                                method->reply.members, method->reply.items};

                for (size_t i = 0; i < 4; i++)
                        for (struct member *each = lists[i]; each != NULL; each = each->next)
                                default_evaluate(self, file, each);
        }
}

void compilation_evaluate(struct compilation *self)
{
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        numbers_evaluate(self, each);
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        if (each->kind == DECLARATION_CONST)
                                constant_evaluate(self, each, 0);
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        declaration_bounds_evaluate(self, each);
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        defaults_evaluate(self, file, each);
}
