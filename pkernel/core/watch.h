/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_WATCH_H
#define PKERNEL_WATCH_H

#include <stdint.h>

/* Whoever watches a port is told once when it ends, after everything that it had sent. */

struct connection;
struct port;
struct watch;

/** A watch on a number, for a port of the connection's. NULL: over quota, or no memory. Start it next. */
struct watch *watch_new(struct connection *connection, uint64_t number, uint64_t watcher);

/** Begins. port NULL: it has ended, or the watcher may not know it: told at once. */
void watch_start(struct watch *self, struct port *port);

/** The port has ended. */
void watches_tell(struct port *port);

/** The watcher's port has ended. */
void watches_drop(struct connection *connection, uint64_t watcher);

/** The connection has ended. */
void watches_clear(struct connection *connection);

#endif
