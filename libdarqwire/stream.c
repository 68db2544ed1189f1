/* SPDX-License-Identifier: MIT */
#include "libdarqwire/stream.h"
struct darq_stream *darq_stream_find(struct darq_session *session, uint64_t source, uint64_t call)
{
        (void)session;
        (void)source;
        (void)call;
        return NULL;
}
int darq_stream_take(struct darq_stream *self, const struct darq_frame_chunk *chunk,
                     const struct darq_incoming *frame, const uint8_t *data)
{
        (void)self;
        (void)chunk;
        (void)frame;
        (void)data;
        return 0;
}
void darq_stream_credit(struct darq_stream *self, uint64_t limit)
{
        (void)self;
        (void)limit;
}
void darq_stream_call_ended(struct darq_stream *self)
{
        (void)self;
}
int darq_stream_serve(struct darq_call *call, uint64_t slot)
{
        (void)call;
        (void)slot;
        return DARQ_E_NO_MEMORY;
}
void darq_stream_free_served(struct darq_stream *self)
{
        (void)self;
}
void darq_streams_call_back(struct darq_session *session)
{
        (void)session;
}
void darq_streams_deinit(struct darq_session *session)
{
        (void)session;
}
