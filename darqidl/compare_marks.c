/* SPDX-License-Identifier: MIT */
/*
 * Attributes, and the name in C where it was given: what isn't on the wire.
 *
 * A name in C that follows from another - of the declaration, the package - is told of that one.
 */
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/region.h"

static const char *value_text(struct region *region, const struct attribute *attribute)
{
        const struct value *value = attribute != NULL ? attribute->value : NULL;

        if (attribute == NULL)
                return "not there";
        if (value == NULL)
                return "there";
        return value->kind == VALUE_STRING
                       ? region_format(region, "\"%s\"", value->text)
                       : region_format(region, "%llu", (unsigned long long)value->integer);
}

static void c_names_compare(struct comparison *self, const char *subject, const struct marks *old,
                            const struct marks *marks)
{
        bool given = attribute_find(old->attributes, "c_name") != NULL ||
                     attribute_find(marks->attributes, "c_name") != NULL;

        if (given && strcmp(old->name, marks->name) == 0 && strcmp(old->c_name, marks->c_name) != 0)
                change_add(self, RULE_C_NAME_CHANGED, old->at, marks->at,
                           "%s is '%s' in C, was '%s'", subject, marks->c_name, old->c_name);
}

void compare_marks(struct comparison *self, const char *subject, const struct marks *old,
                   const struct marks *marks)
{
        static const char *const names[] = {"deprecated", "idempotent", "sensitive", "timeout"};

        c_names_compare(self, subject, old, marks);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
                const char *before =
                        value_text(self->region, attribute_find(old->attributes, names[i]));
                const char *after =
                        value_text(self->region, attribute_find(marks->attributes, names[i]));

                if (strcmp(before, after) != 0)
                        change_add(self, RULE_ATTRIBUTE_CHANGED, old->at, marks->at,
                                   "@%s of %s is %s, was %s", names[i], subject, after, before);
        }
}

struct marks marks_of_member(const struct member *member)
{
        return (struct marks){member->attributes, member->name.text, member->c_name,
                              member->name.at};
}

struct marks marks_of_method(const struct method *method)
{
        return (struct marks){method->attributes, method->name.text, method->c_name,
                              method->name.at};
}

struct marks marks_of_declaration(const struct declaration *declaration)
{
        return (struct marks){declaration->attributes, declaration->name.text, declaration->c_name,
                              declaration->name.at};
}
