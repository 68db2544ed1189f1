/* SPDX-License-Identifier: MIT */
/*
 * The caller's side of streams, for test_streams.py: client WHAT AMOUNT. Prints what it found; status 0: as it should be.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <darq/darq.h>

#include "tests/golden/c/streams.darq.h"

enum { PIECE = 10000 };

struct client {
        struct darq_session *session;
        struct streams_store store;
        uint64_t amount;
        char text[32];
};

static int list(struct client *self)
{
        struct streams_store_list_request request = {.prefix = darq_string_of(self->text)};
        const struct streams_store_list_item *item = NULL;
        struct darq_stream *stream = NULL;
        uint64_t count = 0;
        int r = streams_store_list(&self->store, &request, &stream);

        if (r != 0)
                return r;
        while ((r = streams_store_list_next(stream, &item)) == 0 && item != NULL) {
                if (item->size != count || strcmp(item->key.data, "key") != 0)
                        printf("item %" PRIu64 " is wrong\n", count);
                count++;
        }
        printf("%" PRIu64 " items\n", count);
        darq_stream_close(stream);
        return r;
}

static int upload(struct client *self)
{
        struct streams_store_upload_request request = {.key = DARQ_STR("k")};
        const struct streams_store_upload_reply *reply = NULL;
        static unsigned char buffer[PIECE];
        struct darq_stream *stream = NULL;
        uint64_t sum = 0;
        int r = streams_store_upload(&self->store, &request, &stream);

        for (uint64_t at = 0; r == 0 && at < self->amount; at += PIECE) {
                size_t size = self->amount - at < PIECE ? (size_t)(self->amount - at) : PIECE;

                for (size_t i = 0; i < size; i++) {
                        buffer[i] = (unsigned char)((at + i) * 11);
                        sum = sum * 31 + buffer[i];
                }
                r = darq_stream_write(stream, buffer, size, NULL);
        }
        if (r == 0 || r == DARQ_E_ENDED) /* how it ended, finish tells */
                r = streams_store_upload_finish(stream, &reply);
        if (r == 0)
                printf("upload %s\n", reply->revision == sum ? "arrived" : "differs");
        darq_stream_close(stream);
        return r;
}

static int download(struct client *self)
{
        struct streams_store_download_request request = {.key = darq_string_of(self->text)};
        static unsigned char buffer[PIECE];
        struct darq_stream *stream = NULL;
        uint64_t at = 0;
        size_t size = 1;
        int r = streams_store_download(&self->store, &request, &stream);

        while (r == 0 && size != 0) {
                r = darq_stream_read(stream, buffer, sizeof buffer, &size);
                for (size_t i = 0; r == 0 && i < size; i++, at++)
                        if (buffer[i] != (unsigned char)(at * 7)) {
                                printf("byte %" PRIu64 " is wrong\n", at);
                                return 1;
                        }
        }
        printf("%" PRIu64 " bytes\n", at);
        darq_stream_close(stream);
        return r;
}

static int load(struct client *self)
{
        struct streams_store_load_request request = {.limit = 1};
        const struct streams_store_load_reply *reply = NULL;
        static uint8_t value[1000];
        struct darq_stream *stream = NULL;
        int r = streams_store_load(&self->store, &request, &stream);

        for (uint64_t i = 0; r == 0 && i < self->amount; i++) {
                struct streams_store_load_part part = {.key = DARQ_STR_INIT("k"),
                                                       .value = {value, (size_t)(i % 1000)}};

                r = streams_store_load_push(stream, &part);
        }
        if (r == 0 || r == DARQ_E_ENDED) /* how it ended, finish tells */
                r = streams_store_load_finish(stream, &reply);
        if (r == 0)
                printf("%" PRIu32 " bytes in items\n", reply->count);
        darq_stream_close(stream);
        return r;
}

/* Opens a long result and goes away in its midst: the service must notice. */
static int leave(struct client *self)
{
        struct streams_store_download_request request = {.key = DARQ_STR("1000000000")};
        unsigned char buffer[100];
        struct darq_stream *stream = NULL;
        size_t size;
        int r = streams_store_download(&self->store, &request, &stream);

        if (r == 0)
                r = darq_stream_read(stream, buffer, sizeof buffer, &size);
        darq_stream_close(stream);
        return r;
}

static int unimplemented(struct client *self)
{
        struct darq_stream *stream = NULL;
        const struct streams_store_filter_item *item;
        int r = streams_store_filter(&self->store, NULL, &stream);

        if (r == 0)
                r = streams_store_filter_next(stream, &item);
        darq_stream_close(stream);
        return r;
}

int main(int argc, char **argv)
{
        static const struct {
                const char *name;
                int (*run)(struct client *self);
        } whats[] = {{"list", list}, {"upload", upload}, {"download", download},
                     {"load", load}, {"leave", leave},   {"filter", unimplemented}};
        struct client client = {.amount = argc > 2 ? strtoull(argv[2], NULL, 10) : 0};
        int r;

        snprintf(client.text, sizeof client.text, "%s", argc > 2 ? argv[2] : "");
        r = darq_session_open(&client.session, NULL, 1000);
        if (r == 0)
                r = darq_proxy_connect(&client.store.proxy, client.session, "streams");
        for (size_t i = 0; r == 0 && argc > 1 && i < sizeof whats / sizeof whats[0]; i++)
                if (strcmp(whats[i].name, argv[1]) == 0)
                        r = whats[i].run(&client);
        if (r != 0)
                fprintf(stderr, "%s: %s\n", r < 0 ? darq_status_name(r) : "error",
                        darq_session_error(client.session));
        darq_session_close(client.session);
        return r != 0;
}
