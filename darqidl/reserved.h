/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_RESERVED_H
#define DARQIDL_RESERVED_H

#include <stdbool.h>

/** Whether a name is a word of C or C++, or a macro that a system header may define. */
bool reserved_in_c(const char *name);

/** Whether a name is a macro in capitals that a system header may define (macros.c). */
bool reserved_in_headers(const char *name);

#endif
