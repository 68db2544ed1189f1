/* SPDX-License-Identifier: MIT */
/*
 * Bytes from files, and to the standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/file.h"

bool file_read(struct darq_bytes *bytes, const char *path)
{
        FILE *file = path == NULL || strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
        char *data = NULL;
        size_t size = 0;
        FILE *memory = file == NULL ? NULL : open_memstream(&data, &size);
        char block[16384];
        size_t count;
        bool failed = memory == NULL;

        while (!failed && (count = fread(block, 1, sizeof block, file)) > 0)
                fwrite(block, 1, count, memory);
        if (!failed)
                failed = ferror(file) || ferror(memory);
        if (memory != NULL && fclose(memory) != 0)
                failed = true;
        if (failed) {
                fprintf(stderr, "darqctl: %s: %s\n", path == NULL ? "standard input" : path,
                        strerror(errno));
                free(data);
        }
        if (file != NULL && file != stdin)
                fclose(file);
        if (!failed)
                *bytes = darq_bytes_of(data, size);
        return !failed;
}

bool text_read(struct darq_bytes *text, const char *path)
{
        struct darq_bytes bytes;

        if (!file_read(&bytes, path))
                return false;
        if (memchr(bytes.data, '\0', bytes.size + 1) != bytes.data + bytes.size) {
                fprintf(stderr, "darqctl: %s: not a text\n",
                        path == NULL ? "standard input" : path);
                file_free(bytes);
                return false;
        }
        *text = bytes;
        return true;
}

void file_free(struct darq_bytes bytes)
{
        free((void *)(uintptr_t)bytes.data);
}

bool output_write(struct darq_bytes bytes)
{
        if ((bytes.size == 0 || fwrite(bytes.data, 1, bytes.size, stdout) == bytes.size) &&
            fflush(stdout) == 0)
                return true;
        fprintf(stderr, "darqctl: standard output: %s\n", strerror(errno));
        return false;
}
