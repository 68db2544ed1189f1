/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_FMT_H
#define DARQIDL_FMT_H

#include <stdbool.h>

/**
 * Gives a file the canonical layout; "-" is standard input, whose text goes to standard output. A file is written only
 * if it changes; one with errors is left alone, and they are printed. check: nothing is written, and the name of a file
 * that would change is printed. False after an error, and when a file that is only looked at would change.
 */
bool fmt_file(const char *path, bool check);

#endif
