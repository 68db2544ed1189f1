/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_INPUT_H
#define PKERNEL_INPUT_H

#include "libdarqwire/frame.h"
#include "pkernel/core/piece.h"
#include "pkernel/core/principal.h"
#include "pkernel/core/timer.h"

/*
 * Bytes into frames. A frame that lies within what was read is handled where it lies; one that is cut is gathered in
 * pieces. Only the bytes that a frame's meaning needs are kept, the rest is skipped as it arrives.
 */

struct connection;

enum { FRAME_DETAIL_MAX = 1024 }; /* of an Undeliverable's detail so much is kept */

struct frame {
        struct darq_frame_header header;
        uint8_t *data;        /* from the header on: header and fixed part at least */
        size_t size;          /* bytes kept: up to the end of what the type needs */
        struct piece *pieces; /* NULL: all of size lies at data, and is lent */
        size_t behind;        /* bytes of the same read that lie behind it */
        size_t along;         /* of these, what was taken along: whole frames */
        uint32_t refusal;     /* not 0: too large to be kept, answer with this code */
};

struct input {
        struct piece *first; /* a frame that isn't complete */
        struct piece *last;
        size_t received;   /* bytes of it */
        size_t wanted;     /* when there are so many, look again */
        uint64_t skip;     /* bytes to be thrown away */
        uint32_t latest;   /* size of the frame that was handled last */
        uint64_t progress; /* bytes since the timer was set */
        bool begun;        /* the first header has come */
        bool held;         /* what is kept has not been looked at: answers wait unread */
        struct charge charge;
        struct timer timer;
};

void input_init(struct input *self, void (*slow)(struct timer *));
void input_deinit(struct connection *connection);

/**
 * How many bytes, of at most max, are best read next: large frames mostly follow others as large, and when a read ends with
 * one of them none has to be gathered.
 */
size_t input_best(const struct input *self, size_t max);

/** Takes all of data: handles what is complete, keeps the rest. */
void input_take(struct connection *connection, uint8_t *data, size_t size);

/** Whether something was held back, and nothing holds it any more. */
bool input_may_resume(const struct connection *connection);

/** Goes on with what was held back. */
void input_resume(struct connection *connection);

/** Takes size bytes from offset of the frame on. */
void frame_copy(const struct frame *frame, size_t offset, void *data, size_t size);

/** Handles one frame; in receive.c. May take frame->pieces, and sets it to NULL then. */
void frame_receive(struct connection *connection, struct frame *frame);

#endif
