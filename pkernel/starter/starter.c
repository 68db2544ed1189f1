/* SPDX-License-Identifier: MIT */
/*
 * The starter's loop: commands from the router, ends of children, what services say.
 *
 * It lives as long as the router does. When that is gone, however it went, every service is told to end, and what is still
 * there after a while is killed. Signals that are meant for the router, from a terminal or a manager that tells the
 * whole group, don't concern it.
 */
#include "pkernel/starter/starter.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pkernel/shell/plain.h"
#include "pkernel/starter/instance.h"
#include "pkernel/starter/leftovers.h"
#include "pkernel/starter/registry.h"
#include "pkernel/starter/user.h"

enum { END_MS = 5000, REFUSED_MAX = 64, TEXT_MAX = 1024, SOCKET_PATH_MAX = 107 };

struct starter {
        const struct starter_options *options;
        struct loop loop;
        struct log log;
        struct post post;
        struct source router;
        struct source children;
        struct registry registry;
        struct list instances;
        struct leftovers sockets;
        struct list ended; /* to be freed when the turn is over: events for them may be due in it */
        bool ending;
        struct darq_string refused[REFUSED_MAX]; /* of the load that is going on */
        size_t refused_count;
};

/* Events */

/* False after a line in the log. */
static bool event_send(struct starter *self, const struct darq_starter_event *event, int fd)
{
        int result = post_event_send(&self->post, event, fd);

        if (result == -EPIPE || result == -ECONNRESET)
                self->ending = true;
        else if (result < 0)
                log_line(&self->log, LOG_ERR, "the starter can't tell what happened: %s",
                         strerror(-result));
        return result == 0;
}

static void ended_send(struct starter *self, bool was_there, uint64_t number, const char *reason)
{
        struct darq_starter_ended ended = {.instance = number};
        char text[TEXT_MAX + 1];

        plain_copy(text, sizeof text, reason);
        ended.reason = darq_string_of(text);
        if (was_there)
                event_send(self,
                           &(struct darq_starter_event){.which = DARQ_STARTER_EVENT_ENDED,
                                                        .ended = &ended},
                           -1);
        else
                event_send(self,
                           &(struct darq_starter_event){.which = DARQ_STARTER_EVENT_FAILED,
                                                        .failed = &ended},
                           -1);
}

/* Manifests */

static size_t strings_of(const struct word_list *list, struct darq_string *strings)
{
        for (size_t i = 0; i < list->count; i++)
                strings[i] = darq_string_of(list->words[i]);
        return list->count;
}

static bool manifest_declare(struct starter *self, const struct manifest *manifest)
{
        struct darq_string types[MANIFEST_LIST_MAX];
        struct darq_string allow[MANIFEST_LIST_MAX];
        struct darq_string locations[MANIFEST_LIST_MAX];
        const struct darq_starter_declaration declaration = {
                .name = darq_string_of(manifest->name),
                .port = manifest->port,
                .activation = manifest->activation,
                .types = {types, strings_of(&manifest->types, types)},
                .allow = {allow, strings_of(&manifest->allow, allow)},
                .locations = {locations, strings_of(&manifest->locations, locations)},
                .start_timeout_ms = manifest->start_timeout_ms,
                .restart_count = manifest->restart_count,
                .restart_window_ms = manifest->restart_window_ms,
                .uid = manifest->uid,
        };

        return event_send(self,
                          &(struct darq_starter_event){.which = DARQ_STARTER_EVENT_DECLARED,
                                                       .declared = &declaration},
                          -1);
}

static void on_refused(void *context, const char *path, const char *reason)
{
        struct starter *self = context;
        char *text;

        log_line(&self->log, LOG_WARNING, "%s is ignored: %s", path, reason);
        if (self->refused_count == REFUSED_MAX || asprintf(&text, "%s: %s", path, reason) < 0)
                return;
        plain_copy(text, TEXT_MAX + 1, text);
        self->refused[self->refused_count++] = darq_string_of(text);
}

