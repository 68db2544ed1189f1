/* SPDX-License-Identifier: MIT */
#ifndef LINK_BUS_H
#define LINK_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The NATS cluster, as far as a link uses it: one subscription to what is for this location, in its order, and what
 * it publishes.
 */

struct bus;
struct options;

enum bus_event_kind {
        BUS_ENVELOPE, /* from: the location that it came from */
        BUS_ONLINE,
        BUS_OFFLINE,
        BUS_LOST, /* something may have been lost */
};

struct bus_event {
        enum bus_event_kind kind;
        const char *from;
        const uint8_t *data;
        size_t size;
};

typedef void bus_function(void *context, const struct bus_event *event);

/** Connects, now or as soon as a server is there. NULL: *why says so, static text. */
struct bus *bus_open(const struct options *options, const char **why);
void bus_close(struct bus *self);

enum { BUS_WAITS = 2 };

struct waits;

/** Puts what is to be waited for into places first and the one behind it. */
void bus_wait(struct bus *self, struct waits *waits, unsigned int first);

/** After that: tells what has come, one after the other. */
void bus_go_on(struct bus *self, const struct waits *waits, unsigned int first,
               bus_function *function, void *context);

/** At the end of a turn: what was published goes out, as far as the socket takes it. */
void bus_flush(struct bus *self);

/** Bytes that fit into one envelope. */
size_t bus_payload_max(const struct bus *self);

/** False: it could not be sent. */
bool bus_publish(struct bus *self, const char *to, const uint8_t *data, size_t size);

/** The last error in words, or "". */
const char *bus_error(struct bus *self);

#endif
