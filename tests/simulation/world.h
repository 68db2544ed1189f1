/* SPDX-License-Identifier: MIT */
#ifndef SIMULATION_WORLD_H
#define SIMULATION_WORLD_H

#include "libdarqwire/frame.h"
#include "pkernel/core/connection.h"
#include "pkernel/core/kernel.h"

/*
 * A p-kernel's core in a virtual world: endpoints in place of sockets, a clock that is set by hand, random numbers
 * from a seed. What goes in is copied to memory of its own and freed after the flush, so that a sanitizer sees it
 * when the core keeps something that was only lent.
 */

enum { WORLD_ENDPOINTS = 24, WORLD_INSTANCES = 64 };

struct endpoint {
        struct world *world;
        struct connection *connection; /* NULL: the core has dropped it */
        uint64_t id;
        uint8_t *data; /* what it was written and hasn't looked at */
        size_t size;
        size_t capacity;
        size_t room; /* bytes that it still takes; SIZE_MAX: any number */
        bool used;
        uint64_t written;   /* in all */
        unsigned int calls; /* of the core's write */
};

/* A frame as an endpoint gets it; data lives until the next one is asked for. */
struct arrival {
        struct darq_frame_header header;
        const uint8_t *frame;
        const uint8_t *body;
};

/* A process that the core wanted. */
struct wanted {
        uint64_t number;
        char name[32];
        unsigned int ends; /* how often it was to end, */
        bool killed;       /* by force at last */
};

struct world {
        struct kernel kernel;
        uint64_t now_ns;
        uint64_t seed;
        struct endpoint endpoints[WORLD_ENDPOINTS];
        unsigned int notes[NOTE_COUNT];
        unsigned int stops;
        uint64_t started;                      /* the last instance that the core wants, */
        struct wanted wanted[WORLD_INSTANCES]; /* the last ones, by their number */
        unsigned int starts;
        unsigned int ends;  /* and how often it wanted one to end, */
        unsigned int kills; /* by force */
        unsigned int reloads;
        unsigned int stores;
        uint64_t questions; /* asked of port 1: question.h */
        uint8_t *lent[1024];
        size_t lent_count;
        uint8_t *last; /* the frame that the last arrival lies in */
};

void world_init(struct world *self, uint64_t seed, const struct limits *limits);
void world_deinit(struct world *self); /* asserts that every charge is zero */

/** A number below limit. */
uint64_t world_random(struct world *self, uint64_t limit);

/** Time passes, in turns of half a second at most. */
void world_advance(struct world *self, uint64_t milliseconds);

/** Time passes in which the p-kernel has no turn: it was stopped. */
void world_stand_still(struct world *self, uint64_t milliseconds);
void world_flush(struct world *self);

/** The place of an instance, one of the last WORLD_INSTANCES. */
struct wanted *world_wanted(struct world *self, uint64_t number);

/** NULL: no endpoint is free, or the core refuses. */
struct endpoint *world_connect(struct world *self, const char *principal, bool privileged);

/** A greeted one: Hello sent, Welcome taken. */
struct endpoint *world_greet(struct world *self, const char *principal, bool privileged);

/** Puts bytes in without flushing. */
void endpoint_put(struct endpoint *self, const void *data, size_t size);

/** Puts bytes in, and flushes. */
void endpoint_send(struct endpoint *self, const void *data, size_t size);

/** The peer closes: the endpoint is free again after the flush. */
void endpoint_close(struct endpoint *self);

/** Lets it take so many more bytes. */
void endpoint_take(struct endpoint *self, size_t room);

/** The next whole frame. False: none has come. */
bool endpoint_next(struct endpoint *self, struct arrival *arrival);

/* Frames to send: each returns its size, and stands at data. */
size_t frame_hello(uint8_t *data);
size_t frame_open(uint8_t *data, uint64_t port);
size_t frame_close(uint8_t *data, uint64_t port);
size_t frame_cancel(uint8_t *data, uint64_t port, uint64_t call);
size_t frame_fail(uint8_t *data, uint64_t slot, uint32_t code);
size_t frame_credit(uint8_t *data, uint64_t destination, uint64_t call, uint64_t limit);

struct letter {
        uint64_t source;
        uint64_t destination;
        uint64_t call;
        uint32_t timeout_ms;
        uint16_t flags;
        bool extended;
        const void *payload;
        size_t size;
        const uint64_t *ports;
        unsigned int port_count;
};

size_t frame_message(uint8_t *data, const struct letter *letter);
size_t frame_chunk(uint8_t *data, const struct letter *letter, uint64_t offset, uint32_t flags);

/** Opens a port and gives its number, 0 if that fails. */
uint64_t endpoint_open(struct endpoint *self, uint64_t number);

#endif