static void refused_forget(struct starter *self)
{
        while (self->refused_count != 0)
                free((void *)(uintptr_t)self->refused[--self->refused_count].data);
}

/* What was there and isn't in fresh. */
static void gone_tell(struct starter *self, const struct registry *fresh)
{
        for (size_t i = 0; i < self->registry.count; i++) {
                const char *name = self->registry.services[i]->name;
                const struct darq_starter_gone gone = {darq_string_of(name)};

                if (registry_find(fresh, name) == NULL)
                        event_send(self,
                                   &(struct darq_starter_event){.which = DARQ_STARTER_EVENT_GONE,
                                                                .gone = &gone},
                                   -1);
        }
}

static void registry_declare(struct starter *self)
{
        struct darq_starter_loaded loaded = {0};

        for (size_t i = 0; i < self->registry.count; i++)
                if (!manifest_declare(self, self->registry.services[i]))
                        loaded.partial = true;
        loaded.refused.data = self->refused;
        loaded.refused.count = self->refused_count;
        event_send(
                self,
                &(struct darq_starter_event){.which = DARQ_STARTER_EVENT_LOADED, .loaded = &loaded},
                -1);
        refused_forget(self);
}

/*
 * What was there stays when the system is too short of something to tell what is new. 0, or -ENOMEM when that is so; at the
 * start, where nothing was there, the router isn't told of a list then, and doesn't begin.
 */
static int reload(struct starter *self)
{
        struct registry fresh;
        bool loaded = registry_load(&fresh, &self->registry, self->options->directories,
                                    self->options->count, on_refused, self);

        if (loaded) {
                gone_tell(self, &fresh);
                registry_free(&self->registry);
                self->registry = fresh;
        } else {
                on_refused(self, "every manifest",
                           "the system is short of memory or descriptors; what was declared stays");
        }
        if (self->registry.services != NULL)
                registry_declare(self);
        else
                refused_forget(self);
        return loaded ? 0 : -ENOMEM;
}

static void registered_send(struct starter *self, const char *name, const char *failure, bool bad)
{
        struct darq_starter_registered registered = {.name = darq_string_of(name), .bad = bad};
        char text[TEXT_MAX + 1];

        plain_copy(text, sizeof text, failure);
        registered.failure = darq_string_of(text);
        event_send(self,
                   &(struct darq_starter_event){.which = DARQ_STARTER_EVENT_REGISTERED,
                                                .registered = &registered},
                   -1);
}

/* Stored first: what is declared outlives a restart of ours. */
static void manifest_register(struct starter *self, struct manifest *manifest,
                              struct darq_string text)
{
        char reason[LAUNCH_REASON_MAX];
        const char *clash = registry_clash(&self->registry, manifest);
        int result;

        if (clash != NULL || user_resolve(manifest, reason) < 0) {
                registered_send(self, manifest->name, clash != NULL ? clash : reason, true);
                manifest_free(manifest);
                return;
        }
        result = self->options->count == 0 ? -ENOENT
                                           : registry_store(self->options->directories[0],
                                                            manifest->name, text.data, text.size);
        if (result < 0) {
                snprintf(reason, sizeof reason, "it can't be stored%s%s: %s",
                         self->options->count == 0 ? "" : " in ",
                         self->options->count == 0 ? "" : self->options->directories[0],
                         strerror(-result));
                registered_send(self, manifest->name, reason, false);
                manifest_free(manifest);
                return;
        }
        registry_take(&self->registry, manifest);
        manifest_declare(self, manifest);
        registered_send(self, manifest->name, "", false);
}

static void text_register(struct starter *self, struct darq_string text)
{
        struct manifest_fault fault;
        struct manifest *manifest = manifest_parse(text.data, text.size, &fault);
        char reason[MANIFEST_REASON_MAX];

        if (manifest != NULL) {
                manifest_register(self, manifest, text);
                return;
        }
        manifest_fault_tell(&fault, reason);
        registered_send(self, "", reason, true);
}

