/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_OUTPUT_H
#define DARQIDL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/** A file that is to be written. */
struct output {
        const char *path;
        const char *text;
        size_t size;
};

/**
 * Writes several files, all or none: each to a temporary file beside it, then renamed. A file that holds these bytes
 * already is left alone, and keeps its time. False with a line on stderr when one can't be written.
 */
bool outputs_write(const struct output *outputs, size_t count);

#endif
