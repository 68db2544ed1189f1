/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_IDENTITY_H
#define DARQWIRE_IDENTITY_H

#include <sys/types.h>

/* Who is at the other end of a connected socket. */

struct darq_identity {
        int diagnostics; /* NETLINK_SOCK_DIAG, for TCP; -1: not open yet */
        unsigned int sequence;
};

/** Opens nothing. */
void darq_identity_init(struct darq_identity *self);
void darq_identity_deinit(struct darq_identity *self);

/** Opens what is needed for TCP now, for who may open nothing later. 0, or -errno. */
int darq_identity_open(struct darq_identity *self);

/**
 * The uid of the peer. -EACCES: it isn't on this machine's loopback, or has gone already, so that nobody can tell;
 * another -errno: the system doesn't answer, for which it has a second.
 */
int darq_identity_find(struct darq_identity *self, int fd, uid_t *uid);

#endif
