/* SPDX-License-Identifier: MIT */
/*
 * The command fmt: a file in, the same file in its layout out.
 *
 * Only the file itself is read: what it imports isn't looked for, and what its names mean doesn't matter. Warnings are
 * the compiler's business. A file that is a link is written where it points to.
 */
#include "darqidl/fmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "darqidl/diagnostic.h"
#include "darqidl/format.h"
#include "darqidl/output.h"
#include "darqidl/page.h"
#include "darqidl/parse.h"
#include "darqidl/region.h"
#include "darqidl/source.h"
#include "darqidl/token.h"

static const char *real_path_of(struct region *region, const char *path)
{
        char *real = realpath(path, NULL);
        const char *copy = real != NULL ? region_text(region, real, strlen(real)) : path;

        free(real);
        return copy;
}

static bool page_put(const struct page *page, const struct source *source, const char *path,
                     bool check)
{
        bool same = page->size == source->size && memcmp(page->text, source->text, page->size) == 0;
        struct output output = {real_path_of(page->region, path), page->text, page->size};

        if (check && !same)
                puts(source->path);
        if (check)
                return same;
        if (strcmp(path, "-") == 0)
                return fwrite(page->text, 1, page->size, stdout) == page->size;
        return same || outputs_write(&output, 1);
}

static bool source_format(struct diagnostics *diagnostics, struct source *source, const char *path,
                          bool check)
{
        struct tokens tokens;
        struct page page;

        if (!parse_tokens(diagnostics->region, diagnostics, source, &tokens)) {
                diagnostics_print(diagnostics, stderr, isatty(STDERR_FILENO) != 0);
                return false;
        }
        page_init(&page, diagnostics->region);
        format_print(&tokens, &page);
        return page_put(&page, source, path, check);
}

bool fmt_file(const char *path, bool check)
{
        struct region *region = region_new();
        struct diagnostics diagnostics;
        const char *reason = "";
        struct source *source;
        bool done = false;

        diagnostics_init(&diagnostics, region);
        if (strcmp(path, "-") == 0)
                source = source_read_stream(region, stdin, "<stdin>", &reason);
        else
                source = source_read(region, path, path, &reason);
        if (source != NULL)
                done = source_format(&diagnostics, source, path, check);
        else
                fprintf(stderr, "darqidl: error: %s: %s\n", path, reason);
        region_free(region);
        return done;
}
