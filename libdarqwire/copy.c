/* SPDX-License-Identifier: MIT */
/*
 * Copies of some kilobytes, which vectors and bytes of a message are.
 *
 * glibc's memcpy leaves these to "rep movsb" (from 2 KiB to the size of the second cache), which is no good choice on Zen 3
 * and 4: where the destination is a few bytes behind the source, counted within their pages, it takes 15 to 30 times as long
 * as stores of 32 bytes do, and elsewhere 1.1 to 1.7 times as long (glibc 2.36; bug 30994, 30995). So these sizes are copied by such
 * stores where the processor has them, to lines of the cache, as one that spans two of them takes twice as long. What is
 * larger waits for memory in any case.
 */
#include "libdarqwire/copy.h"

#ifdef __x86_64__

#include <stdint.h>

enum { LINE = 64, STEP = 2 * LINE, STEPS_MAX = 256 * 1024 };

typedef uint8_t block __attribute__((vector_size(32)));

/* size: at least two steps. */
static __attribute__((target("avx"))) void blocks_copy(uint8_t *to, const uint8_t *from,
                                                       size_t size)
{
        block a, b, c, d;

        memcpy(to, from, LINE);
        for (size_t i = LINE - (uintptr_t)to % LINE; i < size - STEP; i += STEP) {
                memcpy(&a, from + i, sizeof a);
                memcpy(&b, from + i + sizeof a, sizeof b);
                memcpy(&c, from + i + 2 * sizeof a, sizeof c);
                memcpy(&d, from + i + 3 * sizeof a, sizeof d);
                memcpy(to + i, &a, sizeof a);
                memcpy(to + i + sizeof a, &b, sizeof b);
                memcpy(to + i + 2 * sizeof a, &c, sizeof c);
                memcpy(to + i + 3 * sizeof a, &d, sizeof d);
        }
        memcpy(to + size - LINE, from + size - LINE, LINE);
        memcpy(to + size - STEP, from + size - STEP, LINE);
}

void darq_copy_much(void *to, const void *from, size_t size)
{
        if (size <= STEPS_MAX && __builtin_cpu_supports("avx"))
                blocks_copy(to, from, size);
        else
                memcpy(to, from, size);
}

#endif
