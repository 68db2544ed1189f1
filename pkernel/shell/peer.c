/* SPDX-License-Identifier: MIT */
/*
 * Peers: bytes between sockets and the core.
 *
 * A peer is read once per turn, into the server's one input block, which is lent to the core until the flush. It is
 * read no further while the core says so. A write error ends nothing: what the peer had sent is still to be read, and
 * after that its end; until then the socket takes no bytes.
 */
#include "pkernel/shell/peer.h"

#include "libdarqwire/socket.h"
#include "pkernel/core/connection.h"
#include "pkernel/shell/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void peer_touch(struct peer *self)
{
        if (list_empty(&self->node))
                list_append(&self->server->touched, &self->node);
}

/* What the system may well do the next time that it is asked. */
static bool passes(int error)
{
        return error == EAGAIN || error == EINTR || error == ENOMEM || error == ENOBUFS;
}

static void peer_read(struct peer *self)
{
        struct server *server = self->server;
        size_t room;
        ssize_t size;

        if (SERVER_INPUT - server->input_used < SERVER_READ_MIN)
                server_flush(server);
        if (self->connection == NULL)
                return;
        room = SERVER_INPUT - server->input_used;
        room = input_best(&self->connection->input, room < SERVER_READ ? room : SERVER_READ);
        size = recv(self->source.fd, server->input + server->input_used, room, 0);
        if (size > 0) {
                uint8_t *data = server->input + server->input_used;

                server->input_used += (size_t)size;
                connection_input(self->connection, data, (size_t)size);
        } else if (size == 0 || !passes(errno)) {
                connection_close(self->connection);
        }
}

static void peer_ready(struct source *source, uint32_t events)
{
        struct peer *self = CONTAINER_OF(source, struct peer, source);

        if (self->connection == NULL)
                return;
        peer_touch(self);
        if ((events & EPOLLOUT) != 0) {
                self->wants_output = false;
                connection_writable(self->connection);
        }
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 &&
            !connection_goes_on(self->connection))
                peer_read(self);
}

/* Out of the loop before it is closed: the starter may have a copy of it yet, for which the loop would go on to listen. */
static void socket_close(struct peer *self)
{
        loop_remove(&self->server->loop, &self->source);
        close(self->source.fd);
}

struct connection *peer_new(struct server *server, int fd, const char *principal, bool privileged)
{
        struct peer *self = calloc(1, sizeof *self);

        if (self == NULL) {
                close(fd);
                return NULL;
        }
        self->server = server;
        self->source = (struct source){.fd = fd, .ready = peer_ready};
        list_init(&self->node);
        darq_socket_tune(fd);
        if (loop_add(&server->loop, &self->source, EPOLLIN) == 0)
                self->connection = connection_new(&server->kernel, self, principal, privileged);
        if (self->connection != NULL)
                return self->connection;
        socket_close(self);
        free(self);
        return NULL;
}

bool peer_update(struct peer *self)
{
        bool reads = connection_wants_input(self->connection);
        int result = loop_change(&self->server->loop, &self->source,
                                 (reads ? (uint32_t)EPOLLIN : 0) |
                                         (self->wants_output ? (uint32_t)EPOLLOUT : 0));

        if (result < 0)
                connection_end(self->connection);
        if (reads)
                list_remove(&self->node);
        return result == 0;
}

void peer_hang_up(struct peer *self)
{
        shutdown(self->source.fd, SHUT_RDWR);
}

void peer_close(struct peer *self)
{
        self->connection = NULL;
        list_remove(&self->node);
        list_append(&self->server->closed, &self->node);
        socket_close(self);
}

size_t peer_write(void *context, void *peer, const struct iovec *parts, int count)
{
        struct peer *self = peer;
        size_t offered = 0;
        ssize_t size;

        (void)context;
        for (int index = 0; index < count; index++)
                offered += parts[index].iov_len;
        do {
                size = self->broken ? 0 : darq_socket_send(self->source.fd, parts, (size_t)count);
        } while (size < 0 && errno == EINTR);
        if (size < 0 && !passes(errno))
                self->broken = true;
        if (size < 0)
                size = 0;
        if ((size_t)size < offered) {
                self->wants_output = !self->broken;
                peer_touch(self);
        }
        return (size_t)size;
}
