/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_ELEMENTS_H
#define DARQWIRE_ELEMENTS_H

#include <darq/wire.h>

#include "libdarqwire/copy.h"

/** Copies count elements of size bytes each between memory and a message, which is little-endian. */
static inline void darq_elements_copy(void *to, const void *from, size_t count, size_t size)
{
        const uint8_t *source = from;
        uint8_t *target = to;

        if (!DARQ_BIG_ENDIAN || size == 1) {
                darq_copy(to, from, count * size);
                return;
        }
        for (size_t i = 0; i < count; i++, target += size, source += size)
                for (size_t k = 0; k < size; k++)
                        target[k] = source[size - 1 - k];
}

/** The same of plain structs, size bytes in all. widths: of one's numbers. */
static inline void darq_structs_copy(void *to, const void *from, size_t size, const char *widths)
{
        const char *next = widths;

        if (!DARQ_BIG_ENDIAN) {
                darq_copy(to, from, size);
                return;
        }
        for (size_t at = 0; at < size;) {
                size_t width = (size_t)(*next++ - '0');

                darq_elements_copy((uint8_t *)to + at, (const uint8_t *)from + at, 1, width);
                at += width;
                if (*next == 0)
                        next = widths;
        }
}

#endif
