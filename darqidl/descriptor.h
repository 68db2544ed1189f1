/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_DESCRIPTOR_H
#define DARQIDL_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Reads until size bytes are there or the file ends; how many that were, or -1 with errno. */
ssize_t descriptor_read(int fd, char *to, size_t size);

/** Writes all; false with errno. */
bool descriptor_write(int fd, const char *text, size_t size);

#endif
