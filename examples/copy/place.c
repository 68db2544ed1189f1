/* SPDX-License-Identifier: MIT */
/*
 * Paths from strangers.
 *
 * A path is walked part by part from the receiver's folder, each part opened in the one before it, never followed if it
 * is a symbolic link. So there is no moment between looking and using: what was a folder when it was opened is what the
 * next part is opened in, whatever somebody else makes of the path meanwhile.
 */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static bool part_is_fine(const char *part, size_t size)
{
        if (size == 0 || size > NAME_MAX)
                return false;
        return !(part[0] == '.' && (size == 1 || (size == 2 && part[1] == '.')));
}

static bool path_is_fine(const char *path)
{
        for (;;) {
                size_t size = strcspn(path, "/");

                if (!part_is_fine(path, size))
                        return false;
                if (path[size] == '\0')
                        return true;
                path += size + 1;
        }
}

/* Goes down into a folder; the one before is closed in any case. */
static int enter(int folder, const char *part, size_t size)
{
        char name[NAME_MAX + 1];
        int next;
        int error;

        memcpy(name, part, size);
        name[size] = '\0';
        next = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        error = errno;
        close(folder);
        errno = error;
        return next;
}

int place_find(struct place *self, int root, const char *path)
{
        const char *slash;

        self->folder = -1;
        if (!path_is_fine(path)) {
                errno = EINVAL;
                return -1;
        }
        self->folder = fcntl(root, F_DUPFD_CLOEXEC, 0);
        while (self->folder >= 0 && (slash = strchr(path, '/')) != NULL) {
                self->folder = enter(self->folder, path, (size_t)(slash - path));
                path = slash + 1;
        }
        self->name = path;
        return self->folder >= 0 ? 0 : -1;
}

void place_close(struct place *self)
{
        if (self->folder >= 0)
                close(self->folder);
        self->folder = -1;
}
