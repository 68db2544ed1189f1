/* SPDX-License-Identifier: MIT */
/*
 * Makes allocations of one program fail: a library for LD_PRELOAD, with $DARQ_ALLOCATIONS=PROGRAM:FILE.
 *
 * In a process of that name, and in its children that don't execute another, malloc(), calloc() and realloc() count their
 * calls in the file, which a test has mapped too, and fail where it says so (control.h). Other processes aren't touched. What
 * stands behind these names is the next library's: glibc's or a sanitizer's, which goes on seeing everything.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

#include "tests/allocations/control.h"

static struct control *control;
static void *(*next_malloc)(size_t size);
static void *(*next_calloc)(size_t count, size_t size);
static void *(*next_realloc)(void *block, size_t size);

static bool fails(void)
{
        bool failing = control_fails(control);

        if (failing)
                errno = ENOMEM;
        return failing;
}

/* For what a build that counts lines does at its end (tests/coverage.h): from here on all is as without this library. */
void failing_end(void);

void failing_end(void)
{
        control = NULL;
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

__attribute__((constructor)) static void control_find(void)
{
        control = control_map("DARQ_ALLOCATIONS");
}
