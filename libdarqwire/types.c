/* SPDX-License-Identifier: MIT */
/*
 * Strings and bytes as plain values: a pointer and a size, borrowed.
 */
#include <darq/types.h>

#include <string.h>

struct darq_string darq_string_of(const char *text)
{
        return (struct darq_string){text != NULL ? text : "", text != NULL ? strlen(text) : 0};
}

struct darq_bytes darq_bytes_of(const void *data, size_t size)
{
        return (struct darq_bytes){data, size};
}
