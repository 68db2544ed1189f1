/* SPDX-License-Identifier: MIT */
/*
 * Values: constants, bounds, numbers of members, defaults.
 *
 * A constant is evaluated when it is first needed; one that is being evaluated and is needed again is a cycle. A name in
 * a value is looked up among the members of the type it is for first, then among the constants.
 */
#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/constant.h"
#include "darqidl/name.h"
#include "darqidl/region.h"
#include "darqidl/resolve.h"
#include "darqidl/source.h"

static bool constant_evaluate(struct compilation *self, struct declaration *declaration, unsigned int depth);

/* What the scalar types hold. */
static const struct {
        uint64_t max;
        uint64_t min_magnitude;
} ranges[] = {
        [TYPE_U8] = {UINT8_MAX, 0},
        [TYPE_U16] = {UINT16_MAX, 0},
        [TYPE_U32] = {UINT32_MAX, 0},
        [TYPE_U64] = {UINT64_MAX, 0},
        [TYPE_I8] = {INT8_MAX, UINT64_C(1) << 7},
        [TYPE_I16] = {INT16_MAX, UINT64_C(1) << 15},
        [TYPE_I32] = {INT32_MAX, UINT64_C(1) << 31},
        [TYPE_I64] = {INT64_MAX, UINT64_C(1) << 63},
};

bool scalar_holds(enum type_kind kind, bool negative, uint64_t magnitude)
{
        return magnitude <= (negative ? ranges[kind].min_magnitude : ranges[kind].max);
}

static const struct member *member_named(const struct declaration *declaration, const char *name)
{
        const struct member *member = declaration->members;

        while (member != NULL && strcmp(member->name.text, name) != 0)
                member = member->next;
        return member;
}

static void unknown_name(struct compilation *self, const struct file *file, const struct value *value,
                         const struct declaration *set)
{
        struct nearest nearest = nearest_to(value->text);

        diagnose(&self->diagnostics, DI_UNKNOWN_NAME, value->at, "nothing is called '%s'", value->text);
        if (set != NULL)
                for (const struct member *member = set->members; member != NULL; member = member->next)
                        nearest_try(&nearest, member->name.text);
        for (const struct declaration *each = file->declarations; each != NULL; each = each->next)
                if (each->kind == DECLARATION_CONST)
                        nearest_try(&nearest, each->name.text);
        if (nearest.best != NULL)
                diagnose_help(&self->diagnostics, "did you mean '%s'?", nearest.best);
}

static const struct constant *named_constant(struct compilation *self, const struct file *file,
                                             const struct value *value, unsigned int depth)
{
        const char *full = strchr(value->text, '.') != NULL
                                   ? value->text
                                   : region_format(self->region, "%s.%s", file->package.text, value->text);
        struct declaration *found = table_find(&self->declarations, full);

        if (found == NULL || found->kind != DECLARATION_CONST)
                return NULL;
        return constant_evaluate(self, found, depth + 1) ? &found->constant : NULL;
}

/* A term by itself, without regard to the type that it is for. */
static bool term_evaluate(struct compilation *self, const struct file *file, const struct value *value,
                          const struct declaration *set, unsigned int depth, struct constant *result)
{
        const struct member *member = NULL;
        const struct constant *constant;

        switch (value->kind) {
        case VALUE_INTEGER:
                *result = (struct constant){.kind = CONSTANT_INTEGER, .negative = value->negative, .integer = value->integer};
                return true;
        case VALUE_FLOAT:
                *result = (struct constant){.kind = CONSTANT_FLOAT, .real = value->real};
                return true;
        case VALUE_STRING:
                *result = (struct constant){.kind = CONSTANT_STRING, .text = value->text, .size = value->size};
                return true;
        case VALUE_NAME:
        case VALUE_OR:
                break;
        }
        if (set != NULL)
                member = member_named(set, value->text);
        if (member != NULL) {
                *result = (struct constant){.kind = CONSTANT_INTEGER,
                                            .negative = member->number < 0,
                                            .integer = set->kind == DECLARATION_BITS ? member->bits_value
                                                       : member->number < 0 ? (uint64_t)-member->number
                                                                            : (uint64_t)member->number};
                return true;
        }
        if (strcmp(value->text, "true") == 0 || strcmp(value->text, "false") == 0) {
                *result = (struct constant){.kind = CONSTANT_BOOL, .integer = value->text[0] == 't'};
                return true;
        }
        constant = named_constant(self, file, value, depth);
        if (constant == NULL) {
                if (self->diagnostics.errors == 0 || depth == 0)
                        unknown_name(self, file, value, set);
                return false;
        }
        *result = *constant;
        return true;
}

