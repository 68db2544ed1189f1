/* SPDX-License-Identifier: MIT */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <stddef.h>

/* What is measured, and how both sides are told: one line of numbers for each run. */

enum {
        BENCH_TRIPS = 2000, /* at most */
        BENCH_CALLS = 30000,
        BENCH_UNDER_WAY = 64,
        BENCH_REQUEST_BYTES = 60, /* what a greeting comes to */
        BENCH_REPLY_BYTES = 60,
        BENCH_PIECE = 65536,
        BENCH_SMALL_PIECE = 16384,
};

double bench_now_s(void);

/** Sorts the times and shows median and 99th percentile, in microseconds. */
void bench_times_show(double *times, size_t count);

/* Each: 0, or an error that was said. */

int bench_darq_trip(const char *target, unsigned int trips);
int bench_darq_rate(const char *target);
int bench_darq_bulk(const char *target, unsigned int mebibytes);
/** Requests of 4 MiB, one after the other, until it is ended. */
int bench_darq_large(const char *target);
int bench_darq_take(void);
int bench_darq_hear(void);

int bench_nats_trip(const char *url, unsigned int trips);
int bench_nats_rate(const char *url);
int bench_nats_bulk(const char *url, unsigned int mebibytes, size_t piece_size);
int bench_nats_answer(const char *url);

#endif
