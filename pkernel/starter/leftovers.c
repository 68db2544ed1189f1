/* SPDX-License-Identifier: MIT */
/*
 * Sockets by path, and by what tells them from a successor's: inode numbers are given again at once, the time of the last
 * change isn't.
 */
#include "pkernel/starter/leftovers.h"

#include <string.h>
#include <unistd.h>

static bool look(const char *path, struct leftover *found)
{
        struct stat status;
        size_t size = strlen(path) + 1;

        if (size > sizeof found->path || lstat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
                return false;
        memcpy(found->path, path, size);
        found->device = status.st_dev;
        found->inode = status.st_ino;
        found->changed = status.st_ctim;
        return true;
}

bool leftovers_add(struct leftovers *self, const char *path)
{
        if (self->count == LEFTOVERS_MAX || !look(path, &self->files[self->count]))
                return false;
        self->count++;
        return true;
}

static bool same(const struct leftover *noted, const struct leftover *now)
{
        return noted->device == now->device && noted->inode == now->inode &&
               noted->changed.tv_sec == now->changed.tv_sec &&
               noted->changed.tv_nsec == now->changed.tv_nsec;
}

void leftovers_remove(struct leftovers *self)
{
        for (size_t i = 0; i < self->count; i++) {
                struct leftover now;

                if (look(self->files[i].path, &now) && same(&self->files[i], &now))
                        unlink(self->files[i].path);
        }
        self->count = 0;
}
