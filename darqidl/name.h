/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_NAME_H
#define DARQIDL_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct region;

/* Names: their casing, their words, and which one was meant. */

enum casing { CASING_PACKAGE, CASING_TYPE, CASING_CONSTANT, CASING_MEMBER };

/** Whether a name is written as it should be. */
bool casing_fits(enum casing casing, const char *name);

/** "UpperCamel" and so on. */
const char *casing_name(enum casing casing);

/** The name as it should have been written. */
const char *casing_mend(struct region *region, enum casing casing, const char *name);

/**
 * A type's words in lower case, joined by underscores: "StorageError" is storage_error, "HTTPServer" http_server. An
 * underscore stands before a capital that follows a small letter or digit, or precedes a small letter.
 */
const char *name_words(struct region *region, const char *name);

/**
 * The nearest of several names to a word, if it is near. Finding it costs time for each candidate, so all searches of
 * a compilation share a budget; when it is used up, nothing is near.
 */
struct nearest {
        const char *word;
        size_t size;
        const char *best; /* NULL: none is near */
        unsigned int distance;
        size_t *budget; /* candidates that may still be tried */
};

enum { NEAREST_BUDGET = 200000 };

struct nearest nearest_to(const char *word, size_t *budget);
void nearest_try(struct nearest *self, const char *candidate);

#endif
