/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SPELLING_H
#define PKERNEL_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

/* How services and locations may be called, whoever names them. */

enum { SPELLING_SERVICE_MAX = 255, SPELLING_LOCATION_MAX = 63 };

/* In words, for who is told that one isn't. */
#define SPELLING_SERVICE "up to 255 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit"
#define SPELLING_LOCATION "1 to 63 of a-z, 0-9 and '-'"

/** Whether all of it are a-z, 0-9, or among the others. */
bool spelling_consists_of(const char *name, size_t size, const char *others);

bool spelling_is_service(const char *name, size_t size);
bool spelling_is_location(const char *name, size_t size);

#endif
