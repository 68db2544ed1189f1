/* SPDX-License-Identifier: MIT */
/*
 * See the header. Nothing but the input's parts is found; so a target sees the same files everywhere, and none of the
 * machine that it runs on.
 */
#include "tests/fuzz/sources.h"

#include <errno.h>
#include <string.h>

#include "darqidl/compilation.h"
#include "darqidl/source.h"

enum { FILES = 6, FILE_END = 0xff };

static struct {
        const uint8_t *parts[FILES + 1]; /* each ends a byte before the next one's begin */
        size_t count;
} sources;

int __wrap_access(const char *path, int mode);
const char *__wrap_source_real_path(struct region *region, const char *path);
struct source *__wrap_source_read(struct region *region, const char *path, const char *name,
                                  const char **reason);

void sources_set(const uint8_t *data, size_t size)
{
        const uint8_t *end = data + size;

        sources.count = 0;
        sources.parts[0] = data;
        while (sources.count < FILES && data <= end) {
                const uint8_t *part_end =
                        data == end ? NULL : memchr(data, FILE_END, (size_t)(end - data));

                data = (part_end != NULL ? part_end : end) + 1;
                sources.parts[++sources.count] = data;
        }
}

static bool file_find(const char *path, size_t *index)
{
        if (path[0] < '0' || path[0] > '9' || strcmp(path + 1, ".didl") != 0)
                return false;
        *index = (size_t)(path[0] - '0');
        return *index < sources.count;
}

int __wrap_access(const char *path, int mode)
{
        size_t index;

        (void)mode;
        errno = ENOENT;
        return file_find(path, &index) ? 0 : -1;
}

/* A path is taken for the file's own name. */
const char *__wrap_source_real_path(struct region *region, const char *path)
{
        (void)region;
        return path;
}

struct source *__wrap_source_read(struct region *region, const char *path, const char *name,
                                  const char **reason)
{
        struct source *source;
        size_t index;

        if (!file_find(path, &index)) {
                *reason = "no such file";
                return NULL;
        }
        source = source_make(region, path, (const char *)sources.parts[index],
                             (size_t)(sources.parts[index + 1] - 1 - sources.parts[index]));
        source->name = name;
        return source;
}

bool sources_compile(struct compilation *compilation, const char *path)
{
        compilation_init(compilation, NULL, 0);
        return compilation_run(compilation, path);
}
