/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SHORTAGE_H
#define TESTS_SHORTAGE_H

#include <stdbool.h>

/* Allocations that fail: the linker puts malloc, calloc and realloc of shortage.c in place of the C library's. */

/** The n-th from now on fails, 1 being the next; lasting: and all behind it. */
void shortage_begin(unsigned long nth, bool lasting);

/** No more do. How many were made meanwhile, or tried. */
unsigned long shortage_end(void);

#endif
