/* SPDX-License-Identifier: MIT */
/*
 * How types are encoded: sizes, alignment, and the length codes of tables.
 */
#include "darqidl/layout.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "darqidl/region.h"

const struct type *layout_beneath(const struct type *type)
{
        type = type->actual;
        while (type->kind == TYPE_NAMED && type->declaration->kind == DECLARATION_NEWTYPE)
                type = type->declaration->type->actual;
        return type;
}

static unsigned int number_size(enum type_kind kind)
{
        switch (kind) {
        case TYPE_BOOL:
        case TYPE_U8:
        case TYPE_I8:
                return 1;
        case TYPE_U16:
        case TYPE_I16:
                return 2;
        case TYPE_U32:
        case TYPE_I32:
        case TYPE_F32:
        case TYPE_PORT:
                return 4;
        case TYPE_U64:
        case TYPE_I64:
        case TYPE_F64:
                return 8;
        default:
                return 0;
        }
}

unsigned int layout_scalar_size(const struct type *type)
{
        const struct type *beneath = layout_beneath(type);

        if (beneath->kind == TYPE_NAMED && (beneath->declaration->kind == DECLARATION_ENUM ||
                                            beneath->declaration->kind == DECLARATION_BITS))
                return number_size(beneath->declaration->type->actual->kind);
        return number_size(beneath->kind);
}

bool layout_is_primitive(const struct type *type)
{
        return layout_beneath(type)->kind <= TYPE_F64;
}

bool layout_is_delimited(const struct type *element)
{
        return !layout_is_primitive(element) && layout_beneath(element)->kind != TYPE_PORT;
}

unsigned int layout_scalar_align(const struct type *type)
{
        unsigned int size = layout_scalar_size(type);

        return size < 4 ? size : 4;
}

unsigned int layout_plain_align(const struct type *type)
{
        enum { NUMBERS_MAX = 64 };
        const struct type *beneath = layout_beneath(type);
        unsigned int count = 0;
        unsigned int align = 0;
        unsigned int offset = 0;

        if (beneath->kind != TYPE_NAMED || beneath->declaration->kind != DECLARATION_STRUCT)
                return 0;
        for (const struct member *member = beneath->declaration->members; member != NULL;
             member = member->next) {
                unsigned int size = layout_scalar_size(member->type);

                if (member->type->optional || !layout_is_primitive(member->type) ||
                    layout_beneath(member->type)->kind == TYPE_BOOL || offset % size != 0 ||
                    ++count > NUMBERS_MAX)
                        return 0;
                offset += size;
                align = size > align ? size : align;
        }
        return align != 0 && offset % align == 0 ? align : 0;
}

bool layout_is_plain_anywhere(const struct type *type)
{
        unsigned int align = layout_plain_align(type);

        return align != 0 &&
               layout_scalar_align(layout_beneath(type)->declaration->members->type) >=
                       (align < 4 ? align : 4);
}

const char *layout_plain_widths(struct region *region, const struct type *type)
{
        const char *widths = "";

        for (const struct member *member = layout_beneath(type)->declaration->members;
             member != NULL; member = member->next)
                widths = region_format(region, "%s%u", widths, layout_scalar_size(member->type));
        return widths;
}

bool layout_is_plain_vec(const struct type *type)
{
        const struct type *beneath = layout_beneath(type);

        return beneath->kind == TYPE_VEC && layout_plain_align(beneath->element) != 0;
}

static bool nests(const struct type *type)
{
        const struct type *beneath = layout_beneath(type);

        if (layout_is_plain_vec(type))
                return false;
        while (beneath->kind == TYPE_VEC || beneath->kind == TYPE_ARRAY)
                beneath = layout_beneath(beneath->element);
        return beneath->kind == TYPE_NAMED && layout_scalar_size(beneath) == 0;
}

bool layout_is_innermost(const struct declaration *declaration)
{
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                if (nests(member->type))
                        return false;
        return true;
}

static bool in_run(const struct member *member)
{
        return member != NULL && !member->type->optional && member->default_value == NULL &&
               layout_is_primitive(member->type);
}

bool layout_is_view(const struct declaration *declaration)
{
        enum { MEMBERS_MAX = 8 };
        unsigned int numbers = 0;
        unsigned int vecs = 0;

        if (declaration->kind != DECLARATION_STRUCT)
                return false;
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                if (in_run(member))
                        numbers++;
                else if (!member->type->optional && layout_is_plain_vec(member->type))
                        vecs++;
                else
                        return false;
        return vecs != 0 && numbers + vecs <= MEMBERS_MAX;
}

static bool is_small(const struct declaration *declaration, unsigned int *texts)
{
        enum { MEMBERS_MAX = 8 };
        unsigned int count = 0;

        *texts = 0;
        if (declaration->kind != DECLARATION_STRUCT)
                return false;
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                const struct type *own = layout_beneath(member->type);

                if (own->kind == TYPE_STRING)
                        ++*texts;
                else if (layout_scalar_size(own) == 0 && own->kind != TYPE_BYTES)
                        return false;
                count++;
        }
        return count <= MEMBERS_MAX;
}

