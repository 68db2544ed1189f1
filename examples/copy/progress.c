/* SPDX-License-Identifier: MIT */
/*
 * The progress bar: bytes, rate since the beginning, and the time that is left at that rate.
 */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 30 };

static double elapsed(const struct progress *self)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)(now.tv_sec - self->start.tv_sec) +
               (double)(now.tv_nsec - self->start.tv_nsec) / 1e9;
}

static void draw(const struct progress *self, double seconds)
{
        const double mebibyte = 1024 * 1024;
        double rate = seconds > 0 ? (double)self->done / seconds : 0;
        double left = rate > 0 ? (double)(self->total - self->done) / rate : 0;
        int filled =
                self->total > 0 ? (int)((double)self->done / (double)self->total * WIDTH) : WIDTH;

        fprintf(stderr, "\r[%.*s%*s] %.1f/%.1f MiB  %.1f MiB/s  %d:%02d left ", filled,
                "##############################", WIDTH - filled, "", (double)self->done / mebibyte,
                (double)self->total / mebibyte, rate / mebibyte, (int)left / 60, (int)left % 60);
}

void progress_init(struct progress *self, uint64_t total)
{
        *self = (struct progress){.shown = isatty(STDERR_FILENO) == 1, .total = total};
        clock_gettime(CLOCK_MONOTONIC, &self->start);
}

void progress_add(struct progress *self, uint64_t bytes)
{
        double seconds;

        self->done += bytes;
        if (self->done > self->total)
                self->total = self->done; /* the file has grown meanwhile */
        if (!self->shown)
                return;
        seconds = elapsed(self);
        if (seconds - self->last < 0.1)
                return;
        self->last = seconds;
        draw(self, seconds);
}

void progress_end(struct progress *self)
{
        if (!self->shown)
                return;
        draw(self, elapsed(self));
        fputc('\n', stderr);
}
