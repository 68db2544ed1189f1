/* SPDX-License-Identifier: MIT */
/* A service that uses every kind of method. Keys live in memory. */
#include <stdlib.h>
#include <string.h>
#include <darq/darq.h>
#include "store.darq.h"

enum { KEYS_MAX = 16 };

struct entry {
        char key[STORAGE_MAX_KEY + 1];
        char *text;
        uint64_t revision;
};

struct watch {
        struct watch *next;
        struct store *store;
        char *prefix;
        struct storage_watcher watcher;
};

struct listing {
        struct store *store;
        struct darq_call *call;
        const struct storage_list_request *request; /* lives as long as the call */
        size_t at;
};

struct transfer {
        struct store *store;
        struct darq_call *call;
        size_t size;
};

struct view {
        struct store *store;
        struct storage_snapshot port;
};

struct store {
        struct entry entries[KEYS_MAX];
        size_t count;
        uint64_t revision;
        struct watch *watches;
        struct darq_call *waiting; /* a get that is answered later */
};

static struct entry *entry_find(struct store *store, struct darq_string key)
{
        for (size_t i = 0; i < store->count; i++)
                if (strcmp(store->entries[i].key, key.data) == 0)
                        return &store->entries[i];
        return NULL;
}

/* A port that is served for as long as somebody holds it. */
static void on_read(void *self, struct darq_call *call,
                    const struct storage_snapshot_read_request *request)
{
        static const char text[] = "sixteen bytes...";
        size_t offset =
                request->offset < sizeof text - 1 ? (size_t)request->offset : sizeof text - 1;
        size_t left = sizeof text - 1 - offset;

        (void)self;
        storage_snapshot_reply_read(
                call, &(struct storage_snapshot_read_reply){
                              .data = darq_bytes_of(text + offset,
                                                    request->count < left ? request->count : left),
                      });
}

static void view_close(struct view *view)
{
        darq_proxy_close(&view->port.proxy);
        free(view);
}

static void on_close(void *self, struct darq_call *call,
                     const struct darq_closeable_close_request *request)
{
        (void)request;
        darq_closeable_reply_close(call, NULL);
        view_close(self);
}

static void on_view_unused(void *context, uint64_t port)
{
        (void)port;
        view_close(context);
}

static const struct storage_snapshot_ops snapshot_ops = {
        .closeable = {.close = on_close},
        .read = on_read,
};

static int view_open(struct store *store, struct darq_call *call, struct storage_snapshot *snapshot)
{
        struct view *view = calloc(1, sizeof *view);
        int r;

        if (view == NULL)
                return DARQ_E_NO_MEMORY;
        view->store = store;
        r = storage_snapshot_ops_serve(&snapshot_ops, view, darq_call_session(call), &view->port);
        if (r == 0)
                r = darq_proxy_on_unused(&view->port.proxy, on_view_unused, view);
        if (r == 0)
                *snapshot = view->port;
        else
                view_close(view);
        return r;
}

static void on_get(void *self, struct darq_call *call, const struct storage_get_request *request)
{
        struct store *store = self;
        struct storage_get_reply reply = {.meta = {.content_type = DARQ_STR_INIT("text/plain")}};
        struct entry *entry;

        if (strcmp(request->key.data, "home") == 0) {
                reply.value.which = STORAGE_VALUE_SNAPSHOT;
                if (view_open(store, call, &reply.value.snapshot) != 0)
                        darq_call_fail(call, DARQ_E_BUSY, "no room for a snapshot");
                else
                        storage_reply_get(call, &reply);
                return;
        }
        if (strcmp(request->key.data, "motd") == 0 && store->waiting == NULL) {
                store->waiting = darq_call_keep(call);
                return;
        }
        entry = entry_find(store, request->key);
        if (entry == NULL) {
                storage_fail_get(call, STORAGE_ERROR_NOT_FOUND, "no such key");
                return;
        }
        reply.value.which = STORAGE_VALUE_TEXT;
        reply.value.text = darq_string_of(entry->text);
        reply.revision.value = entry->revision;
        storage_reply_get(call, &reply);
}

/* The deferred reply: whoever waits for motd gets the next value that is set. */
static void waiting_answer(struct store *store, const struct storage_value *value)
{
        if (store->waiting == NULL)
                return;
        storage_reply_get(store->waiting, &(struct storage_get_reply){
                                                  .value = *value, .revision = {store->revision}});
        darq_call_release(store->waiting);
        store->waiting = NULL;
}

static void watchers_tell(struct store *store, struct darq_string key)
{
        for (struct watch *watch = store->watches; watch != NULL; watch = watch->next)
                if (strncmp(key.data, watch->prefix, strlen(watch->prefix)) == 0)
                        storage_watcher_changed(&watch->watcher,
                                                &(struct storage_watcher_changed_request){
                                                        .key = key, .revision = {store->revision}});
}

