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

enum { ANCESTORS_MAX = 64 };

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

static void ancestry_collect(struct compilation *self, struct ancestry *ancestry, const struct declaration *start,
                             const struct declaration *interface)
{
        for (const struct base *base = interface->bases; base != NULL && !ancestry->fault; base = base->next) {
                if (base->declaration == start) {
                        diagnose(&self->diagnostics, DI_BASE_CYCLE, start->name.at, "'%s' extends itself",
                                 start->name.text);
                        ancestry->fault = true;
                        return;
                }
                if (ancestry_has(ancestry, base->declaration))
                        continue;
                if (ancestry->count == ANCESTORS_MAX) {
                        diagnose(&self->diagnostics, DI_TOO_DEEP, start->name.at,
                                 "'%s' has more than %d bases in all", start->name.text, ANCESTORS_MAX);
                        ancestry->fault = true;
                        return;
                }
                ancestry->found[ancestry->count++] = base->declaration;
                ancestry_collect(self, ancestry, start, base->declaration);
        }
}

static void methods_add(struct compilation *self, struct table *names, const struct declaration *interface,
                        const struct declaration *from)
{
        for (const struct method *method = from->methods; method != NULL; method = method->next) {
                const struct method *other = table_add(names, method->name.text, (void *)(uintptr_t)method);

                if (other == NULL || other == method || from == interface)
                        continue;
                diagnose(&self->diagnostics, DI_METHOD_CLASH, interface->name.at,
                         "'%s' gets a method '%s' from two places", interface->name.text, method->name.text);
                diagnose_note(&self->diagnostics, other->name.at, "one");
                diagnose_note(&self->diagnostics, method->name.at, "the other");
        }
}

static void bases_check(struct compilation *self, struct declaration *interface)
{
        struct ancestry ancestry = {.count = 0};
        struct table names;

        for (const struct base *base = interface->bases; base != NULL; base = base->next)
                for (const struct base *other = interface->bases; other != base; other = other->next)
                        if (other->declaration == base->declaration)
                                diagnose(&self->diagnostics, DI_BASE_TWICE, base->name.at,
                                         "'%s' is named as a base already", base->name.text);
        ancestry_collect(self, &ancestry, interface, interface);
        if (ancestry.fault)
                return;
        interface->ancestors = region_alloc(self->region, sizeof ancestry.found[0] * (ancestry.count + 1));
        memcpy(interface->ancestors, ancestry.found, sizeof ancestry.found[0] * ancestry.count);
        interface->ancestor_count = ancestry.count;
        table_init(&names, self->region);
        methods_add(self, &names, interface, interface);
        for (size_t i = 0; i < ancestry.count; i++)
                methods_add(self, &names, interface, ancestry.found[i]);
}

static void order_check(struct compilation *self, const struct member *members)
{
        const struct member *optional = NULL;

        for (const struct member *each = members; each != NULL; each = each->next) {
                bool required = !each->type->optional && each->default_value == NULL;

                if (optional != NULL && required) {
                        diagnose(&self->diagnostics, DI_REQUIRED_AFTER_OPTIONAL, each->name.at,
                                 "'%s' is required, but follows one that may be left out", each->name.text);
                        diagnose_note(&self->diagnostics, optional->name.at, "this one");
                        return;
                }
                if (!required)
                        optional = each;
        }
}

static void stream_check(struct compilation *self, const struct method *method)
{
        if (method->request.stream_misplaced)
                diagnose(&self->diagnostics, DI_STREAM, method->request.stream_at,
                         "a stream stands last among the parameters, and alone");
        if (method->reply.stream != STREAM_NONE && method->reply.stream_misplaced)
                diagnose(&self->diagnostics, DI_STREAM, method->reply.stream_at,
                         "a result is a list or a stream, not both");
        if (method->oneway && method->request.stream != STREAM_NONE)
                diagnose(&self->diagnostics, DI_ONEWAY_STREAM, method->request.stream_at,
                         "a oneway method carries no stream");
}

static void method_check(struct compilation *self, const struct method *method)
{
        const struct member *const lists[] = {method->request.members, method->request.items, method->reply.members,
                                              method->reply.items};

        for (size_t i = 0; i < 4; i++)
                order_check(self, lists[i]);
        stream_check(self, method);
}

void check_interface(struct compilation *self, const struct file *file, struct declaration *declaration)
{
        (void)file;
        if (declaration->kind != DECLARATION_INTERFACE)
                return;
        bases_check(self, declaration);
        for (const struct method *method = declaration->methods; method != NULL; method = method->next)
                method_check(self, method);
}
