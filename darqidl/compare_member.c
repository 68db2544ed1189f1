/* SPDX-License-Identifier: MIT */
/*
 * Enums, bits, errors, tables and unions: what is known by its number.
 */
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/layout.h"
#include "darqidl/numbered.h"
#include "darqidl/region.h"

/* Another name and another kind of type: not a rename. */
static bool types_unlike(const struct numbered *old, const struct numbered *item)
{
        return layout_beneath(old->member->type)->kind != layout_beneath(item->member->type)->kind;
}

static void both_compare(struct comparison *self, const char *subject, const struct numbered *old,
                         const struct numbered *item)
{
        const struct member *before = old->member;
        const struct member *after = item->member;
        struct marks old_marks = marks_of_member(before);
        struct marks marks = marks_of_member(after);

        compare_marks(self, subject, &old_marks, &marks);
        if (after->type != NULL)
                compare_types(self, subject, before->type, after->type);
}

/* enum and bits */

static void base_compare(struct comparison *self, const struct declaration *old,
                         const struct declaration *declaration)
{
        enum type_kind before = old->type->actual->kind;
        enum type_kind after = declaration->type->actual->kind;
        bool widens =
                declaration->kind == DECLARATION_BITS && (before == TYPE_U64 || after == TYPE_U64);

        if (before != after)
                change_add(self, widens ? RULE_BITS_WIDENED : RULE_BASE_TYPE_CHANGED, old->type->at,
                           declaration->type->at, "the base of '%s' is %s, was %s",
                           told_name(self, declaration), type_text(self, declaration->type),
                           type_text(self, old->type));
}

static void strictness_compare(struct comparison *self, const struct declaration *old,
                               const struct declaration *declaration, enum rule flexible,
                               enum rule strict)
{
        if (old->strict != declaration->strict)
                change_add(self, declaration->strict ? strict : flexible, old->name.at,
                           declaration->name.at, "'%s' is %s, was %s", told_name(self, declaration),
                           declaration->strict ? "strict" : "flexible",
                           old->strict ? "strict" : "flexible");
}

/* A value of one that becomes flexible is kept by new readers, so that what counts is the old one. */
static struct numbers_compare rules_of(const struct declaration *old)
{
        return (struct numbers_compare){
                .added = old->strict ? RULE_STRICT_MEMBER_ADDED : RULE_MEMBER_ADDED,
                .removed = RULE_MEMBER_REMOVED,
                .removed_reserved = RULE_MEMBER_REMOVED_RESERVED,
                .both = both_compare,
        };
}

void compare_sets(struct comparison *self, const struct declaration *old,
                  const struct declaration *declaration)
{
        struct numbers_compare how = rules_of(old);

        if (declaration->strict)
                how.removed_reserved = RULE_STRICT_MEMBER_REMOVED_RESERVED;
        base_compare(self, old, declaration);
        strictness_compare(self, old, declaration, RULE_MADE_FLEXIBLE, RULE_MADE_STRICT);
        numbers_compare(self, old, declaration, &how);
}

void compare_growing(struct comparison *self, const struct declaration *old,
                     const struct declaration *declaration)
{
        struct numbers_compare how = rules_of(old);

        if (declaration->kind != DECLARATION_ERROR)
                how.unlike = types_unlike;
        if (declaration->strict)
                how.removed_reserved = RULE_STRICT_MEMBER_REMOVED_RESERVED;
        strictness_compare(self, old, declaration, RULE_UNION_MADE_FLEXIBLE,
                           RULE_UNION_MADE_STRICT);
        numbers_compare(self, old, declaration, &how);
}
