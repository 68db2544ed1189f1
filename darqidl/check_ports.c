/* SPDX-License-Identifier: MIT */
/*
 * Ports in streams: items carry none, at whatever depth.
 *
 * Which declarations carry ports is found once: those that have a port themselves are marked, then
 * whatever uses a marked one, until nothing is left to mark. So each use is looked at once, and types
 * may contain each other.
 */
#include "darqidl/check.h"
#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/region.h"
#include "darqidl/resolve.h"

/* One declaration has a member of a type: a link in that type's list. */
struct user {
        struct user *next;
        struct declaration *declaration;
};

/* The innermost type of vecs and arrays; NULL: aliases lead in a circle, which is reported elsewhere. */
static const struct type *innermost(const struct type *type)
{
        for (int i = 0; i < 8; i++) {
                type = type->actual;
                if (type->element == NULL)
                        return type;
                type = type->element;
        }
        return NULL;
}

static struct declaration *composite_of(const struct type *type)
{
        struct declaration *declaration = type->kind == TYPE_NAMED ? type->declaration : NULL;

        return declaration != NULL && declaration->kind >= DECLARATION_STRUCT &&
                               declaration->kind <= DECLARATION_UNION
                       ? declaration
                       : NULL;
}

static void uses_enter(struct region *region, struct declaration *declaration,
                       struct declaration **marked)
{
        for (const struct member *member = declaration->members; member != NULL;
             member = member->next) {
                const struct type *type = member->type != NULL ? innermost(member->type) : NULL;
                struct declaration *used = type != NULL ? composite_of(type) : NULL;
                struct user *user;

                if (type != NULL && type->kind == TYPE_PORT && !declaration->has_ports) {
                        declaration->has_ports = true;
                        declaration->next_marked = *marked;
                        *marked = declaration;
                }
                if (used == NULL)
                        continue;
                user = region_alloc(region, sizeof *user);
                *user = (struct user){used->users, declaration};
                used->users = user;
        }
}

static void marks_spread(struct declaration *marked)
{
        while (marked != NULL) {
                const struct user *user = marked->users;

                marked = marked->next_marked;
                for (; user != NULL; user = user->next) {
                        if (user->declaration->has_ports)
                                continue;
                        user->declaration->has_ports = true;
                        user->declaration->next_marked = marked;
                        marked = user->declaration;
                }
        }
}

static void ports_mark(struct compilation *self)
{
        struct declaration *marked = NULL;

        for (struct file *file = self->files; file != NULL; file = file->next)
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        uses_enter(self->region, each, &marked);
        marks_spread(marked);
}

/* Mostly no stream carries what could hold a port, and nothing is marked. */
static bool has_ports(struct compilation *self, const struct declaration *declaration)
{
        if (!self->ports_marked)
                ports_mark(self);
        self->ports_marked = true;
        return declaration->has_ports;
}

static void items_check(struct compilation *self, const struct member *items)
{
        for (const struct member *item = items; item != NULL; item = item->next) {
                const struct type *type = innermost(item->type);
                const struct declaration *used = type != NULL ? composite_of(type) : NULL;

                if (type == NULL ||
                    (type->kind != TYPE_PORT && (used == NULL || !has_ports(self, used))))
                        continue;
                diagnose(&self->diagnostics, DI_PORT_IN_STREAM, item->type->at,
                         "items of a stream carry no ports");
        }
}

void check_ports(struct compilation *self, const struct file *file, struct declaration *declaration)
{
        (void)file;
        for (const struct method *method = declaration->methods; method != NULL;
             method = method->next) {
                items_check(self, method->request.items);
                items_check(self, method->reply.items);
        }
}
