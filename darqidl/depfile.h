/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_DEPFILE_H
#define DARQIDL_DEPFILE_H

#include "darqidl/output.h"

struct compilation;
struct file;

/** NAME.d for make: the generated files depend on every file that was read. */
struct output depfile_make(struct compilation *compilation, const struct file *file,
                           const char *directory);

#endif
