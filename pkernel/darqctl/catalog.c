/* SPDX-License-Identifier: MIT */
/*
 * Where schemas come from: files that `darqidl schema` has written, and services, which all answer `describe`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/file.h"

enum { RPC_HEADER_SIZE = 16 };

static int catalog_make(struct darq_catalog **catalog, struct darq_bytes schema, const char *name)
{
        const char *reason = NULL;
        int r = darq_catalog_open(catalog, schema.data, schema.size, &reason);

        if (r == DARQ_E_NO_MEMORY)
                fprintf(stderr, "darqctl: %s: memory is short\n", name);
        else if (r != 0)
                fprintf(stderr, "darqctl: %s: not a schema: %s\n", name, reason);
        return r;
}

/* The reply: a header whose status is 0, then bytes. */
static int schema_of_answer(struct darq_bytes *schema, struct darq_bytes payload,
                            const char **reason)
{
        struct darq_reader reader;

        *reason = "its answer is no reply";
        if (payload.size < RPC_HEADER_SIZE)
                return DARQ_E_BAD_REPLY;
        *reason = "doesn't describe itself";
        if (darq_load_i32(payload.data + 12) != 0)
                return DARQ_E_NO_INTERFACE;
        darq_reader_init(&reader, payload.data + RPC_HEADER_SIZE, payload.size - RPC_HEADER_SIZE,
                         NULL);
        *schema = darq_get_bytes(&reader, SIZE_MAX);
        *reason = "its answer can't be read";
        return darq_reader_finish(&reader) == 0 ? 0 : DARQ_E_BAD_REPLY;
}

static int answer_read(struct darq_catalog **catalog, struct darq_bytes payload, const char *name)
{
        struct darq_bytes schema;
        const char *reason;
        int r = schema_of_answer(&schema, payload, &reason);

        if (r == 0)
                return catalog_make(catalog, schema, name);
        fprintf(stderr, "darqctl: %s: %s\n", name, reason);
        return r;
}

int catalog_of_answer(struct darq_catalog **catalog, struct darq_bytes payload)
{
        const char *reason;
        struct darq_bytes schema;
        int r = schema_of_answer(&schema, payload, &reason);

        *catalog = NULL;
        return r != 0 ? r : darq_catalog_open(catalog, schema.data, schema.size, &reason);
}

int catalog_ask(struct darq_catalog **catalog, struct darq_session *session, uint64_t port,
                const char *name)
{
        struct darq_message *reply = NULL;
        int r = describe(session, port, &reply);

        *catalog = NULL;
        if (r != 0)
                complain(session, name, r);
        else
                r = answer_read(catalog, reply->payload, name);
        darq_message_free(reply);
        return r;
}

static int file_open(struct darq_catalog **catalog, const char *path)
{
        struct darq_bytes schema;
        int r;

        if (!file_read(&schema, path))
                return DARQ_E_INVALID;
        r = catalog_make(catalog, schema, path);
        file_free(schema);
        return r;
}

static int service_open(struct darq_catalog **catalog, struct darq_session **session,
                        const char *target)
{
        struct darq_proxy proxy;
        int r = *session == NULL ? darq_session_open(session, NULL, 0) : 0;

        if (r != 0) {
                fprintf(stderr, "darqctl: %s: no such file, and no p-kernel to ask: %s\n", target,
                        darq_session_error(*session));
                return r;
        }
        r = target_open(&proxy, *session, target);
        return r != 0 ? r : catalog_ask(catalog, *session, proxy.port, target);
}

int catalog_open(struct darq_catalog **catalog, struct darq_session **session, const char *source)
{
        *catalog = NULL;
        if (access(source, F_OK) == 0 || strchr(source, '/') != NULL)
                return file_open(catalog, source);
        return service_open(catalog, session, source);
}
