/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_IDENTITY_H
#define PKERNEL_IDENTITY_H

#include <sys/socket.h>
#include <sys/types.h>

/* Who is at the other end of a connected socket. */

struct identity {
        int diagnostics; /* NETLINK_SOCK_DIAG, for TCP */
        unsigned int sequence;
};

/** 0, or -errno. */
int identity_init(struct identity *self);
void identity_deinit(struct identity *self);

/**
 * The uid of the peer. -EACCES: it isn't on this machine's loopback, or has gone already, so that nobody can tell;
 * another -errno: the system doesn't answer.
 */
int identity_find(struct identity *self, int fd, uid_t *uid);

#endif
