/* SPDX-License-Identifier: MIT */
/*
 * Structs and parameter lists: what is known by its position.
 *
 * Both are walked side by side, and names say what happened: one that the other version hasn't was added, removed or,
 * where both versions have such a one in this place, renamed; names that both have in another order were reordered.
 */
#include <assert.h>
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/layout.h"
#include "darqidl/region.h"

/* How a list's changes are called. */
struct list_rules {
        enum rule added_required, added, inserted, removed, reordered;
};

static const struct list_rules of_struct = {
        RULE_STRUCT_MEMBER_ADDED,   RULE_STRUCT_MEMBER_ADDED, RULE_STRUCT_MEMBER_ADDED,
        RULE_STRUCT_MEMBER_REMOVED, RULE_STRUCT_REORDERED,
};

static const struct list_rules of_parameters = {
        RULE_REQUIRED_PARAMETER_ADDED, RULE_PARAMETER_ADDED,      RULE_PARAMETER_INSERTED,
        RULE_PARAMETER_REMOVED,        RULE_PARAMETERS_REORDERED,
};

struct lists {
        struct comparison *comparison;
        const struct list_rules *rules;
        const char *whole;           /* how the list is told */
        const char *before, *behind; /* what stands around a member's name when that is told */
        struct table old_names, names;
        struct span old_at, new_at;
};

static const struct span nowhere = {.source = NULL};

static const char *subject_of(const struct lists *self, const struct member *member)
{
        return region_format(self->comparison->region, "%s%s%s", self->before, member->name.text,
                             self->behind);
}

static void names_add(struct table *names, struct region *region, const struct member *members)
{
        table_init(names, region);
        for (; members != NULL; members = members->next)
                table_add(names, members->name.text, (void *)(uintptr_t)members);
}

/* defaults and '?' */

static void presence_compare(struct lists *self, const struct member *old,
                             const struct member *member)
{
        struct comparison *comparison = self->comparison;
        static const char *const texts[] = {"required", "optional", "one with a default"};
        unsigned int before = old->type->optional ? 1 : old->default_value != NULL ? 2 : 0;
        unsigned int after = member->type->optional ? 1 : member->default_value != NULL ? 2 : 0;
        enum rule rule = RULE_OPTIONAL_CHANGED;

        if (before == after) {
                if (after == 2 && !constants_equal(old->default_constant, member->default_constant))
                        change_add(comparison, RULE_DEFAULT_CHANGED, old->default_value->at,
                                   member->default_value->at, "%s has another default",
                                   subject_of(self, member));
                return;
        }
        if (before == 2)
                rule = after == 0 ? RULE_DEFAULT_REMOVED : RULE_OPTIONAL_BECAME_DEFAULT;
        else if (after == 2)
                rule = before == 0 ? RULE_DEFAULT_ADDED : RULE_OPTIONAL_BECAME_DEFAULT;
        change_add(comparison, rule, old->name.at, member->name.at, "%s is %s, was %s",
                   subject_of(self, member), texts[after], texts[before]);
}

static void member_compare(struct lists *self, const struct member *old,
                           const struct member *member)
{
        struct comparison *comparison = self->comparison;
        const char *subject = subject_of(self, member);
        struct marks old_marks = marks_of_member(old);
        struct marks marks = marks_of_member(member);
        bool kept = self->rules == &of_struct && !member->type->optional &&
                    strcmp(old->c_name, member->c_name) == 0; /* has_ isn't */

        if (strcmp(old->name.text, member->name.text) != 0)
                change_add(comparison, kept ? RULE_MEMBER_RENAMED_C_KEPT : RULE_MEMBER_RENAMED,
                           old->name.at, member->name.at, "%s was '%s'", subject, old->name.text);
        presence_compare(self, old, member);
        compare_marks(comparison, subject, &old_marks, &marks);
        compare_types(comparison, subject, old->type, member->type);
}

