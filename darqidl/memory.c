/* SPDX-License-Identifier: MIT */
/*
 * Memory, or the end of the program.
 *
 * A compiler without memory has nothing sensible to go on with, and nothing to lose: it writes only when all is there
 * (output.c allocates before it writes). So nobody above looks for NULL: regions, the scanner and the parser's stacks
 * all come from here.
 */
#include "darqidl/memory.h"

#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void *have(void *memory)
{
        if (memory == NULL) {
                fputs("darqidl: error: out of memory\n", stderr);
                exit(STATUS_NO_MEMORY);
        }
        return memory;
}

void *memory_alloc(size_t size)
{
        return have(calloc(1, size));
}

void *memory_grow(void *old, size_t size)
{
        return have(realloc(old, size));
}

void memory_prefer_huge(void *begin, size_t size)
{
        uintptr_t mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
        uintptr_t first = ((uintptr_t)begin + mask) & ~mask;

        /* Whether the system has any, and takes the advice, changes nothing but the time. */
        (void)madvise((void *)first, (uintptr_t)begin + size - first, MADV_HUGEPAGE);
}
