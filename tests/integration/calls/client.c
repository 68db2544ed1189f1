/* SPDX-License-Identifier: MIT */
/* Every kind of call, from the client's side. */
#include <stdio.h>
#include <string.h>
#include <darq/darq.h>
#include "store.darq.h"

enum { PATIENCE = 8 }; /* seconds, or turns in which something came */

struct client {
        struct darq_session *session;
        struct storage storage;
        struct storage_watcher watcher;
        struct darq_pending *refresh;
        unsigned int changes;
};

static const char *value_name(const struct storage_value *value)
{
        switch (value->which) {
        case STORAGE_VALUE_BLOB:
                return "blob";
        case STORAGE_VALUE_TEXT:
                return "text";
        case STORAGE_VALUE_NUMBER:
                return "number";
        case STORAGE_VALUE_SNAPSHOT:
                return "snapshot";
        }
        return "something newer than this program";
}

/* Two results at once, one fed into the other. */
static int copy(struct client *client, struct darq_string from, struct darq_string to)
{
        const struct storage_get_reply *old = NULL;
        const struct storage_get_reply *new = NULL;
        const struct storage_set_reply *set = NULL;
        int r;

        r = storage_get(&client->storage, &(struct storage_get_request){.key = from}, &old);
        if (r != 0)
                return r;
        r = storage_get(&client->storage, &(struct storage_get_request){.key = to}, &new);
        if (r == 0 && new->revision.value >= old->revision.value)
                goto out;
        if (r != 0 && r != STORAGE_ERROR_NOT_FOUND)
                goto out;
        r = storage_set(&client->storage,
                        &(struct storage_set_request){
                                .key = to,
                                .value = old->value,
                                .flags = STORAGE_SET_FLAGS_REPLACE | STORAGE_SET_FLAGS_CREATE,
                        },
                        &set);
        if (r == 0)
                printf("revision %llu, %s\n", (unsigned long long)set->revision.value,
                       value_name(&old->value));
out:
        darq_reply_free(old);
        darq_reply_free(new);
        darq_reply_free(set);
        return r;
}

/* The three ways of a parameter with a default. */
static int flags(struct client *client)
{
        struct storage_value text = {.which = STORAGE_VALUE_TEXT, .text = DARQ_STR_INIT("hello")};
        int r;

        r = storage_set(&client->storage,
                        &(struct storage_set_request){.key = DARQ_STR("a"), .value = text}, NULL);
        if (r == 0)
                r = storage_set(&client->storage,
                                &(struct storage_set_request){.key = DARQ_STR("a"),
                                                              .value = text,
                                                              .flags = STORAGE_SET_FLAGS_REPLACE},
                                NULL);
        if (r == 0)
                r = storage_set(&client->storage,
                                &(struct storage_set_request){
                                        .key = DARQ_STR("a"), .value = text, .has_flags = true},
                                NULL);
        if (r == STORAGE_ERROR_EXISTS) /* no flags at all: neither create nor replace */
                r = 0;
        return r;
}

/* A stream of items; another call in its midst leaves the item alone. */
static int list(struct client *client)
{
        const struct storage_list_item *item;
        struct darq_stream *stream;
        int r;

        r = storage_list(&client->storage,
                         &(struct storage_list_request){.prefix = DARQ_STR("etc/"),
                                                        .order = STORAGE_ORDER_DESCENDING},
                         &stream);
        if (r != 0)
                return r;
        while ((r = storage_list_next(stream, &item)) == 0 && item != NULL) {
                r = storage_touch(&client->storage,
                                  &(struct storage_touch_request){.key = item->key});
                if (r != 0)
                        break;
                printf("%s %s\n", item->key.data, item->meta.content_type.data);
                for (size_t i = 0; i < item->meta.tags.count; i++)
                        printf("  %s\n", item->meta.tags.data[i].data);
                if (item->meta.digest != NULL)
                        printf("  digest %u\n", item->meta.digest->algorithm);
        }
        darq_stream_close(stream);
        return r;
}

/* A stream of bytes to the service. */
static int upload(struct client *client, FILE *file)
{
        const struct storage_upload_reply *reply;
        struct darq_stream *stream;
        unsigned char buffer[4096];
        size_t size;
        int r;

        r = storage_upload(&client->storage,
                           &(struct storage_upload_request){.key = DARQ_STR("big")}, &stream);
        if (r != 0)
                return r;
        while (r == 0 && (size = fread(buffer, 1, sizeof buffer, file)) > 0)
                r = darq_stream_write(stream, buffer, size, NULL);
        if (r == 0 || r == DARQ_E_ENDED) /* ENDED: the service has answered before the end */
                r = storage_upload_finish(stream, &reply);
        if (r == 0)
                printf("revision %llu\n", (unsigned long long)reply->revision.value);
        darq_stream_close(stream);
        return r;
}

