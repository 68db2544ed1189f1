/* SPDX-License-Identifier: MIT */
/*
 * Dependency files for make: the generated files depend on every .didl that was read, and each of those has an empty
 * rule, so that one which is gone is no error.
 */
#include "darqidl/depfile.h"

#include <string.h>

#include "darqidl/compilation.h"
#include "darqidl/page.h"
#include "darqidl/region.h"
#include "darqidl/source.h"

/* Make's own characters in a file name. */
static void path_print(struct page *page, const char *path)
{
        for (; *path != 0; path++) {
                if (strchr(" #\\", *path) != NULL)
                        page_print(page, "\\");
                if (*path == '$')
                        page_print(page, "$");
                page_print(page, "%c", *path);
        }
}

struct output depfile_make(struct compilation *compilation, const struct file *file,
                           const char *directory)
{
        struct region *region = compilation->region;
        const char *base = region_format(region, "%s/%s", directory, file->output);
        struct page page;

        page_init(&page, region);
        path_print(&page, base);
        page_print(&page, ".darq.h ");
        path_print(&page, base);
        page_print(&page, ".darq.c:");
        for (const struct file *each = compilation->files; each != NULL; each = each->next) {
                page_print(&page, " \\\n  ");
                path_print(&page, each->source->path);
        }
        page_print(&page, "\n");
        for (const struct file *each = compilation->files; each != NULL; each = each->next) {
                page_print(&page, "\n");
                path_print(&page, each->source->path);
                page_print(&page, ":\n");
        }
        return (struct output){
                .path = region_format(region, "%s.d", base), .text = page.text, .size = page.size};
}