static bool or_evaluate(struct compilation *self, const struct file *file, const struct value *value,
                        const struct declaration *set, unsigned int depth, struct constant *result)
{
        *result = (struct constant){.kind = CONSTANT_INTEGER};
        if (set == NULL || set->kind != DECLARATION_BITS) {
                diagnose(&self->diagnostics, DI_BAD_VALUE, value->at, "'|' combines members of bits only");
                return false;
        }
        for (const struct value *term = value->terms; term != NULL; term = term->next) {
                struct constant part;

                if (!term_evaluate(self, file, term, set, depth, &part))
                        return false;
                if (part.kind != CONSTANT_INTEGER || part.negative) {
                        diagnose(&self->diagnostics, DI_BAD_VALUE, term->at, "this is not a member of '%s'",
                                 set->name.text);
                        return false;
                }
                result->integer |= part.integer;
        }
        return true;
}

static bool integer_of_enum(const struct declaration *set, const struct constant *constant)
{
        for (const struct member *member = set->members; member != NULL; member = member->next)
                if (constant->negative ? member->number == -(int64_t)constant->integer
                                       : member->number >= 0 && (uint64_t)member->number == constant->integer)
                        return true;
        return false;
}

static uint64_t bits_known(const struct declaration *set)
{
        uint64_t all = 0;

        for (const struct member *member = set->members; member != NULL; member = member->next)
                all |= member->bits_value;
        return all;
}

static const char *fit_set(const struct declaration *set, const struct value *value, struct constant *constant)
{
        if (constant->kind != CONSTANT_INTEGER)
                return "not one of its members";
        if (value->kind == VALUE_INTEGER && constant->integer != 0)
                return "only 0 may stand for a member's name";
        if (set->kind == DECLARATION_BITS)
                return (constant->integer & ~bits_known(set)) != 0 ? "not a combination of its members" : NULL;
        if (integer_of_enum(set, constant) || (!set->strict && constant->integer == 0))
                return NULL;
        return "not one of its members";
}

/* Whether a constant fits a type; what is wrong otherwise. An integer may stand for a float. */
static const char *fit(const struct type *type, const struct value *value, struct constant *constant)
{
        switch (type->kind) {
        case TYPE_BOOL:
                if (constant->kind == CONSTANT_INTEGER && constant->integer == 0)
                        constant->kind = CONSTANT_BOOL;
                return constant->kind == CONSTANT_BOOL ? NULL : "not true or false";
        case TYPE_F32:
        case TYPE_F64:
                if (constant->kind == CONSTANT_INTEGER)
                        *constant = (struct constant){.kind = CONSTANT_FLOAT,
                                                      .real = constant->negative ? -(double)constant->integer
                                                                                 : (double)constant->integer};
                if (constant->kind != CONSTANT_FLOAT)
                        return "not a number";
                return type->kind == TYPE_F32 && (constant->real > 3.4028234663852886e38 ||
                                                  constant->real < -3.4028234663852886e38)
                               ? "too large for an f32"
                               : NULL;
        case TYPE_STRING:
                if (constant->kind != CONSTANT_STRING)
                        return "not a string";
                return type->limit != 0 && constant->size > type->limit ? "longer than the bound" : NULL;
        case TYPE_NAMED:
                return fit_set(type->declaration, value, constant);
        default:
                break;
        }
        if (constant->kind != CONSTANT_INTEGER)
                return "not an integer";
        return scalar_holds(type->kind, constant->negative, constant->integer) ? NULL : "out of the type's range";
}

