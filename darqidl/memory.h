/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_MEMORY_H
#define DARQIDL_MEMORY_H

#include <stddef.h>

/** What the program ends with when there is no memory; for `check` it means that nothing was compared. */
enum { STATUS_NO_MEMORY = 2 };

/** Zeroed; free() frees it. Never NULL: without memory the program says so and ends. */
void *memory_alloc(size_t size);

/** The same bytes with more room, which isn't zeroed. Never NULL, as above. */
void *memory_grow(void *old, size_t size);

/** Says that this will be filled with much that is small, and lies well in huge pages, if the system has any. */
void memory_prefer_huge(void *begin, size_t size);

#endif
