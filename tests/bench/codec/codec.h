/* SPDX-License-Identifier: MIT */
#ifndef BENCH_CODEC_H
#define BENCH_CODEC_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/codec/records.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One codec and what it does with each record. A codec is a program of its own: it defines codec, and codec.c holds
 * main(), which times the functions. They are not inlined anywhere, so what is timed is a call, as programs make it.
 */

enum { ROOM = 1 << 20 }; /* for the bytes of any record */

enum record {
        RECORD_MEDIA,
        RECORD_SAMPLES,
        RECORD_REQUEST,
        RECORD_SETTINGS,
        RECORD_EVENTS,
        RECORD_NAMES,
        RECORDS
};

/** What is packed: where it begins, how long it is. */
struct packed {
        const uint8_t *data;
        size_t size;
};

struct work {
        /** From the plain C values to bytes; a message of the library's own is built on the way where it needs one. */
        struct packed (*pack)(void);
        /** From the library's own message, made by setup(), to bytes. NULL: the library has none. */
        struct packed (*pack_ready)(void);
        /** Bytes to something usable, refused if malformed as far as the library can tell, and released again. */
        void (*unpack)(const uint8_t *data, size_t size);
        /** The same, and the sum of all members before it is released. */
        uint64_t (*read)(const uint8_t *data, size_t size);
};

struct codec {
        const char *name;
        void (*setup)(void); /* NULL: nothing to do */
        struct work works[RECORDS];
};

extern const struct codec codec;

/** Where a codec that has no buffer of its own puts the bytes: ROOM of them. */
extern uint8_t codec_buffer[];

#define WORK static __attribute__((noipa))

/** The compiler must take it that somebody looks at what is there. */
#define KEEP(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

static inline void fail(const char *what)
{
        fprintf(stderr, "%s has failed\n", what);
        abort();
}

static inline struct packed packed_of(const void *data, size_t size)
{
        struct packed packed = {(const uint8_t *)data, size};

        return packed;
}

#ifdef __cplusplus
}
#endif
#endif
