/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_STREAM_H
#define DARQWIRE_STREAM_H

#include "libdarqwire/session.h"

/** The stream that a Chunk or Credit is for: of a call of ours by its number, else of a served one by its slot. NULL if there is none. */
struct darq_stream *darq_stream_find(struct darq_session *session, uint64_t source, uint64_t call);

/** A Chunk came. 0, or NO_MEMORY. One that breaks the rules is dropped: the p-kernel has checked it. */
int darq_stream_take(struct darq_stream *self, const struct darq_frame_chunk *chunk,
                     const struct darq_incoming *frame, const uint8_t *data);

/** More may be sent. */
void darq_stream_credit(struct darq_stream *self, uint64_t limit);

/** Its call has ended: nothing more comes or goes. */
void darq_stream_call_ended(struct darq_stream *self);

/** For a call that is about to be served: sets call->stream. 0 or NO_MEMORY. */
int darq_stream_serve(struct darq_call *call, uint64_t slot);

/** With its call. NULL is fine. */
void darq_stream_free_served(struct darq_stream *self);

/** Runs on_ready callbacks that are due. */
void darq_streams_call_back(struct darq_session *session);

/** Frees those of calls of ours. */
void darq_streams_deinit(struct darq_session *session);

#endif
