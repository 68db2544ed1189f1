/* SPDX-License-Identifier: MIT */
/*
 * Stores and fetches files with the storage service.
 *
 *     storage-client set KEY FILE       under a key that has no value yet
 *     storage-client update KEY FILE    instead of what is there
 *     storage-client get KEY FILE
 *     storage-client exists KEY         status 0 if there is a value, 3 if there is none
 *     storage-client delete KEY
 *     storage-client list [PREFIX]
 *
 * FILE is - for the standard input or output. Status 0: done; 1: it could not be; 2: misuse; 3: the
 * service answered with one of the interface's errors.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <darq/darq.h>

#include "storage.darq.h"

enum { NOT_DONE = 1, MISUSE = 2, DECLARED = 3 };

struct client {
        struct darq_session *session;
        struct storage storage;
};

/* One sentence and an exit status for whatever a call returned. */
static int outcome(const struct client *client, int r, const char *key)
{
        if (r == 0)
                return 0;
        switch (r) {
        case STORAGE_ERROR_NOT_FOUND:
                fprintf(stderr, "%s: no such key\n", key);
                return DECLARED;
        case STORAGE_ERROR_EXISTS:
                fprintf(stderr, "%s: has a value already\n", key);
                return DECLARED;
        case STORAGE_ERROR_FULL:
                fprintf(stderr, "%s: no room\n", key);
                return DECLARED;
        case STORAGE_ERROR_BAD_KEY:
                fprintf(stderr, "the empty key names nothing\n");
                return DECLARED;
        default:
                fprintf(stderr, "%s: %s: %s\n", key, darq_status_name(r),
                        darq_session_error(client->session));
                return NOT_DONE;
        }
}

/* Reads a whole file that can be a value; NULL when it can't, after a sentence. Free it. */
static void *file_read(const char *path, size_t *size)
{
        FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
        char *data = malloc((size_t)STORAGE_MAX_VALUE + 1);

        if (file != NULL && data != NULL)
                *size = fread(data, 1, (size_t)STORAGE_MAX_VALUE + 1, file);
        if (file == NULL || data == NULL || ferror(file) || *size > STORAGE_MAX_VALUE) {
                fprintf(stderr, "%s: %s\n", path,
                        file == NULL || data == NULL || ferror(file) ? strerror(errno)
                                                                     : "too big for a value");
                free(data);
                data = NULL;
        }
        if (file != NULL && file != stdin)
                fclose(file);
        return data;
}

static int file_write(const char *path, struct darq_bytes value)
{
        FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
        bool failed = file == NULL || fwrite(value.data, 1, value.size, file) != value.size;

        if (file != NULL && (file == stdout ? fflush(file) : fclose(file)) != 0)
                failed = true;
        if (failed)
                fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return failed ? NOT_DONE : 0;
}

static int set_value(struct client *client, const char *key, const char *path)
{
        const struct storage_set_reply *reply;
        size_t size;
        void *data = file_read(path, &size);
        int r;

        if (data == NULL)
                return NOT_DONE;
        r = storage_set(&client->storage,
                        &(struct storage_set_request){
                                .key = darq_string_of(key),
                                .value = darq_bytes_of(data, size),
                        },
                        &reply);
        free(data);
        if (r == 0)
                printf("%s: %zu bytes, revision %" PRIu64 "\n", key, size, reply->revision);
        return outcome(client, r, key);
}

static int update_value(struct client *client, const char *key, const char *path)
{
        const struct storage_update_reply *reply;
        size_t size;
        void *data = file_read(path, &size);
        int r;

        if (data == NULL)
                return NOT_DONE;
        r = storage_update(&client->storage,
                           &(struct storage_update_request){
                                   .key = darq_string_of(key),
                                   .value = darq_bytes_of(data, size),
                           },
                           &reply);
        free(data);
        if (r == 0)
                printf("%s: %zu bytes, revision %" PRIu64 "\n", key, size, reply->revision);
        return outcome(client, r, key);
}

static int get_value(struct client *client, const char *key, const char *path)
{
        const struct storage_get_reply *reply;
        int r;

        r = storage_get(&client->storage, &(struct storage_get_request){.key = darq_string_of(key)},
                        &reply);
        if (r != 0)
                return outcome(client, r, key);
        r = file_write(path, reply->value);
        darq_reply_free(reply);
        return r;
}

static int has_value(struct client *client, const char *key)
{
        const struct storage_exists_reply *reply;
        int r;

        r = storage_exists(&client->storage,
                           &(struct storage_exists_request){.key = darq_string_of(key)}, &reply);
        if (r != 0)
                return outcome(client, r, key);
        return reply->exists ? 0 : DECLARED;
}

static int delete_value(struct client *client, const char *key)
{
        int r = storage_delete(&client->storage,
                               &(struct storage_delete_request){.key = darq_string_of(key)}, NULL);

        return outcome(client, r, key);
}

static int list_values(struct client *client, const char *prefix)
{
        const struct storage_list_reply *reply;
        char after[STORAGE_MAX_KEY + 1] = "";
        bool more = true;
        int r = 0;

        while (r == 0 && more) {
                r = storage_list(&client->storage,
                                 &(struct storage_list_request){
                                         .prefix = darq_string_of(prefix),
                                         .after = darq_string_of(after),
                                 },
                                 &reply);
                if (r != 0)
                        break;
                for (size_t i = 0; i < reply->entries.count; i++) {
                        const struct storage_entry *entry = &reply->entries.data[i];

                        printf("%12" PRIu64 " %8" PRIu64 " %s\n", entry->size, entry->revision,
                               entry->key.data);
                        snprintf(after, sizeof after, "%s", entry->key.data);
                }
                more = reply->more;
                darq_reply_free(reply);
        }
        return outcome(client, r, prefix);
}

static int run(struct client *client, int count, char **words)
{
        if (count == 3 && strcmp(words[0], "set") == 0)
                return set_value(client, words[1], words[2]);
        if (count == 3 && strcmp(words[0], "update") == 0)
                return update_value(client, words[1], words[2]);
        if (count == 3 && strcmp(words[0], "get") == 0)
                return get_value(client, words[1], words[2]);
        if (count == 2 && strcmp(words[0], "exists") == 0)
                return has_value(client, words[1]);
        if (count == 2 && strcmp(words[0], "delete") == 0)
                return delete_value(client, words[1]);
        if ((count == 1 || count == 2) && strcmp(words[0], "list") == 0)
                return list_values(client, count == 2 ? words[1] : "");
        fprintf(stderr, "usage: storage-client set|update|get KEY FILE\n"
                        "       storage-client exists|delete KEY\n"
                        "       storage-client list [PREFIX]\n");
        return MISUSE;
}

int main(int argc, char **argv)
{
        struct client client;
        int r;

        r = darq_session_open(&client.session, NULL, 1000);
        if (r == 0)
                r = darq_proxy_connect(&client.storage.proxy, client.session, "storage");
        if (r == 0)
                r = run(&client, argc - 1, argv + 1);
        else
                r = outcome(&client, r, "storage");
        darq_session_close(client.session);
        return r;
}
