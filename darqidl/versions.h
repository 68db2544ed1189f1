/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_VERSIONS_H
#define DARQIDL_VERSIONS_H

#include <stddef.h>

/** Two versions of a file, and where each looks for its imports. */
struct versions {
        const char *old_path, *new_path;
        const char **include_dirs;
        size_t include_count;
        const char **old_dirs; /* none: include_dirs, then the folder of the new version */
        size_t old_count;
};

enum { COMPARISON_FAILED = 2 };

/** Prints what changed, and the errors of either file. 0: nothing breaks, 1: something does, COMPARISON_FAILED. */
int versions_compare(const struct versions *self);

#endif
