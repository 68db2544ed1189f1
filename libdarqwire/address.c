/* SPDX-License-Identifier: MIT */
/*
 * Addresses of the p-kernel, and the way from one to a connected socket.
 *
 * An inherited descriptor (fd:N:PID) is the one that a service was started with. It's meant for the process with that
 * number only, so that a child which inherits the environment doesn't speak on its parent's connection: the variable is
 * removed where it is read, the descriptor is set close-on-exec, and in another process the variable counts as unset.
 *
 * Host names are looked up by getaddrinfo(); all of a name's addresses are tried in turn.
 */
#include "libdarqwire/address.h"

#include <darq/status.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libdarqwire/descriptor.h"

static const char variable[] = "DARQ_PKERNEL";
static const char default_tcp[] = "tcp:127.0.0.1:11000";

/* A decimal number up to max that ends at end. */
static bool number_parse(const char *text, const char *end, long max, long *value)
{
        int64_t result = 0; /* max is an int: times ten it fits */

        if (text == end)
                return false;
        for (; text < end; text++) {
                if (*text < '0' || *text > '9')
                        return false;
                result = result * 10 + (*text - '0');
                if (result > max)
                        return false;
        }
        *value = (long)result;
        return true;
}

static bool text_copy(char *to, size_t room, const char *from, size_t size)
{
        if (size == 0 || size >= room)
                return false;
        memcpy(to, from, size);
        to[size] = '\0';
        return true;
}

/* HOST:PORT; a host with colons stands in brackets. */
static bool tcp_parse(struct darq_address *self, const char *text)
{
        const char *colon = strrchr(text, ':');
        size_t size = colon != NULL ? (size_t)(colon - text) : 0;
        long port;

        if (colon == NULL || !number_parse(colon + 1, text + strlen(text), 65535, &port))
                return false;
        if (size > 2 && text[0] == '[' && text[size - 1] == ']') {
                text++;
                size -= 2;
        }
        snprintf(self->service, sizeof self->service, "%u", (unsigned int)port & 0xffff);
        return text_copy(self->host, sizeof self->host, text, size);
}

static bool fd_parse(struct darq_address *self, const char *text)
{
        const char *colon = strchr(text, ':');
        long fd;

        if (colon == NULL || !number_parse(text, colon, INT16_MAX, &fd))
                return false;
        self->fd = (int)fd;
        return number_parse(colon + 1, text + strlen(text), INT32_MAX, &self->process);
}

int darq_address_parse(struct darq_address *self, const char *text)
{
        bool fine = false;

        *self = (struct darq_address){.fd = -1};
        if (strncmp(text, "tcp:", 4) == 0) {
                self->kind = DARQ_ADDRESS_TCP;
                fine = tcp_parse(self, text + 4);
        } else if (strncmp(text, "unix:", 5) == 0) {
                self->kind = DARQ_ADDRESS_UNIX;
                fine = text_copy(self->path, sizeof self->path, text + 5, strlen(text + 5));
        } else if (strncmp(text, "fd:", 3) == 0) {
                self->kind = DARQ_ADDRESS_FD;
                fine = fd_parse(self, text + 3);
        }
        return fine ? 0 : DARQ_E_INVALID;
}

void darq_address_format(const struct darq_address *self, char text[DARQ_ADDRESS_TEXT_MAX])
{
        bool brackets = strchr(self->host, ':') != NULL;

        switch (self->kind) {
        case DARQ_ADDRESS_TCP:
                snprintf(text, DARQ_ADDRESS_TEXT_MAX, "tcp:%s%s%s:%s", brackets ? "[" : "",
                         self->host, brackets ? "]" : "", self->service);
                break;
        case DARQ_ADDRESS_UNIX:
                snprintf(text, DARQ_ADDRESS_TEXT_MAX, "unix:%s", self->path);
                break;
        default:
                snprintf(text, DARQ_ADDRESS_TEXT_MAX, "fd:%d:%ld", self->fd, self->process);
                break;
        }
}

/* The default socket's path: false without one, which only means that TCP is tried first. */
static bool default_unix(struct darq_address *self)
{
        const char *directory = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
        int size;

        *self = (struct darq_address){.kind = DARQ_ADDRESS_UNIX, .fd = -1};
        if (directory == NULL || *directory == '\0')
                return false;
        size = snprintf(self->path, sizeof self->path, "%s/darq/pkernel", directory);
        return size > 0 && (size_t)size < sizeof self->path;
}

int darq_addresses_find(struct darq_address addresses[DARQ_ADDRESSES_MAX], size_t *count,
                        const char *text, const char **bad)
{
        const char *given = text != NULL ? text : getenv(variable);

        *count = 0;
        if (given != NULL && *given != '\0') {
                *bad = given;
                if (darq_address_parse(&addresses[0], given) != 0)
                        return DARQ_E_INVALID;
                *count = 1;
                if (addresses[0].kind != DARQ_ADDRESS_FD)
                        return 0;
                if (text == NULL)
                        unsetenv(variable);
                if (addresses[0].process == (long)getpid())
                        return 0;
                *bad = "fd:N:PID, with another process's PID";
                if (text != NULL)
                        return DARQ_E_INVALID;
                *count = 0;
        }
        if (default_unix(&addresses[0]))
                *count = 1;
        return darq_address_parse(&addresses[(*count)++], default_tcp);
}

static int socket_connect(int family, const struct sockaddr *address, socklen_t size)
{
        struct timeval patience = {
                .tv_sec = 5}; /* of connect(), when the other side's backlog is full */
        int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int r;

        if (fd < 0)
                return -errno;
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        do
                r = connect(fd, address, size);
        while (r != 0 && errno == EINTR);
        if (r == 0 || errno == EISCONN)
                return darq_descriptor_raise(fd);
        r = -errno;
        close(fd);
        return r;
}

static int tcp_connect(const struct darq_address *self)
{
        struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
        struct addrinfo *found;
        int result = -EHOSTUNREACH;

        if (getaddrinfo(self->host, self->service, &hints, &found) != 0)
                return result;
        for (struct addrinfo *at = found; at != NULL && result < 0; at = at->ai_next)
                result = socket_connect(at->ai_family, at->ai_addr, at->ai_addrlen);
        freeaddrinfo(found);
        return result;
}

static int unix_connect(const struct darq_address *self)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        memcpy(address.sun_path, self->path, sizeof address.sun_path);
        return socket_connect(AF_UNIX, (const struct sockaddr *)&address, sizeof address);
}

/* The parent may have left it in non-blocking mode. */
static int fd_adopt(const struct darq_address *self)
{
        int flags = fcntl(self->fd, F_GETFL);

        if (flags < 0 || fcntl(self->fd, F_SETFD, FD_CLOEXEC) != 0 ||
            fcntl(self->fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
                return -errno;
        return self->fd;
}

int darq_address_connect(const struct darq_address *self)
{
        switch (self->kind) {
        case DARQ_ADDRESS_TCP:
                return tcp_connect(self);
        case DARQ_ADDRESS_UNIX:
                return unix_connect(self);
        default:
                return fd_adopt(self);
        }
}
