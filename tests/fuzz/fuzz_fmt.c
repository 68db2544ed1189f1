/* SPDX-License-Identifier: MIT */
/*
 * The layout of files that come from a fuzzer.
 *
 * What the grammar accepts keeps its tokens and comments, in their order, when it is laid out; the result's layout is the
 * result, no line of it ends in a space, and it compiles to the same schema.
 */
#include <stdlib.h>
#include <string.h>

#include "darqidl/compilation.h"
#include "darqidl/format.h"
#include "darqidl/page.h"
#include "darqidl/parse.h"
#include "darqidl/region.h"
#include "darqidl/schema.h"
#include "darqidl/source.h"
#include "darqidl/token.h"
#include "tests/fuzz/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool text_parse(struct region *region, const void *text, size_t size, struct tokens *tokens)
{
        struct diagnostics diagnostics;

        diagnostics_init(&diagnostics, region);
        return parse_tokens(region, &diagnostics, source_make(region, "0.didl", text, size),
                            tokens);
}

/* Comments may be moved to other columns; of those with several lines the inner space changes. */
static bool tokens_same(const struct token *a, const struct token *b)
{
        size_t size = a->at.end - a->at.begin;

        if (a->kind != b->kind)
                return false;
        return token_is_comment(a) || (size == b->at.end - b->at.begin &&
                                       memcmp(a->at.source->text + a->at.begin,
                                              b->at.source->text + b->at.begin, size) == 0);
}

static void layout_check(const struct tokens *before, const struct page *page)
{
        struct tokens after;
        struct page again;

        if (!text_parse(page->region, page->text, page->size, &after) ||
            after.count != before->count)
                abort();
        for (size_t i = 0; i < after.count; i++)
                if (!tokens_same(&before->list[i], &after.list[i]))
                        abort();
        page_init(&again, page->region);
        format_print(&after, &again);
        if (again.size != page->size || memcmp(again.text, page->text, page->size) != 0 ||
            memmem(page->text, page->size, " \n", 2) != NULL)
                abort();
}

/* The schema of a file; size 0: it has errors. */
static struct schema_bytes schema_of(struct compilation *compilation, const void *text, size_t size)
{
        struct schema_bytes nothing = {NULL, 0};

        sources_set(text, size);
        return sources_compile(compilation, "0.didl")
                       ? schema_make(compilation->region, compilation, NULL)
                       : nothing;
}

static void schema_check(const uint8_t *text, size_t size, const struct page *page)
{
        struct compilation before, after;
        struct schema_bytes old = schema_of(&before, text, size);
        struct schema_bytes schema = schema_of(&after, page->text, page->size);

        if (old.size != schema.size ||
            (old.size != 0 && memcmp(old.data, schema.data, old.size) != 0))
                abort();
        compilation_deinit(&before);
        compilation_deinit(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct region *region = region_new();
        struct tokens tokens;
        struct page page;

        if (text_parse(region, data, size, &tokens)) {
                page_init(&page, region);
                format_print(&tokens, &page);
                layout_check(&tokens, &page);
                schema_check(data, size, &page);
        }
        region_free(region);
        return 0;
}
