/* SPDX-License-Identifier: MIT */
/*
 * Other locations.
 *
 * The p-kernel knows nothing of how they are reached. A link, an ordinary process whose manifest allows it, opens one
 * connection for each location that it can reach, and says so by stand_for(): that connection's principal is the location,
 * so that its quota, its rights and what manifests allow it are the location's, and all of that ends with it.
 *
 * Who asks for something there waits, as a call that is kept: a want. Wants are told in their order, one for each call
 * of wanted(), and are answered in any. A location asks for nothing at another: there is no transit.
 */
#include "pkernel/core/location.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/control.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"
#include "pkernel/core/spelling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct location {
        struct list node; /* in the kernel */
        struct kernel *kernel;
        struct connection *connection;
        struct darq_call *listener; /* kept; NULL: it doesn't ask */
        struct list wants;
        size_t want_count;
        char name[SPELLING_LOCATION_MAX + 1];
};

struct want {
        struct list node; /* in the location */
        struct location *location;
        uint64_t ticket;
        struct darq_call *call; /* kept */
        bool resolve;
        bool told;
        size_t size;
        char text[]; /* the service's name, or the object's */
};

static const char no_location[] = "this location can't be reached";

static struct location *location_find(struct kernel *kernel, struct darq_string name)
{
        for (struct list *node = kernel->locations.next; node != &kernel->locations;
             node = node->next) {
                struct location *self = LIST_OF(node, struct location, node);

                if (strlen(self->name) == name.size &&
                    memcmp(self->name, name.data, name.size) == 0)
                        return self;
        }
        return NULL;
}

bool location_is_ours(const struct kernel *kernel, struct darq_string name)
{
        return name.size == strlen(kernel->location) &&
               memcmp(name.data, kernel->location, name.size) == 0;
}

static bool may_stand(const struct connection *connection, struct darq_string name)
{
        struct kernel *kernel = connection->kernel;

        if (connection->location != NULL || location_is_ours(kernel, name))
                return false;
        for (struct list *node = kernel->services.next; node != &kernel->services;
             node = node->next)
                if (service_may_stand(LIST_OF(node, struct service, node), connection, &name))
                        return true;
        return false;
}

enum location_result location_stand_for(struct connection *connection, struct darq_string name)
{
        char principal[sizeof "location:" + SPELLING_LOCATION_MAX];
        struct location *self;

        if (!spelling_is_location(name.data, name.size))
                return LOCATION_MISSPELT;
        if (!may_stand(connection, name))
                return LOCATION_NOT_ALLOWED;
        if (location_find(connection->kernel, name) != NULL)
                return LOCATION_TAKEN;
        self = calloc(1, sizeof *self);
        if (self == NULL)
                return LOCATION_NO_MEMORY;
        memcpy(self->name, name.data, name.size);
        snprintf(principal, sizeof principal, "location:%s", self->name);
        if (!connection_become(connection, principal)) {
                free(self);
                return LOCATION_NO_MEMORY;
        }
        self->kernel = connection->kernel;
        self->connection = connection;
        list_init(&self->wants);
        list_append(&self->kernel->locations, &self->node);
        connection->location = self;
        return LOCATION_FINE;
}

/* Wants */

static void want_free(struct want *self)
{
        self->location->want_count--;
        list_remove(&self->node);
        darq_call_release(self->call);
        free(self);
}

static void call_fail(struct darq_call *call, bool resolve, enum darq_kernel_error error,
                      const char *text)
{
        if (resolve)
                darq_kernel_fail_resolve(call, error, text);
        else
                darq_kernel_fail_connect(call, error, text);
}

/* Nobody waits for it any more: the link is told so when it provides it, or declines. */
static void want_cancelled(void *context, struct darq_call *call)
{
        (void)call;
        want_free(context);
}

/* The first want that wasn't told yet goes to who listens. */
static void want_tell(struct location *self)
{
        for (struct list *node = self->wants.next; node != &self->wants && self->listener != NULL;
             node = node->next) {
                struct want *want = LIST_OF(node, struct want, node);
                struct darq_string text = {want->text, want->size};
                struct darq_kernel_wanted_reply reply = {.ticket = want->ticket};
                struct darq_call *listener = self->listener;

                if (want->told)
                        continue;
                want->told = true;
                reply.name = want->resolve ? darq_string_of("") : text;
                reply.object = want->resolve ? text : darq_string_of("");
                self->listener = NULL;
                darq_kernel_reply_wanted(listener, &reply);
                darq_call_release(listener);
        }
}

