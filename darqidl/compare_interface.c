/* SPDX-License-Identifier: MIT */
/*
 * Interfaces and their methods.
 *
 * Each list of a method is a node of its own: it knows who sends it.
 */
#include <inttypes.h>
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/numbered.h"
#include "darqidl/region.h"

/* lists */

struct method_pair {
        struct node *interface;
        const char *name; /* "Storage.get" */
        const struct method *old, *method;
};

/* What is compared next belongs to this list. */
static void list_begin(struct comparison *self, const struct method_pair *pair, enum list_kind kind)
{
        self->current = node_new(self, pair->interface->old_version, pair->interface->new_version,
                                 pair->name);
        self->current->list = kind;
}

static void list_compare(struct comparison *self, const struct method_pair *pair,
                         enum list_kind kind, const struct member *old,
                         const struct member *members)
{
        static const char *const names[] = {
                [LIST_REQUEST] = "request",
                [LIST_UPLOAD] = "upload",
                [LIST_REPLY] = "reply",
                [LIST_DOWNLOAD] = "download",
        };

        if (old == NULL && members == NULL)
                return;
        list_begin(self, pair, kind);
        compare_lists(self, region_format(self->region, "the %s of '%s'", names[kind], pair->name),
                      old, members, pair->old->name.at, pair->method->name.at);
        self->current = pair->interface;
}

static const char *result_text(const struct parameters *parameters)
{
        static const char *const texts[] = {
                [STREAM_NONE] = "no stream",
                [STREAM_BYTES] = "a stream of bytes",
                [STREAM_ITEMS] = "a stream of items",
        };

        return texts[parameters->stream];
}

static void stream_compare(struct comparison *self, const struct method_pair *pair,
                           const char *what, const struct parameters *old,
                           const struct parameters *parameters)
{
        if (old->stream != parameters->stream)
                change_add(self, RULE_STREAM_CHANGED, pair->old->name.at, pair->method->name.at,
                           "'%s' %s %s, was %s", pair->name, what, result_text(parameters),
                           result_text(old));
}

/* methods */

static void errors_compare(struct comparison *self, const struct method_pair *pair)
{
        const struct declaration *before = pair->old->error_declaration;
        const struct declaration *after = pair->method->error_declaration;

        if (before == NULL && after == NULL)
                return;
        if (before == NULL || after == NULL) {
                change_add(self, before == NULL ? RULE_ERROR_ADDED : RULE_ERROR_REMOVED,
                           pair->old->name.at, pair->method->name.at, "'%s' %s errors now",
                           pair->name, before == NULL ? "declares" : "declares no");
                return;
        }
        if (new_version_of(self, before) != after && !versions_join(self, before, after))
                change_add(self, RULE_ERROR_REPLACED, pair->old->error.at, pair->method->error.at,
                           "'%s' declares the errors of '%s', was '%s'", pair->name,
                           told_name(self, after), told_name(self, before));
        list_begin(self, pair, LIST_ERRORS);
        versions_use(self, before, after);
        self->current = pair->interface;
}

static void methods_compare(struct comparison *self, const struct method_pair *pair)
{
        const struct method *old = pair->old;
        const struct method *method = pair->method;

        if (old->oneway != method->oneway)
                change_add(self, RULE_ONEWAY_CHANGED, old->name.at, method->name.at, "'%s' is %s",
                           pair->name, method->oneway ? "oneway now" : "no longer oneway");
        stream_compare(self, pair, "takes", &old->request, &method->request);
        stream_compare(self, pair, "gives", &old->reply, &method->reply);
        errors_compare(self, pair);
        list_compare(self, pair, LIST_REQUEST, old->request.members, method->request.members);
        if (!old->oneway && !method->oneway && old->reply.stream == method->reply.stream)
                list_compare(self, pair, LIST_REPLY, old->reply.members, method->reply.members);
        if (old->request.stream == method->request.stream)
                list_compare(self, pair, LIST_UPLOAD, old->request.items, method->request.items);
        if (old->reply.stream == method->reply.stream)
                list_compare(self, pair, LIST_DOWNLOAD, old->reply.items, method->reply.items);
}

static void both_compare(struct comparison *self, const char *subject, const struct numbered *old,
                         const struct numbered *item)
{
        struct method_pair pair = {
                .interface = self->current, .old = old->method, .method = item->method};
        struct marks before = marks_of_method(old->method);
        struct marks after = marks_of_method(item->method);

        pair.name = region_format(self->region, "%s.%s", pair.interface->subject, item->name);
        compare_marks(self, subject, &before, &after);
        methods_compare(self, &pair);
}

/* bases */

static bool has_ancestor(const struct declaration *interface, const struct declaration *wanted)
{
        for (size_t i = 0; i < interface->ancestor_count; i++)
                if (interface->ancestors[i] == wanted)
                        return true;
        return false;
}

static void bases_compare(struct comparison *self, const struct declaration *old,
                          const struct declaration *declaration)
{
        for (const struct base *base = old->bases; base != NULL; base = base->next) {
                const struct declaration *now = new_version_of(self, base->declaration);

                if (now != NULL && has_ancestor(declaration, now))
                        versions_use(self, base->declaration, now);
                else
                        change_add(self, RULE_BASE_REMOVED, base->name.at, declaration->name.at,
                                   "'%s' no longer extends '%s'", told_name(self, declaration),
                                   told_name(self, base->declaration));
        }
        for (const struct base *base = declaration->bases; base != NULL; base = base->next) {
                const struct declaration *before = old_version_of(self, base->declaration);

                if (before == NULL || !has_ancestor(old, before))
                        change_add(self, RULE_BASE_ADDED, old->name.at, base->name.at,
                                   "'%s' extends '%s'", told_name(self, declaration),
                                   told_name(self, base->declaration));
        }
}

void compare_interfaces(struct comparison *self, const struct declaration *old,
                        const struct declaration *declaration)
{
        static const struct numbers_compare how = {
                .added = RULE_METHOD_ADDED,
                .removed = RULE_METHOD_REMOVED,
                .removed_reserved = RULE_METHOD_REMOVED,
                .both = both_compare,
        };

        if (old->interface_id != declaration->interface_id) {
                change_add(self, RULE_INTERFACE_ID_CHANGED, old->name.at, declaration->name.at,
                           "the id of '%s' is 0x%016" PRIx64 ", was 0x%016" PRIx64,
                           told_name(self, declaration), declaration->interface_id,
                           old->interface_id);
                change_help(self, "write @id(0x%016" PRIx64 ") before it to keep the old one",
                            old->interface_id);
        }
        bases_compare(self, old, declaration);
        numbers_compare(self, old, declaration, &how);
}
