/* SPDX-License-Identifier: MIT */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A message system under load. A program is load.c and one driver: a service that echoes requests, and clients of it.
 * What fails ends the program.
 */

struct client;

/* Provided by the driver. */

extern const char driver_name[];

/** Serves until it is killed. */
void driver_serve(const char *address);

/** Number: of several clients of one process, from 0. */
struct client *driver_open(const char *address, unsigned int number);

/** One request and its reply, as the system does that best. Gives the reply to load_reply(). */
void driver_call(struct client *self, const uint8_t *data, size_t size);

/** A request, or a one-way message; may wait for driver_flush(), which may give replies to load_reply(). */
void driver_send(struct client *self, const uint8_t *data, size_t size, bool request);
void driver_flush(struct client *self);

/** Gives the replies that are there to load_reply(); wait: at least one. */
void driver_receive(struct client *self, bool wait);

/** To be polled; -1: the system has none. */
int driver_fd(struct client *self);

/** Optional: what stands between, as a process of its own; until it is killed. */
void driver_broker(const char *address) __attribute__((weak));

/* Provided by load.c. */

void load_reply(const uint8_t *data, size_t size);
_Noreturn void load_fail(const char *what);

#endif
