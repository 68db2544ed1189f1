/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_NAME_H
#define PKERNEL_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "libdarqwire/frame.h"

/* Names of services, each checked in by one connection for as long as it lives. */

struct connection;
struct kernel;
struct port;

enum name_result {
        NAME_FINE,
        NAME_NOT_FOUND,
        NAME_IN_USE,
        NAME_NOT_ALLOWED,
        NAME_MISSPELT,
        NAME_QUOTA,
        NAME_BUSY
};

/** Makes the connection the service of this name, and opens the port that goes with it. MISSPELT: spelling.h. */
enum name_result name_check_in(struct connection *connection, const char *name, size_t size,
                               struct port **port);

/** The service's name and port are given back. NOT_FOUND: this connection has no such name; BUSY: not now. */
enum name_result name_check_out(struct connection *connection, const char *name, size_t size);

/** The port of the service with this name, for a connection that wants to use it: FINE, NOT_FOUND, NOT_ALLOWED. */
enum name_result name_find(struct connection *connection, const char *name, size_t size,
                           struct port **port);

/**
 * A port is asked for by its number, or, 0, any: as port_open(), but that a declared service's number is for those only who may
 * serve it, and counts as checking in.
 */
enum darq_frame_result name_open_port(struct connection *connection, uint64_t number,
                                      struct port **port);

/** The port has ended: what it was checked in as is free again. */
void name_drop(struct port *port);

/** The name of a port's service, NULL: it is none. */
const char *name_of(const struct port *port);

#endif
