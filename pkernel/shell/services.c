/* SPDX-License-Identifier: MIT */
/*
 * Between the core and the starter: commands one way, events the other.
 *
 * The starter is trusted, and its news are checked all the same. If it goes, the router goes on: what was to be started
 * fails, and says why.
 */
#include "pkernel/shell/services.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/errand.h"
#include "pkernel/core/roster.h"
#include "pkernel/core/service.h"
#include "pkernel/shell/peer.h"
#include "pkernel/shell/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVENTS_PER_TURN = 64, FIRST_LOAD_MS = 30000 };

static const char lost[] = "the p-kernel's starter has gone";

/* Commands */

static void command_send(struct server *server, const struct darq_starter_command *command)
{
        struct services *self = &server->services;
        int result = self->gone ? -EPIPE : post_command_send(&self->starter->post, command);

        if (result < 0 && !self->gone)
                log_line(&server->log, LOG_ERR, "the starter can't be told: %s", strerror(-result));
        if (result < 0)
                self->asked = true;
        else
                loop_change(&server->loop, &self->source,
                            EPOLLIN | (list_empty(&self->starter->post.waiting)
                                               ? 0u
                                               : (uint32_t)EPOLLOUT));
}

void services_begin(void *context, uint64_t number, const char *name)
{
        const struct darq_starter_start start = {number, darq_string_of(name)};

        command_send(context, &(struct darq_starter_command){.which = DARQ_STARTER_COMMAND_START,
                                                             .start = &start});
}

void services_end(void *context, uint64_t number, bool force)
{
        const struct darq_starter_stop stop = {number, force};

        command_send(context, &(struct darq_starter_command){.which = DARQ_STARTER_COMMAND_STOP,
                                                             .stop = &stop});
}

void services_reload(void *context)
{
        const struct darq_starter_nothing nothing = {0};

        command_send(context, &(struct darq_starter_command){.which = DARQ_STARTER_COMMAND_RELOAD,
                                                             .reload = &nothing});
}

void services_store(void *context, const char *manifest, size_t size)
{
        const struct darq_starter_register text = {.manifest = {manifest, size}};

        command_send(context, &(struct darq_starter_command){.which = DARQ_STARTER_COMMAND_REGISTER,
                                                             .register_ = &text});
}

void services_tell_socket(struct server *server, const char *path)
{
        const struct darq_starter_socket made = {darq_bytes_of(path, strlen(path))};

        command_send(server, &(struct darq_starter_command){.which = DARQ_STARTER_COMMAND_SOCKET,
                                                            .socket = &made});
}

/* Events */

static void declared_take(struct server *server, const struct darq_starter_declaration *declared)
{
        struct services *self = &server->services;
        const char *why = roster_declare(&server->kernel, declared);
        char *text;

        if (why == NULL)
                return;
        log_line(&server->log, LOG_WARNING, "service %s: its manifest is ignored: %s",
                 declared->name.data, why);
        if (self->refused_count < SERVICES_REFUSED_MAX &&
            asprintf(&text, "%s: %s", declared->name.data, why) >= 0)
                self->refused[self->refused_count++] = text;
}

static void refused_forget(struct services *self)
{
        while (self->refused_count != 0)
                free(self->refused[--self->refused_count]);
}

/* The starter has told what it can't read; what we can't declare is told with it. */
static void loaded_take(struct server *server, const struct darq_starter_loaded *loaded)
{
        struct services *self = &server->services;
        struct darq_string refused[SERVICES_REFUSED_MAX];
        struct darq_starter_loaded all = {.refused = {refused, 0}, .partial = loaded->partial};

        for (size_t i = 0; i < loaded->refused.count && i < SERVICES_REFUSED_MAX; i++)
                refused[all.refused.count++] = loaded->refused.data[i];
        for (size_t i = 0; i < self->refused_count && all.refused.count < SERVICES_REFUSED_MAX; i++)
                refused[all.refused.count++] = darq_string_of(self->refused[i]);
        self->loaded = true;
        log_line(&server->log, LOG_INFO, "%u services are declared",
                 errand_loaded(&server->kernel, &all));
        refused_forget(self);
}

static void registered_take(struct server *server, const struct darq_starter_registered *registered)
{
        struct services *self = &server->services;
        struct darq_starter_registered told = *registered;
        char failure[512];

        if (self->refused_count != 0) {
                snprintf(failure, sizeof failure, "it is stored, but not in force: %s",
                         self->refused[0]);
                told.failure = darq_string_of(failure);
                told.bad = true;
        }
        errand_registered(&server->kernel, &told);
        refused_forget(self);
}

