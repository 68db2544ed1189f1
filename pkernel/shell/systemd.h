/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SYSTEMD_H
#define PKERNEL_SYSTEMD_H

#include <stddef.h>

/* What systemd does for us, without a library. */

/** Tells it that we are ready, or stopping ("READY=1", "STOPPING=1"). Nothing happens without one. */
void systemd_tell(const char *state);

/** How many sockets it has opened for us: descriptors 3 and up. Takes the variables that say so away. */
int systemd_sockets(void);

#endif
