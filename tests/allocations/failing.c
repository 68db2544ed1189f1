/* SPDX-License-Identifier: MIT */
/*
 * Makes allocations of one program fail: a library for LD_PRELOAD, with $DARQ_ALLOCATIONS=PROGRAM:FILE.
 *
 * In a process of that name, and in its children that don't execute another, malloc(), calloc() and realloc() count their
 * calls in the file, which a test has mapped too, and fail where it says so. Other processes aren't touched. What stands behind
 * these names is the next library's: glibc's or a sanitizer's, which goes on seeing everything.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* test_allocations.py knows this layout. */
struct control {
        _Atomic uint64_t armed;
        _Atomic uint64_t lasting; /* all behind the one that fails do so too */
        _Atomic uint64_t fails;   /* from 1; 0: none */
        _Atomic uint64_t made;
        _Atomic uint64_t failed;
};

static struct control *control;
static void *(*next_malloc)(size_t size);
static void *(*next_calloc)(size_t count, size_t size);
static void *(*next_realloc)(void *block, size_t size);

static bool fails(void)
{
        uint64_t number;

        if (control == NULL || atomic_load(&control->armed) == 0)
                return false;
        number = atomic_fetch_add(&control->made, 1) + 1;
        if (atomic_load(&control->fails) == 0 || number < atomic_load(&control->fails) ||
            (number > atomic_load(&control->fails) && atomic_load(&control->lasting) == 0))
                return false;
        atomic_fetch_add(&control->failed, 1);
        errno = ENOMEM;
        return true;
}

static void next_find(void)
{
        if (next_malloc != NULL)
                return;
        *(void **)&next_calloc = dlsym(RTLD_NEXT, "calloc");
        *(void **)&next_realloc = dlsym(RTLD_NEXT, "realloc");
        *(void **)&next_malloc = dlsym(RTLD_NEXT, "malloc");
}

void *malloc(size_t size)
{
        next_find();
        return fails() ? NULL : next_malloc(size);
}

void *calloc(size_t count, size_t size)
{
        next_find();
        return fails() ? NULL : next_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
        next_find();
        return fails() ? NULL : next_realloc(block, size);
}

static bool is_meant(const char *name, size_t size)
{
        const char *own = program_invocation_short_name;

        return strlen(own) == size && memcmp(own, name, size) == 0;
}

__attribute__((constructor)) static void control_map(void)
{
        const char *meant = getenv("DARQ_ALLOCATIONS");
        const char *colon = meant != NULL ? strchr(meant, ':') : NULL;
        void *mapped;
        int fd;

        if (colon == NULL || !is_meant(meant, (size_t)(colon - meant)))
                return;
        fd = open(colon + 1, O_RDWR | O_CLOEXEC);
        if (fd < 0)
                return;
        mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
        if (mapped != MAP_FAILED)
                control = mapped;
}
