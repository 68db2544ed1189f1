/* SPDX-License-Identifier: MIT */
/*
 * What a link costs beside NATS alone, over the same server: the two ends of either, and what is measured at one.
 *
 *      link-bench nats trip URL TIMES, nats rate URL, nats bulk|pieces URL MEBIBYTES      NATS's own request and reply; publishing
 *      link-bench darq trip TARGET TIMES, darq rate TARGET, darq bulk TARGET MEBIBYTES, darq large TARGET
 *      link-bench nats answer URL, darq take|hear -                the other ends, until they are ended
 *
 * trip: one request at a time: median and 99th percentile in microseconds. rate: requests per second with 64 under way. bulk:
 * MiB per second, in pieces of 64 KiB, until the last of them has been taken; pieces: of 16. run.py has them run in turns.
 */
#include "tests/bench/link/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now_s(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare(const void *one, const void *other)
{
        double a = *(const double *)one;
        double b = *(const double *)other;

        return (a > b) - (a < b);
}

void bench_times_show(double *times, size_t count)
{
        qsort(times, count, sizeof *times, compare);
        printf("%.1f %.1f\n", times[count / 2] * 1e6, times[count * 99 / 100] * 1e6);
}

static int measure(const char *what, const char *whom, unsigned int number)
{
        if (number == 0 || (strstr(what, "trip") != NULL && number > BENCH_TRIPS))
                return -1;
        if (strcmp(what, "nats trip") == 0)
                return bench_nats_trip(whom, number);
        if (strcmp(what, "nats rate") == 0)
                return bench_nats_rate(whom);
        if (strcmp(what, "nats bulk") == 0)
                return bench_nats_bulk(whom, number, BENCH_PIECE);
        if (strcmp(what, "nats pieces") == 0)
                return bench_nats_bulk(whom, number, BENCH_SMALL_PIECE);
        if (strcmp(what, "nats answer") == 0)
                return bench_nats_answer(whom);
        if (strcmp(what, "darq trip") == 0)
                return bench_darq_trip(whom, number);
        if (strcmp(what, "darq rate") == 0)
                return bench_darq_rate(whom);
        if (strcmp(what, "darq bulk") == 0)
                return bench_darq_bulk(whom, number);
        if (strcmp(what, "darq large") == 0)
                return bench_darq_large(whom);
        if (strcmp(what, "darq take") == 0)
                return bench_darq_take();
        if (strcmp(what, "darq hear") == 0)
                return bench_darq_hear();
        fprintf(stderr, "link-bench: %s?\n", what);
        return -1;
}

int main(int argc, char **argv)
{
        char what[32];

        if (argc < 4)
                return EXIT_FAILURE;
        snprintf(what, sizeof what, "%s %s", argv[1], argv[2]);
        return measure(what, argv[3], argc > 4 ? (unsigned int)strtoul(argv[4], NULL, 10) : 1) == 0
                       ? EXIT_SUCCESS
                       : EXIT_FAILURE;
}
