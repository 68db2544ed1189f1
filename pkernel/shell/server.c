/* SPDX-License-Identifier: MIT */
/*
 * The shell: brings the core's inputs in, and its outputs out.
 *
 * A turn: wait; tell the core the time; read what is ready; flush; change what epoll waits for. One thread, nothing
 * blocks. SIGTERM and SIGINT come through a descriptor and end the loop: listeners first, then every connection, then
 * the core, which asserts that nothing is left charged to anybody.
 */
#include "pkernel/shell/server.h"

#include "libdarqwire/socket.h"
#include "pkernel/core/errand.h"
#include "pkernel/shell/address.h"
#include "pkernel/shell/listener.h"
#include "pkernel/shell/peer.h"
#include "pkernel/shell/systemd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
        FIRST_SOCKET = 3,
        DESCRIPTORS_KEPT = 16,    /* for ourselves */
        DESCRIPTORS_USUAL = 1024, /* where the system does not say how many there may be */
        NOTE_INTERVAL_S = 10,
        NANOSECONDS_PER_MS = 1000000,
};

uint64_t server_now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void random_get(void *context, void *data, size_t size)
{
        uint8_t *to = data;

        (void)context;
        while (size > 0) {
                ssize_t got = getrandom(to, size, 0);

                if (got < 0 && errno != EINTR)
                        abort();
                if (got > 0) {
                        to += got;
                        size -= (size_t)got;
                }
        }
}

static void peer_drop(void *context, void *peer)
{
        (void)context;
        peer_close(peer);
}

static void note_take(void *context, void *peer, enum kernel_note note, uint64_t connection_id,
                      const char *principal, const char *text)
{
        struct server *self = context;
        struct peer *about = peer;
        uint64_t now_ns = self->kernel.now_ns;
        bool life = note == NOTE_CONNECTED || note == NOTE_ENDED;

        if (!life && about->noted_ns[note] != 0 &&
            now_ns - about->noted_ns[note] < UINT64_C(1000000000) * NOTE_INTERVAL_S)
                return;
        about->noted_ns[note] = now_ns;
        if (log_admits(&self->log, now_ns))
                log_line(&self->log, life ? LOG_INFO : LOG_WARNING, "connection %llu (%s): %s",
                         (unsigned long long)connection_id, principal, text);
}

static void stop_take(void *context, enum kernel_stop how)
{
        struct server *self = context;

        self->stopping = true;
        self->exit_status = how == KERNEL_REBOOT ? EX_TEMPFAIL : 0;
        log_line(&self->log, LOG_NOTICE,
                 how == KERNEL_REBOOT ? "asked to reboot" : "asked to shut down");
}

static void signals_ready(struct source *source, uint32_t events)
{
        struct server *self = CONTAINER_OF(source, struct server, signals);
        struct signalfd_siginfo information;

        (void)events;
        if (read(source->fd, &information, sizeof information) != (ssize_t)sizeof information)
                return;
        if (information.ssi_signo == SIGHUP) {
                log_line(&self->log, LOG_NOTICE, "reading the manifests again");
                if (!errand_reload(&self->kernel, NULL))
                        log_line(&self->log, LOG_ERR, "too much is under way, or memory is short");
                return;
        }
        log_line(&self->log, LOG_NOTICE, "ending on %s", sigabbrev_np((int)information.ssi_signo));
        self->stopping = true;
}

static int signals_open(struct server *self)
{
        const struct sigaction ignore = {.sa_handler = SIG_IGN};
        sigset_t set;

        if (sigaction(SIGPIPE, &ignore, NULL) < 0 || sigaction(SIGXFSZ, &ignore, NULL) < 0)
                return -errno;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        self->signals = (struct source){.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
                                        .ready = signals_ready};
        if (self->signals.fd < 0)
                return -errno;
        return loop_add(&self->loop, &self->signals, EPOLLIN);
}

/* As many descriptors as we may have, and connections to match. */
static void descriptors_raise(struct server *self)
{
        struct rlimit limit = {.rlim_cur = DESCRIPTORS_USUAL};
        uint64_t most = self->options->limits.connections_total;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                struct rlimit raised = {limit.rlim_max, limit.rlim_max};

                if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
                        limit = raised;
        }
        self->limit_connections = limit.rlim_cur > (rlim_t)2 * DESCRIPTORS_KEPT
                                          ? limit.rlim_cur - DESCRIPTORS_KEPT
                                          : limit.rlim_cur;
        if (most != 0 && most < self->limit_connections)
                self->limit_connections = most;
}

static int listen_default(struct server *self)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR");
        char path[ADDRESS_TEXT_MAX];
        int result;

        if (geteuid() == 0) {
                strcpy(path, "unix:/run/darq/pkernel");
        } else if (runtime != NULL && *runtime != '\0') {
                snprintf(path, sizeof path, "unix:%s/darq/pkernel", runtime);
        } else {
                log_line(&self->log, LOG_ERR, "XDG_RUNTIME_DIR is not set: use --listen");
                return -ENOENT;
        }
        result = listener_open(self, "tcp:127.0.0.1:11000");
        if (result == 0)
                result = listener_open(self, "tcp:[::1]:11000");
        return result == 0 ? listener_open(self, path) : result;
}

