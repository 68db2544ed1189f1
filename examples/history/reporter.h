/* SPDX-License-Identifier: MIT */
#ifndef REPORTER_H
#define REPORTER_H

#include <darq/darq.h>

enum { REPORTERS_MAX = 64, REPORTER_TEXT_MAX = 320 };

/** Who is behind the connections that called lately. Zero: nobody. */
struct reporters {
        struct {
                uint64_t connection;
                char principal[REPORTER_TEXT_MAX + 1];
        } known[REPORTERS_MAX];
};

/**
 * The caller's principal, "uid:1000" or "service:text"; "" if it has gone meanwhile. It lives until the next function.
 * 0, or what asking the p-kernel came to.
 */
int reporter_find(struct reporters *self, struct darq_call *call, const char **principal);

#endif
