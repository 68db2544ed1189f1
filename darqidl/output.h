/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_OUTPUT_H
#define DARQIDL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct region;

/** A file that is to be written. */
struct output {
        const char *path;
        const char *text;
        size_t size;
        bool lasting; /* it replaces what can't be made anew: on disk before it does */
};

/**
 * Writes several files, all or none: each to a temporary file beside it, then into its place. One that holds these
 * bytes already is left alone, and keeps its time. False with a line on stderr for everything that went wrong: then all
 * is as it was, but for files that it names.
 */
bool outputs_write(struct region *region, const struct output *outputs, size_t count);

/** To standard output. False with a line on stderr. */
bool output_show(const char *text, size_t size);

#endif
