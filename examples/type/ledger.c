/* SPDX-License-Identifier: MIT */
/*
 * Declarations as values of the storage service: each the payload of a type.Declaration, as the codec packs it.
 *
 * A value that can't be read is left alone and said on the standard error: somebody else has written it.
 */
#include <stdio.h>
#include <string.h>

#include "ledger.h"

static const char directory[] = "type/";

enum { KEY_SIZE = sizeof directory + GRAPH_NAME_MAX, ARENA_LIMIT = 65536 };

static struct darq_string key_make(char *room, struct darq_string name)
{
        int size = snprintf(room, KEY_SIZE, "%s%.*s", directory, (int)name.size, name.data);

        return (struct darq_string){room, (size_t)size};
}

static int reach(struct ledger *self, struct darq_session *session)
{
        if (self->storage.proxy.session != NULL)
                return 0;
        return darq_proxy_connect(&self->storage.proxy, session, "storage");
}

/* Into the graph, if it can be understood. */
static int value_take(struct graph *graph, struct darq_string name, struct darq_bytes value)
{
        struct darq_arena *arena = darq_arena_new(ARENA_LIMIT);
        struct type_declaration declaration;
        struct darq_reader reader;
        int r = 0;

        if (arena == NULL)
                return DARQ_E_NO_MEMORY;
        darq_reader_init(&reader, value.data, value.size, arena);
        type_declaration_unpack(&reader, &declaration);
        if (darq_reader_finish(&reader) == 0 && graph_check(graph, name, &declaration) == 0)
                r = graph_put(graph, name, &declaration);
        else
                fprintf(stderr, "type: what is stored of %s can't be used\n", name.data);
        darq_arena_free(arena);
        return r;
}

static int entry_read(struct ledger *self, struct graph *graph, struct darq_string key)
{
        struct darq_string name = {key.data + sizeof directory - 1,
                                   key.size - (sizeof directory - 1)};
        const struct storage_get_reply *reply;
        int r = storage_get(&self->storage, &(struct storage_get_request){.key = key}, &reply);

        if (r == 0) {
                r = value_take(graph, name, reply->value);
                darq_reply_free(reply);
        }
        return r == STORAGE_ERROR_NOT_FOUND ? 0 : r; /* removed since it was listed */
}

int ledger_read(struct ledger *self, struct darq_session *session, struct graph *graph)
{
        struct storage_list_request request = {.prefix = DARQ_STR_INIT("type/")};
        char last[STORAGE_MAX_KEY + 1] = "";
        bool more = true;
        int r = reach(self, session);

        while (r == 0 && more) {
                const struct storage_list_reply *page;

                request.after = darq_string_of(last);
                r = storage_list(&self->storage, &request, &page);
                if (r != 0)
                        break;
                for (size_t i = 0; r == 0 && i < page->entries.count; i++) {
                        r = entry_read(self, graph, page->entries.data[i].key);
                        snprintf(last, sizeof last, "%s", page->entries.data[i].key.data);
                }
                more = page->more;
                darq_reply_free(page);
        }
        return r;
}

int ledger_put(struct ledger *self, struct darq_session *session, struct darq_string name,
               const struct type_declaration *declaration)
{
        struct storage_update_request update;
        struct darq_writer writer;
        char room[KEY_SIZE];
        int r = reach(self, session);

        darq_writer_init(&writer, NULL, 0);
        type_declaration_pack(&writer, declaration);
        update.key = key_make(room, name);
        update.value = darq_bytes_of(writer.data, writer.size);
        if (r == 0)
                r = writer.error;
        if (r == 0)
                r = storage_update(&self->storage, &update, NULL);
        if (r == STORAGE_ERROR_NOT_FOUND)
                r = storage_set(&self->storage,
                                &(struct storage_set_request){update.key, update.value}, NULL);
        darq_writer_deinit(&writer);
        return r;
}

int ledger_remove(struct ledger *self, struct darq_session *session, struct darq_string name)
{
        char room[KEY_SIZE];
        int r = reach(self, session);

        if (r != 0)
                return r;
        return storage_delete(&self->storage,
                              &(struct storage_delete_request){.key = key_make(room, name)}, NULL);
}