/* Instances */

static void instance_start(struct starter *self, uint64_t number, const char *name)
{
        const struct manifest *manifest = registry_find(&self->registry, name);
        const struct darq_starter_started *told;
        char reason[LAUNCH_REASON_MAX] = "no manifest declares it";
        struct instance *instance;
        struct launched launched;

        if (manifest == NULL || !launch(manifest, self->options->state_root, &launched, reason)) {
                ended_send(self, false, number, reason);
                return;
        }
        instance = instance_new(&self->loop, &self->log, number, name, &launched);
        if (instance != NULL) {
                list_append(&self->instances, &instance->node);
                told = &(struct darq_starter_started){number, (uint32_t)launched.pid};
                event_send(self,
                           &(struct darq_starter_event){.which = DARQ_STARTER_EVENT_STARTED,
                                                        .started = told},
                           launched.connection);
        } else {
                ended_send(self, false, number, "memory is short");
        }
        close(launched.connection);
}

static void instances_stop(struct starter *self, bool force)
{
        for (struct list *node = self->instances.next; node != &self->instances; node = node->next)
                instance_stop(LIST_OF(node, struct instance, node), force);
}

static void instance_find_and_stop(struct starter *self, uint64_t number, bool force)
{
        for (struct list *node = self->instances.next; node != &self->instances;
             node = node->next) {
                struct instance *instance = LIST_OF(node, struct instance, node);

                if (instance->number == number) {
                        instance_stop(instance, force);
                        return;
                }
        }
}

static void reason_write(char reason[LAUNCH_REASON_MAX], const siginfo_t *end)
{
        if (end->si_code == CLD_EXITED)
                snprintf(reason, LAUNCH_REASON_MAX, "it ended with exit status %d", end->si_status);
        else
                snprintf(reason, LAUNCH_REASON_MAX, "it was ended by SIG%s%s",
                         sigabbrev_np(end->si_status) != NULL ? sigabbrev_np(end->si_status) : "?",
                         end->si_code == CLD_DUMPED ? " (core dumped)" : "");
}

/* While it isn't reaped its group can be nobody else's: what it has left running ends with it. */
static void child_reap(struct starter *self, const siginfo_t *end)
{
        char reason[LAUNCH_REASON_MAX];
        struct list *node = self->instances.next;

        while (node != &self->instances && LIST_OF(node, struct instance, node)->pid != end->si_pid)
                node = node->next;
        if (node != &self->instances)
                kill(-end->si_pid, SIGKILL);
        waitpid(end->si_pid, NULL, 0);
        if (node == &self->instances)
                return;
        reason_write(reason, end);
        ended_send(self, true, LIST_OF(node, struct instance, node)->number, reason);
        instance_finish(LIST_OF(node, struct instance, node));
        list_remove(node);
        list_append(&self->ended, node);
}

static void children_ready(struct source *source, uint32_t events)
{
        struct starter *self = CONTAINER_OF(source, struct starter, children);
        struct signalfd_siginfo ignored;
        siginfo_t end;

        (void)events;
        while (read(source->fd, &ignored, sizeof ignored) > 0)
                ;
        for (;;) {
                end.si_pid = 0;
                if (waitid(P_ALL, 0, &end, WEXITED | WNOHANG | WNOWAIT) < 0 || end.si_pid == 0)
                        return;
                child_reap(self, &end);
        }
}

/* Commands */

static void socket_note(struct starter *self, struct darq_bytes bytes)
{
        char path[SOCKET_PATH_MAX + 1];

        memcpy(path, bytes.data, bytes.size);
        path[bytes.size] = '\0';
        if (!leftovers_add(&self->sockets, path))
                log_line(&self->log, LOG_WARNING, "%s will be left behind", path);
}

