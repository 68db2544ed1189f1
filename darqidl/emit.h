/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_EMIT_H
#define DARQIDL_EMIT_H

#include "darqidl/output.h"

struct compilation;
struct file;

enum { EMIT_C_OUTPUTS = 2 };

/** NAME.darq.h and NAME.darq.c of a checked file, as they are to be written into a directory; in the compilation's memory. */
void emit_c(struct compilation *compilation, const struct file *file, const char *directory,
            struct output outputs[EMIT_C_OUTPUTS]);

#endif
