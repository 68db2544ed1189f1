/* SPDX-License-Identifier: MIT */
/*
 * What implements objects of the type text.plain: makes, opens, lists and deletes them. An object that is open is a
 * document with a port of its own (document.c), a stored one a value of the storage service (shelf.c).
 *
 *     text-service [--idle MILLISECONDS]
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "darq/object.darq.h"

#include "document.h"

/* Whether an object may be called so: 0 or an enum darq_object_error. */
static int name_check(struct darq_string id, struct darq_string type)
{
        if (type.size != 0 && strcmp(type.data, SHELF_TYPE) != 0)
                return DARQ_OBJECT_ERROR_BAD_TYPE;
        return shelf_id_valid(id) ? 0 : DARQ_OBJECT_ERROR_BAD_ID;
}

/* What storing came to: 0, an enum darq_object_error, or below 0 what isn't the caller's fault. */
static int outcome_of(int result)
{
        switch (result) {
        case STORAGE_ERROR_NOT_FOUND:
                return DARQ_OBJECT_ERROR_NOT_FOUND;
        case STORAGE_ERROR_EXISTS:
                return DARQ_OBJECT_ERROR_EXISTS;
        default:
                return result > 0 ? DARQ_E_INTERNAL : result;
        }
}

static void on_open(void *self, struct darq_call *call,
                    const struct darq_type_open_request *request)
{
        struct document *document;
        int r = name_check(request->id, request->type);

        if (r == 0)
                r = outcome_of(
                        document_open(self, darq_call_session(call), request->id, &document));
        if (r == 0)
                darq_type_reply_open(
                        call, &(struct darq_type_open_reply){.object = document_port(document)});
        else if (r > 0)
                darq_type_fail_open(call, (enum darq_object_error)r, NULL);
        else
                desk_fail(call, r);
}

static void on_create(void *self, struct darq_call *call,
                      const struct darq_type_create_request *request)
{
        struct darq_session *session = darq_call_session(call);
        struct desk *desk = self;
        struct document *document;
        uint64_t revision;
        int r = name_check(request->id, request->type);

        if (r == 0) {
                r = shelf_add(&desk->shelf, session, request->id, &revision);
                if (r == 0)
                        r = document_open(desk, session, request->id, &document);
                r = outcome_of(r);
        }
        if (r == 0)
                darq_type_reply_create(
                        call, &(struct darq_type_create_reply){.object = document_port(document)});
        else if (r > 0)
                darq_type_fail_create(call, (enum darq_object_error)r, NULL);
        else
                desk_fail(call, r);
}

static void on_delete(void *self, struct darq_call *call,
                      const struct darq_type_delete_request *request)
{
        struct desk *desk = self;
        int r = name_check(request->id, request->type);

        if (r == 0) {
                r = shelf_remove(&desk->shelf, darq_call_session(call), request->id);
                r = outcome_of(r);
        }
        if (r == 0) {
                document_close(desk, request->id);
                darq_type_reply_delete(call, NULL);
        } else if (r > 0) {
                darq_type_fail_delete(call, (enum darq_object_error)r, NULL);
        } else {
                desk_fail(call, r);
        }
}

static void on_list(void *self, struct darq_call *call,
                    const struct darq_type_list_request *request)
{
        struct darq_string ids[STORAGE_MAX_PAGE];
        const struct storage_list_reply *page;
        struct desk *desk = self;
        int r;

        if (name_check(DARQ_STR("any"), request->type) != 0) {
                darq_type_fail_list(call, DARQ_OBJECT_ERROR_BAD_TYPE, NULL);
                return;
        }
        if (request->prefix.size > SHELF_ID_MAX) {
                darq_type_reply_list(call, &(struct darq_type_list_reply){.more = false});
                return;
        }
        r = shelf_list(&desk->shelf, darq_call_session(call), request->prefix, request->after,
                       request->limit, ids, &page);
        if (r != 0) {
                desk_fail(call, r);
                return;
        }
        darq_type_reply_list(call, &(struct darq_type_list_reply){
                                           .ids = {ids, page->entries.count},
                                           .more = page->more,
                                   });
        darq_reply_free(page);
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
        static const struct darq_type_ops ops = {
                .open = on_open, .create = on_create, .delete_ = on_delete, .list = on_list};
        static const struct option options[] = {{"idle", required_argument, NULL, 'i'}, {0}};
        struct desk desk = {.documents = NULL};
        struct darq_service service = {
                .name = "text", .interface = &darq_type_interface, .ops = &ops, .self = &desk};
        int r;

        while ((r = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (r != 'i' || !number_read(optarg, &service.idle_ms)) {
                        fprintf(stderr, "usage: %s [--idle MILLISECONDS]\n", argv[0]);
                        return 2;
                }
        }
        r = darq_service_run(&service);
        desk_clear(&desk);
        return r;
}
