/* SPDX-License-Identifier: MIT */
/*
 * Attributes: a closed set, each with its places and its value.
 */
#include <string.h>

#include "darqidl/check.h"
#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/name.h"
#include "darqidl/parse.h"
#include "darqidl/region.h"
#include "darqidl/reserved.h"

enum place {
        ON_INTERFACE = 1,
        ON_DECLARATION = 2,
        ON_MEMBER = 4,
        ON_METHOD = 8,
        ON_PARAMETER = 16,
        ON_PACKAGE = 32
};

enum { ON_ANY = ON_INTERFACE | ON_DECLARATION | ON_MEMBER | ON_METHOD | ON_PARAMETER };

static const struct kind {
        const char *name;
        unsigned int places;
        enum { NO_VALUE, A_STRING, A_C_PREFIX, A_C_NAME, AN_ID, MILLISECONDS } value;
} kinds[] = {
        {"id", ON_INTERFACE, AN_ID},
        {"deprecated", ON_ANY, A_STRING},
        {"idempotent", ON_METHOD, NO_VALUE},
        {"timeout", ON_METHOD, MILLISECONDS},
        {"sensitive", ON_MEMBER | ON_PARAMETER, NO_VALUE},
        {"c_prefix", ON_PACKAGE, A_C_PREFIX},
        {"c_name", ON_INTERFACE | ON_DECLARATION | ON_MEMBER | ON_METHOD, A_C_NAME},
};

static const struct kind *kind_find(const char *name)
{
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                if (strcmp(kinds[i].name, name) == 0)
                        return &kinds[i];
        return NULL;
}

static bool is_c_name(const char *text)
{
        size_t size = strlen(text);

        return size != 0 && size <= NAME_MAX_SIZE && strchr("0123456789", text[0]) == NULL &&
               strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
                       size;
}

static bool is_free(const char *name)
{
        return !reserved_in_c(name) && !reserved_in_headers(name);
}

static bool value_fits(const struct kind *kind, const struct value *value)
{
        switch (kind->value) {
        case NO_VALUE:
                return value == NULL;
        case A_STRING:
                return value != NULL && value->kind == VALUE_STRING;
        case A_C_PREFIX:
                return value != NULL && value->kind == VALUE_STRING && is_c_name(value->text);
        case A_C_NAME:
                return value != NULL && value->kind == VALUE_STRING && is_c_name(value->text) &&
                       is_free(value->text);
        case AN_ID:
                return value != NULL && value->kind == VALUE_INTEGER && !value->negative &&
                       value->integer != 0;
        case MILLISECONDS:
                return value != NULL && value->kind == VALUE_INTEGER && !value->negative &&
                       value->integer != 0 && value->integer <= UINT32_MAX;
        }
        return false;
}

static void unknown(struct compilation *self, const struct attribute *attribute)
{
        struct nearest nearest = nearest_to(attribute->name.text, &self->nearest_budget);

        diagnose(&self->diagnostics, DI_UNKNOWN_ATTRIBUTE, attribute->name.at,
                 "there is no attribute '@%s'", attribute->name.text);
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
                nearest_try(&nearest, kinds[i].name);
        if (nearest.best != NULL)
                diagnose_help(&self->diagnostics, "did you mean '@%s'?", nearest.best);
}

static void value_check(struct compilation *self, const struct kind *kind,
                        const struct attribute *attribute)
{
        static const char *const wanted[] = {
                [NO_VALUE] = "has no value",
                [A_STRING] = "has a string as its value",
                [A_C_PREFIX] = "has a C name of at most 64 letters as its value",
                [A_C_NAME] = "has a C name of at most 64 letters that is not reserved",
                [AN_ID] = "has an integer above 0 as its value",
                [MILLISECONDS] = "has milliseconds as its value, 1 to 4294967295",
        };
        const struct value *value = attribute->value;

        if (!value_fits(kind, value))
                diagnose(&self->diagnostics, DI_BAD_ATTRIBUTE,
                         value != NULL ? value->at : attribute->name.at, "'@%s' %s", kind->name,
                         wanted[kind->value]);
}

