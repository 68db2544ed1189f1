/* SPDX-License-Identifier: MIT */
/*
 * `darqidl check`: two versions of a file, each with an import graph of its own, compiled side by side and compared.
 *
 * The old version is often a single file that was fetched from somewhere (git show HEAD:store.didl), without what it
 * imports: then that is found where the new version finds its own.
 */
#include "darqidl/versions.h"

#include <string.h>
#include <unistd.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/page.h"
#include "darqidl/region.h"
#include "darqidl/report.h"

static int trees_compare(const struct compilation *old_tree, const struct compilation *new_tree)
{
        struct comparison comparison;
        struct page page;
        bool breaks;

        comparison_run(&comparison, new_tree->region, old_tree, new_tree);
        if (!comparison_makes_sense(&comparison)) {
                fprintf(stderr, "darqidl: error: packages '%s' and '%s' have nothing in common\n",
                        old_tree->file->package.text, new_tree->file->package.text);
                return COMPARISON_FAILED;
        }
        page_init(&page, new_tree->region);
        breaks = report_print(&comparison, &page, isatty(STDOUT_FILENO) != 0);
        return page_show(&page) ? breaks : COMPARISON_FAILED;
}

/* -I directories and the new version's folder; *count of them. */
static const char *const *fallback_dirs(const struct versions *self, struct region *region,
                                        size_t *count)
{
        const char **dirs = region_alloc(region, (self->include_count + 1) * sizeof *dirs);
        const char *slash = strrchr(self->new_path, '/');

        for (*count = 0; *count < self->include_count; ++*count)
                dirs[*count] = self->include_dirs[*count];
        dirs[(*count)++] =
                slash == NULL ? "."
                : slash == self->new_path
                        ? "/"
                        : region_text(region, self->new_path, (size_t)(slash - self->new_path));
        return dirs;
}

int versions_compare(const struct versions *self)
{
        struct compilation old_tree;
        struct compilation new_tree;
        int status = COMPARISON_FAILED;
        bool fine;

        compilation_init(&old_tree, self->old_dirs, self->old_count);
        compilation_init(&new_tree, self->include_dirs, self->include_count);
        if (self->old_count == 0)
                old_tree.include_dirs =
                        fallback_dirs(self, old_tree.region, &old_tree.include_count);
        fine = compilation_run(&old_tree, self->old_path);
        fine &= compilation_run(&new_tree, self->new_path);
        diagnostics_print(&old_tree.diagnostics, stderr, isatty(STDERR_FILENO) != 0);
        diagnostics_print(&new_tree.diagnostics, stderr, isatty(STDERR_FILENO) != 0);
        if (fine)
                status = trees_compare(&old_tree, &new_tree);
        compilation_deinit(&old_tree);
        compilation_deinit(&new_tree);
        return status;
}
