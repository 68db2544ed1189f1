/* SPDX-License-Identifier: MIT */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Events in one SQLite file. Texts are UTF-8 that ends in NUL. One thread at a time. */
struct journal;

/** What a function returns beside 0, which is fine. */
enum journal_result {
        JOURNAL_FULL = 1,
        JOURNAL_FAILED, /* journal_error() says why */
};

struct journal_event {
        uint64_t sequence;
        int64_t time_ns;
        const char *object;
        const char *subject;
        const char *action;
        const char *reporter;
        const void *detail;
        size_t detail_size;
};

/** Opens or makes the file. Sets *journal to NULL only when memory is short. 0 or JOURNAL_FAILED. */
int journal_open(struct journal **journal, const char *path);

/** NULL is fine. */
void journal_close(struct journal *self);

/** One sentence on what failed last; valid until the next function. Never NULL; self may be. */
const char *journal_error(const struct journal *self);

/** Adds an event; it is on disk on return. Its sequence is given back. 0, JOURNAL_FULL, JOURNAL_FAILED. */
int journal_add(struct journal *self, const struct journal_event *event, uint64_t *sequence);

/** 0 or JOURNAL_FAILED. */
int journal_extent(struct journal *self, uint64_t *count, uint64_t *last);

/** Which events. */
struct journal_query {
        char object[512]; /* "": of any */
        char subject[256];
        int64_t from_ns;
        int64_t to_ns;
        uint64_t after; /* sequence */
        uint64_t last;  /* of those that can fit; journal_prepare() sets it */
};

/** Finds out between which sequences the query's times lie, so that pages needn't look elsewhere. 0 or JOURNAL_FAILED. */
int journal_prepare(struct journal *self, struct journal_query *query);

typedef bool journal_function(void *context, const struct journal_event *event);

/**
 * Calls visit with at most limit events that fit, in the order of their sequence, and says how many there were; query->after
 * is that of the last one that was taken. Until visit returns false: that one isn't taken. An event lives until visit
 * returns. 0 or JOURNAL_FAILED.
 */
int journal_page(struct journal *self, struct journal_query *query, size_t limit,
                 journal_function *visit, void *context, size_t *count);

#endif