static void place_check(struct compilation *self, const struct kind *kind,
                        const struct attribute *attribute, enum place place)
{
        if ((kind->places & place) != 0)
                return;
        diagnose(&self->diagnostics, DI_MISPLACED_ATTRIBUTE, attribute->name.at,
                 "'@%s' doesn't belong here", kind->name);
}

static void attributes_check(struct compilation *self, const struct attribute *attributes,
                             enum place place)
{
        const struct attribute *seen[sizeof kinds / sizeof kinds[0]] = {0};

        for (const struct attribute *each = attributes; each != NULL; each = each->next) {
                const struct kind *kind = kind_find(each->name.text);

                if (kind == NULL) {
                        unknown(self, each);
                        continue;
                }
                place_check(self, kind, each, place);
                value_check(self, kind, each);
                if (seen[kind - kinds] != NULL) {
                        diagnose(&self->diagnostics, DI_BAD_ATTRIBUTE, each->name.at,
                                 "'@%s' is given twice", kind->name);
                        diagnose_note(&self->diagnostics, seen[kind - kinds]->name.at, "here");
                }
                seen[kind - kinds] = each;
        }
}

void package_attributes_check(struct compilation *self, const struct attribute *attributes)
{
        attributes_check(self, attributes, ON_PACKAGE);
}

static const char *text_of(const struct attribute *attributes, const char *name)
{
        const struct attribute *found = attribute_find(attributes, name);

        return found != NULL && found->value != NULL && found->value->kind == VALUE_STRING
                       ? found->value->text
                       : NULL;
}

static void members_check(struct compilation *self, struct member *members, enum place place)
{
        for (struct member *member = members; member != NULL; member = member->next) {
                attributes_check(self, member->attributes, place);
                member->deprecated = text_of(member->attributes, "deprecated");
                member->sensitive = attribute_find(member->attributes, "sensitive") != NULL;
        }
}

static void method_check(struct compilation *self, struct method *method)
{
        const struct attribute *timeout = attribute_find(method->attributes, "timeout");

        attributes_check(self, method->attributes, ON_METHOD);
        method->deprecated = text_of(method->attributes, "deprecated");
        method->idempotent = attribute_find(method->attributes, "idempotent") != NULL;
        if (timeout != NULL && timeout->value != NULL)
                method->timeout_ms = (uint32_t)timeout->value->integer;
        members_check(self, method->request.members, ON_PARAMETER);
        members_check(self, method->request.items, ON_PARAMETER);
        members_check(self, method->reply.members, ON_PARAMETER);
        members_check(self, method->reply.items, ON_PARAMETER);
}

/* FNV-1a, 64 bits, of the full name (Fowler, Noll, Vo). */
static uint64_t interface_id(const char *name)
{
        uint64_t sum = UINT64_C(0xcbf29ce484222325);

        for (; *name != 0; name++)
                sum = (sum ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
        return sum;
}

/* Two interfaces of one graph never have one id, by chance or by @id. */
static void id_check(struct compilation *self, struct declaration *interface)
{
        const char *key =
                region_format(self->region, "%llx", (unsigned long long)interface->interface_id);
        const struct declaration *other = table_add(&self->interfaces, key, interface);

        if (other == NULL)
                return;
        diagnose(&self->diagnostics, DI_SAME_ID, interface->name.at,
                 "'%s' has the id 0x%s of another interface", interface->name.text, key);
        diagnose_note(&self->diagnostics, other->name.at, "that one");
}

void check_attributes(struct compilation *self, const struct file *file,
                      struct declaration *declaration)
{
        bool interface = declaration->kind == DECLARATION_INTERFACE;
        const struct attribute *id = attribute_find(declaration->attributes, "id");

        (void)file;
        attributes_check(self, declaration->attributes, interface ? ON_INTERFACE : ON_DECLARATION);
        declaration->deprecated = text_of(declaration->attributes, "deprecated");
        members_check(self, declaration->members, ON_MEMBER);
        for (struct method *method = declaration->methods; method != NULL; method = method->next)
                method_check(self, method);
        if (!interface)
                return;
        if (id != NULL && !value_fits(kind_find("id"), id->value))
                return;
        declaration->interface_id =
                id != NULL ? id->value->integer : interface_id(declaration->full_name);
        id_check(self, declaration);
}
