/* SPDX-License-Identifier: MIT */
/*
 * Source files: their text, and where their lines begin.
 *
 * A file is read whole. Whether its bytes are fit for the language (UTF-8, no control characters) is the scanner's
 * business, which can tell where they aren't.
 */
#include "darqidl/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "darqidl/descriptor.h"
#include "darqidl/region.h"

static const char too_large[] = "larger than 16 MiB";

/* The begin of the next line; NULL: there is none. */
static const char *line_next(const struct source *self, const char *at)
{
        const char *end = memchr(at, '\n', (size_t)(self->text + self->size - at));

        return end != NULL ? end + 1 : NULL;
}

static void lines_find(struct region *region, struct source *self)
{
        uint32_t count = 1;

        for (const char *at = self->text; (at = line_next(self, at)) != NULL;)
                count++;
        self->line_starts = region_alloc(region, count * sizeof *self->line_starts);
        self->line_count = 1;
        self->line_starts[0] =
                self->size >= 3 && memcmp(self->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        for (const char *at = self->text; (at = line_next(self, at)) != NULL;)
                self->line_starts[self->line_count++] = (uint32_t)(at - self->text);
}

struct source *source_make(struct region *region, const char *path, const char *text, size_t size)
{
        struct source *self = region_alloc(region, sizeof *self);
        char *copy = region_alloc(region, size + 2);

        if (size != 0)
                memcpy(copy, text, size);
        self->path = self->name = path;
        self->text = copy;
        self->size = (uint32_t)size;
        lines_find(region, self);
        return self;
}

static struct source *file_read(struct region *region, int fd, const char *path,
                                const char **reason)
{
        struct stat status;
        struct source *self;
        ssize_t size;
        char *text;

        if (fstat(fd, &status) != 0) {
                *reason = strerror(errno);
                return NULL;
        }
        if (!S_ISREG(status.st_mode)) {
                *reason = "not a regular file";
                return NULL;
        }
        if (status.st_size > SOURCE_MAX) {
                *reason = too_large;
                return NULL;
        }
        text = region_alloc(region, (size_t)status.st_size + 2);
        size = descriptor_read(fd, text, (size_t)status.st_size);
        if (size < 0) {
                *reason = strerror(errno);
                return NULL;
        }
        self = region_alloc(region, sizeof *self);
        self->text = text;
        self->size = (uint32_t)size;
        self->path = region_text(region, path, strlen(path));
        lines_find(region, self);
        return self;
}

struct source *source_read_stream(struct region *region, int fd, const char *name,
                                  const char **reason)
{
        size_t capacity = 65536;
        char *text = region_alloc(region, capacity);
        ssize_t got = descriptor_read(fd, text, capacity);
        size_t size = got > 0 ? (size_t)got : 0;

        while (got > 0 && size == capacity && size <= SOURCE_MAX) {
                text = region_grow(region, text, capacity, 2 * capacity);
                capacity *= 2;
                got = descriptor_read(fd, text + size, capacity - size);
                size += got > 0 ? (size_t)got : 0;
        }
        if (got < 0) {
                *reason = strerror(errno);
                return NULL;
        }
        if (size > SOURCE_MAX) {
                *reason = too_large;
                return NULL;
        }
        return source_make(region, name, text, size);
}

/* Not blocking: opening a pipe would wait for somebody who writes to it, and it is no file. */
struct source *source_read(struct region *region, const char *path, const char *name,
                           const char **reason)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct source *self;

        if (fd < 0) {
                *reason = strerror(errno);
                return NULL;
        }
        self = file_read(region, fd, path, reason);
        if (self != NULL)
                self->name = region_text(region, name, strlen(name));
        close(fd);
        return self;
}

const char *source_real_path(struct region *region, const char *path)
{
        char real[PATH_MAX];

        return realpath(path, real) != NULL ? region_text(region, real, strlen(real)) : NULL;
}

const char *source_line(const struct source *self, uint32_t line, size_t *size)
{
        uint32_t begin = self->line_starts[line - 1];
        uint32_t end = line < self->line_count ? self->line_starts[line] - 1 : self->size;

        if (end > begin && self->text[end - 1] == '\r')
                end--;
        *size = end - begin;
        return self->text + begin;
}

struct place source_place(const struct source *self, uint32_t offset)
{
        uint32_t low = 0;
        uint32_t high = self->line_count;

        while (high - low > 1) {
                uint32_t middle = low + (high - low) / 2;

                if (self->line_starts[middle] <= offset)
                        low = middle;
                else
                        high = middle;
        }
        return (struct place){low + 1, offset - self->line_starts[low] + 1};
}
