/* SPDX-License-Identifier: MIT */
/*
 * Listeners: who is let in.
 *
 * Each peer is asked for its uid before its first byte is read; whoever isn't allowed, or can't be told, is closed at
 * once. When there are no descriptors left, a spare one is given up to accept the next peer and refuse it: else it
 * would stay in the queue, and the loop would spin. Where even that fails the listeners pause for a tenth of a second.
 */
#include "pkernel/shell/listener.h"

#include "pkernel/shell/address.h"
#include "pkernel/shell/peer.h"
#include "pkernel/shell/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct listener {
        struct source source;
        struct list node;
        struct server *server;
};

enum { ACCEPT_MAX = 64, PAUSE_NS = 100000000 };

static void refused(struct server *server, const char *why, long long value)
{
        if (log_admits(&server->log, server->kernel.now_ns))
                log_line(&server->log, LOG_WARNING, "refused a connection: %s %lld", why, value);
}

static void peer_accept(struct server *server, int fd)
{
        char principal[32];
        uid_t uid;
        int result = darq_identity_find(&server->identity, fd, &uid);

        if (result == 0 && !options_allow(server->options, uid)) {
                refused(server, "not allowed is uid", (long long)uid);
                close(fd);
                return;
        }
        if (result < 0) {
                refused(server, "its owner cannot be told, error", -result);
                close(fd);
                return;
        }
        snprintf(principal, sizeof principal, "uid:%lld", (long long)uid);
        if (peer_new(server, fd, principal, uid == 0 || uid == geteuid()) == NULL)
                refused(server, "too many of uid", (long long)uid);
}

static bool listeners_wait_for(struct server *server, uint32_t events)
{
        bool fine = true;

        for (struct list *node = server->listeners.next; node != &server->listeners;
             node = node->next) {
                struct source *source = &LIST_OF(node, struct listener, node)->source;

                fine = loop_change(&server->loop, source, events) == 0 && fine;
        }
        return fine;
}

static void listeners_pause(struct server *server)
{
        server->paused_ns = server_now_ns() + PAUSE_NS;
        listeners_wait_for(server, 0);
}

void listeners_resume(struct server *server)
{
        if (server->spare_fd < 0)
                server->spare_fd = loop_spare(&server->loop);
        server->paused_ns = 0;
        if (!listeners_wait_for(server, EPOLLIN))
                listeners_pause(server);
}

static void accept_and_refuse(struct server *server, int listener)
{
        bool stays;
        int fd;

        if (server->spare_fd >= 0)
                close(server->spare_fd);
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        stays = fd < 0 && errno != EAGAIN;
        if (fd >= 0)
                close(fd);
        server->spare_fd = loop_spare(&server->loop);
        refused(server,
                "no descriptor is left, connections:", (long long)server->kernel.connection_count);
        if (stays || server->spare_fd < 0)
                listeners_pause(server);
}

static void listener_ready(struct source *source, uint32_t events)
{
        struct listener *self = CONTAINER_OF(source, struct listener, source);
        struct server *server = self->server;

        (void)events;
        for (int count = 0; count < ACCEPT_MAX; count++) {
                int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd >= 0 && server->kernel.connection_count >= server->limit_connections) {
                        close(fd);
                        refused(server, "there are already",
                                (long long)server->kernel.connection_count);
                } else if (fd >= 0) {
                        peer_accept(server, fd);
                } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
                           errno == ENOBUFS) {
                        accept_and_refuse(server, source->fd);
                        return;
                } else if (errno != ECONNABORTED && errno != EINTR) {
                        return;
                }
        }
}

int listener_adopt(struct server *server, int fd)
{
        struct listener *self = calloc(1, sizeof *self);
        struct address address = {.size = sizeof address.storage};
        char text[ADDRESS_TEXT_MAX];
        int result;

        if (self == NULL) {
                close(fd);
                return -ENOMEM;
        }
        self->server = server;
        self->source = (struct source){.fd = fd, .ready = listener_ready};
        list_append(&server->listeners, &self->node);
        result = loop_add(&server->loop, &self->source, EPOLLIN);
        if (result < 0)
                return result;
        getsockname(fd, (struct sockaddr *)&address.storage, &address.size);
        address_format(&address, text, sizeof text);
        log_line(&server->log, LOG_INFO, "listening on %s", text);
        return 0;
}

/* Anything else refuses a connection too. */
static bool is_socket(const char *path)
{
        struct stat status;

        return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* The directory of the default path may be missing; a socket file that nobody listens on is left over. */
static int path_prepare(const struct address *address)
{
        const struct sockaddr_un *local =
                (const struct sockaddr_un *)(const void *)&address->storage;
        char directory[sizeof local->sun_path];
        char *slash;
        int fd;

        memcpy(directory, local->sun_path, sizeof directory);
        slash = strrchr(directory, '/');
        if (slash != NULL && slash != directory) {
                *slash = '\0';
                if (mkdir(directory, 0755) < 0 && errno != EEXIST)
                        return -errno;
        }
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *)local, address->size) < 0 &&
            errno == ECONNREFUSED && is_socket(local->sun_path))
                unlink(local->sun_path);
        close(fd);
        return 0;
}

static int socket_bind(const struct address *address, int *socket_fd)
{
        int family = address->storage.ss_family;
        int one = 1;
        int result = family == AF_UNIX ? path_prepare(address) : 0;
        int fd;

        if (result < 0)
                return result;
        fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        if (family != AF_UNIX)
                setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (family == AF_INET6)
                setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
        if (bind(fd, (const struct sockaddr *)&address->storage, address->size) < 0 ||
            listen(fd, SOMAXCONN) < 0) {
                result = -errno;
                close(fd);
                return result;
        }
        *socket_fd = fd;
        return 0;
}

int listener_open(struct server *server, const char *text)
{
        const struct sockaddr_un *local;
        struct address address;
        int fd = -1;
        int result = address_parse(&address, text);

        if (result == 0)
                result = socket_bind(&address, &fd);
        if (result == 0)
                result = listener_adopt(server, fd);
        if (result < 0) {
                log_line(&server->log, LOG_ERR, "cannot listen on %s: %s", text, strerror(-result));
                return result;
        }
        if (address.storage.ss_family != AF_UNIX)
                return 0;
        local = (const struct sockaddr_un *)(const void *)&address.storage;
        chmod(local->sun_path, 0666);
        services_tell_socket(server, local->sun_path);
        return 0;
}

void listeners_close(struct server *server)
{
        struct list *node;

        while ((node = list_pop(&server->listeners)) != NULL) {
                struct listener *self = LIST_OF(node, struct listener, node);

                close(self->source.fd);
                free(self);
        }
}
