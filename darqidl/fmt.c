/* SPDX-License-Identifier: MIT */
/*
 * The command fmt: a file in, the same file in its layout out.
 *
 * Only the file itself is read: what it imports isn't looked for, and what its names mean doesn't matter. Warnings are
 * the compiler's business. A file that is a link is written where it points to.
 */
#include "darqidl/fmt.h"

#include <errno.h>
#include <stdio.h>
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

static bool unreadable(const char *path, const char *reason)
{
        fprintf(stderr, "darqidl: error: %s: %s\n", path, reason);
        return false;
}

static bool name_show(struct region *region, const char *name)
{
        const char *line = region_format(region, "%s\n", name);

        return output_show(line, strlen(line));
}

static bool page_write(const struct page *page, const char *path)
{
        const char *real = source_real_path(page->region, path);
        struct output output = {
                .path = real, .text = page->text, .size = page->size, .lasting = true};

        return real != NULL ? outputs_write(page->region, &output, 1)
                            : unreadable(path, strerror(errno));
}

static bool page_put(const struct page *page, const struct source *source, const char *path,
                     bool check)
{
        bool same = page->size == source->size && memcmp(page->text, source->text, page->size) == 0;

        if (check && !same)
                name_show(page->region, source->path);
        if (check)
                return same;
        if (strcmp(path, "-") == 0)
                return page_show(page);
        return same || page_write(page, path);
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
                source = source_read_stream(region, STDIN_FILENO, "<stdin>", &reason);
        else
                source = source_read(region, path, path, &reason);
        if (source != NULL)
                done = source_format(&diagnostics, source, path, check);
        else
                unreadable(path, reason);
        region_free(region);
        return done;
}
