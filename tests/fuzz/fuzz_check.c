/* SPDX-License-Identifier: MIT */
/*
 * Two versions of a schema that come from a fuzzer: 0.didl was, 1.didl is; the others are there to be imported.
 *
 * A version compared with itself has no change. Whatever is compared is told the same way when
 * it is compared again; a change that there is stands in what is told, and something breaks exactly if a change does.
 */
#include <stdlib.h>
#include <string.h>

#include "darqidl/compare.h"
#include "darqidl/compilation.h"
#include "darqidl/page.h"
#include "darqidl/region.h"
#include "darqidl/report.h"
#include "tests/fuzz/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool breaks(const struct comparison *comparison)
{
        for (const struct change *each = comparison->changes; each != NULL; each = each->next)
                if (verdict_of(each->rule)->wire == WIRE_BREAKS ||
                    verdict_of(each->rule)->code == CODE_BREAKS)
                        return true;
        return false;
}

/* What is told; the number of changes. */
static size_t compare(struct region *region, const struct compilation *old,
                      const struct compilation *now, struct page *page)
{
        struct comparison comparison;

        comparison_run(&comparison, region, old, now);
        comparison_makes_sense(&comparison);
        page_init(page, region);
        if (report_print(&comparison, page, false) != breaks(&comparison))
                abort();
        for (const struct change *each = comparison.changes; each != NULL; each = each->next)
                if (strstr(page->text, each->text) == NULL)
                        abort();
        return comparison.change_count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct region *region = region_new();
        struct compilation old, again, now;
        struct page first, second;
        bool fine;

        sources_set(data, size);
        fine = sources_compile(&old, "0.didl");
        if (fine && sources_compile(&again, "0.didl") != fine)
                abort();
        if (fine) {
                if (compare(region, &old, &again, &first) != 0)
                        abort();
                if (sources_compile(&now, "1.didl") &&
                    (compare(region, &old, &now, &first) !=
                             compare(region, &again, &now, &second) ||
                     strcmp(first.text, second.text) != 0))
                        abort();
                compilation_deinit(&now);
                compilation_deinit(&again);
        }
        compilation_deinit(&old);
        region_free(region);
        return 0;
}
