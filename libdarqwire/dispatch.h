/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_DISPATCH_H
#define DARQWIRE_DISPATCH_H

#include <darq/call.h>

/*
 * Serving one request, whoever carries it: a session, or the p-kernel for its own port. Finds the method, unpacks the
 * request, calls the handler, packs the answer. No session and no socket in here.
 */

/** Bytes in front of an answer's body: frame header, message fields (both the carrier's), RPC header. */
enum { DARQ_HEADROOM = 64 };

struct darq_carrier;

/**
 * A request that is being served. Whoever carries it allocates it, usually inside something larger, sets what stands
 * first, and gives it to darq_dispatch().
 */
struct darq_call {
        const struct darq_carrier *carrier;
        struct darq_session
                *session; /* whose ports the request's are, and the link they are of; may be NULL */
        uint32_t link;
        struct darq_arena
                *arena;       /* where the request is unpacked; the carrier resets or frees it */
        uint64_t caller;      /* connection id */
        uint64_t deadline_ns; /* on CLOCK_MONOTONIC; 0: none */
        bool two_way;         /* came with REQUEST */

        /* From here on all zero to begin with. */
        bool ended; /* answered, failed, or cancelled */
        bool cancelled;
        bool kept;
        bool running;                           /* its handler hasn't returned */
        uint64_t interface_id;                  /* as the request says; answers echo it */
        uint32_t ordinal;                       /* the same */
        const struct darq_interface *interface; /* that declares the method */
        const struct darq_method *method;
        darq_call_callback *on_cancel;
        void *on_cancel_context;
        struct darq_stream *stream; /* of a method that streams */
};

struct darq_carrier {
        /** An empty writer whose first DARQ_HEADROOM bytes are spent. Never NULL; it may have failed already. */
        struct darq_writer *(*writer)(struct darq_call *call);

        /**
         * Sends the answer: the writer's bytes from DARQ_HEADROOM - 16 on (RPC header and body) and its ports. Called
         * once at most, and only for two-way calls. 0, or DARQ_E_ENDED when it is too late; it doesn't fail otherwise.
         */
        int (*answer)(struct darq_call *call, struct darq_writer *writer);

        /** The call was cancelled before this answer to it was made: the ports in it go to nobody. May be NULL. */
        void (*withhold)(struct darq_call *call, struct darq_writer *writer);

        /** The call ends without an answer: the caller is told NO_REPLY. In place of answer(). */
        void (*abandon)(struct darq_call *call);

        /** The request's bytes must live until release(): called before the handler returns. */
        void (*keep)(struct darq_call *call);

        /** Nobody uses the call any more: free it. The last thing that is called, once per call. */
        void (*release)(struct darq_call *call);

        /** A method that streams is about to be served: sets call->stream. NULL: streams aren't served here. */
        int (*stream)(struct darq_call *call);
};

/** What a port serves. */
struct darq_served {
        const struct darq_interface *interface;
        const void *ops;
        void *self;
};

/** A request's payload, RPC header included, and its ports. */
struct darq_request {
        const uint8_t *data;
        size_t size;
        const uint64_t *ports;
        uint32_t port_count;
};

/**
 * Serves one request. Every call is answered, failed, abandoned or kept when this returns; one that isn't kept has been
 * released. A two-way method that came without REQUEST does nothing. False: the request was dropped (a one-way message
 * that isn't for this port, or can't be read), to be counted.
 */
bool darq_dispatch(struct darq_call *call, const struct darq_served *served,
                   const struct darq_request *request);

/** The caller doesn't want it any more, or is gone: marks the call, and runs the callback. */
void darq_call_cancel(struct darq_call *self);

/** The method of this number, by binary search; NULL if there is none. */
const struct darq_method *darq_interface_find(const struct darq_interface *self, uint32_t ordinal);

#endif