/* A port in a reply: called, and kept beyond its message. */
static int snapshot(struct client *client, struct storage_snapshot *kept)
{
        const struct storage_get_reply *reply;
        const struct storage_snapshot_read_reply *data;
        int r;

        r = storage_get(&client->storage, &(struct storage_get_request){.key = DARQ_STR("home")},
                        &reply);
        if (r != 0)
                return r;
        if (reply->value.which == STORAGE_VALUE_SNAPSHOT) {
                r = storage_snapshot_read(&reply->value.snapshot,
                                          &(struct storage_snapshot_read_request){.count = 16},
                                          &data);
                if (r == 0)
                        fwrite(data->data.data, 1, data->data.size, stdout);
                *kept = reply->value.snapshot;
                darq_proxy_keep(&kept->proxy);
        }
        darq_reply_free(reply);
        return r;
}

/* A port of our own, as a parameter. */
static void on_changed(void *self, struct darq_call *call,
                       const struct storage_watcher_changed_request *request)
{
        struct client *client = self;

        (void)call;
        client->changes++;
        printf("changed: %s\n", request->key.data);
}

static void on_watcher_unused(void *context, uint64_t port)
{
        struct client *client = context;

        (void)port;
        darq_proxy_close(&client->watcher.proxy); /* the service has dropped it: no more changes */
}

static int watch(struct client *client)
{
        static const struct storage_watcher_ops ops = {.changed = on_changed};
        int r;

        r = storage_watcher_ops_serve(&ops, client, client->session, &client->watcher);
        if (r == 0)
                r = darq_proxy_on_unused(&client->watcher.proxy, on_watcher_unused, client);
        if (r == 0)
                r = storage_watch(&client->storage,
                                  &(struct storage_watch_request){.prefix = DARQ_STR("etc/"),
                                                                  .watcher = client->watcher},
                                  NULL);
        return r;
}

/* Without waiting. */
static void on_got(void *context, int result, const struct storage_get_reply *reply)
{
        struct client *client = context;

        if (result != 0)
                fprintf(stderr, "get: %s\n", darq_session_error(client->session));
        else
                printf("got %s\n", value_name(&reply->value));
        darq_pending_free(client->refresh);
        client->refresh = NULL;
}

static int refresh(struct client *client)
{
        return storage_get_async(&client->storage,
                                 &(struct storage_get_request){.key = DARQ_STR("motd")}, on_got,
                                 client, &client->refresh);
}

int main(void)
{
        struct client client = {0};
        struct storage_snapshot kept = {0};
        int r;

        r = darq_session_open(&client.session, NULL, 1000);
        if (r == 0)
                r = darq_proxy_connect(&client.storage.proxy, client.session, "storage");
        client.storage.proxy.timeout_ms = 60000;
        if (r == 0)
                r = flags(&client);
        if (r == 0)
                r = copy(&client, DARQ_STR("a"), DARQ_STR("b"));
        if (r == 0)
                r = list(&client);
        if (r == 0)
                r = upload(&client, stdin);
        if (r == 0)
                r = snapshot(&client, &kept);
        if (r == 0 && kept.proxy.port != 0)
                r = storage_snapshot_close(&kept, NULL, NULL);
        darq_proxy_close(&kept.proxy);
        if (r == 0)
                r = watch(&client);
        if (r == 0)
                r = refresh(&client);
        if (r == 0) /* sets off both the watcher and the reply that waits */
                r = storage_set(&client.storage,
                                &(struct storage_set_request){.key = DARQ_STR("etc/motd"),
                                                              .value = {.which = STORAGE_VALUE_TEXT,
                                                                        .text = DARQ_STR("news")}},
                                NULL);
        for (int left = PATIENCE; r == 0 && (client.refresh != NULL || client.changes < 1); left--)
                r = left > 0 ? darq_session_poll(client.session, 1000) : DARQ_E_TIMEOUT;
        if (r == DARQ_E_TIMEOUT && client.changes < 1)
                fprintf(stderr, "client: nothing has changed\n"); /* one-way: it may be lost */
        else if (r != 0)
                fprintf(stderr, "client: %s\n", darq_session_error(client.session));
        darq_session_close(client.session);
        return r != 0;
}
