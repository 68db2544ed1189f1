/* SPDX-License-Identifier: MIT */
/*
 * The semantic checks: a table of functions, each run on every declaration of every file.
 *
 * All of them run, whatever the others found, so that one run of the compiler tells as much as it can. A declaration has
 * them all before the next one has its first: each finds in the caches what the others have read, and what they enter
 * in tables of their own goes with the declaration.
 */
#include "darqidl/check.h"

#include "darqidl/compilation.h"
#include "darqidl/region.h"

static void (*const checks[])(struct compilation *, const struct file *, struct declaration *) = {
        check_names, check_numbers, check_attributes, check_types, check_ports, check_interface,
};

static void declaration_check(struct compilation *self, const struct file *file,
                              struct declaration *declaration)
{
        struct region_mark mark = region_mark(self->scratch);

        for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
                checks[i](self, file, declaration);
        region_release(self->scratch, mark);
}

void compilation_check(struct compilation *self)
{
        for (struct file *file = self->files; file != NULL; file = file->next) {
                check_package(self, file);
                for (struct declaration *each = file->declarations; each != NULL; each = each->next)
                        declaration_check(self, file, each);
        }
}
