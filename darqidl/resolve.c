/* SPDX-License-Identifier: MIT */
/*
 * Names are given their declarations.
 *
 * All declarations of all files stand in one table by their full name ("storage.Metadata"). A name
 * without a dot is one of the file's own package; others are written with their full package, which
 * the file itself must import.
 *
 * What can't be resolved gets no declaration, and its type leads to type_unknown, so that all later
 * phases can run: they say nothing about what has been reported here.
 */
#include "darqidl/resolve.h"

#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/name.h"
#include "darqidl/region.h"

enum { DECLARATIONS_MAX = 20000 };

static const struct type type_unknown = {.kind = TYPE_NAMED, .actual = &type_unknown};

bool type_is_unknown(const struct type *type)
{
        return type->kind == TYPE_NAMED && type->declaration == NULL;
}

/* How much C may come of a file is bounded by how much may be declared. */
static void declaration_count(struct compilation *self, const struct declaration *declaration)
{
        if (++self->declared == DECLARATIONS_MAX + 1)
                diagnose(&self->diagnostics, DI_TOO_MANY, declaration->name.at,
                         "there are more than %d declarations in all", DECLARATIONS_MAX);
}

static void declarations_add(struct compilation *self, struct file *file)
{
        for (struct declaration *each = file->declarations; each != NULL; each = each->next) {
                const struct declaration *other;

                declaration_count(self, each);
                each->full_name =
                        region_format(self->region, "%s.%s", file->package.text, each->name.text);
                other = table_add(&self->declarations, each->full_name, each);
                if (other == NULL)
                        continue;
                diagnose(&self->diagnostics, DI_REDECLARED, each->name.at,
                         "'%s' is declared already", each->name.text);
                diagnose_note(&self->diagnostics, other->name.at, "here");
        }
}

bool file_sees(const struct file *file, const struct file *other)
{
        return file == other || table_find(file->visible, other->package.text) == other;
}

/* What people write who come from other languages. */
static const char *foreign_name(const char *name)
{
        static const char *const pairs[][2] = {
                {"int", "i32"},      {"long", "i64"},     {"short", "i16"},    {"char", "u8"},
                {"byte", "u8"},      {"uint", "u32"},     {"float", "f32"},    {"double", "f64"},
                {"boolean", "bool"}, {"_Bool", "bool"},   {"int8", "i8"},      {"int16", "i16"},
                {"int32", "i32"},    {"int64", "i64"},    {"uint8", "u8"},     {"uint16", "u16"},
                {"uint32", "u32"},   {"uint64", "u64"},   {"int8_t", "i8"},    {"int16_t", "i16"},
                {"int32_t", "i32"},  {"int64_t", "i64"},  {"uint8_t", "u8"},   {"uint16_t", "u16"},
                {"uint32_t", "u32"}, {"uint64_t", "u64"}, {"size_t", "u64"},   {"float32", "f32"},
                {"float64", "f64"},  {"str", "string"},   {"text", "string"},  {"String", "string"},
                {"list", "vec"},     {"List", "vec"},     {"sequence", "vec"}, {"optional", "T?"},
                {"u128", "u64"},     {"octet", "u8"},
        };

        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
                if (strcmp(pairs[i][0], name) == 0)
                        return pairs[i][1];
        return NULL;
}

/* The same name in a package that the file imports. */
static const char *name_elsewhere(struct compilation *self, const struct file *file,
                                  const char *name)
{
        for (const struct file *each = self->files; each != NULL; each = each->next) {
                const char *full = region_format(self->region, "%s.%s", each->package.text, name);

                if (each != file && file_sees(file, each) &&
                    table_find(&self->declarations, full) != NULL)
                        return full;
        }
        return NULL;
}

static const char *name_nearest(struct compilation *self, const struct file *file, const char *name)
{
        static const char *const builtin[] = {"bool", "u8",  "u16", "u32", "u64",    "i8",   "i16",
                                              "i32",  "i64", "f32", "f64", "string", "bytes"};
        struct nearest nearest = nearest_to(name, &self->nearest_budget);

        for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++)
                nearest_try(&nearest, builtin[i]);
        for (const struct file *each = self->files; each != NULL; each = each->next) {
                const struct declaration *one = file_sees(file, each) ? each->declarations : NULL;

                for (; one != NULL && self->nearest_budget != 0; one = one->next)
                        nearest_try(&nearest, each == file ? one->name.text : one->full_name);
        }
        return nearest.best;
}

/* What the file could have meant. */
static void suggest(struct compilation *self, const struct file *file, const char *name)
{
        const char *best = foreign_name(name);

        if (self->diagnostics.last == NULL || self->nearest_budget == 0)
                return;
        if (best == NULL)
                best = name_elsewhere(self, file, name);
        if (best == NULL)
                best = name_nearest(self, file, name);
        if (best != NULL)
                diagnose_help(&self->diagnostics, "did you mean '%s'?", best);
}

static struct declaration *not_imported(struct compilation *self, const struct name *name,
                                        const struct declaration *found)
{
        diagnose(&self->diagnostics, DI_NOT_IMPORTED, name->at,
                 "this file doesn't import package '%s'", found->file->package.text);
        diagnose_note(&self->diagnostics, found->name.at, "declared here");
        return NULL;
}

struct declaration *resolve_name(struct compilation *self, const struct file *file,
                                 const struct name *name)
{
        const char *full =
                strchr(name->text, '.') != NULL
                        ? name->text
                        : region_format(self->region, "%s.%s", file->package.text, name->text);
        struct declaration *found = table_find(&self->declarations, full);

        if (found == NULL && !self->incomplete) {
                diagnose(&self->diagnostics, DI_UNKNOWN_NAME, name->at, "nothing is called '%s'",
                         name->text);
                suggest(self, file, name->text);
        }
        if (found != NULL && !file_sees(file, found->file))
                return not_imported(self, name, found);
        return found;
}

