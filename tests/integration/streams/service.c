/* SPDX-License-Identifier: MIT */
/*
 * A service with streams in every direction, for test_streams.py. Everything goes on as credit comes: no handler waits.
 */
#include <stdlib.h>
#include <string.h>

#include <darq/darq.h>

#include "tests/golden/c/streams.darq.h"

enum { PIECE = 4096 };

/* One call with a stream, from its handler to its answer. */
struct transfer {
        struct darq_call *call;
        uint64_t at;
        uint64_t count;
        uint64_t sum;
};

static struct transfer *transfer_new(struct darq_call *call, darq_stream_callback *ready)
{
        struct transfer *self = calloc(1, sizeof *self);

        if (self == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "no memory");
                return NULL;
        }
        self->call = darq_call_keep(call);
        darq_stream_on_ready(darq_call_stream(call), ready, self);
        return self;
}

static void transfer_free(struct transfer *self)
{
        darq_call_release(self->call);
        free(self);
}

static void list_go(void *context, struct darq_stream *stream)
{
        struct transfer *self = context;
        int r = 0;

        (void)stream;
        while (r == 0 && self->at < self->count) {
                struct streams_store_list_item item = {.key = DARQ_STR_INIT("key"),
                                                       .size = self->at};

                r = streams_store_push_list(self->call, &item);
                self->at += r == 0;
        }
        if (r == DARQ_E_AGAIN)
                return;
        if (r == 0)
                streams_store_reply_list(self->call);
        transfer_free(self);
}

static void on_list(void *self, struct darq_call *call,
                    const struct streams_store_list_request *request)
{
        struct transfer *transfer;

        (void)self;
        if (strcmp(request->prefix.data, "none") == 0) {
                streams_store_fail_list(call, STREAMS_ERROR_NO, "there is nothing");
                return;
        }
        transfer = transfer_new(call, list_go);
        if (transfer == NULL)
                return;
        transfer->count = strtoull(request->prefix.data, NULL, 10);
        list_go(transfer, darq_call_stream(call));
}

static void upload_go(void *context, struct darq_stream *stream)
{
        struct transfer *self = context;
        unsigned char buffer[PIECE];
        size_t size = 1;
        int r = 0;

        while (r == 0 && size != 0) {
                r = darq_stream_read(stream, buffer, sizeof buffer, &size);
                for (size_t i = 0; r == 0 && i < size; i++)
                        self->sum = self->sum * 31 + buffer[i];
        }
        if (r == DARQ_E_AGAIN)
                return;
        if (r == 0)
                streams_store_reply_upload(
                        self->call, &(struct streams_store_upload_reply){.revision = self->sum});
        transfer_free(self);
}

static void on_upload(void *self, struct darq_call *call,
                      const struct streams_store_upload_request *request)
{
        struct transfer *transfer = transfer_new(call, upload_go);

        (void)self;
        (void)request;
        if (transfer != NULL)
                upload_go(transfer, darq_call_stream(call));
}

static void download_go(void *context, struct darq_stream *stream)
{
        struct transfer *self = context;
        unsigned char buffer[PIECE];
        size_t taken = 0;
        int r = 0;

        while (r == 0 && self->at < self->count) {
                size_t size = self->count - self->at < sizeof buffer
                                      ? (size_t)(self->count - self->at)
                                      : sizeof buffer;

                for (size_t i = 0; i < size; i++)
                        buffer[i] = (unsigned char)((self->at + i) * 7);
                r = darq_stream_write(stream, buffer, size, &taken);
                if (r == 0)
                        self->at += taken;
        }
        if (r == DARQ_E_AGAIN)
                return;
        if (r == 0)
                streams_store_reply_download(self->call);
        transfer_free(self);
}

static void on_download(void *self, struct darq_call *call,
                        const struct streams_store_download_request *request)
{
        struct transfer *transfer = transfer_new(call, download_go);

        (void)self;
        if (transfer == NULL)
                return;
        transfer->count = strtoull(request->key.data, NULL, 10);
        download_go(transfer, darq_call_stream(call));
}

static void load_go(void *context, struct darq_stream *stream)
{
        struct transfer *self = context;
        const struct streams_store_load_part *part = NULL;
        int r;

        (void)stream;
        while ((r = streams_store_take_load(self->call, &part)) == 0 && part != NULL)
                self->count += part->value.size;
        if (r == DARQ_E_AGAIN)
                return;
        if (r == 0)
                streams_store_reply_load(self->call, &(struct streams_store_load_reply){
                                                             .count = (uint32_t)self->count});
        transfer_free(self);
}

static void on_load(void *self, struct darq_call *call,
                    const struct streams_store_load_request *request)
{
        struct transfer *transfer = transfer_new(call, load_go);

        (void)self;
        (void)request;
        if (transfer != NULL)
                load_go(transfer, darq_call_stream(call));
}

int main(void)
{
        static const struct streams_store_ops ops = {
                .list = on_list,
                .upload = on_upload,
                .download = on_download,
                .load = on_load,
        };

        return streams_store_ops_main(&ops, NULL, "streams");
}
