/* SPDX-License-Identifier: MIT */
/*
 * Interfaces: their bases, the methods that come from them, and parameter lists.
 *
 * An interface's ancestors are every base reached, each once, in the order in which they are met.
 */
#include <string.h>

#include "darqidl/check.h"
#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/region.h"

enum { ANCESTORS_MAX = 64, METHODS_MAX = 10000 };

struct ancestry {
        const struct declaration *found[ANCESTORS_MAX];
        size_t count;
        bool fault;
};

static bool ancestry_has(const struct ancestry *self, const struct declaration *interface)
{
        for (size_t i = 0; i < self->count; i++)
                if (self->found[i] == interface)
                        return true;
        return false;
}

static void ancestry_fail(struct compilation *self, struct ancestry *ancestry,
                          const struct declaration *start, unsigned int code, const char *text)
{
        diagnose(&self->diagnostics, code, start->name.at, "'%s' %s", start->name.text, text);
        ancestry->fault = true;
}

static void ancestry_collect(struct compilation *self, struct ancestry *ancestry,
                             const struct declaration *start, const struct declaration *interface)
{
        for (const struct base *base = interface->bases; base != NULL && !ancestry->fault;
             base = base->next) {
                if (base->declaration == NULL || ancestry_has(ancestry, base->declaration))
                        continue;
                if (base->declaration == start)
                        ancestry_fail(self, ancestry, start, DI_BASE_CYCLE, "extends itself");
                else if (ancestry->count == ANCESTORS_MAX)
                        ancestry_fail(self, ancestry, start, DI_TOO_MANY, "has more than 64 bases");
                if (ancestry->fault)
                        return;
                ancestry->found[ancestry->count++] = base->declaration;
                ancestry_collect(self, ancestry, start, base->declaration);
        }
}

static void clash(struct compilation *self, const struct declaration *interface,
                  const struct method *first, const struct method *second, bool redeclared)
{
        if (redeclared)
                diagnose(&self->diagnostics, DI_METHOD_CLASH, first->name.at,
                         "the method '%s' comes from a base of '%s' already", first->name.text,
                         interface->name.text);
        else
                diagnose(&self->diagnostics, DI_METHOD_CLASH, interface->name.at,
                         "'%s' gets a method '%s' from two bases", interface->name.text,
                         first->name.text);
        if (!redeclared)
                diagnose_note(&self->diagnostics, first->name.at, "one");
        diagnose_note(&self->diagnostics, second->name.at, redeclared ? "here" : "the other");
}

static bool stands_in(const struct method *method, const struct declaration *interface)
{
        return method->at.source == interface->at.source &&
               method->at.begin >= interface->at.begin && method->at.end <= interface->at.end;
}

/* Counts a method, an interface's own or an inherited one; more than there may be are told once. */
static bool method_count(struct compilation *self, const struct declaration *interface)
{
        if (++self->methods == METHODS_MAX + 1)
                diagnose(&self->diagnostics, DI_TOO_MANY, interface->name.at,
                         "there are more than %d methods in all, inherited ones included",
                         METHODS_MAX);
        return self->methods <= METHODS_MAX;
}

/* Adds the methods of one of an interface's ancestors. False: there are too many. */
static bool inherited_add(struct compilation *self, struct table *names,
                          const struct declaration *interface, const struct declaration *from)
{
        for (const struct method *method = from->methods; method != NULL; method = method->next) {
                const struct method *other =
                        table_add(names, method->name.text, (void *)(uintptr_t)method);

                if (!method_count(self, interface))
                        return false;
                if (other != NULL && other != method)
                        clash(self, interface, other, method, stands_in(other, interface));
        }
        return true;
}

static void bases_check(struct compilation *self, struct declaration *interface)
{
        struct ancestry ancestry = {.count = 0};
        struct table names;

        if (interface->bases == NULL)
                return;
        ancestry_collect(self, &ancestry, interface, interface);
        if (ancestry.fault)
                return;
        interface->ancestors =
                region_alloc(self->region, sizeof ancestry.found[0] * (ancestry.count + 1));
        memcpy(interface->ancestors, ancestry.found, sizeof ancestry.found[0] * ancestry.count);
        interface->ancestor_count = ancestry.count;
        table_init(&names, self->scratch);
        for (const struct method *method = interface->methods; method != NULL;
             method = method->next)
                table_add(&names, method->name.text, (void *)(uintptr_t)method);
        for (size_t i = 0; i < ancestry.count; i++)
                if (!inherited_add(self, &names, interface, ancestry.found[i]))
                        return;
}

static void order_check(struct compilation *self, const struct member *members)
{
        const struct member *optional = NULL;

        for (const struct member *each = members; each != NULL; each = each->next) {
                bool required = !each->type->optional && each->default_value == NULL;

                if (optional != NULL && required) {
                        diagnose(&self->diagnostics, DI_REQUIRED_AFTER_OPTIONAL, each->name.at,
                                 "'%s' is required, but follows one that may be left out",
                                 each->name.text);
                        diagnose_note(&self->diagnostics, optional->name.at, "this one");
                }
                if (!required && optional == NULL)
                        optional = each;
        }
}

static void stream_check(struct compilation *self, const struct method *method)
{
        if (method->request.stream_misplaced)
                diagnose(&self->diagnostics, DI_STREAM, method->request.stream_at,
                         "a stream stands last among the parameters, and alone");
        if (method->reply.stream_misplaced ||
            (method->reply.stream != STREAM_NONE && method->reply.members != NULL))
                diagnose(&self->diagnostics, DI_STREAM, method->reply.stream_at,
                         "a result is a list or a stream, not both");
        if (method->oneway && method->request.stream != STREAM_NONE)
                diagnose(&self->diagnostics, DI_ONEWAY_STREAM, method->request.stream_at,
                         "a oneway method carries no stream");
}

static void method_check(struct compilation *self, const struct method *method)
{
        const struct member *const lists[] = {method->request.members, method->request.items,
                                              method->reply.members, method->reply.items};

        for (size_t i = 0; i < 4; i++)
                order_check(self, lists[i]);
        stream_check(self, method);
}

void check_interface(struct compilation *self, const struct file *file,
                     struct declaration *declaration)
{
        (void)file;
        if (declaration->kind != DECLARATION_INTERFACE)
                return;
        bases_check(self, declaration);
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next) {
                method_check(self, method);
                method_count(self, declaration);
        }
}
