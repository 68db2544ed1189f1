/* SPDX-License-Identifier: MIT */
#ifndef BENCH_GROWTH_H
#define BENCH_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

/** Some work whose size can be chosen. */
struct work {
        const char *name;
        size_t smallest;
        size_t largest; /* smallest times a power of two */
        /** What isn't measured: a work of this size, made ready. */
        void *(*begin)(size_t size);
        /** Does it once; the same each time. */
        void (*run)(void *state);
        /** Bytes that it takes, for each byte of message; NULL: they aren't looked at. */
        double (*memory)(void *state);
        void (*end)(void *state);
};

/** Messages, packed and unpacked by generated code; a work without name ends the list. */
extern const struct work codec_works[];

/** The p-kernel's core with ports, calls and connections. */
extern const struct work kernel_works[];

/** Ends the program with a line on stderr where something isn't as it must be. */
void expect(bool holds, const char *what);

#endif
