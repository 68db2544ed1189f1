/* SPDX-License-Identifier: MIT */
/*
 * Names and numbers inside a declaration: casing, duplicates, and what is reserved.
 */
#include <stdio.h>
#include <string.h>

#include "darqidl/check.h"
#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/name.h"
#include "darqidl/region.h"

static void casing_check(struct compilation *self, enum casing casing, const struct name *name)
{
        const char *mended;

        if (name->text == NULL || casing_fits(casing, name->text))
                return;
        mended = casing_mend(self->region, casing, name->text);
        diagnose(&self->diagnostics, DI_CASING, name->at, "'%s' is not %s", name->text, casing_name(casing));
        if (mended[0] != 0 && casing_fits(casing, mended))
                diagnose_help(&self->diagnostics, "write '%s'", mended);
}

static void twice(struct compilation *self, unsigned int code, struct span at, struct span first, const char *what,
                  const char *name)
{
        diagnose(&self->diagnostics, code, at, "%s '%s' is here twice", what, name);
        diagnose_note(&self->diagnostics, first, "the first one");
}

/* Members of one list have names of their own. */
static void members_check(struct compilation *self, struct table *names, const struct member *members,
                          enum casing casing)
{
        for (const struct member *member = members; member != NULL; member = member->next) {
                const struct member *other = table_add(names, member->name.text, (void *)(uintptr_t)member);

                casing_check(self, casing, &member->name);
                if (other != NULL)
                        twice(self, DI_REDECLARED, member->name.at, other->name.at, "the name", member->name.text);
        }
}

static void list_check(struct compilation *self, const struct member *members)
{
        struct table names;

        table_init(&names, self->region);
        members_check(self, &names, members, CASING_MEMBER);
}

static void reserved_names_check(struct compilation *self, const struct declaration *declaration)
{
        struct table names;

        table_init(&names, self->region);
        for (const struct reserved *gap = declaration->reserved; gap != NULL; gap = gap->next)
                if (gap->name != NULL && table_add(&names, gap->name, (void *)(uintptr_t)gap) != NULL)
                        diagnose(&self->diagnostics, DI_RESERVED_TWICE, gap->at, "\"%s\" is reserved already", gap->name);
        for (const struct member *member = declaration->members; member != NULL; member = member->next) {
                const struct reserved *gap = table_find(&names, member->name.text);

                if (gap == NULL)
                        continue;
                diagnose(&self->diagnostics, DI_RESERVED_USED, member->name.at, "the name '%s' is reserved",
                         member->name.text);
                diagnose_note(&self->diagnostics, gap->at, "here");
        }
        for (const struct method *method = declaration->methods; method != NULL; method = method->next) {
                const struct reserved *gap = table_find(&names, method->name.text);

                if (gap == NULL)
                        continue;
                diagnose(&self->diagnostics, DI_RESERVED_USED, method->name.at, "the name '%s' is reserved",
                         method->name.text);
                diagnose_note(&self->diagnostics, gap->at, "here");
        }
}

static void method_names_check(struct compilation *self, const struct declaration *interface)
{
        struct table names;

        table_init(&names, self->region);
        for (const struct method *method = interface->methods; method != NULL; method = method->next) {
                const struct method *other = table_add(&names, method->name.text, (void *)(uintptr_t)method);

                casing_check(self, CASING_MEMBER, &method->name);
                if (other != NULL)
                        twice(self, DI_REDECLARED, method->name.at, other->name.at, "the method", method->name.text);
                list_check(self, method->request.members);
                list_check(self, method->request.items);
                list_check(self, method->reply.members);
                list_check(self, method->reply.items);
        }
}

void check_names(struct compilation *self, const struct file *file, struct declaration *declaration)
{
        bool set = declaration->kind == DECLARATION_ENUM || declaration->kind == DECLARATION_BITS ||
                   declaration->kind == DECLARATION_ERROR;
        struct table names;

        (void)file;
        casing_check(self, declaration->kind == DECLARATION_CONST ? CASING_CONSTANT : CASING_TYPE, &declaration->name);
        table_init(&names, self->region);
        members_check(self, &names, declaration->members, set ? CASING_CONSTANT : CASING_MEMBER);
        method_names_check(self, declaration);
        reserved_names_check(self, declaration);
}

