/* SPDX-License-Identifier: MIT */
/*
 * Names of one declaration and inside it: casing, duplicates, and what is reserved.
 */
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
        diagnose(&self->diagnostics, DI_CASING, name->at, "'%s' is not %s", name->text,
                 casing_name(casing));
        if (mended[0] != 0 && casing_fits(casing, mended))
                diagnose_help(&self->diagnostics, "write '%s'", mended);
}

static void twice(struct compilation *self, unsigned int code, struct span at, struct span first,
                  const char *what, const char *name)
{
        diagnose(&self->diagnostics, code, at, "%s '%s' is used twice", what, name);
        diagnose_note(&self->diagnostics, first, "the first one");
}

/* Members of one list have names of their own. */
static void members_check(struct compilation *self, struct table *names,
                          const struct member *members, enum casing casing)
{
        for (const struct member *member = members; member != NULL; member = member->next) {
                const struct member *other =
                        table_add(names, member->name.text, (void *)(uintptr_t)member);

                casing_check(self, casing, &member->name);
                if (other != NULL)
                        twice(self, DI_REDECLARED, member->name.at, other->name.at, "the name",
                              member->name.text);
        }
}

static void list_check(struct compilation *self, const struct member *members)
{
        struct table names;

        table_init(&names, self->scratch);
        members_check(self, &names, members, CASING_MEMBER);
}

static void reserved_use_check(struct compilation *self, const struct table *names,
                               const struct name *name)
{
        const struct reserved *gap = table_find(names, name->text);

        if (gap == NULL)
                return;
        diagnose(&self->diagnostics, DI_RESERVED_USED, name->at, "the name '%s' is reserved",
                 name->text);
        diagnose_note(&self->diagnostics, gap->at, "here");
}

static void reserved_names_check(struct compilation *self, const struct declaration *declaration)
{
        struct table names;

        table_init(&names, self->scratch);
        for (const struct reserved *gap = declaration->reserved; gap != NULL; gap = gap->next) {
                const struct reserved *other = NULL;

                if (gap->name != NULL)
                        other = table_add(&names, gap->name, (void *)(uintptr_t)gap);
                if (other == NULL)
                        continue;
                diagnose(&self->diagnostics, DI_RESERVED_TWICE, gap->at,
                         "\"%s\" is reserved already", gap->name);
                diagnose_note(&self->diagnostics, other->at, "here");
        }
        for (const struct member *each = declaration->members; each != NULL; each = each->next)
                reserved_use_check(self, &names, &each->name);
        for (const struct method *each = declaration->methods; each != NULL; each = each->next)
                reserved_use_check(self, &names, &each->name);
}

static void method_names_check(struct compilation *self, const struct declaration *interface)
{
        struct table names;

        table_init(&names, self->scratch);
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next) {
                const struct method *other =
                        table_add(&names, method->name.text, (void *)(uintptr_t)method);

                casing_check(self, CASING_MEMBER, &method->name);
                if (other != NULL)
                        twice(self, DI_REDECLARED, method->name.at, other->name.at, "the method",
                              method->name.text);
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
        casing_check(self, declaration->kind == DECLARATION_CONST ? CASING_CONSTANT : CASING_TYPE,
                     &declaration->name);
        table_init(&names, self->scratch);
        members_check(self, &names, declaration->members, set ? CASING_CONSTANT : CASING_MEMBER);
        method_names_check(self, declaration);
        reserved_names_check(self, declaration);
}

static const char *prefix_of(struct compilation *self, const struct file *file)
{
        char *text = region_text(self->region, file->package.text, strlen(file->package.text));

        for (char *c = text; *c != 0; c++)
                if (*c == '.')
                        *c = '_';
        return text;
}

void check_package(struct compilation *self, struct file *file)
{
        const struct attribute *prefix = attribute_find(file->attributes, "c_prefix");

        if (file->package.text[0] != 0)
                casing_check(self, CASING_PACKAGE, &file->package);
        package_attributes_check(self, file->attributes);
        file->c_prefix = prefix_of(self, file);
        if (prefix != NULL && prefix->value != NULL && prefix->value->kind == VALUE_STRING)
                file->c_prefix = prefix->value->text;
}
