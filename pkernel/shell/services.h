/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SERVICES_H
#define PKERNEL_SERVICES_H

#include "pkernel/shell/loop.h"
#include "pkernel/starter/starter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The core's declared services on one side, the starter on the other. */

enum { SERVICES_REFUSED_MAX = 64 };

struct services {
        struct source source;
        struct starter_process *starter;
        bool loaded;                         /* the first list has come */
        bool gone;                           /* the starter has */
        bool asked;                          /* for something, since it has */
        char *refused[SERVICES_REFUSED_MAX]; /* what can't be declared of the load that goes on */
        size_t refused_count;
};

struct server;

/** Joins the loop, and waits until all manifests have been read. 0, or -errno. */
int services_open(struct server *server, struct starter_process *starter);

void services_deinit(struct services *self);

/** Has a Unix socket that we made removed when we are gone. */
void services_tell_socket(struct server *server, const char *path);

/** At the end of each turn. */
void services_turn(struct server *server);

/* struct kernel_environment's; context is the server. */
void services_begin(void *context, uint64_t number, const char *name);
void services_end(void *context, uint64_t number, bool force);
void services_reload(void *context);
void services_store(void *context, const char *manifest, size_t size);

#endif
