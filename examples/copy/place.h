/* SPDX-License-Identifier: MIT */
#ifndef PLACE_H
#define PLACE_H

/** Where a file or folder is to be made: a folder that is open, and a name in it. */
struct place {
        int folder;
        const char *name; /* in the path that was given */
};

/**
 * The place that a path means below a folder, or -1 with errno: EINVAL for a path that is absolute or has an empty
 * part, "." or "..", else why it can't be reached (ELOOP or ENOTDIR: a symbolic link is in the way). Close it when it
 * is there.
 */
int place_find(struct place *self, int root, const char *path);

void place_close(struct place *self);

#endif
