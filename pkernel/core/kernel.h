/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_KERNEL_H
#define PKERNEL_KERNEL_H

#include "libdarqwire/list.h"
#include "pkernel/core/limits.h"
#include "pkernel/core/table.h"
#include "pkernel/core/timer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/*
 * The p-kernel's core: one state machine for all connections. It makes no system call, reads no clock and has no
 * globals; what it needs from outside comes in through struct kernel_environment.
 *
 * A turn: kernel_tick(), then connection_input(), connection_close() and connection_writable() in any number, then
 * kernel_flush(). What connection_input() is given is lent until the flush, and may be written to. All functions are
 * total: what a peer does wrong ends at most its own connection.
 */

struct location;
struct connection;
struct parcel;
struct piece;
struct run;
struct slot;

enum kernel_stop { KERNEL_SHUTDOWN, KERNEL_REBOOT };

enum kernel_note {
        NOTE_CONNECTED,
        NOTE_ENDED,
        NOTE_VIOLATION, /* broke the protocol: the connection ends */
        NOTE_SLOW,      /* too slow, or silent */
        NOTE_BAD_SOURCE,
        NOTE_NOT_ALLOWED,
        NOTE_QUOTA,
        NOTE_UNEXPECTED, /* a frame that was skipped */
        NOTE_NO_MEMORY,
        NOTE_COUNT,
};

struct kernel_environment {
        void *context;
        /** Fills data with bytes that nobody can guess. */
        void (*random)(void *context, void *data, size_t size);
        /** Offers bytes to a connection; how many it took. Fewer than offered: connection_writable() will follow. */
        size_t (*write)(void *context, void *peer, const struct iovec *parts, int count);
        /** The core is done with this connection, and has freed it. */
        void (*drop)(void *context, void *peer);
        /** Something that is worth a line in the log. */
        void (*note)(void *context, void *peer, enum kernel_note note, uint64_t connection_id,
                     const char *principal, const char *text);
        /** Starts a declared service; service_started(), _failed() and _ended() will follow, by its number. */
        void (*start)(void *context, uint64_t number, const char *name);
        /** Ends the process that was started so: asks it, or, by force, kills it. */
        void (*end)(void *context, uint64_t number, bool force);
        /** Reads all manifests again: service_declare() for each, then errand_loaded(). */
        void (*reload)(void *context);
        /** Checks and stores a manifest: service_declare() if it is one, then errand_registered(). */
        void (*store)(void *context, const char *manifest, size_t size);
        /** Somebody who may has asked the p-kernel to end. */
        void (*stop)(void *context, enum kernel_stop how);
};

/* Counted since the start. */
struct kernel_statistics {
        uint64_t frames;
        uint64_t messages;    /* handed over: one-way messages, requests, replies, chunks */
        uint64_t bytes;       /* of these */
        uint64_t calls;       /* slots opened */
        uint64_t undelivered; /* one-way messages and requests that were not handed over */
        uint64_t unreported;  /* of these, those whose sender has no frame for being told */
        uint64_t
                dropped; /* late or unasked-for replies, and other frames to slots that aren't the sender's */
        uint64_t skipped; /* frames of no known type */
        uint64_t violations;
        uint64_t refused;  /* ports not opened */
        uint64_t unserved; /* messages to port 1 that it can do nothing with */
};

struct kernel {
        struct kernel_environment environment;
        struct limits limits;
        struct kernel_statistics statistics;
        struct timers timers;
        uint64_t now_ns;
        uint64_t started_ns;
        uint64_t boot_id;
        uint64_t next_connection; /* ids are given once */
        uint64_t next_slot;
        struct table ports;  /* by number */
        struct table routes; /* by connection id and port number */
        struct table slots;  /* by number */
        struct table calls;  /* by connection id and call number */
        struct table shares; /* by principal and connection id */
        struct table by_id;  /* connections */
        struct list principals;
        struct list connections;
        struct list names;
        struct list services;   /* declared ones, by name */
        const char *no_starter; /* why none can be started any more; NULL: they can */
        uint64_t last_instance;
        struct list errands;
        size_t errand_count;
        struct list monitors;
        const char *location;  /* "": it has no name */
        struct list locations; /* others, that connections stand for */
        uint64_t last_ticket;
        struct list dirty; /* connections that have something to write */
        struct list ended; /* connections to be dismantled at the flush */
        struct list tired; /* connections that have had their share of this turn */
        struct connection
                *early;    /* has so much queued that it is written to before the turn ends; NULL */
        struct list fresh; /* parcels that came in this turn: their bytes may lie in the input */
        struct piece *used; /* input that was held back: lent until the flush */
        struct list spare_parcels;
        size_t spare_parcel_count;
        size_t reserved_parcels; /* of the spare ones, for what has a receipt only */
        struct run *spare_runs;
        size_t spare_run_count;
        struct slot *spare_slots;
        size_t spare_slot_count;
        size_t connection_count;
};

/** 0, or -ENOMEM. Takes nothing on failure. */
int kernel_init(struct kernel *self, const struct kernel_environment *environment,
                const struct limits *limits, uint64_t now_ns);

/** Ends all connections (drop is called for each) and asserts that every charge is zero. */
void kernel_deinit(struct kernel *self);

/** Tells the time, and does what is due. Time doesn't go backwards. */
void kernel_tick(struct kernel *self, uint64_t now_ns);

/** When to call kernel_tick() at the latest; UINT64_MAX: nothing is due. */
uint64_t kernel_next_ns(const struct kernel *self);

/** Ends the turn: writes what can be written, frees what has ended, gives the lent memory back. */
void kernel_flush(struct kernel *self);

/* Used inside the core. */
void kernel_note(struct kernel *self, enum kernel_note note, const struct connection *connection,
                 const char *text);
uint64_t kernel_random(struct kernel *self);

#endif
