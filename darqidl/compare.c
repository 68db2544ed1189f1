/* SPDX-License-Identifier: MIT */
/*
 * Two versions of a file, compared by what they mean.
 *
 * Declarations become pairs: by their id (interfaces), their name, their members, or because one stands where the other
 * stood (pair.c). Each pair is compared once, in the order in which it is met; what it uses - also in other files - is
 * compared in its turn, so that there is no recursion, and noted as used, so that reach.c can tell which methods a change
 * reaches. Nothing is judged here: a change names its row of verdict.c.
 */
#include "darqidl/compare.h"

#include <stdarg.h>
#include <string.h>

#include "darqidl/compilation.h"
#include "darqidl/region.h"

void change_add(struct comparison *self, enum rule rule, struct span old_at, struct span new_at,
                const char *format, ...)
{
        struct change *change = region_alloc(self->region, sizeof *change);
        va_list arguments;

        va_start(arguments, format);
        change->text = region_format_list(self->region, format, arguments);
        va_end(arguments);
        change->rule = rule;
        change->old_at = old_at;
        change->new_at = new_at;
        change->node = self->current;
        self->last = change;
        *self->changes_end = change;
        self->changes_end = &change->next;
        self->change_count++;
}

void change_help(struct comparison *self, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        self->last->help = region_format_list(self->region, format, arguments);
        va_end(arguments);
}

const char *told_name(const struct comparison *self, const struct declaration *declaration)
{
        bool own = declaration->file == self->old_tree->file ||
                   declaration->file == self->new_tree->file;

        return own ? declaration->name.text : declaration->full_name;
}

/* nodes */

struct node *node_new(struct comparison *self, const struct declaration *old,
                      const struct declaration *declaration, const char *subject)
{
        struct node *node = region_alloc(self->region, sizeof *node);

        node->old_version = old;
        node->new_version = declaration;
        node->subject = subject;
        node->order = self->node_count++;
        *self->end = node;
        self->end = &node->next;
        return node;
}

/* One pair has one node, whoever uses it. */
static struct node *node_of(struct comparison *self, const struct declaration *old,
                            const struct declaration *declaration)
{
        const char *key =
                region_format(self->region, "%s %s", old->full_name, declaration->full_name);
        struct node *node = table_find(&self->nodes, key);

        if (node != NULL)
                return node;
        node = node_new(self, old, declaration, told_name(self, declaration));
        table_add(&self->nodes, key, node);
        return node;
}

void versions_use(struct comparison *self, const struct declaration *old,
                  const struct declaration *declaration)
{
        struct node *node = node_of(self, old, declaration);
        struct node *user = self->current;
        struct node_use *use;

        if (user == NULL || (user->uses != NULL && user->uses->node == node))
                return;
        use = region_alloc(self->region, sizeof *use);
        *use = (struct node_use){user->uses, node};
        user->uses = use;
}

/* what is compared of each kind */

/* What extends an interface has its name, which @c_name doesn't give, in its table of functions. */
static bool is_extended(const struct file *file, const struct declaration *interface)
{
        for (const struct declaration *each = file->declarations; each != NULL; each = each->next)
                for (size_t i = 0; i < each->ancestor_count; i++)
                        if (each->ancestors[i] == interface)
                                return true;
        return false;
}

static void names_compare(struct comparison *self, const struct declaration *old,
                          const struct declaration *declaration)
{
        const char *subject = region_format(self->region, "'%s'", told_name(self, declaration));
        struct marks old_marks = marks_of_declaration(old);
        struct marks marks = marks_of_declaration(declaration);
        bool renamed = strcmp(told_name(self, old), told_name(self, declaration)) != 0;
        bool kept = renamed && strcmp(old->c_name, declaration->c_name) == 0 &&
                    !is_extended(self->new_tree->file, declaration);

        if (renamed)
                change_add(self, kept ? RULE_DECLARATION_RENAMED_C_KEPT : RULE_DECLARATION_RENAMED,
                           old->name.at, declaration->name.at, "'%s' was '%s'",
                           told_name(self, declaration), told_name(self, old));
        if (declaration->kind != DECLARATION_ALIAS)
                compare_marks(self, subject, &old_marks, &marks);
}

/* Zeros of either sign are two values, and a NaN is itself. */
static uint64_t bits_of(double real)
{
        uint64_t bits;

        memcpy(&bits, &real, sizeof bits);
        return bits;
}

bool constants_equal(const struct constant *a, const struct constant *b)
{
        if (a->kind != b->kind)
                return false;
        switch (a->kind) {
        case CONSTANT_FLOAT:
                return bits_of(a->real) == bits_of(b->real);
        case CONSTANT_STRING:
                return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
        default:
                return a->integer == b->integer && a->negative == b->negative;
        }
}

/* A scalar, string, enum or bits. */
static bool same_constant_type(const struct comparison *self, const struct type *old,
                               const struct type *type)
{
        if (old->kind != type->kind)
                return false;
        return type->kind != TYPE_NAMED ||
               new_version_of(self, old->declaration) == type->declaration;
}