static void want_new(struct kernel *kernel, struct darq_call *call, bool resolve,
                     struct darq_string name, struct darq_string text)
{
        struct connection *asker = CONTAINER_OF(call, struct control_call, call)->connection;
        struct location *self = asker->location != NULL ? NULL : location_find(kernel, name);
        struct want *want;

        if (self == NULL) {
                call_fail(call, resolve, DARQ_KERNEL_ERROR_NO_LOCATION, no_location);
                return;
        }
        want = self->want_count < LOCATION_WANTS_MAX ? calloc(1, sizeof *want + text.size + 1)
                                                     : NULL;
        if (want == NULL) {
                call_fail(call, resolve, DARQ_KERNEL_ERROR_QUOTA,
                          "too much is wanted of this location");
                return;
        }
        want->ticket = ++kernel->last_ticket;
        want->resolve = resolve;
        want->size = text.size;
        memcpy(want->text, text.data, text.size);
        want->location = self;
        want->call = darq_call_keep(call);
        darq_call_on_cancel(call, want_cancelled, want);
        self->want_count++;
        list_append(&self->wants, &want->node);
        want_tell(self);
}

/* "name@location". False: it isn't that. */
static bool name_split(struct darq_string whole, struct darq_string *name,
                       struct darq_string *location)
{
        const char *at = memrchr(whole.data, '@', whole.size);

        if (at == NULL || at == whole.data)
                return false;
        *name = (struct darq_string){whole.data, (size_t)(at - whole.data)};
        *location = (struct darq_string){at + 1, whole.size - name->size - 1};
        return true;
}

struct darq_string location_strip(const struct kernel *kernel, struct darq_string name)
{
        struct darq_string service, location;

        return name_split(name, &service, &location) && location_is_ours(kernel, location) ? service
                                                                                           : name;
}

bool location_connect(struct kernel *kernel, struct darq_call *call, struct darq_string name)
{
        struct darq_string service, location;

        if (!name_split(name, &service, &location))
                return false;
        want_new(kernel, call, false, location, service);
        return true;
}

void location_resolve(struct kernel *kernel, struct darq_call *call, struct darq_string name,
                      struct darq_string object)
{
        want_new(kernel, call, true, name, object);
}

/* The link's side */

static void listener_cancelled(void *context, struct darq_call *call)
{
        struct location *self = context;

        self->listener = NULL;
        darq_call_release(call);
}

bool location_listen(struct location *self, struct darq_call *call)
{
        if (self->listener != NULL)
                return false;
        self->listener = darq_call_keep(call);
        darq_call_on_cancel(call, listener_cancelled, self);
        want_tell(self);
        return true;
}

static struct want *want_find(struct location *self, uint64_t ticket)
{
        for (struct list *node = self->wants.next; node != &self->wants; node = node->next) {
                struct want *want = LIST_OF(node, struct want, node);

                if (want->ticket == ticket && want->told)
                        return want;
        }
        return NULL;
}

bool location_provide(struct location *self, uint64_t ticket, uint64_t port)
{
        struct want *want = want_find(self, ticket);

        if (want == NULL)
                return false;
        if (want->resolve)
                darq_kernel_reply_resolve(
                        want->call, &(struct darq_kernel_resolve_reply){.service.port = port});
        else
                darq_kernel_reply_connect(
                        want->call, &(struct darq_kernel_connect_reply){.service.port = port});
        want_free(want);
        return true;
}

bool location_decline(struct location *self, uint64_t ticket, uint32_t error, const char *text)
{
        struct want *want = want_find(self, ticket);

        if (want == NULL)
                return false;
        if (error < DARQ_KERNEL_ERROR_NOT_FOUND || error > DARQ_KERNEL_ERROR_FAILED)
                error = DARQ_KERNEL_ERROR_FAILED;
        call_fail(want->call, want->resolve, (enum darq_kernel_error)error, text);
        want_free(want);
        return true;
}

void location_disconnected(struct connection *connection)
{
        struct location *self = connection->location;
        struct list *node;

        if (self == NULL)
                return;
        while ((node = list_pop(&self->wants)) != NULL) {
                struct want *want = LIST_OF(node, struct want, node);

                call_fail(want->call, want->resolve, DARQ_KERNEL_ERROR_NO_LOCATION, no_location);
                want_free(want);
        }
        list_remove(&self->node);
        connection->location = NULL;
        free(self);
}
