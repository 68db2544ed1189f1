/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_STARTER_H
#define PKERNEL_STARTER_H

#include <sys/types.h>

#include "pkernel/starter/post.h"

/*
 * The starter: a process of its own that reads and stores manifests and starts services, so that the router never forks,
 * executes, or opens a file. They talk by starter.didl.
 */

enum { STARTER_DIRECTORIES_MAX = 32 };

struct starter_options {
        const char *
                directories[STARTER_DIRECTORIES_MAX]; /* of manifests; new ones go into the first */
        size_t count;
        const char *state_root; /* where services have their state directories */
};

/* The router's side of it. */
struct starter_process {
        pid_t pid;
        struct post post; /* doesn't block */
};

/**
 * Forks it; before anything else is opened. It loads all manifests at once: declarations, then Loaded, come without being asked
 * for. 0, or -errno. The options, and what they point to, must stay.
 */
int starter_fork(struct starter_process *self, const struct starter_options *options);

/** Asks it to end all services (SIGTERM, after five seconds SIGKILL) and itself, and waits for that. */
void starter_end(struct starter_process *self);

/** What the forked process does; its exit status. */
int starter_run(int fd, const struct starter_options *options);

#endif
