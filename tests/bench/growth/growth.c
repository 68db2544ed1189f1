/* SPDX-License-Identifier: MIT */
/*
 * How time and memory grow with what is sent, and with what is open: works of n and 2n bytes, members, ports, calls and connections.
 *
 * Both sizes of a pair are measured in turn, each time for POINT_NS of processor time, until ROUNDS times neither took less than
 * before: the least time of each is taken, since whatever else the machine does only adds to it. Memory is what an unpacked message takes of malloc's, for each byte of the message.
 *
 * What has to hold, or the exit status is 1: from the smallest size to the largest a work takes 2.5 times as long for each doubling at
 * most, so that nothing grows with the square; memory is at most 8 times the message. A single pair may be above (it is marked)
 * where it leaves a cache behind, which even a plain copy of its bytes shows.
 *
 *   growth [WORD]...    works whose names hold one of the words
 */
#include "tests/bench/growth/growth.h"

#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5, ROUNDS_MAX = 60, POINT_NS = 20 * 1000 * 1000 };

static const double growth_max = 2.5;
static const double memory_max = 8;

/* A work of one size while it is measured. */
struct point {
        const struct work *work;
        void *state;
        unsigned int times; /* that take POINT_NS */
        double ns;          /* of one, the least */
};

void expect(bool holds, const char *what)
{
        if (holds)
                return;
        fprintf(stderr, "growth: %s\n", what);
        exit(1);
}

static double now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Nanoseconds of so many runs. */
static double point_run(const struct point *self, unsigned int times)
{
        double before = now_ns();

        for (unsigned int i = 0; i < times; i++)
                self->work->run(self->state);
        return now_ns() - before;
}

static void point_begin(struct point *self, const struct work *work, size_t size)
{
        *self = (struct point){.work = work, .state = work->begin(size), .times = 1, .ns = 1e18};
        while (point_run(self, self->times) < POINT_NS)
                self->times *= 2;
}

/* Whether it took clearly less than ever before. */
static bool point_improve(struct point *self)
{
        double ns = point_run(self, self->times) / self->times;
        bool less = ns < 0.99 * self->ns;

        self->ns = ns < self->ns ? ns : self->ns;
        return less;
}

static void pair_measure(const struct work *work, size_t size, struct point points[2])
{
        for (size_t i = 0; i < 2; i++)
                point_begin(&points[i], work, size << i);
        for (int round = 0, last = 0; round <= last + ROUNDS && round < ROUNDS_MAX; round++)
                for (int i = 0; i < 2; i++)
                        if (point_improve(&points[i]))
                                last = round;
}

static double pair_show(const struct work *work, size_t size, double *memory)
{
        struct point points[2];
        double ratio;

        pair_measure(work, size, points);
        ratio = points[1].ns / points[0].ns;
        printf("%-20s %9zu %11.1f %11.1f %7.2f", work->name, 2 * size, points[0].ns / 1e3,
               points[1].ns / 1e3, ratio);
        if (work->memory != NULL)
                printf(" %7.2f", *memory = work->memory(points[1].state));
        puts(ratio > growth_max ? " *" : "");
        fflush(stdout);
        for (size_t i = 0; i < 2; i++)
                work->end(points[i].state);
        return ratio;
}

/* All sizes of a work, and whether its bounds hold. */
static bool work_show(const struct work *work)
{
        double growth = 1;
        double memory = 0;
        int pairs = 0;
        bool fine;

        for (size_t size = work->smallest; size < work->largest; size *= 2, pairs++)
                growth *= pair_show(work, size, &memory);
        growth = pow(growth, 1.0 / pairs);
        fine = growth <= growth_max && memory <= memory_max;
        printf("%-54s %7.2f%s\n", "", growth, fine ? "" : " TOO MUCH");
        return fine;
}

static bool is_wanted(const struct work *work, int count, char **words)
{
        bool wanted = count == 1;

        for (int i = 1; i < count; i++)
                wanted |= strstr(work->name, words[i]) != NULL;
        return wanted;
}

/*
 * Nothing in libc has a size from which on it goes another way, which the pair around it would tell of: what was freed isn't given
 * back, so that nobody pays for pages; and memcpy doesn't take "rep movsb", which on some of AMD's takes six times as long for
 * 256 KiB as something else does for 512. The latter is asked of the one who starts a program.
 */
static void libc_smooth(char **words)
{
        static const char tunables[] = "GLIBC_TUNABLES";

        mallopt(M_MMAP_MAX, 0);
        mallopt(M_TRIM_THRESHOLD, INT_MAX);
        if (getenv(tunables) != NULL)
                return;
        setenv(tunables, "glibc.cpu.x86_rep_movsb_threshold=1000000000", 1);
        execv("/proc/self/exe", words);
}

int main(int count, char **words)
{
        const struct work *lists[] = {codec_works, kernel_works};
        bool fine = true;

        libc_smooth(words);
        printf("%-20s %9s %11s %11s %7s %7s\n", "", "2n", "us for n", "us for 2n", "ratio",
               "memory");
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
                for (const struct work *work = lists[i]; work->name != NULL; work++)
                        if (is_wanted(work, count, words))
                                fine &= work_show(work);
        return !fine;
}
