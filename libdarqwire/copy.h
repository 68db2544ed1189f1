/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_COPY_H
#define DARQWIRE_COPY_H

#include <stddef.h>
#include <string.h>

/** What memcpy() does, without what it costs for some sizes on some processors: copy.c. */
#ifdef __x86_64__

enum { DARQ_COPY_MUCH = 2048 };

/** darq_copy() of DARQ_COPY_MUCH bytes or more. */
void darq_copy_much(void *to, const void *from, size_t size);

static inline void darq_copy(void *to, const void *from, size_t size)
{
        if (size < DARQ_COPY_MUCH)
                memcpy(to, from, size);
        else
                darq_copy_much(to, from, size);
}

#else

static inline void darq_copy(void *to, const void *from, size_t size)
{
        memcpy(to, from, size);
}

#endif
#endif
