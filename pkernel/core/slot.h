/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SLOT_H
#define PKERNEL_SLOT_H

#include "libdarqwire/list.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/table.h"

/*
 * A call. Open from the request to its one outcome; its memory lives on until the notices that stand in it have been
 * written.
 *
 *      QUEUED --slot_handed_over--> HANDED --slot_reply, slot_fail--> ENDED
 *      QUEUED --slot_fail (not handed over)--> ENDED
 */

struct connection;
struct port;
struct stream;

enum slot_state { SLOT_QUEUED, SLOT_HANDED, SLOT_ENDED };

/* What every call needs stands together, as calls are many. */
struct slot {
        struct table_node by_number;
        struct list caller_node; /* in the caller's calls */
        struct list source_node; /* in the calls of the port that it was made from */
        struct list callee_node; /* in the callee's served */
        struct slot *next;       /* among the spare ones */
        struct kernel *kernel;
        uint64_t number;
        uint64_t call;
        uint64_t caller_port;
        uint64_t port;             /* as called */
        struct connection *caller; /* NULL once ended */
        struct connection *callee;
        struct route *route;       /* from the caller to the port: counts its open calls */
        struct share *payer;       /* to whom it is charged as an object: the caller's own */
        struct share *reply_share; /* of the callee in the caller's principal */
        struct parcel *request;    /* while it is queued, unless it is in the callee's run */
        struct stream *stream;     /* NULL: nothing streamed yet */
        enum slot_state state;
        unsigned int queued; /* how many notices that stand in it, and a reply behind a stream */
        bool indexed;        /* by_call is in the table */
        struct table_node by_call; /* caller's id and call number */
        struct parcel outcome;
        struct parcel cancel;
};

/** A new call, not queued yet. NULL: no memory or over quota. */
struct slot *slot_open(struct connection *caller, uint64_t call, struct port *source,
                       struct route *route);

/**
 * One more like the one that was opened last: the same caller, source and route, which have room for it. NULL: none is kept
 * spare. What they cost is counted by slots_opened(), for all of them at once, before anything else happens.
 */
struct slot *slot_open_like(struct slot *like, uint64_t call);
void slots_opened(const struct slot *like, unsigned int count);

/** Gives back the memory that is kept for the next calls. */
void slots_free_spare(struct kernel *kernel);

struct slot *slot_find(struct kernel *kernel, uint64_t number);
/** Open, and handed to connection; NULL: it isn't, which is counted as dropped. */
struct slot *slot_find_served(struct connection *connection, uint64_t number);

struct slot *slot_find_call(const struct connection *caller, uint64_t call);

/** Its request, which is queued, goes to another connection. False: no memory, and nothing has changed. */
bool slot_redirect(struct slot *self, struct connection *callee);

/** The request's last byte was taken. */
void slot_handed_over(struct slot *self);

/** Ends it with an Undeliverable to the caller; detail is static. */
void slot_fail(struct slot *self, uint32_t code, const char *detail);

/** Ends it because the caller wants so, or has gone: tells the callee; WITHDRAWN or CANCELLED to the caller. */
void slot_cancel(struct slot *self);

/** The callee ended it by itself: no notice to it. The outcome must be queued already. */
void slot_end(struct slot *self);

/**
 * There is a reply, which ends it and mostly frees it. Where bytes of its stream may still wait before the reply it stays as long
 * as that, as the parcel's slot, and slot_reply_gone() will follow. NULL: the reply has no parcel, and the call no stream.
 */
void slot_replied(struct slot *self, struct parcel *reply);
void slot_reply_gone(struct slot *self);

/**
 * The same for calls of one caller that are handed over, have no stream, are charged to who the caller is now, and have the same
 * reply_share, of which somebody else has a reference, too: what they cost is given back by slots_replied(), for all of them at
 * once, before anything else happens.
 */
void slot_replied_like(struct slot *self);
void slots_replied(const struct connection *caller, struct share *share, unsigned int count);

/** The callee fails the call with a code and detail of its own, in a frame. */
void slot_fail_by_callee(struct slot *self, struct frame *frame);

/** A rule of streams was broken: STREAM_BROKEN to the caller, Cancel to a callee that has got its request; detail is static. */
void slot_break(struct slot *self, const char *detail);

/** Frees it if it has ended and nothing in it is queued. */
void slot_release(struct slot *self);

#endif
