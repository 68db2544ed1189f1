/* SPDX-License-Identifier: MIT */
/*
 * The semantic checks: a table of functions, each run on every declaration of every file.
 *
 * All of them run, whatever the others found, so that one run of the compiler tells as much as it can.
 */
#include "darqidl/check.h"

#include "darqidl/compilation.h"

static void (*const checks[])(struct compilation *, const struct file *, struct declaration *) = {
        check_names, check_numbers, check_attributes, check_types, check_ports, check_interface,
};

void compilation_check(struct compilation *self)
{
        ports_mark(self);
        for (struct file *file = self->files; file != NULL; file = file->next) {
                check_package(self, file);
                for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
                        for (struct declaration *each = file->declarations; each != NULL;
                             each = each->next)
                                checks[i](self, file, each);
        }
}
