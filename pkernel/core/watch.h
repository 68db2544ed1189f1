/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_WATCH_H
#define PKERNEL_WATCH_H

#include <stdint.h>

/* Whoever watches a port is told once when it ends, after everything that it had sent. */

struct connection;
struct port;
struct watch;

/** A watch on a number, which tells a port. NULL: over quota, or no memory. Start it next. */
struct watch *watch_new(uint64_t number, struct port *watcher);

/** Begins. port NULL: it has ended, or the watcher may not know it: told at once. */
void watch_start(struct watch *self, struct port *port);

/** The port has ended. */
void watches_tell(struct port *port);

/** The watcher's port has ended. */
void watches_drop(struct port *watcher);

/** The connection has ended. */
void watches_clear(struct connection *connection);

#endif
