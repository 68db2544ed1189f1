/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SYSTEMD_H
#define PKERNEL_SYSTEMD_H

#include <stddef.h>

/* What systemd does for us, without a library. */

/** A socket to tell it what we do, or -1: there is no systemd. The caller's. */
int systemd_open(void);

/** Tells it that we are ready, or stopping ("READY=1", "STOPPING=1"). Nothing happens if fd is -1. */
void systemd_tell(int fd, const char *state);

/**
 * How many sockets it has opened for us: descriptors 3 and up. Takes the variables that say so away. -EINVAL: we can't use
 * them, and *why is the reason: static text.
 */
int systemd_sockets(const char **why);

#endif
