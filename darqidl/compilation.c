/* SPDX-License-Identifier: MIT */
/*
 * A compilation: its phases, one after the other.
 *
 * All phases run, whatever the ones before found, so that one run tells as much as it can: what was not understood is
 * left without its meaning, and later phases say nothing about it. Only sizes and the names in C wait for a tree without
 * errors.
 */
#include "darqidl/compilation.h"

#include <string.h>

#include "darqidl/cname.h"
#include "darqidl/name.h"
#include "darqidl/region.h"

void compilation_init(struct compilation *self, const char *const *include_dirs,
                      size_t include_count)
{
        *self = (struct compilation){.region = region_new(),
                                     .scratch = region_new(),
                                     .include_dirs = include_dirs,
                                     .include_count = include_count};
        diagnostics_init(&self->diagnostics, self->region);
        table_init(&self->sources, self->region);
        table_init(&self->packages, self->region);
        table_init(&self->declarations, self->region);
        table_init(&self->interfaces, self->region);
        self->files_end = &self->files;
        self->nearest_budget = NEAREST_BUDGET;
}

void compilation_deinit(struct compilation *self)
{
        region_free(self->scratch);
        region_free(self->region);
        self->scratch = self->region = NULL;
}

bool compilation_run(struct compilation *self, const char *path)
{
        compilation_load(self, path);
        if (self->file == NULL)
                return false;
        compilation_resolve(self);
        compilation_evaluate(self);
        compilation_check(self);
        if (self->diagnostics.errors == 0)
                compilation_measure(self);
        if (self->diagnostics.errors == 0)
                cnames_make(self);
        return self->diagnostics.errors == 0;
}

const struct attribute *attribute_find(const struct attribute *attributes, const char *name)
{
        for (; attributes != NULL; attributes = attributes->next)
                if (strcmp(attributes->name.text, name) == 0)
                        return attributes;
        return NULL;
}
