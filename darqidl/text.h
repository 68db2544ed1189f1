/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_TEXT_H
#define DARQIDL_TEXT_H

#include <stdbool.h>
#include <stdint.h>

struct diagnostics;
struct source;

/**
 * Whether a file is text as the language wants it, comments included: UTF-8 without NUL, form feed or other control
 * characters, lines ended by LF or CR LF. *begin: where it begins, behind a byte order mark.
 */
bool text_check(struct diagnostics *diagnostics, const struct source *source, uint32_t *begin);

/** Bytes of the UTF-8 character that text begins with; 0: it begins with none. */
uint32_t text_character(const char *text, uint32_t left);

#endif
