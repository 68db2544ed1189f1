/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_LOCATION_H
#define PKERNEL_LOCATION_H

#include "kernel.darq.h"
#include "libdarqwire/list.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Another location, while a connection stands for it: that of a link. What is asked for there, by connect("name@location") or
 * resolve("type:location:id"), is told to it one by one, and waits until it provides a port or declines.
 */

struct connection;
struct kernel;
struct location;

enum { LOCATION_WANTS_MAX = 256 };

enum location_result {
        LOCATION_FINE,
        LOCATION_TAKEN,
        LOCATION_NOT_ALLOWED,
        LOCATION_MISSPELT,
        LOCATION_NO_MEMORY
};

/** Whether that is what we are called ourselves. */
bool location_is_ours(const struct kernel *kernel, struct darq_string name);

/** The connection stands for a location from now on, and is its principal. */
enum location_result location_stand_for(struct connection *connection, struct darq_string name);

/** It ends: whoever wants something there gets NO_LOCATION. */
void location_disconnected(struct connection *connection);

/** Of "name@location", if that is ours, the name alone; any other as it is. */
struct darq_string location_strip(const struct kernel *kernel, struct darq_string name);

/** Answers or keeps a call of Kernel.connect, if the name is one of another location. False: it isn't. */
bool location_connect(struct kernel *kernel, struct darq_call *call, struct darq_string name);

/** Answers or keeps a call of Kernel.resolve. */
void location_resolve(struct kernel *kernel, struct darq_call *call, struct darq_string name,
                      struct darq_string object);

/** Answers or keeps a call of Kernel.wanted. False: one waits already. */
bool location_listen(struct location *self, struct darq_call *call);

/** Who wanted it gets a right on the port, which exists. False: there is no such ticket. */
bool location_provide(struct location *self, uint64_t ticket, uint64_t port);

/** Who wanted it gets an error, as enum darq_kernel_error numbers them. False: there is no such ticket. */
bool location_decline(struct location *self, uint64_t ticket, uint32_t error, const char *text);

#endif
