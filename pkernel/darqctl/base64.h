/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_BASE64_H
#define DARQCTL_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes as text: RFC 4648, section 4, with padding, without line breaks. */

/** How many characters, and how many bytes at most, come of so many. */
size_t base64_size(size_t bytes);
size_t base64_bytes(size_t size);

/** Writes base64_size(size) characters, and no NUL. */
void base64_encode(char *text, const uint8_t *data, size_t size);

/** Writes at most base64_bytes(size) bytes; *count is how many. False for anything that encode wouldn't have written. */
bool base64_decode(uint8_t *data, size_t *count, const char *text, size_t size);

#endif
