/* SPDX-License-Identifier: MIT */
/*
 * Bytes from files, and to the standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/file.h"

static bool complain(const char *path)
{
        fprintf(stderr, "darqctl: %s: %s\n", path == NULL ? "standard input" : path,
                strerror(errno));
        return false;
}

static bool copy(FILE *to, FILE *from)
{
        char block[16384];
        size_t count;

        while ((count = fread(block, 1, sizeof block, from)) > 0)
                fwrite(block, 1, count, to);
        return !ferror(from) && !ferror(to);
}

bool file_read(struct darq_bytes *bytes, const char *path)
{
        bool named = path != NULL && strcmp(path, "-") != 0;
        FILE *file = named ? fopen(path, "rb") : stdin;
        char *data = NULL;
        size_t size = 0;
        FILE *memory;
        bool done = false;

        if (file == NULL)
                return complain(path);
        memory = open_memstream(&data, &size);
        if (memory != NULL) {
                done = copy(memory, file);
                done = fclose(memory) == 0 && done;
        }
        if (done) {
                *bytes = darq_bytes_of(data, size);
        } else {
                complain(path);
                free(data);
        }
        if (named)
                fclose(file);
        return done;
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

static bool output_fail(const char *reason)
{
        fprintf(stderr, "darqctl: standard output: %s\n", reason);
        clearerr(stdout); /* it is told once */
        return false;
}

bool output_write(struct darq_bytes bytes)
{
        if ((bytes.size == 0 || fwrite(bytes.data, 1, bytes.size, stdout) == bytes.size) &&
            fflush(stdout) == 0)
                return true;
        return output_fail(strerror(errno));
}

bool output_finish(void)
{
        if (fflush(stdout) != 0)
                return output_fail(strerror(errno));
        return ferror(stdout) == 0 || output_fail("not all was written");
}
