/* SPDX-License-Identifier: MIT */
/*
 * The import graph: every file is read and parsed once, dependencies first.
 *
 * A path is looked for relative to the file that names it, then in each -I directory. How an includer spells a file's
 * output ("darq/object" for darq/object.darq.h) is the path that found it. A file on the way down is marked; meeting it
 * again is a cycle.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "darqidl/codes.h"
#include "darqidl/compilation.h"
#include "darqidl/parse.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

enum { IMPORT_DEPTH_MAX = 64 };

static struct file *file_load(struct compilation *self, struct source *source,
                              const char *real_path, unsigned int depth);

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

/* Only what surely isn't there is passed over: of what can't be looked at, reading tells why. */
static bool is_absent(const char *path)
{
        return access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* The first place where the path names a file; NULL: none. */
static const char *import_find(struct compilation *self, const struct file *file, const char *path)
{
        const char *place = region_format(self->region, "%s%s",
                                          directory_of(self->region, file->source->path), path);

        if (path[0] == '/')
                return is_absent(path) ? NULL : path;
        if (!is_absent(place))
                return place;
        for (size_t i = 0; i < self->include_count; i++) {
                place = region_format(self->region, "%s/%s", self->include_dirs[i], path);
                if (!is_absent(place))
                        return place;
        }
        return NULL;
}

static struct file *unreadable(struct compilation *self, const struct import *import,
                               const char *reason)
{
        self->incomplete = true;
        diagnose(&self->diagnostics, DI_UNREADABLE, import->at, "'%s' can't be read: %s",
                 import->path, reason);
        diagnose_help(&self->diagnostics,
                      "it is looked for beside this file and in each -I directory");
        return NULL;
}

/* The file that an import names, loaded if it wasn't; NULL after an error. */
static struct file *import_open(struct compilation *self, const struct file *file,
                                const struct import *import, unsigned int depth)
{
        const char *place = import_find(self, file, import->path);
        const char *reason = "no such file";
        const char *real;
        struct source *source;
        struct file *known;

        if (place == NULL)
                return unreadable(self, import, reason);
        real = source_real_path(self->region, place);
        if (real == NULL)
                return unreadable(self, import, strerror(errno));
        known = table_find(&self->sources, real);
        if (known != NULL && known->loading)
                diagnose(&self->diagnostics, DI_IMPORT_CYCLE, import->at,
                         known == file ? "'%s' is this file itself"
                                       : "'%s' imports this file, in a circle",
                         import->path);
        if (known != NULL)
                return known;
        if (depth == IMPORT_DEPTH_MAX) {
                self->incomplete = true;
                diagnose(&self->diagnostics, DI_IMPORT_DEPTH, import->at,
                         "imports are nested more than %d deep", IMPORT_DEPTH_MAX);
                return NULL;
        }
        source = source_read(self->region, place, import->path, &reason);
        return source != NULL ? file_load(self, source, real, depth + 1)
                              : unreadable(self, import, reason);
}

static void import_load(struct compilation *self, struct file *file, struct import *import,
                        struct table *paths, unsigned int depth)
{
        const struct import *other = table_add(paths, import->path, import);
        const struct file *before = NULL;

        import->file = other != NULL ? other->file : import_open(self, file, import, depth);
        if (import->file == NULL)
                return;
        if (import->file->package.text[0] != 0)
                before = table_add(file->visible, import->file->package.text,
                                   (void *)(uintptr_t)import->file);
        if (before != import->file)
                return;
        diagnose(&self->diagnostics, DI_IMPORT_TWICE, import->at, "'%s' is imported already",
                 import->path);
        if (other != NULL)
                diagnose_note(&self->diagnostics, other->at, "here");
}

static void package_add(struct compilation *self, struct file *file)
{
        const struct file *other;

        if (file->package.text[0] == 0)
                return;
        other = table_add(&self->packages, file->package.text, file);
        if (other == NULL)
                return;
        diagnose(&self->diagnostics, DI_PACKAGE_TWICE, file->package.at,
                 "package '%s' is another file's already", file->package.text);
        diagnose_note(&self->diagnostics, other->package.at, "that one");
}

static struct file *file_load(struct compilation *self, struct source *source,
                              const char *real_path, unsigned int depth)
{
        struct file *file = parse_file(self->region, &self->diagnostics, source);
        struct table paths;

        if (file->package.text == NULL)
                file->package.text = "";
        self->incomplete |= file->broken;
        file->output = output_of(self->region, source->name);
        file->visible = region_alloc(self->region, sizeof *file->visible);
        table_init(file->visible, self->region);
        table_init(&paths, self->region);
        file->loading = true;
        table_add(&self->sources, real_path, file);
        for (struct import *import = file->imports; import != NULL; import = import->next)
                import_load(self, file, import, &paths, depth);
        file->loading = false;
        package_add(self, file);
        *self->files_end = file;
        self->files_end = &file->next;
        return file;
}

void compilation_load(struct compilation *self, const char *path)
{
        const char *slash = strrchr(path, '/');
        const char *real = source_real_path(self->region, path);
        const char *reason = real == NULL ? strerror(errno) : "";
        struct source *source = NULL;

        if (real != NULL)
                source = source_read(self->region, path, slash != NULL ? slash + 1 : path, &reason);
        if (source != NULL)
                self->file = file_load(self, source, real, 0);
        else
                diagnose(&self->diagnostics, DI_UNREADABLE, (struct span){0},
                         "'%s' can't be read: %s", path, reason);
}

/* The name is what the generated files are called, and what they are included by. */
static bool name_fits(struct compilation *self, const char *name, struct span at)
{
        const char *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
        char *shown = region_format(self->region, "%s", name);
        bool fits = strcmp(base, ".didl") != 0;

        for (char *c = shown; *c != 0; c++) {
                bool control = (unsigned char)*c < ' ' || *c == 0x7f;

                fits = fits && !control && *c != '"' && *c != '\\';
                *c = control ? '?' : *c;
        }
        if (!fits)
                diagnose(&self->diagnostics, DI_FILE_NAME, at,
                         "nothing can include a file called '%s'", shown);
        return fits;
}

bool compilation_names_fit(struct compilation *self)
{
        bool fit = name_fits(self, self->file->source->name, (struct span){0});

        for (const struct import *import = self->file->imports; import != NULL;
             import = import->next)
                fit = name_fits(self, import->path, import->at) && fit;
        return fit;
}