static const struct declaration *set_of(const struct type *type)
{
        const struct declaration *set = type->kind == TYPE_NAMED ? type->declaration : NULL;

        return set != NULL && (set->kind == DECLARATION_ENUM || set->kind == DECLARATION_BITS) ? set : NULL;
}

static bool value_evaluate(struct compilation *self, const struct file *file, const struct value *value,
                           const struct type *type, unsigned int depth, struct constant *result)
{
        const struct declaration *set = set_of(type->actual);
        const char *fault;
        bool done = value->kind == VALUE_OR ? or_evaluate(self, file, value, set, depth, result)
                                            : term_evaluate(self, file, value, set, depth, result);

        if (!done)
                return false;
        fault = fit(type->actual, value, result);
        if (fault == NULL)
                return true;
        diagnose(&self->diagnostics, DI_BAD_VALUE, value->at, "this value doesn't fit its type: %s", fault);
        return false;
}

static bool can_be_constant(const struct type *type)
{
        return type->kind <= TYPE_STRING || set_of(type) != NULL;
}

static bool constant_evaluate(struct compilation *self, struct declaration *declaration, unsigned int depth)
{
        enum { DEPTH_MAX = 64 };

        if (declaration->constant.kind != CONSTANT_NONE)
                return true;
        if (declaration->evaluating || depth > DEPTH_MAX) {
                diagnose(&self->diagnostics, DI_CONSTANT_CYCLE, declaration->name.at,
                         "'%s' is defined by itself", declaration->name.text);
                return false;
        }
        if (!can_be_constant(declaration->type->actual)) {
                diagnose(&self->diagnostics, DI_BAD_TYPE, declaration->type->at,
                         "a constant is a scalar, a string, or of an enum or bits type");
                return false;
        }
        declaration->evaluating = true;
        value_evaluate(self, declaration->file, declaration->value, declaration->type, depth, &declaration->constant);
        declaration->evaluating = false;
        return declaration->constant.kind != CONSTANT_NONE;
}

/* bounds */

static void bound_evaluate(struct compilation *self, struct type *type)
{
        for (; type != NULL; type = type->element) {
                static const struct type any = {.kind = TYPE_U64, .actual = &any};
                struct constant constant = {0};

                if (type->bound == NULL)
                        continue;
                if (!value_evaluate(self, type->at.source->file, type->bound, &any, 0, &constant))
                        continue;
                if (constant.integer == 0 || constant.integer > UINT32_MAX)
                        diagnose(&self->diagnostics, DI_BAD_BOUND, type->bound->at, "a bound is 1 to 4294967295");
                else
                        type->limit = (uint32_t)constant.integer;
        }
}

/* numbers of members */

static bool number_evaluate(struct compilation *self, const struct value *value, enum type_kind kind, int64_t low,
                            int64_t high, int64_t *number)
{
        if (value->kind != VALUE_INTEGER) {
                diagnose(&self->diagnostics, DI_BAD_VALUE, value->at, "an integer is wanted here");
                return false;
        }
        if (!scalar_holds(kind, value->negative, value->integer) ||
            (value->negative ? -(int64_t)value->integer < low : (int64_t)value->integer > high) ||
            (!value->negative && (int64_t)value->integer < low)) {
                diagnose(&self->diagnostics, DI_RANGE, value->at, "this number is not from %lld to %lld",
                         (long long)low, (long long)high);
                return false;
        }
        *number = value->negative ? -(int64_t)value->integer : (int64_t)value->integer;
        return true;
}

static void bit_evaluate(struct compilation *self, const struct declaration *bits, struct member *member)
{
        const struct value *value = member->number_value;

        if (value->kind != VALUE_INTEGER || value->negative ||
            !scalar_holds(bits->type->actual->kind, false, value->integer)) {
                diagnose(&self->diagnostics, DI_RANGE, value->at, "this doesn't fit the base of '%s'",
                         bits->name.text);
                return;
        }
        if (value->integer == 0 || (value->integer & (value->integer - 1)) != 0)
                diagnose(&self->diagnostics, DI_NOT_ONE_BIT, value->at, "a member of bits is a single bit");
        member->bits_value = value->integer;
        member->number = (int64_t)value->integer;
}