static void command_obey(struct starter *self, const struct darq_starter_command *command)
{
        switch (command->which) {
        case DARQ_STARTER_COMMAND_START:
                instance_start(self, command->start->instance, command->start->name.data);
                break;
        case DARQ_STARTER_COMMAND_STOP:
                instance_find_and_stop(self, command->stop->instance, command->stop->force);
                break;
        case DARQ_STARTER_COMMAND_RELOAD:
                reload(self);
                break;
        case DARQ_STARTER_COMMAND_REGISTER:
                text_register(self, command->register_->manifest);
                break;
        case DARQ_STARTER_COMMAND_SOCKET:
                socket_note(self, command->socket->path);
                break;
        default:
                log_line(&self->log, LOG_ERR, "the starter doesn't know this command");
                break;
        }
}

static void router_ready(struct source *source, uint32_t events)
{
        struct starter *self = CONTAINER_OF(source, struct starter, router);
        struct darq_starter_command command;
        int result = post_command_receive(&self->post, &command);

        (void)events;
        if (result == 1) {
                command_obey(self, &command);
        } else if (result < 0) {
                if (result != -EPIPE && result != -ECONNRESET)
                        log_line(&self->log, LOG_ERR, "the starter can't understand the router: %s",
                                 strerror(-result));
                self->ending = true;
        }
}

/* Life */

static int signals_open(struct starter *self)
{
        static const int ours_not[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGXFSZ};
        const struct sigaction ignore = {.sa_handler = SIG_IGN};
        sigset_t set;

        for (size_t i = 0; i < sizeof ours_not / sizeof *ours_not; i++)
                sigaction(ours_not[i], &ignore, NULL);
        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        sigprocmask(SIG_SETMASK, &set, NULL);
        self->children = (struct source){.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
                                         .ready = children_ready};
        return self->children.fd < 0 ? -errno : loop_add(&self->loop, &self->children, EPOLLIN);
}

static int starter_open(struct starter *self, int fd)
{
        int result = post_init(&self->post, fd) ? loop_init(&self->loop) : -ENOMEM;

        if (result == 0)
                result = signals_open(self);
        self->router = (struct source){.fd = fd, .ready = router_ready};
        return result == 0 ? loop_add(&self->loop, &self->router, EPOLLIN) : result;
}

/* 0, or -errno. timeout_ms -1: for ever. */
static int turn(struct starter *self, int timeout_ms)
{
        int result = loop_wait(&self->loop, timeout_ms);

        loop_dispatch(&self->loop);
        while (!list_empty(&self->ended))
                instance_free(LIST_OF(self->ended.next, struct instance, node));
        return result;
}

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The router has gone: so do all services. */
static void starter_finish(struct starter *self)
{
        int64_t until_ms = now_ms() + END_MS;
        bool forced = false;

        loop_remove(&self->loop, &self->router);
        leftovers_remove(&self->sockets);
        instances_stop(self, false);
        while (!list_empty(&self->instances)) {
                int64_t left_ms = until_ms - now_ms();

                if (left_ms <= 0 && !forced) {
                        instances_stop(self, true);
                        forced = true;
                }
                if (turn(self, forced ? -1 : (int)left_ms) < 0)
                        break;
        }
}

int starter_run(int fd, const struct starter_options *options)
{
        struct starter self = {.options = options, .loop.fd = -1, .children.fd = -1};
        int result;

        list_init(&self.instances);
        list_init(&self.ended);
        log_init(&self.log);
        result = starter_open(&self, fd);
        if (result == 0)
                result = reload(&self);
        while (result == 0 && !self.ending)
                result = turn(&self, -1);
        if (result < 0)
                log_line(&self.log, LOG_ERR, "the starter ends: %s", strerror(-result));
        starter_finish(&self);
        registry_free(&self.registry);
        post_deinit(&self.post);
        loop_deinit(&self.loop);
        if (self.children.fd >= 0)
                close(self.children.fd);
        return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
