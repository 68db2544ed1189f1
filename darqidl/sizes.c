/* SPDX-License-Identifier: MIT */
/*
 * Sizes: how many bytes a value of each struct takes at least, and that a message can hold it.
 *
 * Each struct is measured once, after those that it contains: some lines may come to a struct of more members than there
 * are atoms. What is too large is told once, and counts as small from then on.
 */
#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/layout.h"

/* The length of a frame is a u32. */
static const uint64_t size_max = UINT32_MAX;

static void struct_measure(struct compilation *self, struct declaration *declaration);

/* What a value of a type takes that isn't left out. */
static uint64_t type_measure(struct compilation *self, const struct type *type)
{
        const struct type *beneath = layout_beneath(type);

        if (beneath->kind == TYPE_ARRAY)
                beneath = layout_beneath(beneath->element);
        if (beneath->kind == TYPE_NAMED && beneath->declaration->kind == DECLARATION_STRUCT)
                struct_measure(self, beneath->declaration);
        return layout_smallest(type);
}

static uint64_t member_measure(struct compilation *self, const struct member *member)
{
        uint64_t size = member->type->optional ? 1 : type_measure(self, member->type);

        return size <= size_max ? size : 1;
}

static void struct_measure(struct compilation *self, struct declaration *declaration)
{
        uint64_t size = 0;

        if (declaration->smallest != 0)
                return;
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                size += member_measure(self, member);
        if (size > size_max) {
                diagnose(&self->diagnostics, DI_TOO_LARGE, declaration->name.at,
                         "no message can hold a '%s'", declaration->name.text);
                size = 1;
        }
        declaration->smallest = size;
}

/* Of an alias' users nothing is said again. */
static void type_fits(struct compilation *self, const struct type *type)
{
        if (type != NULL && type == type->actual && type->kind == TYPE_ARRAY &&
            type_measure(self, type) > size_max)
                diagnose(&self->diagnostics, DI_TOO_LARGE, type->at,
                         "no message can hold such an array");
}

static void members_fit(struct compilation *self, const struct member *member)
{
        for (; member != NULL; member = member->next)
                type_fits(self, member->type);
}

static void parameters_fit(struct compilation *self, const struct parameters *parameters)
{
        members_fit(self, parameters->members);
        members_fit(self, parameters->items);
}

static void declaration_measure(struct compilation *self, struct declaration *declaration)
{
        if (declaration->kind == DECLARATION_STRUCT)
                struct_measure(self, declaration);
        type_fits(self, declaration->type);
        members_fit(self, declaration->members);
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next) {
                parameters_fit(self, &method->request);
                parameters_fit(self, &method->reply);
        }
}

void compilation_measure(struct compilation *self)
{
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        declaration_measure(self, each);
}
