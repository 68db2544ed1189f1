/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_PEER_H
#define PKERNEL_PEER_H

#include "libdarqwire/list.h"
#include "pkernel/core/kernel.h"
#include "pkernel/shell/loop.h"

#include <sys/uio.h>

/* A connected socket and the core's connection that goes with it. */

struct connection;
struct server;

struct peer {
        struct source source;
        struct list node; /* in the server's touched or closed */
        struct server *server;
        struct connection *connection; /* NULL: the core is done with it */
        bool wants_output;
        bool broken;                   /* can't be written to; its end is still to be read */
        uint64_t noted_ns[NOTE_COUNT]; /* when each kind was last logged */
};

/** Takes the descriptor. Its connection; NULL, and the descriptor is closed: no memory, or its principal has too many. */
struct connection *peer_new(struct server *server, int fd, const char *principal, bool privileged);

/** Tells epoll what it waits for now. False: that can't be done, and the connection is to end at the next flush. */
bool peer_update(struct peer *self);

/** Nobody speaks on it any more, whoever holds the other end: what has come is still read, then its end. */
void peer_hang_up(struct peer *self);

/** Out of the loop; its memory lives until the turn has ended. */
void peer_close(struct peer *self);

/** struct kernel_environment's write. */
size_t peer_write(void *context, void *peer, const struct iovec *parts, int count);

#endif
