/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_PLAIN_H
#define PKERNEL_PLAIN_H

#include <stddef.h>

/* Text that a message or a line of the log can carry, whatever is in it. */

/**
 * As much of text as room bytes hold, with a NUL: whole characters of UTF-8. What is none, or is a control character other than a tab,
 * becomes a question mark. It is never longer than it was, so to may be text itself.
 */
void plain_copy(char *to, size_t room, const char *text);

#endif
