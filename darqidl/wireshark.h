/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_WIRESHARK_H
#define DARQIDL_WIRESHARK_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Prints what libdarqwire/wireshark/darq.lua has to know of files and all that they import: one Lua table, to standard
 * output. Diagnostics go to stderr. False after an error; then nothing was printed.
 */
bool wireshark_print(const char *const *paths, size_t count, const char *const *include_dirs,
                     size_t include_count);

#endif