static void removed(struct lists *self, const struct member *old)
{
        change_add(self->comparison, self->rules->removed, old->name.at, nowhere, "%s is gone",
                   subject_of(self, old));
}

static void added(struct lists *self, const struct member *member, bool last)
{
        bool required = !member->type->optional && member->default_value == NULL;
        enum rule rule = !last      ? self->rules->inserted
                         : required ? self->rules->added_required
                                    : self->rules->added;

        change_add(self->comparison, rule, nowhere, member->name.at, "%s is new%s",
                   subject_of(self, member), last ? "" : ", and not at the end");
}

/* In another order; each is still compared with what has its name. */
static void reordered(struct lists *self, const struct member *old, const struct member *members)
{
        change_add(self->comparison, self->rules->reordered, self->old_at, self->new_at,
                   "%s has its members in another order", self->whole);
        for (; old != NULL; old = old->next)
                if (table_find(&self->names, old->name.text) == NULL)
                        removed(self, old);
        for (; members != NULL; members = members->next) {
                const struct member *before = table_find(&self->old_names, members->name.text);

                if (before != NULL)
                        member_compare(self, before, members);
                else
                        added(self, members, members->next == NULL);
        }
}

/* Whether what both have stands in the same order. */
static bool in_order(const struct lists *self, const struct member *old,
                     const struct member *members)
{
        for (;;) {
                while (old != NULL && table_find(&self->names, old->name.text) == NULL)
                        old = old->next;
                while (members != NULL && table_find(&self->old_names, members->name.text) == NULL)
                        members = members->next;
                if (old == NULL || members == NULL)
                        return true;
                if (strcmp(old->name.text, members->name.text) != 0)
                        return false;
                old = old->next;
                members = members->next;
        }
}

/* Another name and another kind of type: not a rename. */
static bool unlike(const struct member *old, const struct member *member)
{
        return layout_beneath(old->type)->kind != layout_beneath(member->type)->kind;
}

static void lists_walk(struct lists *self, const struct member *old, const struct member *members)
{
        while (old != NULL || members != NULL) {
                bool old_known = old != NULL && table_find(&self->names, old->name.text) != NULL;
                bool known =
                        members != NULL && table_find(&self->old_names, members->name.text) != NULL;

                if (old != NULL && members != NULL && old_known == known) {
                        if (!known && unlike(old, members)) {
                                removed(self, old);
                                added(self, members, old->next == NULL);
                        } else {
                                member_compare(self, old, members);
                        }
                        old = old->next;
                        members = members->next;
                } else if (old != NULL && !old_known) {
                        removed(self, old);
                        old = old->next;
                } else {
                        assert(members != NULL);
                        added(self, members, old == NULL);
                        members = members->next;
                }
        }
}

static void lists_compare(struct lists *self, const struct member *old,
                          const struct member *members)
{
        names_add(&self->old_names, self->comparison->region, old);
        names_add(&self->names, self->comparison->region, members);
        if (in_order(self, old, members))
                lists_walk(self, old, members);
        else
                reordered(self, old, members);
}

void compare_struct(struct comparison *self, const struct declaration *old,
                    const struct declaration *declaration)
{
        const char *name = told_name(self, declaration);
        struct lists lists = {.comparison = self, .rules = &of_struct};

        lists.before = region_format(self->region, "'%s.", name);
        lists.behind = "'";
        lists.whole = region_format(self->region, "'%s'", name);
        lists.old_at = old->name.at;
        lists.new_at = declaration->name.at;
        lists_compare(&lists, old->members, declaration->members);
}

void compare_lists(struct comparison *self, const char *whole, const struct member *old,
                   const struct member *members, struct span old_at, struct span new_at)
{
        struct lists lists = {.comparison = self, .rules = &of_parameters, .whole = whole};

        lists.before = "'";
        lists.behind = region_format(self->region, "' in %s", whole);
        lists.old_at = old_at;
        lists.new_at = new_at;
        lists_compare(&lists, old, members);
}
