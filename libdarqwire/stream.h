/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_STREAM_H
#define DARQWIRE_STREAM_H

#include "libdarqwire/session.h"

/** What came and hasn't been read, in order. */
struct darq_inflow {
        struct list pieces;
        size_t size;       /* bytes in them */
        uint64_t received; /* ever */
        bool ended;        /* FIN came */
        struct list used;  /* pieces that the current item points into */
};

void darq_inflow_init(struct darq_inflow *self);
void darq_inflow_deinit(struct darq_inflow *self);
/** 0 or NO_MEMORY. */
int darq_inflow_add(struct darq_inflow *self, struct darq_block *block, const uint8_t *data,
                    size_t size);
/** How many of the first bytes stand together; some must be there. To take so many takes no memory. */
size_t darq_inflow_together(const struct darq_inflow *self);
/** Copies the first size bytes, which must be there, and leaves them. */
void darq_inflow_peek(const struct darq_inflow *self, uint8_t *to, size_t size);
/** Forgets the first size bytes, which must be there. */
void darq_inflow_drop(struct darq_inflow *self, size_t size);
/** Takes the first size bytes, which must be there; they stay until the next take or deinit. NULL without memory. */
const uint8_t *darq_inflow_take(struct darq_inflow *self, size_t size);

/** One call's stream, either side. */
struct darq_stream {
        struct list link;  /* of a call of ours: in the session's streams */
        struct list ready; /* in the session's ready, while its callback is due */
        struct darq_session *session;
        struct darq_pending *pending; /* of a call of ours; else NULL */
        struct darq_call *call;       /* of one that is served; else NULL */
        const struct darq_method *method;
        const struct darq_items *sends; /* what we write; NULL: nothing */
        const struct darq_items *takes; /* what we read; NULL: nothing */
        uint64_t destination;           /* the port, or the slot */
        uint64_t number;                /* of a call of ours; else 0 */
        uint64_t sent;
        uint64_t limit;          /* that may be sent */
        uint64_t granted;        /* that may be received */
        bool finished;           /* FIN was sent */
        bool over;               /* the call has ended */
        struct darq_writer rest; /* of an item, beyond credit */
        size_t rest_start;
        struct darq_writer *answer; /* waits for the rest; else NULL */
        struct darq_inflow in;
        struct darq_arena *arena; /* of the current item */
        darq_stream_callback *callback;
        void *context;
};

/** The stream that a Chunk or Credit is for: of a served call by its slot, else of a call of ours by its number. NULL if there is none. */
struct darq_stream *darq_stream_find(struct darq_session *session, uint64_t source, uint64_t call);

/** A Chunk came. 0, or NO_MEMORY. One that breaks the rules is dropped: the p-kernel has looked at it. */
int darq_stream_take(struct darq_stream *self, const struct darq_frame_chunk *chunk,
                     const struct darq_incoming *frame, const uint8_t *data);

/** More may be sent. */
void darq_stream_credit(struct darq_stream *self, uint64_t limit);

/** Its call has ended: nothing more comes or goes. */
void darq_stream_call_ended(struct darq_stream *self);

/** For a request that has been started: its stream. 0 or NO_MEMORY, with the sentence. */
int darq_stream_open(struct darq_pending *pending, struct darq_stream **stream);

/** For a call that is about to be served: sets call->stream. 0 or NO_MEMORY. */
int darq_stream_serve(struct darq_call *call, uint64_t slot);

/**
 * The call is about to be answered with that status: ends what it sends. True: the answer has to wait for credit, and the
 * writer was taken; darq_service_call_conclude() sends it later.
 */
bool darq_stream_conclude(struct darq_stream *self, struct darq_writer *answer, int status);

/** With its call. NULL is fine. */
void darq_stream_free_served(struct darq_stream *self);

/** Runs on_ready callbacks that are due. */
void darq_streams_call_back(struct darq_session *session);

/** Frees those of calls of ours. */
void darq_streams_deinit(struct darq_session *session);

/* Between the files of streams. */

/** Bytes that may be sent now. */
uint64_t darq_stream_room(const struct darq_stream *self);
/** Sends what credit allows of the rest. */
int darq_stream_pump(struct darq_stream *self);
/** Reads until the condition holds or the call is over. */
int darq_stream_wait(struct darq_stream *self, darq_condition *condition, const void *context);
/** Lets the other side send on, at least up to wanted bytes beyond what was read. */
int darq_stream_grant(struct darq_stream *self, size_t wanted);
/** Waits until all of the rest has gone. AGAIN with on_ready set, ENDED. */
int darq_stream_drain(struct darq_stream *self);
int darq_stream_send_fin(struct darq_stream *self);

#endif
