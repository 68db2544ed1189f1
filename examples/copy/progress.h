/* SPDX-License-Identifier: MIT */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** A line that tells how far a copy is; nothing at all where the output is no terminal. */
struct progress {
        bool shown;
        uint64_t total;
        uint64_t done;
        struct timespec start;
        double last; /* seconds after the start */
};

void progress_init(struct progress *self, uint64_t total);

/** So many bytes more. Redraws ten times a second at most. */
void progress_add(struct progress *self, uint64_t bytes);

/** The last state, and a new line. */
void progress_end(struct progress *self);

#endif
