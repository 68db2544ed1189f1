/* SPDX-License-Identifier: MIT */
/*
 * Makes system calls of one program fail: a library for LD_PRELOAD, with $DARQ_CALLS=PROGRAM:FILE, as failing.c does with
 * allocations.
 *
 * What fails are the calls to files that the compiler makes, test_faults.py holds this list to them. A call that fails does
 * nothing but set errno; close() closes all the same, as the kernel does. Where the error is 0, read() and write() do one byte.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/allocations/control.h"

static struct control *control;

/* The next library's function of this name, where calls don't fail. */
#define NEXT(name) (__extension__(__typeof__(&(name))) dlsym(RTLD_NEXT, #name))

static bool fails(void)
{
        bool failing = control_fails(control) && atomic_load(&control->error) != 0;

        if (failing)
                errno = (int)atomic_load(&control->error);
        return failing;
}

/* How much of size is done; 0: the call fails. */
static size_t part(size_t size)
{
        if (size == 0 || !control_fails(control))
                return size;
        errno = (int)atomic_load(&control->error);
        return errno == 0;
}

/* Its mode is there where a file may be made. */
int open(const char *path, int flags, ...)
{
        va_list arguments;
        mode_t mode = 0;

        va_start(arguments, flags);
        if ((flags & O_CREAT) != 0)
                mode = va_arg(arguments, mode_t);
        va_end(arguments);
        return fails() ? -1 : NEXT(open)(path, flags, mode);
}

ssize_t read(int fd, void *to, size_t size)
{
        size_t some = part(size);

        return some == 0 && size != 0 ? -1 : NEXT(read)(fd, to, some);
}

ssize_t write(int fd, const void *from, size_t size)
{
        size_t some = part(size);

        return some == 0 && size != 0 ? -1 : NEXT(write)(fd, from, some);
}

int close(int fd)
{
        int done = NEXT(close)(fd);

        return fails() ? -1 : done;
}

int access(const char *path, int mode)
{
        return fails() ? -1 : NEXT(access)(path, mode);
}

int stat(const char *path, struct stat *status)
{
        return fails() ? -1 : NEXT(stat)(path, status);
}

int fstat(int fd, struct stat *status)
{
        return fails() ? -1 : NEXT(fstat)(fd, status);
}

int fchmod(int fd, mode_t mode)
{
        return fails() ? -1 : NEXT(fchmod)(fd, mode);
}

int fsync(int fd)
{
        return fails() ? -1 : NEXT(fsync)(fd);
}

int rename(const char *from, const char *to)
{
        return fails() ? -1 : NEXT(rename)(from, to);
}

int renameat2(int from_directory, const char *from, int to_directory, const char *to,
              unsigned int flags)
{
        return fails() ? -1 : NEXT(renameat2)(from_directory, from, to_directory, to, flags);
}

int unlink(const char *path)
{
        return fails() ? -1 : NEXT(unlink)(path);
}

char *realpath(const char *path, char *resolved)
{
        return fails() ? NULL : NEXT(realpath)(path, resolved);
}

/* What it is with _FORTIFY_SOURCE. */
char *__realpath_chk(const char *path, char *resolved, size_t room);

char *__realpath_chk(const char *path, char *resolved, size_t room)
{
        (void)room;
        return realpath(path, resolved);
}

__attribute__((constructor)) static void control_find(void)
{
        control = control_map("DARQ_CALLS");
}
