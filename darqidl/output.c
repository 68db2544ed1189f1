/* SPDX-License-Identifier: MIT */
/*
 * Output: files, written only if they would change, and all or none; and standard output.
 *
 * Every file that changes is written beside its place first. Only when all are whole do they go there, one after the
 * other: each but the last by changing places with what is there, which the temporary name then holds. So if a later
 * one can't go to its place, the earlier ones are put back, and a reader never sees half a file. Where a file system
 * can't exchange two names, what was there is gone when a later one fails, and the user is told which file is new.
 *
 *     OUTPUT_SAME -> replacement_write() -> OUTPUT_WRITTEN -> replacement_place() -> OUTPUT_ADDED, _EXCHANGED or _REPLACED
 *
 * All memory is allocated before the first byte is written: without it the program ends (memory.c), and leaves nothing
 * behind.
 */
#include "darqidl/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "darqidl/descriptor.h"
#include "darqidl/region.h"

enum { ATTEMPTS_MAX = 100 };

enum replacement_state {
        OUTPUT_SAME,      /* holds these bytes already, or nothing was done so far */
        OUTPUT_WRITTEN,   /* the temporary holds them */
        OUTPUT_ADDED,     /* in its place, where nothing was */
        OUTPUT_EXCHANGED, /* in its place; the temporary holds what was there */
        OUTPUT_REPLACED,  /* in its place; what was there is gone */
};

struct replacement {
        const struct output *output;
        enum replacement_state state;
        size_t room; /* of the name */
        char *temporary;
};

static bool complain(const char *path, const char *reason)
{
        fprintf(stderr, "darqidl: error: %s: %s\n", path, reason);
        return false;
}

static bool holds_already(const struct output *output)
{
        int fd = open(output->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        struct stat status;
        char old[16384];
        size_t at = 0;
        bool same;

        if (fd < 0)
                return false;
        same = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
               (uintmax_t)status.st_size == output->size;
        while (same && at < output->size) {
                size_t left = output->size - at;
                size_t size = left < sizeof old ? left : sizeof old;

                same = descriptor_read(fd, old, size) == (ssize_t)size &&
                       memcmp(old, output->text + at, size) == 0;
                at += size;
        }
        close(fd);
        return same;
}

/* A name that nobody has, beside the output's. -1 with errno. */
static int temporary_open(struct replacement *self)
{
        int fd = -1;

        errno = EEXIST;
        for (unsigned int i = 0; fd < 0 && errno == EEXIST && i < ATTEMPTS_MAX; i++) {
                snprintf(self->temporary, self->room, "%s.%ld.%u", self->output->path,
                         (long)getpid(), i);
                fd = open(self->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        }
        return fd;
}

/*
 * NULL, or why it can't be done. What is replaced hands its mode on, and is a file: a device or a folder isn't. A new
 * file has the mode that the user's mask left.
 */
static const char *temporary_fill(int fd, const struct output *output)
{
        struct stat status;
        bool there = stat(output->path, &status) == 0;

        if (there && !S_ISREG(status.st_mode))
                return "not a regular file";
        if ((there ? fchmod(fd, status.st_mode & 07777) != 0 : errno != ENOENT) ||
            !descriptor_write(fd, output->text, output->size) ||
            (output->lasting && fsync(fd) != 0))
                return strerror(errno);
        return NULL;
}

static void temporary_remove(const struct replacement *self)
{
        if (unlink(self->temporary) != 0)
                fprintf(stderr, "darqidl: warning: %s is left behind\n", self->temporary);
}

static bool replacement_write(struct replacement *self)
{
        const char *reason;
        int fd;

        if (holds_already(self->output))
                return true;
        fd = temporary_open(self);
        if (fd < 0)
                return complain(self->output->path, strerror(errno));
        reason = temporary_fill(fd, self->output);
        if (close(fd) != 0 && reason == NULL)
                reason = strerror(errno);
        self->state = OUTPUT_WRITTEN;
        return reason == NULL || complain(self->output->path, reason);
}

/* The last one needn't be put back, and a plain rename is what file systems guard against a crash. */
static bool replacement_place(struct replacement *self, bool last)
{
        const char *path = self->output->path;

        if (!last && renameat2(AT_FDCWD, self->temporary, AT_FDCWD, path, RENAME_EXCHANGE) == 0) {
                self->state = OUTPUT_EXCHANGED;
                return true;
        }
        self->state = !last && errno == ENOENT ? OUTPUT_ADDED : OUTPUT_REPLACED;
        if (rename(self->temporary, path) == 0)
                return true;
        self->state = OUTPUT_WRITTEN;
        return complain(path, strerror(errno));
}

/* What is in its place already goes back. */
static void replacement_undo(const struct replacement *self)
{
        const char *path = self->output->path;

        if (self->state == OUTPUT_ADDED && unlink(path) != 0)
                complain(path, "is new, and can't be removed");
        else if (self->state == OUTPUT_EXCHANGED && rename(self->temporary, path) != 0)
                fprintf(stderr, "darqidl: error: %s: is new, and what it was is %s\n", path,
                        self->temporary);
        else if (self->state == OUTPUT_REPLACED)
                complain(path, "is new, and what it was is gone");
}

/* done: all are in their place. */
static void replacement_end(const struct replacement *self, bool done)
{
        if (self->state == OUTPUT_WRITTEN || (done && self->state == OUTPUT_EXCHANGED))
                temporary_remove(self);
        else if (!done)
                replacement_undo(self);
}

bool outputs_write(struct region *region, const struct output *outputs, size_t count)
{
        struct replacement *all = region_alloc(region, count * sizeof *all);
        size_t last = 0;
        bool done = true;

        for (size_t i = 0; i < count; i++) {
                all[i].output = &outputs[i];
                all[i].room = strlen(outputs[i].path) + sizeof ".-9223372036854775808.99";
                all[i].temporary = region_alloc(region, all[i].room);
        }
        for (size_t i = 0; done && i < count; i++) {
                done = replacement_write(&all[i]);
                last = all[i].state == OUTPUT_WRITTEN ? i : last;
        }
        for (size_t i = 0; done && i < count; i++)
                if (all[i].state == OUTPUT_WRITTEN)
                        done = replacement_place(&all[i], i == last);
        for (size_t i = 0; i < count; i++)
                replacement_end(&all[i], done);
        return done;
}

bool output_show(const char *text, size_t size)
{
        return descriptor_write(STDOUT_FILENO, text, size) ||
               complain("standard output", strerror(errno));
}
