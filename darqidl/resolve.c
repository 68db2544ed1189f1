/* SPDX-License-Identifier: MIT */
/*
 * Names are given their declarations.
 *
 * All declarations of all files stand in one table by their full name ("storage.Metadata"). A name without a dot is
 * one of the file's own package; others are written with their full package, which the file itself must import.
 */
#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/name.h"
#include "darqidl/region.h"
#include "darqidl/resolve.h"

static void declarations_add(struct compilation *self, struct file *file)
{
        for (struct declaration *each = file->declarations; each != NULL; each = each->next) {
                const struct declaration *other;

                each->full_name = region_format(self->region, "%s.%s", file->package.text, each->name.text);
                other = table_add(&self->declarations, each->full_name, each);
                if (other == NULL)
                        continue;
                diagnose(&self->diagnostics, DI_REDECLARED, each->name.at, "'%s' is declared already", each->name.text);
                diagnose_note(&self->diagnostics, other->name.at, "here");
        }
}

static bool file_sees(const struct file *file, const struct file *other)
{
        const struct import *import = file->imports;

        while (import != NULL && import->file != other)
                import = import->next;
        return file == other || import != NULL;
}

/* The nearest declaration that the file could have meant. */
static void suggest(struct compilation *self, const struct file *file, const char *name)
{
        struct nearest nearest = nearest_to(name);

        for (const struct file *each = self->files; each != NULL; each = each->next) {
                if (!file_sees(file, each))
                        continue;
                for (const struct declaration *declaration = each->declarations; declaration != NULL;
                     declaration = declaration->next)
                        nearest_try(&nearest, each == file ? declaration->name.text : declaration->full_name);
        }
        if (nearest.best != NULL)
                diagnose_help(&self->diagnostics, "did you mean '%s'?", nearest.best);
}

const struct declaration *resolve_name(struct compilation *self, const struct file *file, const struct name *name)
{
        const char *full = strchr(name->text, '.') != NULL
                                   ? name->text
                                   : region_format(self->region, "%s.%s", file->package.text, name->text);
        const struct declaration *found = table_find(&self->declarations, full);

        if (found == NULL) {
                diagnose(&self->diagnostics, DI_UNKNOWN_NAME, name->at, "nothing is called '%s'", name->text);
                suggest(self, file, name->text);
                return NULL;
        }
        if (!file_sees(file, found->file)) {
                diagnose(&self->diagnostics, DI_NOT_IMPORTED, name->at, "this file doesn't import package '%s'",
                         found->file->package.text);
                diagnose_note(&self->diagnostics, found->file->package.at, "declared here");
                return NULL;
        }
        return found;
}

static const struct declaration *resolve_kind(struct compilation *self, const struct file *file,
                                              const struct name *name, bool (*fits)(enum declaration_kind),
                                              const char *wanted)
{
        const struct declaration *found = resolve_name(self, file, name);

        if (found == NULL || fits(found->kind))
                return found;
        diagnose(&self->diagnostics, DI_WRONG_KIND, name->at, "'%s' is not %s", name->text, wanted);
        diagnose_note(&self->diagnostics, found->name.at, "declared here");
        return NULL;
}

static bool is_type(enum declaration_kind kind)
{
        return kind != DECLARATION_CONST && kind != DECLARATION_ERROR && kind != DECLARATION_INTERFACE;
}

static bool is_interface(enum declaration_kind kind)
{
        return kind == DECLARATION_INTERFACE;
}

static bool is_error(enum declaration_kind kind)
{
        return kind == DECLARATION_ERROR;
}

static void type_resolve(struct compilation *self, const struct file *file, struct type *type)
{
        for (; type != NULL; type = type->element) {
                if (type->kind == TYPE_NAMED)
                        type->declaration = resolve_kind(self, file, &type->name, is_type, "a type");
                if (type->kind == TYPE_PORT && type->name.text != NULL)
                        type->declaration = resolve_kind(self, file, &type->name, is_interface, "an interface");
        }
}

static void members_resolve(struct compilation *self, const struct file *file, struct member *members)
{
        for (; members != NULL; members = members->next)
                type_resolve(self, file, members->type);
}

static void interface_resolve(struct compilation *self, const struct file *file, struct declaration *interface)
{
        for (struct base *base = interface->bases; base != NULL; base = base->next)
                base->declaration = resolve_kind(self, file, &base->name, is_interface, "an interface");
        for (struct method *method = interface->methods; method != NULL; method = method->next) {
                members_resolve(self, file, method->request.members);
                members_resolve(self, file, method->request.items);
                members_resolve(self, file, method->reply.members);
                members_resolve(self, file, method->reply.items);
                if (method->error.text != NULL)
                        method->error_declaration = resolve_kind(self, file, &method->error, is_error, "an error");
        }
}

/* Aliases are seen through step by step; one that comes back to itself names nothing. */
static void alias_check(struct compilation *self, struct declaration *alias)
{
        const struct declaration *slow = alias;
        const struct declaration *fast = alias;

        for (;;) {
                for (int i = 0; i < 2; i++) {
                        if (fast == NULL || fast->kind != DECLARATION_ALIAS || fast->type->kind != TYPE_NAMED)
                                return;
                        fast = fast->type->declaration;
                }
                slow = slow->type->declaration;
                if (fast == slow)
                        break;
        }
        diagnose(&self->diagnostics, DI_ALIAS_CYCLE, alias->name.at, "'%s' leads back to itself", alias->name.text);
}

static void type_see_through(struct type *type)
{
        for (; type != NULL; type = type->element) {
                const struct type *actual = type;

                while (actual->kind == TYPE_NAMED && actual->declaration->kind == DECLARATION_ALIAS)
                        actual = actual->declaration->type;
                type->actual = actual;
        }
}

void resolve_each_type(struct compilation *self, void (*visit)(struct compilation *, struct type *))
{
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next) {
                        if (each->type != NULL)
                                visit(self, each->type);
                        for (struct member *member = each->members; member != NULL; member = member->next)
                                if (member->type != NULL)
                                        visit(self, member->type);
                        for (struct method *method = each->methods; method != NULL; method = method->next) {
                                struct member *const lists[] = {method->request.members, method->request.items,
                                                                method->reply.members, method->reply.items};

                                for (size_t i = 0; i < 4; i++)
                                        for (struct member *member = lists[i]; member != NULL; member = member->next)
                                                visit(self, member->type);
                        }
                }
}

static void see_through(struct compilation *self, struct type *type)
{
        (void)self;
        type_see_through(type);
}

void compilation_resolve(struct compilation *self)
{
        for (struct file *file = self->files; file != NULL; file = file->next)
                declarations_add(self, file);
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next) {
                        type_resolve(self, file, each->type);
                        members_resolve(self, file, each->members);
                        interface_resolve(self, file, each);
                }
        if (self->diagnostics.errors != 0)
                return;
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        if (each->kind == DECLARATION_ALIAS)
                                alias_check(self, each);
        if (self->diagnostics.errors == 0)
                resolve_each_type(self, see_through);
}
