/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_PRINT_H
#define DARQIDL_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/**
 * As vsnprintf, but what is written when it returns room or more is no text at all: it has to be asked again, with as
 * much room as it said and one for the NUL. No string may be NULL.
 */
size_t print_text(char *to, size_t room, const char *format, va_list arguments)
        __attribute__((format(printf, 3, 0)));

#endif
