/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_FORMAT_H
#define DARQIDL_FORMAT_H

#include "darqidl/token.h"

struct page;

/** Writes a file's text in the canonical layout. Its tokens come from the parser, which found no error in them. */
void format_print(const struct tokens *tokens, struct page *page);

#endif
