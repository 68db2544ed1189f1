/* SPDX-License-Identifier: MIT */
/*
 * The way to another location's link, which tells what may be called there (idl/locations.didl).
 *
 * It is a service like any other, so what it doesn't let us do is a matter of its manifest there. Who is told so here
 * can't see that: the sentences say what has to stand in it.
 */
#include "pkernel/darqctl/far.h"

#include <stdio.h>
#include <string.h>

#include "kernel.darq.h"
#include "pkernel/core/spelling.h"
#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"

static const char method_needed[] = "services";

static int refusal_tell(const struct far *self, const char *location, int error)
{
        switch (error) {
        case DARQ_KERNEL_ERROR_NO_LOCATION:
                fprintf(stderr,
                        "darqctl: %s: no such location, or it can't be reached now; 'darqctl "
                        "locations' lists them\n",
                        location);
                return NOT_DONE;
        case DARQ_KERNEL_ERROR_NOT_ALLOWED:
                fprintf(stderr,
                        "darqctl: %s: its link may not be asked from here: the manifest of the "
                        "service link there has to say\n"
                        "Allow=any location:NAME, with the name of the location that asks, or "
                        "location:*\n",
                        location);
                return NOT_DONE;
        case DARQ_KERNEL_ERROR_NOT_FOUND:
                fprintf(stderr, "darqctl: %s: it has no service link\n", location);
                return NOT_DONE;
        default:
                return complain(self->to.session, self->name, error);
        }
}

static int link_connect(struct far *self, const char *location)
{
        const struct darq_kernel_connect_request request = {.name = darq_string_of(self->name)};
        const struct darq_kernel_connect_reply *reply;
        struct darq_kernel kernel;
        int r = darq_proxy_at(&kernel.proxy, self->to.session, KERNEL_PORT);

        if (r == 0)
                r = darq_kernel_connect(&kernel, &request, &reply);
        if (r != 0)
                return refusal_tell(self, location, r);
        self->link = reply->service;
        self->to.port = self->link.port;
        darq_proxy_keep(&self->link);
        darq_reply_free(reply);
        return DONE;
}

static bool method_known(const struct far *self)
{
        const struct darq_schema *schema = darq_catalog_schema(self->catalog);
        const struct darq_schema_interface *served = schema->interfaces.data;

        for (size_t i = 0; schema->interfaces.count != 0 && i < served->methods.count; i++)
                if (strcmp(served->methods.data[i].name.data, method_needed) == 0)
                        return true;
        return false;
}

int far_reach(struct far *self, struct darq_session **session, const char *location)
{
        *self = (struct far){0};
        if (!spelling_is_location(location, strlen(location))) {
                fprintf(stderr, "darqctl: a location is " SPELLING_LOCATION "\n");
                return NOT_DONE;
        }
        if (session_reach(session) != DONE)
                return NOT_DONE;
        snprintf(self->name, sizeof self->name, "link@%s", location);
        self->to.session = *session;
        self->to.name = self->name;
        if (link_connect(self, location) != DONE)
                return NOT_DONE;
        if (catalog_ask(&self->catalog, *session, self->to.port, self->name) == 0) {
                self->to.catalog = self->catalog;
                if (method_known(self))
                        return DONE;
                fprintf(stderr,
                        "darqctl: %s: its link is of a version that doesn't tell its services\n",
                        location);
        }
        far_leave(self);
        return NOT_DONE;
}

void far_leave(struct far *self)
{
        darq_catalog_close(self->catalog);
        darq_proxy_close(&self->link);
}