static bool base_fits(struct compilation *self, const struct declaration *set)
{
        enum type_kind kind = set->type->actual->kind;
        bool fits = set->kind == DECLARATION_BITS ? kind >= TYPE_U8 && kind <= TYPE_U64
                                                  : kind >= TYPE_U8 && kind <= TYPE_I32 && kind != TYPE_U64;

        if (fits && !set->type->optional)
                return true;
        diagnose(&self->diagnostics, DI_BAD_BASE, set->type->at, "%s",
                 set->kind == DECLARATION_BITS ? "the base of bits is u8, u16, u32 or u64"
                                               : "the base of an enum is u8, u16, u32, i8, i16 or i32");
        return false;
}

static void set_evaluate(struct compilation *self, struct declaration *set)
{
        enum type_kind kind = TYPE_I32;
        int64_t low = 1;
        int64_t high = INT32_MAX;

        if (set->type != NULL) {
                if (!base_fits(self, set))
                        return;
                kind = set->type->actual->kind;
                low = ranges[kind].min_magnitude != 0 ? -(int64_t)ranges[kind].min_magnitude : 0;
                if (ranges[kind].max < INT32_MAX)
                        high = (int64_t)ranges[kind].max;
        }
        for (struct member *member = set->members; member != NULL; member = member->next) {
                if (set->kind == DECLARATION_BITS)
                        bit_evaluate(self, set, member);
                else
                        number_evaluate(self, member->number_value, kind, low, high, &member->number);
        }
}

static void numbers_evaluate(struct compilation *self, struct declaration *declaration)
{
        int64_t number = 0;

        for (struct member *member = declaration->members; member != NULL; member = member->next)
                if (member->number_value != NULL)
                        number_evaluate(self, member->number_value, TYPE_I64, 1, (1 << 28) - 1, &member->number);
        for (struct method *method = declaration->methods; method != NULL; method = method->next)
                if (number_evaluate(self, method->ordinal_value, TYPE_I64, 1, UINT32_MAX, &number))
                        method->ordinal = (uint32_t)number;
}

/* defaults */

static void default_evaluate(struct compilation *self, const struct file *file, struct member *parameter)
{
        if (parameter->default_value == NULL)
                return;
        if (parameter->type->optional || !can_be_constant(parameter->type->actual)) {
                diagnose(&self->diagnostics, DI_BAD_DEFAULT, parameter->default_value->at, "%s",
                         parameter->type->optional ? "an optional parameter has no default"
                                                   : "a parameter of this type has no default");
                return;
        }
        if (value_evaluate(self, file, parameter->default_value, parameter->type, 0, &parameter->default_constant) &&
            parameter->default_constant.kind == CONSTANT_BOOL && parameter->default_constant.integer != 0)
                diagnose(&self->diagnostics, DI_BAD_DEFAULT, parameter->default_value->at,
                         "the default of a bool is false: turn its meaning round");
}

static void defaults_evaluate(struct compilation *self, const struct file *file, struct declaration *interface)
{
        for (struct method *method = interface->methods; method != NULL; method = method->next) {
                struct member *const lists[] = {method->request.members, method->request.items, method->reply.members,
                                                method->reply.items};

                for (size_t i = 0; i < 4; i++)
                        for (struct member *member = lists[i]; member != NULL; member = member->next)
                                default_evaluate(self, file, member);
        }
}

void compilation_evaluate(struct compilation *self)
{
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next) {
                        if (each->kind == DECLARATION_ENUM || each->kind == DECLARATION_BITS ||
                            each->kind == DECLARATION_ERROR)
                                set_evaluate(self, each);
                        else
                                numbers_evaluate(self, each);
                }
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        if (each->kind == DECLARATION_CONST)
                                constant_evaluate(self, each, 0);
        resolve_each_type(self, bound_evaluate);
        if (self->diagnostics.errors != 0)
                return;
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        defaults_evaluate(self, file, each);
}
