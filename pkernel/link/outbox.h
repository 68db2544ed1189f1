/* SPDX-License-Identifier: MIT */
#ifndef LINK_OUTBOX_H
#define LINK_OUTBOX_H

#include "libdarqwire/list.h"
#include "libdarqwire/map.h"
#include "pkernel/link/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The records of a location that are still to be sent. What is small goes next, in its order; chunks and what is longer
 * than a piece wait in lanes, which take turns of one piece. A record that may not overtake what waits, waits as well:
 *
 *      request          behind what its caller has sent before, and behind replies and messages that wait
 *      reply, failure   behind what its caller is sent before, behind its call's chunks, and behind requests and messages
 *      message, end     behind all of these
 *      release          behind all of these; nothing has to wait for it
 *      grant            behind messages and ends
 *      chunk            behind those of its call and direction, and its call's request
 *      cancel, credit   behind its call's request
 *      question for a name, refusal     behind nothing
 *
 * So two connections here may overtake each other's requests, and replies for two connections there each other; of other
 * messages it isn't known whose they are.
 */

struct record;

enum {
        OUTBOX_PART = 16384, /* of a chunk or a longer record: the payload of one piece */
        OUTBOX_PIECE = OUTBOX_PART + 64, /* that with its head */
};

enum outbox_lanes {
        LANES_REQUESTS, /* by caller, here */
        LANES_REPLIES,  /* by caller, there */
        LANES_MESSAGES,
        LANES_RELEASES,
        LANES_GRANTS,
        LANES_UP,   /* by call */
        LANES_DOWN, /* by call */
        LANES_CONTROL,
        LANES_KINDS,
};

/** A record that had to wait; number 0: it hadn't to. */
struct outbox_mark {
        enum outbox_lanes kind;
        uint64_t key;
        uint64_t number;
};

enum { OUTBOX_ORDERS = 3 };

struct outbox {
        struct bytes next; /* what is sent before all else; as it will stand in the stream */
        struct darq_map lanes[LANES_KINDS];
        struct list turns;                 /* all lanes */
        struct list orders[OUTBOX_ORDERS]; /* what waits of requests, replies, messages */
        uint64_t number;                   /* of the last that had to wait */
        size_t held;                       /* bytes in lanes */
        size_t begun;                      /* bytes of records that have gone in part */
        size_t small;                      /* records in lanes that aren't to take turns */
        size_t rest;     /* of next: what is left of a record that has gone in part */
        uint64_t quick;  /* requests, replies, messages in one piece that have gone so far */
        bool alone;      /* nothing quick goes: chunks needn't be cut; the owner sets it */
        uint64_t now_ns; /* what waits has less time when it goes; the owner sets it */
        size_t passed;   /* bytes that have gone ahead of lanes since the last turn */
        size_t room; /* if so, chunks needn't wait while nothing else does and this isn't 0; the owner sets it */
        bool failed; /* memory was short: what was put is lost */
};

void outbox_init(struct outbox *self);
void outbox_deinit(struct outbox *self);

/** after: the request that it mustn't overtake; NULL: none. Returns whether, and where, it waits. */
struct outbox_mark outbox_put(struct outbox *self, const struct record *record,
                              const struct outbox_mark *after);

/** What waits of a call's stream is of no use any more. (What has gone in part goes on.) */
void outbox_forget(struct outbox *self, enum outbox_lanes kind, uint64_t call);

/**
 * How much of next goes in one envelope that holds so much: it ends where a record does, unless a longer one fits into
 * none. Has to be taken out of next then.
 */
size_t outbox_cut(struct outbox *self, size_t max);

/** Where next begins, with so many bytes before it that may be written over. NULL: there is no such room. */
uint8_t *outbox_next(const struct outbox *self, size_t before);

/** Something waits that takes turns. */
bool outbox_waits(const struct outbox *self);

/** The next lane's turn: a piece goes to next. */
void outbox_turn(struct outbox *self);

/** Bytes that are to be sent. */
static inline size_t outbox_size(const struct outbox *self)
{
        return self->held + bytes_size(&self->next);
}

#endif
