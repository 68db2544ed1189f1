/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_PLAIN_H
#define DARQCTL_PLAIN_H

#include <stdio.h>

#include <darq/types.h>

/**
 * Writes text that comes from others: UTF-8, in which control characters (C0 but for spaces, DEL, C1) stand as \\x1b,
 * since a terminal would obey them.
 */
void plain_write(FILE *file, struct darq_string text);

#endif