static struct declaration *resolve_kind(struct compilation *self, const struct file *file,
                                        const struct name *name,
                                        bool (*fits)(enum declaration_kind), const char *wanted)
{
        struct declaration *found = resolve_name(self, file, name);

        if (found == NULL || fits(found->kind))
                return found;
        diagnose(&self->diagnostics, DI_WRONG_KIND, name->at, "'%s' is not %s", name->text, wanted);
        if (found->kind == DECLARATION_INTERFACE)
                diagnose_help(&self->diagnostics, "an interface travels as 'port<%s>'", name->text);
        diagnose_note(&self->diagnostics, found->name.at, "declared here");
        return NULL;
}

static bool is_type(enum declaration_kind kind)
{
        return kind != DECLARATION_CONST && kind != DECLARATION_ERROR &&
               kind != DECLARATION_INTERFACE;
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
                        type->declaration =
                                resolve_kind(self, file, &type->name, is_type, "a type");
                if (type->kind == TYPE_PORT && type->name.text != NULL)
                        type->declaration =
                                resolve_kind(self, file, &type->name, is_interface, "an interface");
        }
}

/* Every alias has been seen through. */
static void type_see_through(struct type *type)
{
        for (; type != NULL; type = type->element) {
                if (type->actual != NULL)
                        continue;
                type->actual = type;
                if (type_is_unknown(type))
                        type->actual = &type_unknown;
                else if (type->kind == TYPE_NAMED && type->declaration->kind == DECLARATION_ALIAS)
                        type->actual = type->declaration->type->actual;
        }
}

static void members_resolve(struct compilation *self, const struct file *file,
                            struct member *members)
{
        for (; members != NULL; members = members->next) {
                type_resolve(self, file, members->type);
                type_see_through(members->type);
        }
}

/* A base that is named twice is reported, and left out. */
static void bases_resolve(struct compilation *self, const struct file *file,
                          struct declaration *interface)
{
        struct base **end = &interface->bases;
        struct table names;

        table_init(&names, self->region);
        for (struct base *base = interface->bases; base != NULL; base = base->next) {
                const struct base *other = NULL;

                base->declaration =
                        resolve_kind(self, file, &base->name, is_interface, "an interface");
                if (base->declaration != NULL)
                        other = table_add(&names, base->declaration->full_name, base);
                if (other != NULL) {
                        diagnose(&self->diagnostics, DI_BASE_TWICE, base->name.at,
                                 "'%s' is named as a base already", base->name.text);
                        diagnose_note(&self->diagnostics, other->name.at, "here");
                        continue;
                }
                *end = base;
                end = &base->next;
        }
        *end = NULL;
}

static void interface_resolve(struct compilation *self, const struct file *file,
                              struct declaration *interface)
{
        bases_resolve(self, file, interface);
        for (struct method *method = interface->methods; method != NULL; method = method->next) {
                members_resolve(self, file, method->request.members);
                members_resolve(self, file, method->request.items);
                members_resolve(self, file, method->reply.members);
                members_resolve(self, file, method->reply.items);
                if (method->error.text != NULL)
                        method->error_declaration =
                                resolve_kind(self, file, &method->error, is_error, "an error");
        }
}

/* The alias that an alias names; NULL where a chain of them ends. */
static struct declaration *alias_next(const struct declaration *alias)
{
        struct declaration *next =
                alias->type->kind == TYPE_NAMED ? alias->type->declaration : NULL;

        return next != NULL && next->kind == DECLARATION_ALIAS ? next : NULL;
}

/* What a chain of aliases comes to. Each alias is walked once: down to one that is known, and again to tell the rest. */
static void alias_see_through(struct compilation *self, struct declaration *alias)
{
        struct declaration *last = alias;
        const struct type *end;

        for (;;) {
                struct declaration *next = alias_next(last);

                last->evaluating = true;
                if (next == NULL || next->type->actual != NULL || next->evaluating)
                        break;
                last = next;
        }
        end = last->type;
        if (alias_next(last) != NULL)
                end = alias_next(last)->type->actual;
        if (end == NULL)
                diagnose(&self->diagnostics, DI_ALIAS_CYCLE, last->name.at,
                         "'%s' leads back to itself", last->name.text);
        if (end == NULL || type_is_unknown(end))
                end = &type_unknown;
        for (; alias != NULL && alias->evaluating; alias = alias_next(alias)) {
                alias->evaluating = false;
                alias->type->actual = end;
        }
}

/* Aliases come first, so that all else is walked once. */
static void aliases_resolve(struct compilation *self)
{
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        if (each->kind == DECLARATION_ALIAS)
                                type_resolve(self, file, each->type);
        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        if (each->kind == DECLARATION_ALIAS && each->type->actual == NULL)
                                alias_see_through(self, each);
}

static void file_resolve(struct compilation *self, struct file *file)
{
        for (struct declaration *each = file->declarations; each != NULL; each = each->next) {
                if (each->kind != DECLARATION_ALIAS)
                        type_resolve(self, file, each->type);
                type_see_through(each->type);
                members_resolve(self, file, each->members);
                interface_resolve(self, file, each);
        }
}

void compilation_resolve(struct compilation *self)
{
        for (struct file *file = self->files; file != NULL; file = file->next)
                declarations_add(self, file);
        aliases_resolve(self);
        for (struct file *file = self->files; file != NULL; file = file->next)
                file_resolve(self, file);
}
