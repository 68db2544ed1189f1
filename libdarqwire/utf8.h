/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_UTF8_H
#define DARQWIRE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether text is UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF) without NUL. */
bool darq_utf8_valid(const uint8_t *text, size_t size);

#endif
