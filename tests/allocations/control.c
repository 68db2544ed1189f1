/* SPDX-License-Identifier: MIT */
/*
 * Which call of a process fails: see the header. A part of the libraries for LD_PRELOAD that make calls fail; it runs before
 * anything else of the program, a sanitizer included, and uses what can't fail by them.
 */
#include "tests/allocations/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_meant(const char *name, size_t size)
{
        const char *own = program_invocation_short_name;

        return strlen(own) == size && memcmp(own, name, size) == 0;
}

struct control *control_map(const char *variable)
{
        const char *meant = getenv(variable);
        const char *colon = meant != NULL ? strchr(meant, ':') : NULL;
        void *mapped;
        int fd;

        if (colon == NULL || !is_meant(meant, (size_t)(colon - meant)))
                return NULL;
        fd = (int)syscall(SYS_openat, AT_FDCWD, colon + 1, O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return NULL;
        mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        syscall(SYS_close, fd);
        return mapped != MAP_FAILED ? mapped : NULL;
}

bool control_fails(struct control *self)
{
        uint64_t number;

        if (self == NULL || atomic_load(&self->armed) == 0)
                return false;
        number = atomic_fetch_add(&self->made, 1) + 1;
        if (atomic_load(&self->fails) == 0 || number < atomic_load(&self->fails) ||
            (number > atomic_load(&self->fails) && atomic_load(&self->lasting) == 0))
                return false;
        atomic_fetch_add(&self->failed, 1);
        return true;
}
