/* SPDX-License-Identifier: MIT */
/*
 * Which declaration of the new version is which of the old one.
 *
 * Of the file that is compared: interfaces by their id, wherever they stand now, then everything by its name (the
 * package may be another), then what is left by its members, which is how a rename is found. What a type was renamed to
 * is also told by its place: compare_types joins two that stand where the other stood. In imported files the full name
 * decides.
 */
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/page.h"
#include "darqidl/region.h"

static void *thing(const struct declaration *declaration)
{
        return (void *)(uintptr_t)declaration;
}

const struct declaration *new_version_of(const struct comparison *self,
                                         const struct declaration *old)
{
        const struct declaration *found = table_find(&self->new_of, old->full_name);

        if (found != NULL || old->file == self->old_tree->file)
                return found;
        found = table_find(&self->new_tree->declarations, old->full_name);
        return found != NULL && table_find(&self->old_of, found->full_name) == NULL ? found : NULL;
}

const struct declaration *old_version_of(const struct comparison *self,
                                         const struct declaration *declaration)
{
        const struct declaration *found = table_find(&self->old_of, declaration->full_name);

        if (found != NULL || declaration->file == self->new_tree->file)
                return found;
        found = table_find(&self->old_tree->declarations, declaration->full_name);
        return found != NULL && table_find(&self->new_of, found->full_name) == NULL ? found : NULL;
}

bool versions_join(struct comparison *self, const struct declaration *old,
                   const struct declaration *declaration)
{
        if (new_version_of(self, old) != NULL || old_version_of(self, declaration) != NULL)
                return false;
        table_add(&self->new_of, old->full_name, thing(declaration));
        table_add(&self->old_of, declaration->full_name, thing(old));
        return true;
}

static bool is_encoded(enum declaration_kind kind)
{
        return kind >= DECLARATION_NEWTYPE && kind != DECLARATION_ERROR &&
               kind != DECLARATION_INTERFACE;
}

static void join_by_id(struct comparison *self)
{
        for (const struct declaration *old = self->old_tree->file->declarations; old != NULL;
             old = old->next) {
                const struct declaration *found;

                if (old->kind != DECLARATION_INTERFACE)
                        continue;
                found = table_find(
                        &self->new_tree->interfaces,
                        region_format(self->region, "%llx", (unsigned long long)old->interface_id));
                if (found != NULL)
                        versions_join(self, old, found);
        }
}

static void join_by_name(struct comparison *self)
{
        for (const struct declaration *old = self->old_tree->file->declarations; old != NULL;
             old = old->next) {
                const char *name = region_format(
                        self->region, "%s.%s", self->new_tree->file->package.text, old->name.text);
                const struct declaration *found = table_find(&self->new_tree->declarations, name);

                if (found != NULL && (found->kind == old->kind ||
                                      (is_encoded(found->kind) && is_encoded(old->kind))))
                        versions_join(self, old, found);
        }
}

/* Kind, and the numbers and names of all members: what two that were only renamed have in common. NULL: it has none. */
static const char *shape_of(struct region *region, const struct declaration *declaration)
{
        struct page page;

        if (declaration->members == NULL && declaration->methods == NULL)
                return NULL;
        page_init(&page, region);
        page_print(&page, "%d", (int)declaration->kind);
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next)
                page_print(&page, " %lld/%llu:%s", (long long)member->number,
                           (unsigned long long)member->bits_value, member->name.text);
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next)
                page_print(&page, " %u:%s", method->ordinal, method->name.text);
        return page.text;
}

static void join_by_shape(struct comparison *self)
{
        struct table shapes;

        table_init(&shapes, self->region);
        for (const struct declaration *each = self->new_tree->file->declarations; each != NULL;
             each = each->next) {
                const char *shape =
                        old_version_of(self, each) == NULL ? shape_of(self->region, each) : NULL;

                if (shape != NULL)
                        table_add(&shapes, shape, thing(each));
        }
        for (const struct declaration *old = self->old_tree->file->declarations; old != NULL;
             old = old->next) {
                const char *shape =
                        new_version_of(self, old) == NULL ? shape_of(self->region, old) : NULL;
                const struct declaration *found = shape != NULL ? table_find(&shapes, shape) : NULL;

                if (found != NULL)
                        versions_join(self, old, found);
        }
}

void compare_declarations(struct comparison *self)
{
        join_by_id(self);
        join_by_name(self);
        join_by_shape(self);
        for (const struct declaration *old = self->old_tree->file->declarations; old != NULL;
             old = old->next) {
                const struct declaration *found = new_version_of(self, old);

                if (found != NULL)
                        versions_use(self, old, found);
        }
}
