/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_SIGHTING_H
#define DARQCTL_SIGHTING_H

#include <darq/darq.h>

#include "kernel.darq.h"
#include "libdarqwire/frame.h"

/** What a frame is to somebody who looks on. */
enum sight {
        SIGHT_CALL,    /* a request, as its caller sent it */
        SIGHT_REPLY,   /* its answer, as the caller gets it */
        SIGHT_FAILED,  /* or the reason why there is none */
        SIGHT_CANCEL,  /* its caller doesn't want it any more */
        SIGHT_MESSAGE, /* one-way, as it was sent */
        SIGHT_UNDELIVERED,
        SIGHT_CHUNK, /* of a stream, as it was sent */
        SIGHT_OTHER, /* the same frames at the other end, and what serves the connection */
};

/** A frame that has passed, taken apart. Numbers that it doesn't have are 0. */
struct sighting {
        enum sight sight;
        const char *type; /* "Message" */
        uint64_t time_ns; /* CLOCK_REALTIME */
        uint64_t connection;
        bool outgoing;
        uint32_t size;
        uint64_t lost; /* frames before it */
        uint64_t call;
        uint64_t source;
        uint64_t destination;
        bool has_method;
        uint64_t interface;
        uint32_t ordinal;
        int status;                /* of replies; of what failed: a DARQ_E_* */
        uint32_t code;             /* of what failed, as on the wire */
        struct darq_bytes payload; /* behind the RPC header, as far as it was shown */
        uint32_t payload_size;     /* in all, behind the RPC header */
        bool has_latency;
        uint64_t latency_ns;
};

/** False: it is no frame that could be read. clock_ns: CLOCK_REALTIME minus CLOCK_MONOTONIC. */
bool sighting_read(struct sighting *self, const struct darq_kernel_frame_entry *entry,
                   int64_t clock_ns);

/** "call", "reply" ... */
const char *sight_name(enum sight sight);

#endif
