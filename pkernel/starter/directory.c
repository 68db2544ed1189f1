/* SPDX-License-Identifier: MIT */
/*
 * Directories that nobody has made yet: of manifests that are registered, and of services' states.
 *
 * Whether one that was there can be trusted is the caller's to find out, who opens it.
 */
#include "pkernel/starter/directory.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int directory_make(char *path, mode_t mode)
{
        for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
                int made;

                *slash = '\0';
                made = mkdir(path, 0755);
                *slash = '/';
                if (made < 0 && errno != EEXIST)
                        return -errno;
        }
        return mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;
}