/* numbers */

static int64_t value_number(const struct value *value)
{
        return value->negative ? -(int64_t)value->integer : (int64_t)value->integer;
}

static void gap_evaluate(struct compilation *self, struct reserved *gap)
{
        if (gap->name != NULL)
                return;
        gap->low = value_number(gap->first);
        gap->high = value_number(gap->last);
        if (gap->low > gap->high)
                diagnose(&self->diagnostics, DI_BACKWARD_RANGE, gap->at, "this range runs backwards");
}

static void number_check(struct compilation *self, struct table *numbers, const struct declaration *declaration,
                         int64_t number, const struct value *value)
{
        const char *text = region_format(self->region, "%lld", (long long)number);
        const struct value *other = table_add(numbers, text, (void *)(uintptr_t)value);

        if (other != NULL) {
                diagnose(&self->diagnostics, DI_DUPLICATE_NUMBER, value->at, "the number %s is used twice", text);
                diagnose_note(&self->diagnostics, other->at, "the first one");
        }
        for (const struct reserved *gap = declaration->reserved; gap != NULL; gap = gap->next) {
                if (gap->name != NULL || number < gap->low || number > gap->high)
                        continue;
                diagnose(&self->diagnostics, DI_RESERVED_USED, value->at, "the number %s is reserved", text);
                diagnose_note(&self->diagnostics, gap->at, "here");
                break;
        }
}

static void gaps_overlap_check(struct compilation *self, const struct declaration *declaration)
{
        const struct reserved *last = NULL;

        for (const struct reserved *gap = declaration->reserved; gap != NULL; gap = gap->next) {
                if (gap->name != NULL)
                        continue;
                if (last != NULL && gap->low <= last->high && gap->high >= last->low)
                        diagnose(&self->diagnostics, DI_RESERVED_TWICE, gap->at, "this is reserved already");
                last = gap;
        }
}

void check_numbers(struct compilation *self, const struct file *file, struct declaration *declaration)
{
        struct table numbers;

        (void)file;
        table_init(&numbers, self->region);
        for (struct reserved *gap = declaration->reserved; gap != NULL; gap = gap->next)
                gap_evaluate(self, gap);
        gaps_overlap_check(self, declaration);
        for (const struct member *member = declaration->members; member != NULL; member = member->next)
                if (member->number_value != NULL)
                        number_check(self, &numbers, declaration, member->number, member->number_value);
        for (const struct method *method = declaration->methods; method != NULL; method = method->next)
                number_check(self, &numbers, declaration, method->ordinal, method->ordinal_value);
}

void check_package(struct compilation *self, struct file *file)
{
        const struct attribute *prefix = attribute_find(file->attributes, "c_prefix");
        char *text = region_text(self->region, file->package.text, strlen(file->package.text));

        casing_check(self, CASING_PACKAGE, &file->package);
        for (char *c = text; *c != 0; c++)
                if (*c == '.')
                        *c = '_';
        file->c_prefix = text;
        for (const struct attribute *each = file->attributes; each != NULL; each = each->next)
                if (strcmp(each->name.text, "c_prefix") != 0)
                        diagnose(&self->diagnostics, DI_UNKNOWN_ATTRIBUTE, each->name.at,
                                 "a package has no attribute '@%s'", each->name.text);
        if (prefix == NULL)
                return;
        if (prefix->value == NULL || prefix->value->kind != VALUE_STRING ||
            !casing_fits(CASING_MEMBER, prefix->value->text))
                diagnose(&self->diagnostics, DI_BAD_ATTRIBUTE, prefix->name.at,
                         "@c_prefix has a C name in small letters as its value: @c_prefix(\"store\")");
        else
                file->c_prefix = prefix->value->text;
}
