/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_EMIT_H
#define DARQIDL_EMIT_H

#include <stdbool.h>

struct compilation;
struct file;

/**
 * Writes NAME.darq.h and NAME.darq.c of a checked file into a directory: both or neither, and each only if it would
 * change. False with a line on stderr when they can't be written.
 */
bool emit_c(struct compilation *compilation, const struct file *file, const char *directory);

#endif
