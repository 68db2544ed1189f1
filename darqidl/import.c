/* SPDX-License-Identifier: MIT */
/*
 * The import graph: every file is read and parsed once, dependencies first.
 *
 * A path is looked for relative to the file that names it, then in each -I directory. How an includer spells a file's
 * output ("darq/object" for darq/object.darq.h) is the path that found it. A file on the way down is marked; meeting it
 * again is a cycle.
 */
#include <stdlib.h>
#include <string.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/parse.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

enum { IMPORT_DEPTH_MAX = 64 };

static struct file *file_load(struct compilation *self, struct source *source, const char *real_path,
                              unsigned int depth);

/* "a/b.didl" -> "a/b" */
static const char *output_of(struct region *region, const char *name)
{
        size_t size = strlen(name);

        if (size > 5 && strcmp(name + size - 5, ".didl") == 0)
                size -= 5;
        return region_text(region, name, size);
}

static const char *directory_of(struct region *region, const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash != NULL ? region_text(region, path, (size_t)(slash - path) + 1) : "";
}

/* The first place where the path names a file that can be read; NULL: none. */
static struct source *import_find(struct compilation *self, const struct file *file, const char *path,
                                  const char **reason)
{
        const char *place = region_format(self->region, "%s%s", directory_of(self->region, file->source->path), path);
        struct source *source = source_read(self->region, path[0] == '/' ? path : place, path, reason);

        for (size_t i = 0; source == NULL && path[0] != '/' && i < self->include_count; i++) {
                const char *ignored;

                place = region_format(self->region, "%s/%s", self->include_dirs[i], path);
                source = source_read(self->region, place, path, &ignored);
        }
        return source;
}

static const char *real_path_of(struct compilation *self, const char *path)
{
        char *real = realpath(path, NULL);
        const char *copy = real != NULL ? region_text(self->region, real, strlen(real)) : path;

        free(real);
        return copy;
}

static void import_load(struct compilation *self, struct file *file, struct import *import, unsigned int depth)
{
        const char *reason = "";
        struct source *source = import_find(self, file, import->path, &reason);
        const char *real;
        struct file *known;

        if (source == NULL) {
                diagnose(&self->diagnostics, DI_UNREADABLE, import->at, "'%s' can't be read: %s", import->path, reason);
                diagnose_help(&self->diagnostics, "it is looked for beside this file and in each -I directory");
                return;
        }
        real = real_path_of(self, source->path);
        known = table_find(&self->sources, real);
        if (known != NULL && known->loading) {
                diagnose(&self->diagnostics, DI_IMPORT_CYCLE, import->at, "'%s' imports this file, in a circle",
                         import->path);
                return;
        }
        if (known == NULL && depth == IMPORT_DEPTH_MAX) {
                diagnose(&self->diagnostics, DI_IMPORT_DEPTH, import->at, "imports are nested more than %d deep",
                         IMPORT_DEPTH_MAX);
                return;
        }
        import->file = known != NULL ? known : file_load(self, source, real, depth + 1);
        for (const struct import *other = file->imports; other != import; other = other->next)
                if (other->file == import->file && other->file != NULL)
                        diagnose(&self->diagnostics, DI_IMPORT_TWICE, import->at, "'%s' is imported already",
                                 import->path);
}

static void package_add(struct compilation *self, struct file *file)
{
        const struct file *other;

        if (file->package.text == NULL)
                return;
        other = table_add(&self->packages, file->package.text, file);
        if (other == NULL)
                return;
        diagnose(&self->diagnostics, DI_PACKAGE_TWICE, file->package.at, "package '%s' is another file's already",
                 file->package.text);
        diagnose_note(&self->diagnostics, other->package.at, "that one");
}

static struct file *file_load(struct compilation *self, struct source *source, const char *real_path,
                              unsigned int depth)
{
        struct file *file = parse_file(self->region, &self->diagnostics, source);

        file->output = output_of(self->region, source->name);
        file->loading = true;
        table_add(&self->sources, real_path, file);
        for (struct import *import = file->imports; import != NULL; import = import->next)
                import_load(self, file, import, depth);
        file->loading = false;
        package_add(self, file);
        *self->files_end = file;
        self->files_end = &file->next;
        return file;
}

void compilation_load(struct compilation *self, const char *path)
{
        const char *slash = strrchr(path, '/');
        const char *reason = "";
        struct source *source = source_read(self->region, path, slash != NULL ? slash + 1 : path, &reason);

        if (source == NULL) {
                diagnose(&self->diagnostics, DI_UNREADABLE, (struct span){0}, "'%s' can't be read: %s", path, reason);
                return;
        }
        self->file = file_load(self, source, real_path_of(self, path), 0);
}
