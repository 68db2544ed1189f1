/* SPDX-License-Identifier: MIT */
/*
 * Manifests, and names of objects, that come from a fuzzer.
 *
 * What is accepted must be within every limit, and mean the same when it is expanded, or formatted and read again. Built
 * for libFuzzer by clang with -fsanitize=fuzzer; with any other compiler it runs the files that are its arguments.
 */
#include <darq/object.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/starter/manifest.h"
#include "pkernel/starter/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void manifest_check(const char *text, size_t size)
{
        struct manifest_fault fault = {.text = ""};
        struct manifest *manifest = manifest_parse(text, size, &fault);
        struct word_list words;

        if (manifest == NULL) {
                assert(fault.text[0] != '\0' && strlen(fault.text) < sizeof fault.text);
                return;
        }
        assert(manifest->name != NULL && strlen(manifest->name) <= MANIFEST_NAME_MAX);
        assert(manifest->port == 0 || (manifest->port > 1 && manifest->port <= UINT32_MAX));
        assert(manifest->types.count <= MANIFEST_LIST_MAX);
        assert(manifest->allow.count <= MANIFEST_LIST_MAX);
        assert((manifest->exec.count == 0) ==
               (manifest->activation == DARQ_STARTER_ACTIVATION_NEVER));
        assert(manifest->start_timeout_ms > 0 && manifest->restart_count > 0 &&
               manifest->restart_window_ms > 0);
        assert(word_list_expand(&words, &manifest->exec, "/state"));
        assert(words.count == manifest->exec.count);
        word_list_free(&words);
        manifest_free(manifest);
}

static void object_check(const char *text, size_t size)
{
        char formatted[DARQ_OBJECT_MAX + 1];
        struct darq_object object;
        int length;

        if (darq_object_parse(&object, (struct darq_string){text, size}) != 0)
                return;
        length = darq_object_format(&object, formatted, sizeof formatted);
        assert(length == (int)size && memcmp(formatted, text, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        manifest_check((const char *)data, size);
        object_check((const char *)data, size);
        return 0;
}