static void started_take(struct server *server, const struct darq_starter_started *started, int fd)
{
        struct service *service = roster_find_instance(&server->kernel, started->instance);
        struct connection *connection = NULL;
        char principal[PRINCIPAL_NAME_MAX];

        if (service != NULL && fd >= 0) {
                snprintf(principal, sizeof principal, "service:%s", service->declaration.name.data);
                connection = peer_new(server, fd, principal, false);
                log_line(&server->log, LOG_INFO, "service %s: started, process %u",
                         service->declaration.name.data, started->pid);
        } else if (fd >= 0) {
                close(fd);
        }
        if (!roster_started(&server->kernel, started->instance, started->pid, connection) &&
            connection != NULL)
                connection_end(connection);
}

/* Its connection was that process's alone: a copy that it has left to others is of no use. */
static void over_take(struct server *server, const struct darq_starter_ended *ended)
{
        struct service *service = roster_find_instance(&server->kernel, ended->instance);

        if (service == NULL)
                return;
        log_line(&server->log, LOG_INFO, "service %s: %s", service->declaration.name.data,
                 ended->reason.data);
        if (service->instance != NULL)
                peer_hang_up(service->instance->peer);
        roster_ended(&server->kernel, ended->instance, ended->reason.data);
}

static void event_take(struct server *server, const struct darq_starter_event *event, int fd)
{
        if (event->which != DARQ_STARTER_EVENT_STARTED && fd >= 0)
                close(fd);
        switch (event->which) {
        case DARQ_STARTER_EVENT_DECLARED:
                declared_take(server, event->declared);
                break;
        case DARQ_STARTER_EVENT_GONE:
                roster_gone(&server->kernel, event->gone->name);
                break;
        case DARQ_STARTER_EVENT_LOADED:
                loaded_take(server, event->loaded);
                break;
        case DARQ_STARTER_EVENT_REGISTERED:
                registered_take(server, event->registered);
                break;
        case DARQ_STARTER_EVENT_STARTED:
                started_take(server, event->started, fd);
                break;
        case DARQ_STARTER_EVENT_FAILED:
                over_take(server, event->failed);
                break;
        case DARQ_STARTER_EVENT_ENDED:
                over_take(server, event->ended);
                break;
        default:
                log_line(&server->log, LOG_ERR, "the starter tells what we don't know");
                break;
        }
}

/* Whether there may be more. */
static bool event_receive(struct server *server)
{
        struct services *self = &server->services;
        struct darq_starter_event event;
        int fd;
        int result = post_event_receive(&self->starter->post, &event, &fd);

        if (result == 1)
                event_take(server, &event, fd);
        if (result >= 0)
                return result == 1;
        log_line(&server->log, LOG_ERR, "%s: %s", lost, strerror(-result));
        loop_remove(&server->loop, &self->source);
        self->gone = true;
        self->asked = true;
        server->kernel.no_starter = lost;
        return false;
}

static void starter_ready(struct source *source, uint32_t events)
{
        struct services *self = CONTAINER_OF(source, struct services, source);
        struct server *server = CONTAINER_OF(self, struct server, services);

        if (self->gone)
                return;
        if ((events & EPOLLOUT) != 0 && !post_flush(&self->starter->post))
                loop_change(&server->loop, source, EPOLLIN);
        for (int count = 0; count < EVENTS_PER_TURN && event_receive(server); count++)
                ;
}

void services_turn(struct server *server)
{
        struct services *self = &server->services;

        if (!self->asked)
                return;
        self->asked = false;
        roster_lost(&server->kernel, lost);
        errands_fail(&server->kernel, lost);
}

int services_open(struct server *server, struct starter_process *starter)
{
        struct services *self = &server->services;
        int result;

        self->starter = starter;
        self->source = (struct source){.fd = starter->post.fd, .ready = starter_ready};
        result = loop_add(&server->loop, &self->source, EPOLLIN);
        while (result == 0 && !self->loaded) {
                struct pollfd poller = {.fd = self->source.fd, .events = POLLIN};
                int ready = poll(&poller, 1, FIRST_LOAD_MS);

                if (ready == 0)
                        result = -ETIMEDOUT;
                else if (ready < 0 && errno != EINTR)
                        result = -errno;
                else if (ready > 0 && !event_receive(server) && self->gone)
                        result = -EPIPE;
        }
        return result;
}

void services_deinit(struct services *self)
{
        refused_forget(self);
}
