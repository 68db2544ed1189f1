/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_NAME_H
#define PKERNEL_NAME_H

#include <stddef.h>
#include <stdint.h>

/* Names of services, each checked in by one connection for as long as it lives. */

struct connection;
struct kernel;
struct port;

enum { NAME_MAX_BYTES = 255 };

enum name_result { NAME_FINE, NAME_NOT_FOUND, NAME_IN_USE, NAME_NOT_ALLOWED, NAME_QUOTA };

/** Makes the connection the service of this name, and opens the port that goes with it. */
enum name_result name_check_in(struct connection *connection, const char *name, size_t size,
                               struct port **port);

/** The service's name and port are given back. NOT_FOUND: this connection has no such name. */
enum name_result name_check_out(struct connection *connection, const char *name, size_t size);

/** NULL: no such service. */
struct port *name_find(struct kernel *kernel, const char *name, size_t size);

/** The port has ended: what it was checked in as is free again. */
void name_drop(struct port *port);

/** The name of a port's service, NULL: it is none. */
const char *name_of(const struct port *port);

#endif
