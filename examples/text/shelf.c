/* SPDX-License-Identifier: MIT */
/*
 * Texts in the storage service, under "text.plain/ID".
 *
 * The proxy is made when it is first used, which starts the storage service if need be, and stays good when that
 * service is started anew.
 */
#include <string.h>

#include "shelf.h"

static const char directory[] = SHELF_TYPE "/";

struct key {
        char text[STORAGE_MAX_KEY + 1];
};

static struct darq_string key_make(struct key *self, struct darq_string id)
{
        size_t size = sizeof directory - 1;

        memcpy(self->text, directory, size);
        if (id.size > SHELF_ID_MAX)
                id.size = SHELF_ID_MAX;
        if (id.size > 0)
                memcpy(self->text + size, id.data, id.size);
        self->text[size + id.size] = '\0';
        return (struct darq_string){self->text, size + id.size};
}

bool shelf_id_valid(struct darq_string id)
{
        const struct darq_object object = {.type = darq_string_of(SHELF_TYPE), .id = id};

        return id.size <= SHELF_ID_MAX && darq_object_valid(&object);
}

/* Connects, unless that has been done. */
static int reach(struct shelf *self, struct darq_session *session)
{
        if (self->storage.proxy.session != NULL)
                return 0;
        return darq_proxy_connect(&self->storage.proxy, session, "storage");
}

int shelf_add(struct shelf *self, struct darq_session *session, struct darq_string id,
              uint64_t *revision)
{
        const struct storage_set_reply *reply;
        struct key key;
        int r = reach(self, session);

        if (r == 0)
                r = storage_set(&self->storage,
                                &(struct storage_set_request){.key = key_make(&key, id)}, &reply);
        if (r != 0)
                return r;
        *revision = reply->revision;
        darq_reply_free(reply);
        return 0;
}

int shelf_get(struct shelf *self, struct darq_session *session, struct darq_string id,
              const struct storage_get_reply **reply)
{
        struct key key;
        int r = reach(self, session);

        if (r != 0)
                return r;
        return storage_get(&self->storage, &(struct storage_get_request){.key = key_make(&key, id)},
                           reply);
}

int shelf_replace(struct shelf *self, struct darq_session *session, struct darq_string id,
                  struct darq_bytes text, uint64_t *revision)
{
        struct storage_update_request request = {.value = text};
        const struct storage_update_reply *reply;
        struct key key;
        int r = reach(self, session);

        request.key = key_make(&key, id);
        if (r == 0)
                r = storage_update(&self->storage, &request, &reply);
        if (r != 0)
                return r;
        *revision = reply->revision;
        darq_reply_free(reply);
        return 0;
}

int shelf_remove(struct shelf *self, struct darq_session *session, struct darq_string id)
{
        struct key key;
        int r = reach(self, session);

        if (r != 0)
                return r;
        return storage_delete(&self->storage,
                              &(struct storage_delete_request){.key = key_make(&key, id)}, NULL);
}

int shelf_list(struct shelf *self, struct darq_session *session, struct darq_string prefix,
               struct darq_string after, uint32_t limit, struct darq_string *ids,
               const struct storage_list_reply **reply)
{
        struct storage_list_request request = {.limit = limit};
        struct key first, last;
        int r = reach(self, session);

        request.prefix = key_make(&first, prefix);
        request.after = key_make(&last, after);
        if (r == 0)
                r = storage_list(&self->storage, &request, reply);
        if (r != 0)
                return r;
        for (size_t i = 0; i < (*reply)->entries.count; i++) {
                struct darq_string key = (*reply)->entries.data[i].key;

                ids[i] = (struct darq_string){key.data + sizeof directory - 1,
                                              key.size - (sizeof directory - 1)};
        }
        return 0;
}
