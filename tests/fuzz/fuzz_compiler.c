/* SPDX-License-Identifier: MIT */
/*
 * The compiler under files that come from a fuzzer: 0.didl is compiled, the others are there to be imported.
 *
 * All that it says and writes must be the same when it is done once more. A file with an error makes it say something;
 * from one without it makes C, OMG IDL, JSON that can be read, and a schema that is consistent.
 */
#include <darq/schema.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "darqidl/compilation.h"
#include "darqidl/emit.h"
#include "darqidl/idl.h"
#include "darqidl/json.h"
#include "darqidl/page.h"
#include "darqidl/schema.h"
#include "tests/fuzz/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that came out of a compilation. */
struct yield {
        char *text;
        size_t size;
};

static void page_write(struct compilation *compilation, FILE *stream,
                       void (*print)(struct compilation *, struct page *))
{
        struct page page;

        page_init(&page, compilation->region);
        print(compilation, &page);
        if (strlen(page.text) != page.size)
                abort();
        fwrite(page.text, 1, page.size, stream);
}

static void json_write(struct compilation *compilation, FILE *stream)
{
        struct page page;
        json_t *value;

        page_init(&page, compilation->region);
        json_print(compilation, &page);
        value = json_loadb(page.text, page.size, JSON_REJECT_DUPLICATES, NULL);
        if (value == NULL)
                abort();
        json_decref(value);
        fwrite(page.text, 1, page.size, stream);
}

static void schema_write(struct compilation *compilation, FILE *stream)
{
        struct schema_bytes schema = schema_make(compilation->region, compilation, NULL);
        struct darq_catalog *catalog;

        if (darq_catalog_open(&catalog, schema.data, schema.size, NULL) != 0)
                abort();
        darq_catalog_close(catalog);
        fwrite(schema.data, 1, schema.size, stream);
}

static void c_write(struct compilation *compilation, FILE *stream)
{
        struct output outputs[EMIT_C_OUTPUTS];

        emit_c(compilation, compilation->file, "out", outputs);
        for (size_t i = 0; i < EMIT_C_OUTPUTS; i++) {
                fprintf(stream, "%s\n", outputs[i].path);
                fwrite(outputs[i].text, 1, outputs[i].size, stream);
        }
}

static void compile(struct yield *self)
{
        FILE *stream = open_memstream(&self->text, &self->size);
        struct compilation compilation;
        bool fine;

        if (stream == NULL)
                abort();
        fine = sources_compile(&compilation, "0.didl");
        if (fine != (compilation.diagnostics.errors == 0))
                abort();
        if (fine) {
                c_write(&compilation, stream);
                page_write(&compilation, stream, idl_print);
                json_write(&compilation, stream);
                schema_write(&compilation, stream);
        }
        diagnostics_print(&compilation.diagnostics, stream, true);
        compilation_deinit(&compilation);
        if (fclose(stream) != 0 || self->size == 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct yield first, second;

        sources_set(data, size);
        compile(&first);
        compile(&second);
        if (first.size != second.size || memcmp(first.text, second.text, first.size) != 0)
                abort();
        free(first.text);
        free(second.text);
        return 0;
}