static void on_set(void *self, struct darq_call *call, const struct storage_set_request *request)
{
        struct store *store = self;
        struct entry *entry = entry_find(store, request->key);
        char *text;

        if (request->value.which != STORAGE_VALUE_TEXT) {
                darq_call_fail(call, DARQ_E_UNIMPLEMENTED, "only text is kept");
                return;
        }
        if (entry != NULL && (request->flags & STORAGE_SET_FLAGS_REPLACE) == 0) {
                storage_fail_set(call, STORAGE_ERROR_EXISTS, NULL);
                return;
        }
        if (entry == NULL && store->count == KEYS_MAX) {
                storage_fail_set(call, STORAGE_ERROR_QUOTA, NULL);
                return;
        }
        text = strdup(request->value.text.data);
        if (text == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "no memory");
                return;
        }
        if (entry == NULL) {
                entry = &store->entries[store->count++];
                memcpy(entry->key, request->key.data, request->key.size + 1);
        }
        free(entry->text);
        entry->text = text;
        entry->revision = ++store->revision;
        storage_reply_set(call, &(struct storage_set_reply){.revision = {entry->revision}});
        watchers_tell(store, request->key);
        waiting_answer(store, &request->value);
}

/* Items go out as the receiver takes them. */
static void listing_push(struct listing *listing)
{
        struct store *store = listing->store;
        int r = 0;

        while (r == 0 && listing->at < store->count) {
                struct storage_list_item item = {
                        .key = darq_string_of(store->entries[listing->at].key)};

                r = storage_push_list(listing->call, &item);
                if (r == 0)
                        listing->at++;
        }
        if (r == DARQ_E_AGAIN)
                return; /* on_listing_ready() goes on */
        if (r == 0)
                storage_reply_list(listing->call);
        darq_call_release(listing->call);
        free(listing);
}

static void on_listing_ready(void *context, struct darq_stream *stream)
{
        (void)stream;
        listing_push(context);
}

static void on_list(void *self, struct darq_call *call, const struct storage_list_request *request)
{
        struct listing *listing = calloc(1, sizeof *listing);

        if (listing == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, NULL);
                return;
        }
        listing->store = self;
        listing->call = darq_call_keep(call);
        listing->request = request;
        darq_stream_on_ready(darq_call_stream(call), on_listing_ready, listing);
        listing_push(listing);
}

static void on_upload_ready(void *context, struct darq_stream *stream)
{
        struct transfer *transfer = context;
        unsigned char buffer[4096];
        size_t size;
        int r;

        while ((r = darq_stream_read(stream, buffer, sizeof buffer, &size)) == 0 && size > 0)
                transfer->size += size;
        if (r == DARQ_E_AGAIN)
                return;
        if (r == 0)
                storage_reply_upload(transfer->call,
                                     &(struct storage_upload_reply){.revision = {transfer->size}});
        darq_call_release(transfer->call); /* r != 0: cancelled */
        free(transfer);
}

static void on_upload(void *self, struct darq_call *call,
                      const struct storage_upload_request *request)
{
        struct transfer *transfer = calloc(1, sizeof *transfer);

        (void)request;
        if (transfer == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, NULL);
                return;
        }
        transfer->store = self;
        transfer->call = darq_call_keep(call);
        darq_stream_on_ready(darq_call_stream(call), on_upload_ready, transfer);
}

static void on_touch(void *self, struct darq_call *call,
                     const struct storage_touch_request *request)
{
        struct store *store = self;

        (void)call;
        if (entry_find(store, request->key) != NULL)
                store->revision++;
}

static void on_watcher_gone(void *context, uint64_t port)
{
        struct watch *watch = context;
        struct watch **link = &watch->store->watches;

        (void)port;
        while (*link != watch)
                link = &(*link)->next;
        *link = watch->next;
        darq_proxy_close(&watch->watcher.proxy);
        free(watch->prefix);
        free(watch);
}

/* A port in a request is the request's; what is remembered is kept. */
static void on_watch(void *self, struct darq_call *call,
                     const struct storage_watch_request *request)
{
        struct store *store = self;
        struct watch *watch = calloc(1, sizeof *watch);

        if (watch != NULL)
                watch->prefix = strdup(request->prefix.data);
        if (watch == NULL || watch->prefix == NULL) {
                free(watch);
                storage_fail_watch(call, STORAGE_ERROR_QUOTA, NULL);
                return;
        }
        watch->store = store;
        watch->watcher = request->watcher;
        darq_proxy_keep(&watch->watcher.proxy);
        watch->next = store->watches;
        store->watches = watch;
        if (darq_proxy_on_death(&watch->watcher.proxy, on_watcher_gone, watch) != 0) {
                darq_proxy_off_death(&watch->watcher.proxy, on_watcher_gone, watch);
                on_watcher_gone(watch, watch->watcher.proxy.port);
                storage_fail_watch(call, STORAGE_ERROR_QUOTA, NULL);
                return;
        }
        storage_reply_watch(call, NULL);
}

int main(void)
{
        static const struct storage_ops ops = {
                .get = on_get,
                .set = on_set,
                .list = on_list,
                .upload = on_upload,
                .touch = on_touch,
                .watch = on_watch,
        };
        struct store store = {.count = 0};
        struct watch *watch;
        int r;

        r = storage_ops_main(&ops, &store, "storage");
        for (size_t i = 0; i < store.count; i++)
                free(store.entries[i].text);
        while ((watch = store.watches) != NULL) { /* their ports went with the session */
                store.watches = watch->next;
                free(watch->prefix);
                free(watch);
        }
        return r;
}