bool layout_is_small(const struct type *type)
{
        const struct type *beneath = layout_beneath(type);
        unsigned int texts;

        return beneath->kind == TYPE_NAMED && is_small(beneath->declaration, &texts);
}

bool layout_has_one_text(const struct declaration *declaration)
{
        unsigned int texts;

        return is_small(declaration, &texts) && texts == 1;
}

static bool is_number(const struct type *type)
{
        return layout_is_primitive(type) && layout_beneath(type)->kind != TYPE_BOOL;
}

unsigned int layout_numbers_size(const struct declaration *declaration)
{
        unsigned int size = 0;

        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                unsigned int align = layout_scalar_align(member->type);

                if (member->type->optional || !is_number(member->type))
                        return 0;
                size = (size + align - 1) / align * align + layout_scalar_size(member->type);
        }
        return size;
}

static bool is_struct_of_numbers(const struct type *actual)
{
        return actual->kind == TYPE_NAMED && actual->declaration->kind == DECLARATION_STRUCT &&
               layout_numbers_size(actual->declaration) != 0;
}

bool layout_is_takeable(const struct declaration *declaration)
{
        if (declaration->kind != DECLARATION_UNION || declaration->strict)
                return false;
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                const struct type *actual = member->type->actual;

                if (!is_number(actual) && actual->kind != TYPE_STRING &&
                    !is_struct_of_numbers(actual))
                        return false;
        }
        return true;
}

uint64_t layout_smallest(const struct type *type)
{
        const struct type *beneath = layout_beneath(type);

        if (layout_scalar_size(beneath) != 0)
                return layout_scalar_size(beneath);
        switch (beneath->kind) {
        case TYPE_STRING:
                return 5;
        case TYPE_BYTES:
                return 4;
        case TYPE_VEC:
                return layout_is_delimited(beneath->element) ? 8 : 4;
        case TYPE_ARRAY:
                return beneath->limit * layout_smallest(beneath->element) +
                       (layout_is_delimited(beneath->element) ? 4 : 0);
        default:
                break;
        }
        if (beneath->declaration->kind == DECLARATION_STRUCT)
                return beneath->declaration->smallest;
        return beneath->declaration->kind == DECLARATION_UNION && !beneath->declaration->strict ? 8
                                                                                                : 4;
}

static unsigned int sequence_code(const struct type *element)
{
        if (layout_is_delimited(element))
                return 5;
        switch (layout_scalar_size(element)) {
        case 1:
                return 5;
        case 4:
                return 6;
        case 8:
                return 7;
        default:
                return 4;
        }
}

unsigned int layout_member_code(const struct type *type)
{
        const struct type *beneath = layout_beneath(type);

        switch (layout_scalar_size(beneath)) {
        case 1:
                return 0;
        case 2:
                return 1;
        case 4:
                return 2;
        case 8:
                return 3;
        default:
                break;
        }
        switch (beneath->kind) {
        case TYPE_STRING:
        case TYPE_BYTES:
                return 5;
        case TYPE_VEC:
                return sequence_code(beneath->element);
        case TYPE_ARRAY:
                return layout_is_delimited(beneath->element) ? 5 : 4;
        default:
                return 4;
        }
}

bool layout_run(const struct member *first, const struct member **end, unsigned int *size)
{
        const struct member *member = first;
        unsigned int align;

        if (!in_run(first))
                return false;
        align = layout_scalar_align(first->type);
        *size = 0;
        for (; in_run(member) && layout_scalar_align(member->type) <= align;
             member = member->next) {
                unsigned int own = layout_scalar_align(member->type);

                assert(own != 0);
                *size = (*size + own - 1) / own * own + layout_scalar_size(member->type);
        }
        *end = member;
        return member != first->next;
}

static int compare_numbers(const void *a, const void *b)
{
        const struct member *left = *(const struct member *const *)a;
        const struct member *right = *(const struct member *const *)b;

        return left->number < right->number ? -1 : left->number > right->number;
}

const struct member **layout_by_number(struct region *region, const struct declaration *table,
                                       size_t *count)
{
        const struct member **members;
        size_t i = 0;

        *count = 0;
        for (const struct member *each = table->members; each != NULL; each = each->next)
                ++*count;
        members = region_alloc(region, (*count + 1) * sizeof *members);
        for (const struct member *each = table->members; each != NULL; each = each->next)
                members[i++] = each;
        qsort(members, *count, sizeof *members, compare_numbers);
        return members;
}

static int compare_ordinals(const void *a, const void *b)
{
        const struct method *left = *(const struct method *const *)a;
        const struct method *right = *(const struct method *const *)b;

        return left->ordinal < right->ordinal ? -1 : left->ordinal > right->ordinal;
}

const struct method **layout_by_ordinal(struct region *region, const struct declaration *interface,
                                        size_t *count)
{
        const struct method **methods;
        size_t i = 0;

        *count = 0;
        for (const struct method *each = interface->methods; each != NULL; each = each->next)
                ++*count;
        methods = region_alloc(region, (*count + 1) * sizeof *methods);
        for (const struct method *each = interface->methods; each != NULL; each = each->next)
                methods[i++] = each;
        qsort(methods, *count, sizeof *methods, compare_ordinals);
        return methods;
}
