/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_LIMITS_H
#define PKERNEL_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/* Everything that has a limit. Sizes in bytes, times in milliseconds, the rest in pieces. */

struct limits {
        uint64_t message;           /* payload and ports of one Message */
        uint64_t port_messages;     /* waiting at a port */
        uint64_t port_bytes;        /* the same */
        uint64_t calls;             /* open and queued, per caller connection and port */
        uint64_t stream;            /* bytes of a stream that wait, per direction */
        uint64_t queued;            /* bytes per principal */
        uint64_t objects;           /* ports, rights, slots, watches per principal */
        uint64_t connections;       /* per principal */
        uint64_t connections_total; /* 0: as many as there are descriptors */
        uint64_t answers;           /* unread answers to a connection's own frames, bytes */
        uint64_t first_frame_ms;    /* from accept to the first header */
        uint64_t first_frame;       /* size of the first frame */
        uint64_t slow_ms;           /* a frame once begun goes on by slow_bytes in this time */
        uint64_t slow_bytes;
};

struct limit {
        const char *name;
        uint64_t initial;
        uint64_t least;
        uint64_t most;
        const char *meaning;
        size_t offset; /* in struct limits */
};

/** The table, in the order in which it is printed. */
const struct limit *limits_table(size_t *count);

void limits_init(struct limits *self);

/** The limit that NAME or NAME=VALUE is about; NULL: none is called so. */
const struct limit *limits_find(const char *assignment);

/** Takes NAME=VALUE; VALUE may end in K, M or G (1024 each). 0, or -EINVAL: unknown name, or out of its range. */
int limits_set(struct limits *self, const char *assignment);

uint64_t limits_get(const struct limits *self, const struct limit *limit);

#endif
