/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_INSTANCE_H
#define PKERNEL_INSTANCE_H

#include <sys/types.h>

#include "libdarqwire/list.h"
#include "pkernel/shell/log.h"
#include "pkernel/shell/loop.h"
#include "pkernel/starter/launch.h"

/* A process that was started for a service, until it has been reaped. */

enum { INSTANCE_LINE_MAX = 400 };

struct instance {
        struct list node;
        struct loop *loop;
        struct log *log;
        struct source output; /* fd -1: its other end is closed */
        uint64_t number;      /* as the router calls it */
        pid_t pid;
        size_t used; /* bytes of the line that is being read */
        uint64_t window_ns;
        unsigned int lines; /* in the present second */
        uint64_t left_out;
        char line[INSTANCE_LINE_MAX];
        char name[MANIFEST_NAME_MAX + 1];
};

/** Takes what was launched. NULL without memory, and it is killed. */
struct instance *instance_new(struct loop *loop, struct log *log, uint64_t number, const char *name,
                              const struct launched *launched);

/** Its process has been reaped: logs what it has left, and leaves the loop. */
void instance_finish(struct instance *self);

/** Out of its list. NULL is fine. */
void instance_free(struct instance *self);

/** SIGTERM, or by force SIGKILL, to it and all that it has started. */
void instance_stop(const struct instance *self, bool force);

#endif
