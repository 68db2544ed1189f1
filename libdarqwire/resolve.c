/* SPDX-License-Identifier: MIT */
/*
 * From an object's name to its port.
 *
 *      "text.plain::readme" --resolve, by the p-kernel--> the service of the type --darq.Type.open--> the object's port
 *
 * The service starts when it is asked, if need be. Its port is let go of as soon as the object's is there.
 */
#include <darq/object.h>

#include "darq/object.darq.h"
#include "kernel.darq.h"

#include "libdarqwire/session.h"

static int resolve_failed(struct darq_session *session, const char *name, int result)
{
        int status = DARQ_E_INTERNAL;

        if (result < 0)
                return result;
        if (result == DARQ_KERNEL_ERROR_NOT_FOUND)
                return darq_session_fail(session, DARQ_E_NO_PORT,
                                         "no service implements the type of \"%s\"", name);
        if (result == DARQ_KERNEL_ERROR_NOT_ALLOWED)
                status = DARQ_E_NOT_ALLOWED;
        else if (result == DARQ_KERNEL_ERROR_NO_LOCATION)
                status = DARQ_E_NO_LOCATION;
        else if (result == DARQ_KERNEL_ERROR_QUOTA)
                status = DARQ_E_QUOTA;
        return darq_session_fail(session, status, "the type of \"%s\" has no service for us: %s",
                                 name, darq_status_text(status));
}

static int name_parse(struct darq_session *session, const char *name, struct darq_object *object)
{
        int r = darq_object_parse(object, darq_string_of(name));

        if (r == 0)
                return 0;
        return darq_session_fail(session, r, "\"%s\" is not an object's name: type:location:id",
                                 name);
}

int darq_object_resolve(struct darq_session *session, const char *name, struct darq_proxy *service)
{
        const struct darq_kernel_resolve_request request = {.object = darq_string_of(name)};
        const struct darq_kernel_resolve_reply *reply;
        struct darq_kernel kernel;
        struct darq_object object;
        int r;

        *service = (struct darq_proxy){0};
        if (session == NULL)
                return DARQ_E_INVALID;
        r = name_parse(session, name, &object);
        if (r == 0)
                r = darq_proxy_at(&kernel.proxy, session, DARQ_PORT_KERNEL);
        if (r != 0)
                return r;
        r = darq_kernel_resolve(&kernel, &request, &reply);
        darq_proxy_close(&kernel.proxy);
        if (r != 0)
                return resolve_failed(session, name, r);
        *service = reply->service;
        darq_proxy_keep(service);
        darq_reply_free(reply);
        return 0;
}

/* The service, and the name's parts, which point into it. */
static int type_reach(struct darq_session *session, const char *name, struct darq_type *type,
                      struct darq_object *object)
{
        int r = darq_object_resolve(session, name, &type->proxy);

        return r != 0 ? r : darq_object_parse(object, darq_string_of(name));
}

/* Takes the port out of the answer. */
static void object_take(struct darq_proxy *self, const struct darq_proxy *object, const void *reply)
{
        *self = *object;
        darq_proxy_keep(self);
        darq_reply_free(reply);
}

int darq_object_open(struct darq_session *session, const char *name, struct darq_proxy *proxy)
{
        struct darq_type_open_request request = {0};
        const struct darq_type_open_reply *reply;
        struct darq_object object;
        struct darq_type type;
        int r = type_reach(session, name, &type, &object);

        *proxy = (struct darq_proxy){0};
        if (r != 0)
                return r;
        request.id = object.id;
        request.type = object.type;
        r = darq_type_open(&type, &request, &reply);
        if (r == 0)
                object_take(proxy, &reply->object, reply);
        darq_proxy_close(&type.proxy);
        return r;
}

int darq_object_create(struct darq_session *session, const char *name, struct darq_proxy *proxy)
{
        struct darq_type_create_request request = {0};
        const struct darq_type_create_reply *reply;
        struct darq_object object;
        struct darq_type type;
        int r = type_reach(session, name, &type, &object);

        *proxy = (struct darq_proxy){0};
        if (r != 0)
                return r;
        request.id = object.id;
        request.type = object.type;
        r = darq_type_create(&type, &request, &reply);
        if (r == 0)
                object_take(proxy, &reply->object, reply);
        darq_proxy_close(&type.proxy);
        return r;
}

int darq_object_delete(struct darq_session *session, const char *name)
{
        struct darq_type_delete_request request = {0};
        struct darq_object object;
        struct darq_type type;
        int r = type_reach(session, name, &type, &object);

        if (r != 0)
                return r;
        request.id = object.id;
        request.type = object.type;
        r = darq_type_delete(&type, &request, NULL);
        darq_proxy_close(&type.proxy);
        return r;
}
