/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: counts what is asked of malloc and its like. A codec's program looks for allocations() and asks it.
 */
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

unsigned long allocations(void);

static unsigned long count;

unsigned long allocations(void)
{
        return count;
}

void *malloc(size_t size)
{
        count++;
        return __libc_malloc(size);
}

void *calloc(size_t items, size_t size)
{
        count++;
        return __libc_calloc(items, size);
}

void *realloc(void *old, size_t size)
{
        count++;
        return __libc_realloc(old, size);
}

void *memalign(size_t align, size_t size)
{
        count++;
        return __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
        count++;
        return __libc_memalign(align, size);
}
