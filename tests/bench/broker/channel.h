/* SPDX-License-Identifier: MIT */
#ifndef BENCH_CHANNEL_H
#define BENCH_CHANNEL_H

#include "tests/bench/broker/buffer.h"

/* A socket of the relay's peers, of the relay, and of our raw frames: "tcp:HOST:PORT" (loopback) or "unix:PATH". */

struct channel {
        int fd;
        struct buffer in, out;
};

/** What every TCP socket gets: no delay, and the congestion control that $CONGESTION names, if it does. */
void channel_options(int fd);

int channel_listen(const char *address);
void channel_connect(struct channel *self, const char *address);

/**
 * Head and data, which leave with the next flush; before, when they are many. A peer writes and reads at once when the socket is
 * full: what stands between has no memory of what it would rather not be sent, but a peer that only writes and one that only
 * answers would wait for each other.
 */
void channel_put(struct channel *self, const void *head, size_t head_size, const void *data,
                 size_t size);
void channel_flush(struct channel *self);

/** Ends the program at the end. */
void channel_read(struct channel *self, bool wait);

/** Takes all whole frames from in, and may put answers. */
typedef void channel_taker(struct channel *self, struct buffer *in);

/** Until the end. */
_Noreturn void channel_serve(struct channel *self, channel_taker *take);

#endif
