/* SPDX-License-Identifier: MIT */
#ifndef LINK_PEER_H
#define LINK_PEER_H

#include "libdarqwire/frame.h"
#include "libdarqwire/map.h"
#include "pkernel/link/bytes.h"
#include "pkernel/link/envelope.h"
#include "pkernel/link/outbox.h"
#include "pkernel/link/parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One other location: a state machine without a system call, a clock or a global. What the local p-kernel sends on the
 * connection that stands for the location comes in, and envelopes from the location's link, and the time; frames and
 * envelopes come out.
 *
 *      OFFLINE ----peer_online, peer_tick----> ENTERING       the bus is there: a connection to the p-kernel is wanted
 *      ENTERING ---peer_entered, answers----> GREETING        it is, and has a port
 *      GREETING ---hello_receive------------> STANDING        both sides know each other's epoch
 *      STANDING ---answers------------------> UP              the p-kernel lets us stand for the location
 *      any --------peer_break, peer_settle--> OFFLINE         all that crossed is over; a new epoch
 */

struct peer;

enum peer_state { PEER_OFFLINE, PEER_ENTERING, PEER_GREETING, PEER_STANDING, PEER_UP };

struct peer_environment {
        void *context;
        uint64_t (*random)(void *context);
        /** To the location's link. False: it could not be sent. */
        bool (*publish)(void *context, struct peer *peer, const uint8_t *data, size_t size);
        /** A connection to the p-kernel is wanted; peer_entered() when there is one, or peer_kernel_ended(). */
        void (*enter)(void *context, struct peer *peer);
        /** That connection is wanted no more, once to_kernel has been written as far as possible. */
        void (*leave)(void *context, struct peer *peer);
        /** Something that is worth a line in the log. */
        void (*note)(void *context, struct peer *peer, const char *text);
};

struct peer_statistics {
        uint64_t ups;
        uint64_t losses; /* of a link that was up */
        uint64_t sent_bytes;
        uint64_t received_bytes;
        uint64_t stale;   /* envelopes of an epoch that is over, or of none */
        uint64_t refused; /* what is no envelope */
        uint64_t dropped; /* records about calls or ports that are over; frames that don't cross */
        uint64_t calls;   /* in both directions */
};

enum {
        PEER_SPARES = 80,           /* ports that are open already, for what comes to be imported */
        PEER_RECORD_MAX = 17 << 20, /* what the p-kernel's limit on messages comes to */
        PEER_CREDIT = 8 << 20,      /* bytes of records that the other side needn't have taken, */
        PEER_WINDOW = 256 << 10,    /* and so many before chunks and parts wait; */
        PEER_WINDOW_QUICK = 32 << 10, /* if something quick went of late */
        PEER_QUICK_MS = 250,
        PEER_TOLD = PEER_WINDOW / 2,   /* so much is taken before it is told without being asked, */
        PEER_TOLD_EAGER = OUTBOX_PART, /* and so much where that is waited for */
        PEER_HELD =
                18
                << 20, /* bytes that may wait for the bus before we stop reading: any message, and some more */
        PEER_FULL =
                48
                << 20, /* and so many, which reading alone doesn't come to, before records wait: else two links that
                                 both send much would wait for each other */
        PEER_UNWRITTEN = 256 << 10, /* bytes that may wait for the p-kernel before records do */
        PEER_NAME_MAX = 63,
        PEER_DEAD_MS = 5000,
};

struct peer {
        struct peer_environment environment;
        char name[PEER_NAME_MAX + 1];
        enum peer_state state;
        bool online;
        const char *broken; /* why it is to be reset, static; NULL */
        bool kernel_lost;   /* its connection to the p-kernel is gone already */
        uint64_t now_ns;
        uint64_t state_ns; /* when it came into this state */
        uint64_t retry_ns;
        size_t body_max; /* of an envelope */
        struct peer_statistics statistics;
        uint64_t round_trip_ns;

        /* The bus. */
        uint64_t epoch;
        uint64_t remote; /* the other side's; 0: unknown */
        uint64_t out_sequence;
        uint64_t in_sequence;
        uint64_t heard_ns;
        uint64_t beat_ns;    /* when ours was sent last, or a HELLO */
        uint64_t echo;       /* the other's clock in its last beat */
        uint64_t echo_ns;    /* when that came */
        uint64_t sent;       /* bytes of records, */
        uint64_t sent_taken; /* of which the other side has taken */
        uint64_t received;
        uint64_t taken;
        uint64_t taken_told;
        bool eager; /* the other side is, by its last envelope */
        struct outbox outbox;
        uint64_t quick;    /* of the outbox's, as many were seen, */
        uint64_t quick_ns; /* and the last of them then */
        struct bytes incoming;
        struct parts parts;

        /* The p-kernel. */
        struct bytes to_kernel;
        struct bytes from_kernel;
        uint64_t home; /* the port that we call from, and are told at */
        uint64_t last_call;
        uint32_t requests;        /* OpenPorts that were sent, */
        uint32_t requests_opened; /* and answered */
        bool spares_refused;
        uint64_t spares[PEER_SPARES];
        size_t spare_count;
        struct darq_map errands;   /* our calls to port 1, by call number */
        struct darq_map answers;   /* calls that came from there, by our call number, */
        struct darq_map asked;     /* and by theirs */
        struct darq_map questions; /* calls that go there, by slot */
        struct darq_map exports;   /* our ports that are known there, by number */
        struct darq_map imports;   /* proxies: by the number there, */
        struct darq_map proxies;   /* and by ours */
};

void peer_init(struct peer *self, const struct peer_environment *environment, const char *name,
               uint64_t now_ns);
void peer_deinit(struct peer *self);

/* Input. Each returns with everything settled; what is to be written stands in to_kernel. */

void peer_tick(struct peer *self, uint64_t now_ns);

/** After all that came at a time: tells the other side what was taken of it. */
void peer_tell(struct peer *self);

/** When to tick at the latest. */
uint64_t peer_next_ns(const struct peer *self);

/** The bus is there, or is not; body_max: what an envelope may hold behind its head. */
void peer_online(struct peer *self, bool online, size_t body_max);

void peer_envelope(struct peer *self, const uint8_t *data, size_t size);

/** What wants it was called; the connection is there. */
void peer_entered(struct peer *self);
void peer_kernel_input(struct peer *self, const uint8_t *data, size_t size);

/** The same without a copy: room for so many bytes (NULL: no memory), and how many of them have come, which may be none. */
uint8_t *peer_kernel_room(struct peer *self, size_t size);
void peer_kernel_read(struct peer *self, size_t room, size_t size);
void peer_kernel_ended(struct peer *self);

/** Something of to_kernel was written. */
void peer_kernel_written(struct peer *self, size_t size);

/** False while the other side takes nothing: the p-kernel's connection is not to be read. */
bool peer_wants_kernel_input(const struct peer *self);

/* Used inside the core. */

/** It is to be reset at the end of this input; why is static. */
void peer_break(struct peer *self, const char *why);

/** The p-kernel lets us stand for it. */
void peer_stands(struct peer *self);

#endif