static int listen_all(struct server *self)
{
        const char *why;
        int sockets = systemd_sockets(&why);

        if (sockets < 0) {
                log_line(&self->log, LOG_ERR, "cannot start: %s", why);
                return sockets;
        }
        for (int index = 0; index < sockets; index++) {
                int result = listener_adopt(self, FIRST_SOCKET + index);

                if (result < 0)
                        return result;
        }
        for (size_t index = 0; index < self->options->listen_count; index++) {
                int result = listener_open(self, self->options->listen[index]);

                if (result < 0)
                        return result;
        }
        return sockets > 0 || self->options->listen_count > 0 ? 0 : listen_default(self);
}

static int server_open(struct server *self, struct starter_process *starter)
{
        int result = loop_init(&self->loop);

        if (result == 0)
                result = signals_open(self);
        if (result == 0)
                result = darq_identity_open(&self->identity);
        if (result == 0) {
                self->manager_fd = systemd_open();
                self->spare_fd = loop_spare(&self->loop);
                self->input_memory = malloc(SERVER_INPUT + DARQ_SOCKET_SLACK);
                result = self->input_memory == NULL ? -ENOMEM : 0;
        }
        if (result == 0) {
                self->input = darq_socket_room(self->input_memory);
                result = services_open(self, starter);
        }
        if (result < 0)
                log_line(&self->log, LOG_ERR, "cannot start: %s", strerror(-result));
        return result < 0 ? result : listen_all(self);
}

int server_init(struct server *self, const struct options *options, struct starter_process *starter)
{
        const struct kernel_environment environment = {
                .context = self,
                .random = random_get,
                .write = peer_write,
                .drop = peer_drop,
                .note = note_take,
                .start = services_begin,
                .end = services_end,
                .reload = services_reload,
                .store = services_store,
                .stop = stop_take,
        };
        int result;

        *self = (struct server){.options = options,
                                .manager_fd = -1,
                                .spare_fd = -1,
                                .loop.fd = -1,
                                .signals.fd = -1};
        darq_identity_init(&self->identity);
        list_init(&self->listeners);
        list_init(&self->touched);
        list_init(&self->closed);
        log_init(&self->log);
        descriptors_raise(self);
        result = kernel_init(&self->kernel, &environment, &options->limits, server_now_ns());
        self->started = result == 0;
        self->kernel.location = options->location;
        if (result == 0)
                return server_open(self, starter);
        log_line(&self->log, LOG_ERR, "cannot start: %s", strerror(-result));
        return result;
}

static void closed_free(struct server *self)
{
        struct list *node;

        while ((node = list_pop(&self->closed)) != NULL)
                free(LIST_OF(node, struct peer, node));
}

void server_deinit(struct server *self)
{
        listeners_close(self);
        if (self->started)
                kernel_deinit(&self->kernel);
        closed_free(self);
        services_deinit(&self->services);
        free(self->input_memory);
        darq_identity_deinit(&self->identity);
        if (self->manager_fd >= 0)
                close(self->manager_fd);
        if (self->spare_fd >= 0)
                close(self->spare_fd);
        if (self->signals.fd >= 0)
                close(self->signals.fd);
        loop_deinit(&self->loop);
}

/* False: a connection has ended by that. */
static bool peers_update(struct server *self)
{
        struct list *node = self->touched.next;
        bool fine = true;

        while (node != &self->touched) {
                struct peer *peer = LIST_OF(node, struct peer, node);

                node = node->next;
                fine = peer_update(peer) && fine;
        }
        return fine;
}

void server_flush(struct server *self)
{
        do {
                kernel_flush(&self->kernel);
                self->input_used = 0;
        } while (!peers_update(self));
}

static int timeout_ms(const struct server *self)
{
        uint64_t next_ns = kernel_next_ns(&self->kernel);
        uint64_t now_ns;

        if (self->paused_ns != 0 && self->paused_ns < next_ns)
                next_ns = self->paused_ns;
        if (next_ns == UINT64_MAX)
                return -1;
        now_ns = server_now_ns();
        if (next_ns <= now_ns)
                return 0;
        next_ns = (next_ns - now_ns) / NANOSECONDS_PER_MS + 1;
        return next_ns > 3600000 ? 3600000 : (int)next_ns;
}

int server_run(struct server *self)
{
        systemd_tell(self->manager_fd, "READY=1");
        log_line(&self->log, LOG_INFO, "ready");
        while (!self->stopping) {
                int result = loop_wait(&self->loop, timeout_ms(self));

                kernel_tick(&self->kernel, server_now_ns());
                if (self->paused_ns != 0 && self->paused_ns <= self->kernel.now_ns)
                        listeners_resume(self);
                loop_dispatch(&self->loop);
                services_turn(self);
                server_flush(self);
                closed_free(self);
                if (result < 0) {
                        log_line(&self->log, LOG_ERR, "cannot wait: %s", strerror(-result));
                        return EX_OSERR;
                }
        }
        systemd_tell(self->manager_fd, "STOPPING=1");
        return self->exit_status;
}
