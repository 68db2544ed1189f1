/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_DEPFILE_H
#define DARQIDL_DEPFILE_H

#include <stdbool.h>

struct compilation;
struct file;

/** Writes NAME.d for make: the generated files depend on every file that was read. */
bool depfile_write(struct compilation *compilation, const struct file *file, const char *directory);

#endif
