/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SERVER_H
#define PKERNEL_SERVER_H

#include "libdarqwire/identity.h"
#include "pkernel/core/kernel.h"
#include "pkernel/shell/log.h"
#include "pkernel/shell/loop.h"
#include "pkernel/shell/options.h"
#include "pkernel/shell/services.h"

#include <sys/types.h>

/* The shell around the core: its loop, its listeners and peers, and the turn that joins them. */

enum {
        SERVER_INPUT = 1 << 20,
        SERVER_READ =
                264 << 10, /* from one peer in a turn: four chunks of streams, with their headers */
        SERVER_READ_MIN = 66 << 10,
};

struct server {
        struct kernel kernel;
        struct loop loop;
        struct darq_identity identity;
        struct log log;
        const struct options *options;
        struct list listeners;
        struct list touched; /* peers whose events may have to change */
        struct list closed;  /* peers to be freed at the end of the turn */
        struct source signals;
        struct services services;
        int manager_fd;     /* systemd's; -1: none */
        int spare_fd;       /* given up to accept and refuse when there are no descriptors left */
        uint64_t paused_ns; /* until then listeners pause; 0: they don't */
        int exit_status;
        bool stopping;
        bool started; /* the core is */
        uint64_t limit_connections;
        uint8_t *input_memory;
        uint8_t *input; /* within that: lent to the core during a turn */
        size_t input_used;
};

/** 0, or -errno after a line on stderr. Deinit is due either way. The starter must outlive it. */
int server_init(struct server *self, const struct options *options,
                struct starter_process *starter);
void server_deinit(struct server *self);

/** Until it is told to stop: the exit status. */
int server_run(struct server *self);

/** Ends the turn in the middle: the core writes, and gives the input back. */
void server_flush(struct server *self);

uint64_t server_now_ns(void);

#endif
