/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_WATCH_H
#define PKERNEL_WATCH_H

#include <stdint.h>

/* Whoever watches a port is told once when it ends, after everything that it had sent. */

struct connection;
struct port;

/** 0, -EDQUOT, -ENOMEM. port NULL: it has ended, or the watcher may not know it: told at once. */
int watch_add(struct connection *connection, uint64_t number, struct port *port, uint64_t watcher);

/** The port has ended. */
void watches_tell(struct port *port);

/** The watcher's port has ended. */
void watches_drop(struct connection *connection, uint64_t watcher);

/** The connection has ended. */
void watches_clear(struct connection *connection);

#endif
