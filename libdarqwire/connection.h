/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_CONNECTION_H
#define DARQWIRE_CONNECTION_H

#include <darq/wire.h>

#include "libdarqwire/frame.h"

/* A socket to the p-kernel, as frames: what came in, and what hasn't gone out yet. */

/** Bytes as they were read. Counted: whoever keeps a frame keeps its block. */
struct darq_block {
        unsigned int refs;
        size_t size; /* bytes that were read */
        size_t capacity;
        uint8_t *data; /* within memory */
        uint8_t memory[];
};

struct darq_block *darq_block_ref(struct darq_block *self);
void darq_block_unref(struct darq_block *self); /* NULL is fine */

/** One whole frame. It lives as long as its block isn't read into, or as the block is held. */
struct darq_incoming {
        struct darq_frame_header header;
        const uint8_t *data; /* the frame's first byte */
        struct darq_block *block;
};

struct darq_output;

struct darq_connection {
        int fd; /* -1: there is none */
        struct darq_block *input;
        size_t parsed;             /* bytes of input that were given out as frames */
        size_t last_size;          /* of the frame that was given out last */
        bool burst;                /* the last read gave so much that more is likely to be there */
        size_t frame_max;          /* a longer frame ends the connection */
        struct darq_output *first; /* what the socket hasn't taken */
        struct darq_output *last;
        size_t unsent_bytes;
        size_t fresh_bytes; /* queued since the last flush */
};

/** A connection without a socket. */
void darq_connection_init(struct darq_connection *self);

/** Takes the socket over. */
void darq_connection_open(struct darq_connection *self, int fd);

/** Closes the socket and forgets what was read and what is unsent. */
void darq_connection_close(struct darq_connection *self);

/** Makes sure that size bytes can be queued. 0, DARQ_E_NO_MEMORY. */
int darq_connection_reserve(struct darq_connection *self, size_t size);

/** Queues bytes. 0, DARQ_E_NO_MEMORY (nothing was queued). */
int darq_connection_put(struct darq_connection *self, const void *data, size_t size);

/**
 * Queues what the writer holds from start on. Large messages aren't copied: the socket is offered them, and if it
 * doesn't take all of one the writer's memory is taken over, and the writer is left empty. 0; DARQ_E_NO_MEMORY (nothing
 * was queued); DARQ_E_LINK_LOST (part of it was).
 */
int darq_connection_put_writer(struct darq_connection *self, struct darq_writer *writer,
                               size_t start);

/**
 * Queues a head and data behind it, which isn't copied as far as the socket takes it at once. 0; DARQ_E_NO_MEMORY
 * (nothing was queued); DARQ_E_LINK_LOST (part of it was).
 */
int darq_connection_put_pair(struct darq_connection *self, const void *head, size_t head_size,
                             const void *data, size_t size);

/** Writes what the socket takes without waiting. 0, also when some is left; DARQ_E_LINK_LOST. */
int darq_connection_flush(struct darq_connection *self);

/** Waits until the socket takes more, or says that it never will. */
void darq_connection_await_room(const struct darq_connection *self, uint64_t wait_ns);

/** Reads once; waits at most wait_ns for something to come or, with bytes unsent, to go. 0, also when nothing came; DARQ_E_LINK_LOST, DARQ_E_NO_MEMORY. */
int darq_connection_read(struct darq_connection *self, uint64_t wait_ns);

/** The next whole frame of what was read: 1; 0: there is none; DARQ_E_LINK_LOST: what came is no frame. */
int darq_connection_next(struct darq_connection *self, struct darq_incoming *frame);

#endif
