/* SPDX-License-Identifier: MIT */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Values by key in one SQLite file. Keys are UTF-8 that ends in NUL. One thread at a time. */
struct store;

/** What a function returns beside 0, which is fine. */
enum store_result {
        STORE_NOT_FOUND = 1,
        STORE_EXISTS,
        STORE_FULL,
        STORE_FAILED, /* store_error() says why */
};

/** Opens or makes the file. Sets *store to NULL only when memory is short. 0 or STORE_FAILED. */
int store_open(struct store **store, const char *path);

/** NULL is fine. */
void store_close(struct store *self);

/** One sentence on what failed last; valid until the next function. Never NULL; self may be. */
const char *store_error(const struct store *self);

/** Adds a value; it is on disk on return. 0, STORE_EXISTS, STORE_FULL, STORE_FAILED. */
int store_add(struct store *self, const char *key, const void *value, size_t size,
              uint64_t *revision);

/** Replaces a value; it is on disk on return. 0, STORE_NOT_FOUND, STORE_FULL, STORE_FAILED. */
int store_replace(struct store *self, const char *key, const void *value, size_t size,
                  uint64_t *revision);

/** Removes a value. 0, STORE_NOT_FOUND, STORE_FULL, STORE_FAILED. */
int store_remove(struct store *self, const char *key);

/** Whether there is a value. 0 or STORE_FAILED. */
int store_has(struct store *self, const char *key, bool *has);

struct store_value {
        const void *data;
        size_t size;
        uint64_t revision;
};

/** Finds a value, which lives until store_value_release(). 0, STORE_NOT_FOUND, STORE_FAILED. */
int store_get(struct store *self, const char *key, struct store_value *value);
void store_value_release(struct store *self);

struct store_entry {
        const char *key;
        size_t size;
        uint64_t revision;
};

/**
 * Goes through the entries whose key begins with prefix and is greater than after, in the order of
 * the keys' bytes: store_list_begin(), store_list_next() until *entry is NULL, store_list_end(). An
 * entry lives until the next call. 0 or STORE_FAILED.
 */
int store_list_begin(struct store *self, const char *prefix, const char *after);
int store_list_next(struct store *self, const struct store_entry **entry);
void store_list_end(struct store *self);

#endif
