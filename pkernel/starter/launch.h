/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_LAUNCH_H
#define PKERNEL_LAUNCH_H

#include <sys/types.h>

#include "pkernel/starter/manifest.h"

/* A process that has just been started for a service. */
struct launched {
        pid_t pid;
        int connection; /* the p-kernel's end of it */
        int output;     /* what it writes to stdout and stderr; doesn't block */
};

enum { LAUNCH_REASON_MAX = 1024 };

/**
 * Starts a service's program: as its user, in its state directory (below state_root, made when it isn't there), as the
 * leader of a session, with no signal blocked or ignored, with nothing of our environment, and with no descriptor but 0
 * (/dev/null), 1 and 2 (output) and 3 (its connection, which DARQ_PKERNEL names). False after why not; nothing is left
 * behind then.
 */
bool launch(const struct manifest *manifest, const char *state_root, struct launched *launched,
            char reason[LAUNCH_REASON_MAX]);

#endif