static void constants_compare(struct comparison *self, const struct declaration *old,
                              const struct declaration *declaration)
{
        const char *before = type_text(self, old->type);
        const char *after = type_text(self, declaration->type);

        if (!same_constant_type(self, old->type->actual, declaration->type->actual))
                change_add(self, RULE_CONST_TYPE_CHANGED, old->type->at, declaration->type->at,
                           "constant '%s' is %s, was %s", told_name(self, declaration), after,
                           before);
        if (!constants_equal(&old->constant, &declaration->constant))
                change_add(self, RULE_CONST_VALUE_CHANGED, old->value->at, declaration->value->at,
                           "constant '%s' has another value", told_name(self, declaration));
}

static const char *kind_text(enum declaration_kind kind)
{
        static const char *const names[] = {
                [DECLARATION_CONST] = "a constant",  [DECLARATION_ALIAS] = "an alias",
                [DECLARATION_NEWTYPE] = "a newtype", [DECLARATION_ENUM] = "an enum",
                [DECLARATION_BITS] = "bits",         [DECLARATION_ERROR] = "an error",
                [DECLARATION_STRUCT] = "a struct",   [DECLARATION_TABLE] = "a table",
                [DECLARATION_UNION] = "a union",     [DECLARATION_INTERFACE] = "an interface",
        };

        return names[kind];
}

void compare_pair(struct comparison *self, const struct node *node)
{
        const struct declaration *old = node->old_version;
        const struct declaration *declaration = node->new_version;

        if (old->kind != declaration->kind) {
                change_add(self, RULE_KIND_CHANGED, old->name.at, declaration->name.at,
                           "'%s' is %s, was %s", node->subject, kind_text(declaration->kind),
                           kind_text(old->kind));
                return;
        }
        if (new_version_of(self, old) == declaration)
                names_compare(self, old, declaration);
        switch (declaration->kind) {
        case DECLARATION_CONST:
                constants_compare(self, old, declaration);
                break;
        case DECLARATION_ALIAS:
        case DECLARATION_NEWTYPE:
                compare_types(self, region_format(self->region, "'%s'", node->subject), old->type,
                              declaration->type);
                break;
        case DECLARATION_ENUM:
        case DECLARATION_BITS:
                compare_sets(self, old, declaration);
                break;
        case DECLARATION_ERROR:
        case DECLARATION_TABLE:
        case DECLARATION_UNION:
                compare_growing(self, old, declaration);
                break;
        case DECLARATION_STRUCT:
                compare_struct(self, old, declaration);
                break;
        case DECLARATION_INTERFACE:
                compare_interfaces(self, old, declaration);
                break;
        }
}

/* the files themselves */

static void packages_compare(struct comparison *self)
{
        const struct file *old = self->old_tree->file;
        const struct file *file = self->new_tree->file;
        bool kept = strcmp(old->c_prefix, file->c_prefix) == 0;

        if (strcmp(old->package.text, file->package.text) != 0)
                change_add(self, kept ? RULE_PACKAGE_RENAMED_C_KEPT : RULE_PACKAGE_RENAMED,
                           old->package.at, file->package.at, "package '%s' was '%s'",
                           file->package.text, old->package.text);
        else if (!kept)
                change_add(self, RULE_PREFIX_CHANGED, old->package.at, file->package.at,
                           "names in C begin with '%s', was '%s'", file->c_prefix, old->c_prefix);
}

static void removed_add(struct comparison *self, const struct declaration *old)
{
        struct span nowhere = {.source = NULL};
        enum rule rule = old->kind == DECLARATION_ALIAS       ? RULE_ALIAS_REMOVED
                         : old->kind == DECLARATION_INTERFACE ? RULE_INTERFACE_REMOVED
                                                              : RULE_DECLARATION_REMOVED;

        change_add(self, rule, old->name.at, nowhere, "'%s' was %s and is gone", old->name.text,
                   kind_text(old->kind));
}

static void unpaired_add(struct comparison *self)
{
        struct span nowhere = {.source = NULL};

        self->current = NULL;
        for (const struct declaration *each = self->old_tree->file->declarations; each != NULL;
             each = each->next)
                if (new_version_of(self, each) == NULL)
                        removed_add(self, each);
        for (const struct declaration *each = self->new_tree->file->declarations; each != NULL;
             each = each->next)
                if (old_version_of(self, each) == NULL)
                        change_add(self, RULE_DECLARATION_ADDED, nowhere, each->name.at,
                                   "'%s' is new: %s", each->name.text, kind_text(each->kind));
}

bool comparison_makes_sense(const struct comparison *self)
{
        const struct file *old = self->old_tree->file;
        const struct file *file = self->new_tree->file;

        return strcmp(old->package.text, file->package.text) == 0 || self->first != NULL;
}

void comparison_run(struct comparison *self, struct region *region,
                    const struct compilation *old_tree, const struct compilation *new_tree)
{
        *self = (struct comparison){.region = region, .old_tree = old_tree, .new_tree = new_tree};
        self->end = &self->first;
        self->changes_end = &self->changes;
        table_init(&self->new_of, region);
        table_init(&self->old_of, region);
        table_init(&self->nodes, region);
        packages_compare(self);
        compare_declarations(self);
        for (struct node *node = self->first; node != NULL; node = node->next) {
                if (node->list != LIST_NONE)
                        continue;
                self->current = node;
                compare_pair(self, node);
        }
        unpaired_add(self);
}
