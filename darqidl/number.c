/* SPDX-License-Identifier: MIT */
/*
 * Numbers: those of members and methods, and those that are reserved.
 *
 * They are literals; what they may be depends on the declaration. A number that is out of range is
 * reported here, and its member is left without one (numbered is false), so that no later check says
 * anything about it.
 */
#include "darqidl/number.h"

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/resolve.h"

struct range {
        int64_t low, high;
};

/* What the integer types hold: 2^bits - 1, and for the signed ones -2^bits. */
static unsigned int bits_of(enum type_kind kind)
{
        switch (kind) {
        case TYPE_U8:
                return 8;
        case TYPE_I8:
                return 7;
        case TYPE_U16:
                return 16;
        case TYPE_I16:
                return 15;
        case TYPE_U32:
                return 32;
        case TYPE_I32:
                return 31;
        case TYPE_I64:
                return 63;
        default:
                return 64;
        }
}

static bool is_signed(enum type_kind kind)
{
        return kind >= TYPE_I8 && kind <= TYPE_I64;
}

bool number_fits(enum type_kind kind, bool negative, uint64_t magnitude)
{
        unsigned int bits = bits_of(kind);

        if (negative && magnitude != 0)
                return is_signed(kind) && magnitude <= UINT64_C(1) << bits;
        return bits == 64 || magnitude < UINT64_C(1) << bits;
}

static bool base_check(struct compilation *self, const struct declaration *set)
{
        const struct type *base = set->type->actual;
        bool bits = set->kind == DECLARATION_BITS;
        bool fits =
                bits ? base->kind >= TYPE_U8 && base->kind <= TYPE_U64
                     : base->kind >= TYPE_U8 && base->kind <= TYPE_I32 && base->kind != TYPE_U64;

        if (type_is_unknown(base))
                return false;
        if (!fits || set->type->optional)
                diagnose(&self->diagnostics, DI_BAD_BASE, set->type->at, "%s",
                         bits ? "the base of bits is u8, u16, u32 or u64"
                              : "the base of an enum is u8, u16, u32, i8, i16 or i32");
        return fits && !set->type->optional;
}

static struct range range_of(const struct declaration *declaration)
{
        enum type_kind base =
                declaration->type != NULL ? declaration->type->actual->kind : TYPE_I32;
        struct range range = {1, INT32_MAX};

        switch (declaration->kind) {
        case DECLARATION_ENUM:
                range.low = is_signed(base) ? -(INT64_C(1) << bits_of(base)) : 0;
                if (bits_of(base) < 31)
                        range.high = (INT64_C(1) << bits_of(base)) - 1;
                break;
        case DECLARATION_INTERFACE:
                range.high = UINT32_MAX;
                break;
        case DECLARATION_ERROR:
                break;
        default:
                range.high = (1 << 28) - 1;
                break;
        }
        return range;
}

static bool number_evaluate(struct compilation *self, const struct value *value, struct range range,
                            int64_t *number)
{
        if (value->faulty)
                return false;
        if (value->kind != VALUE_INTEGER) {
                diagnose(&self->diagnostics, DI_BAD_VALUE, value->at, "an integer is wanted here");
                return false;
        }
        if (number_fits(TYPE_I64, value->negative, value->integer)) {
                *number = value->negative ? (int64_t)(0 - value->integer) : (int64_t)value->integer;
                if (*number >= range.low && *number <= range.high)
                        return true;
        }
        diagnose(&self->diagnostics, DI_RANGE, value->at, "this number is not from %lld to %lld",
                 (long long)range.low, (long long)range.high);
        return false;
}

/* bits */

static bool bit_evaluate(struct compilation *self, const struct declaration *bits,
                         const struct value *value)
{
        if (value->faulty)
                return false;
        if (value->kind != VALUE_INTEGER) {
                diagnose(&self->diagnostics, DI_BAD_VALUE, value->at, "an integer is wanted here");
                return false;
        }
        if (value->negative || !number_fits(bits->type->actual->kind, false, value->integer)) {
                diagnose(&self->diagnostics, DI_RANGE, value->at,
                         "this doesn't fit the base of '%s'", bits->name.text);
                return false;
        }
        if (value->integer != 0 && (value->integer & (value->integer - 1)) == 0)
                return true;
        diagnose(&self->diagnostics, DI_NOT_ONE_BIT, value->at, "this is not a single bit");
        return false;
}

static void bits_evaluate(struct compilation *self, struct declaration *bits)
{
        for (struct member *member = bits->members; member != NULL; member = member->next) {
                member->numbered = bit_evaluate(self, bits, member->number_value);
                if (!member->numbered)
                        continue;
                member->bits_value = member->number_value->integer;
                member->number = (int64_t)member->bits_value;
        }
        for (struct reserved *gap = bits->reserved; gap != NULL; gap = gap->next) {
                if (gap->name != NULL)
                        continue;
                if (gap->first != gap->last)
                        diagnose(&self->diagnostics, DI_NOT_ONE_BIT, gap->at,
                                 "single bits are reserved here, not ranges");
                else if (bit_evaluate(self, bits, gap->first))
                        gap->low = gap->high = (int64_t)gap->first->integer;
                gap->numbered = gap->low != 0;
        }
}

static void gap_evaluate(struct compilation *self, struct reserved *gap, struct range range)
{
        if (gap->name != NULL || !number_evaluate(self, gap->first, range, &gap->low))
                return;
        gap->high = gap->low;
        if (gap->last != gap->first && !number_evaluate(self, gap->last, range, &gap->high))
                return;
        gap->numbered = gap->low <= gap->high;
        if (gap->numbered)
                return;
        diagnose(&self->diagnostics, DI_BACKWARD_RANGE, gap->at, "this range runs backwards");
        diagnose_help(&self->diagnostics, "write %lld..%lld", (long long)gap->high,
                      (long long)gap->low);
}

void numbers_evaluate(struct compilation *self, struct declaration *declaration)
{
        bool set = declaration->kind == DECLARATION_ENUM || declaration->kind == DECLARATION_BITS;
        struct range range;
        int64_t number = 0;

        if (set && !base_check(self, declaration))
                return;
        if (declaration->kind == DECLARATION_STRUCT)
                return; /* nothing in it has one */
        if (declaration->kind == DECLARATION_BITS) {
                bits_evaluate(self, declaration);
                return;
        }
        range = range_of(declaration);
        for (struct member *member = declaration->members; member != NULL; member = member->next) {
                member->numbered =
                        member->number_value != NULL &&
                        number_evaluate(self, member->number_value, range, &member->number);
                declaration->has_zero |= member->numbered && member->number == 0;
        }
        for (struct method *method = declaration->methods; method != NULL; method = method->next)
                if (number_evaluate(self, method->ordinal_value, range, &number))
                        method->ordinal = (uint32_t)number;
        for (struct reserved *gap = declaration->reserved; gap != NULL; gap = gap->next)
                gap_evaluate(self, gap, range);
}
