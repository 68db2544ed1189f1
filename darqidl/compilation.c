/* SPDX-License-Identifier: MIT */
/*
 * A compilation: its phases, one after the other.
 *
 * A phase that has found errors lets the next one run only where that makes sense: names that don't resolve would make
 * every later check guess.
 */
#include "darqidl/compilation.h"

#include <string.h>

#include "darqidl/region.h"

void compilation_init(struct compilation *self, const char *const *include_dirs, size_t include_count)
{
        *self = (struct compilation){.region = region_new(), .include_dirs = include_dirs, .include_count = include_count};
        diagnostics_init(&self->diagnostics, self->region);
        table_init(&self->sources, self->region);
        table_init(&self->packages, self->region);
        table_init(&self->declarations, self->region);
        self->files_end = &self->files;
}

void compilation_deinit(struct compilation *self)
{
        region_free(self->region);
        self->region = NULL;
}

bool compilation_run(struct compilation *self, const char *path)
{
        static void (*const phases[])(struct compilation *) = {
                compilation_resolve,
                compilation_evaluate,
                compilation_check,
        };

        compilation_load(self, path);
        for (size_t i = 0; self->diagnostics.errors == 0 && i < sizeof phases / sizeof phases[0]; i++)
                phases[i](self);
        return self->diagnostics.errors == 0;
}

const struct attribute *attribute_find(const struct attribute *attributes, const char *name)
{
        for (; attributes != NULL; attributes = attributes->next)
                if (strcmp(attributes->name.text, name) == 0)
                        return attributes;
        return NULL;
}
