/* SPDX-License-Identifier: MIT */
#ifndef STARTER_DIRECTORY_H
#define STARTER_DIRECTORY_H

#include <sys/types.h>

/**
 * Makes a directory with this mode, and those that are missing on the way to it with 0755. One that is there stays as it is. 0, or
 * -errno. The path is absolute; it is written to, and in the end what it was.
 */
int directory_make(char *path, mode_t mode);

#endif
