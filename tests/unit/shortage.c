/* SPDX-License-Identifier: MIT */
/* See the header. */
#include "tests/unit/shortage.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);

static struct {
        bool armed;
        unsigned long made;
        unsigned long fails; /* this one */
        bool lasting;        /* and all that follow */
} shortage;

void shortage_begin(unsigned long nth, bool lasting)
{
        shortage.made = 0;
        shortage.fails = nth;
        shortage.lasting = lasting;
        shortage.armed = true;
}

unsigned long shortage_end(void)
{
        shortage.armed = false;
        return shortage.made;
}

static bool fails(void)
{
        if (!shortage.armed)
                return false;
        shortage.made++;
        return shortage.made == shortage.fails ||
               (shortage.lasting && shortage.made > shortage.fails);
}

void *__wrap_malloc(size_t size)
{
        return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
        return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
        return fails() ? NULL : __real_realloc(block, size);
}
