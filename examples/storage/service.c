/* SPDX-License-Identifier: MIT */
/*
 * The system's storage service (idl/storage.didl): typed requests on one side, a store on the other.
 *
 *     storage-service [--db FILE]
 *
 * Each request is answered before the next one is looked at; the store's results become the
 * interface's errors here, and nowhere else. What the store can't do for a reason that is none of
 * the caller's is DARQ_E_INTERNAL, with the store's own sentence.
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <darq/darq.h>

#include "store.h"
#include "storage.darq.h"

static enum storage_error error_of(int result)
{
        switch (result) {
        case STORE_NOT_FOUND:
                return STORAGE_ERROR_NOT_FOUND;
        case STORE_EXISTS:
                return STORAGE_ERROR_EXISTS;
        default:
                return STORAGE_ERROR_FULL;
        }
}

static void fail(struct store *store, struct darq_call *call)
{
        fprintf(stderr, "storage: %s\n", store_error(store));
        darq_call_fail(call, DARQ_E_INTERNAL, store_error(store));
}

static void on_set(void *self, struct darq_call *call, const struct storage_set_request *request)
{
        struct storage_set_reply reply;
        int r;

        if (request->key.size == 0) {
                storage_fail_set(call, STORAGE_ERROR_BAD_KEY, "the empty key names nothing");
                return;
        }
        r = store_add(self, request->key.data, request->value.data, request->value.size,
                      &reply.revision);
        if (r == STORE_FAILED)
                fail(self, call);
        else if (r != 0)
                storage_fail_set(call, error_of(r), NULL);
        else
                storage_reply_set(call, &reply);
}

static void on_update(void *self, struct darq_call *call,
                      const struct storage_update_request *request)
{
        struct storage_update_reply reply;
        int r;

        if (request->key.size == 0) {
                storage_fail_update(call, STORAGE_ERROR_BAD_KEY, "the empty key names nothing");
                return;
        }
        r = store_replace(self, request->key.data, request->value.data, request->value.size,
                          &reply.revision);
        if (r == STORE_FAILED)
                fail(self, call);
        else if (r != 0)
                storage_fail_update(call, error_of(r), NULL);
        else
                storage_reply_update(call, &reply);
}

static void on_exists(void *self, struct darq_call *call,
                      const struct storage_exists_request *request)
{
        struct storage_exists_reply reply;

        if (store_has(self, request->key.data, &reply.exists) != 0)
                fail(self, call);
        else
                storage_reply_exists(call, &reply);
}

static void on_get(void *self, struct darq_call *call, const struct storage_get_request *request)
{
        struct store_value value;
        int r = store_get(self, request->key.data, &value);

        if (r == STORE_FAILED) {
                fail(self, call);
                return;
        }
        if (r != 0) {
                storage_fail_get(call, error_of(r), NULL);
                return;
        }
        storage_reply_get(call, &(struct storage_get_reply){
                                        .value = darq_bytes_of(value.data, value.size),
                                        .revision = value.revision,
                                });
        store_value_release(self);
}

static void on_delete(void *self, struct darq_call *call,
                      const struct storage_delete_request *request)
{
        int r = store_remove(self, request->key.data);

        if (r == STORE_FAILED)
                fail(self, call);
        else if (r != 0)
                storage_fail_delete(call, error_of(r), NULL);
        else
                storage_reply_delete(call, NULL);
}

/* A page's entries and their keys, copied: an entry of the store lives until the next one. */
struct page {
        struct storage_entry entries[STORAGE_MAX_PAGE];
        char keys[STORAGE_MAX_PAGE][STORAGE_MAX_KEY + 1];
        size_t count;
        bool more;
};

static int page_fill(struct page *page, struct store *store, size_t limit)
{
        const struct store_entry *entry;
        int r;

        while ((r = store_list_next(store, &entry)) == 0 && entry != NULL) {
                if (page->count == limit) {
                        page->more = true;
                        break;
                }
                snprintf(page->keys[page->count], sizeof page->keys[0], "%s", entry->key);
                page->entries[page->count] = (struct storage_entry){
                        .key = darq_string_of(page->keys[page->count]),
                        .size = entry->size,
                        .revision = entry->revision,
                };
                page->count++;
        }
        return r;
}

static void on_list(void *self, struct darq_call *call, const struct storage_list_request *request)
{
        size_t limit = request->limit;
        struct page *page = calloc(1, sizeof *page);
        int r;

        if (page == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "no memory");
                return;
        }
        if (limit == 0 || limit > STORAGE_MAX_PAGE)
                limit = STORAGE_MAX_PAGE;
        r = store_list_begin(self, request->prefix.data, request->after.data);
        if (r == 0)
                r = page_fill(page, self, limit);
        if (r != 0)
                fail(self, call);
        else
                storage_reply_list(call, &(struct storage_list_reply){
                                                 .entries = {page->entries, page->count},
                                                 .more = page->more,
                                         });
        store_list_end(self);
        free(page);
}

static bool number_read(const char *text, unsigned int *number)
{
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        *number = (unsigned int)value;
        return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= INT_MAX;
}

int main(int argc, char **argv)
{
        static const struct storage_ops ops = {
                .set = on_set,
                .update = on_update,
                .exists = on_exists,
                .get = on_get,
                .delete_ = on_delete,
                .list = on_list,
        };
        static const struct option options[] = {
                {"db", required_argument, NULL, 'd'}, {"idle", required_argument, NULL, 'i'}, {0}};
        struct darq_service service = {
                .name = "storage", .interface = &storage_interface, .ops = &ops};
        const char *path = "storage.sqlite";
        struct store *store;
        int r;

        while ((r = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (r == 'd') {
                        path = optarg;
                } else if (r != 'i' || !number_read(optarg, &service.idle_ms)) {
                        fprintf(stderr, "usage: %s [--db FILE] [--idle MILLISECONDS]\n", argv[0]);
                        return 2;
                }
        }
        if (store_open(&store, path) == 0) {
                service.self = store;
                r = darq_service_run(&service);
        } else {
                fprintf(stderr, "storage: %s: %s\n", path, store_error(store));
                r = 1;
        }
        store_close(store);
        return r;
}
