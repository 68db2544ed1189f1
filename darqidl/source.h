/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_SOURCE_H
#define DARQIDL_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct file;
struct region;

enum { SOURCE_MAX = 16 << 20 }; /* bytes of one file */

/** A file's text. line_starts[n] is the offset of line n + 1; the first one's is behind a byte order mark. */
struct source {
        const char *path; /* as it was found, for messages */
        const char *name; /* as it is included: relative to the -I, or as given */
        const char *text; /* ends in NUL NUL, which the scanner wants */
        uint32_t size;
        uint32_t *line_starts;
        uint32_t line_count;
        const struct file *file; /* its tree */
};

/** Reads a file. NULL with *reason set when it can't be read or is too large. */
struct source *source_read(struct region *region, const char *path, const char *name,
                           const char **reason);

/** Reads a descriptor to its end, as a file of this name. NULL as above. */
struct source *source_read_stream(struct region *region, int fd, const char *name,
                                  const char **reason);

/** Where a path's links lead to: two of a file are the same. NULL with errno. */
const char *source_real_path(struct region *region, const char *path);

/** A file that is in memory already. */
struct source *source_make(struct region *region, const char *path, const char *text, size_t size);

/** The text of line (from 1), without its end; *size its bytes. */
const char *source_line(const struct source *self, uint32_t line, size_t *size);

/** Where an offset is: both count from 1, columns in bytes. */
struct place {
        uint32_t line, column;
};

struct place source_place(const struct source *self, uint32_t offset);

#endif
