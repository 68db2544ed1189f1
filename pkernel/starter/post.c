/* SPDX-License-Identifier: MIT */
/*
 * Datagrams between the router and the starter.
 *
 * The router never waits for the starter: a command that the socket doesn't take is kept. The starter waits for the
 * router, which always comes back to its loop.
 */
#include "pkernel/starter/post.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <darq/wire.h>

enum { ARENA_ROOM = 16 << 10 };

struct waiting {
        struct list node;
        size_t size;
        uint8_t data[];
};

/* More than a datagram's structs and vectors take; the block stays when the arena is reset. */
static bool arena_warm(struct darq_arena *arena)
{
        return arena != NULL && darq_arena_alloc(arena, ARENA_ROOM) != NULL;
}

bool post_init(struct post *self, int fd)
{
        self->fd = fd;
        list_init(&self->waiting);
        self->output = malloc(POST_DATAGRAM_MAX);
        self->arena = darq_arena_new(darq_arena_limit(POST_DATAGRAM_MAX));
        self->input = malloc(POST_DATAGRAM_MAX);
        darq_writer_init(&self->writer, self->output, POST_DATAGRAM_MAX);
        return self->output != NULL && self->input != NULL && arena_warm(self->arena);
}

void post_deinit(struct post *self)
{
        struct list *node;

        while ((node = list_pop(&self->waiting)) != NULL)
                free(LIST_OF(node, struct waiting, node));
        if (self->fd >= 0)
                close(self->fd);
        darq_arena_free(self->arena);
        free(self->output);
        free(self->input);
        *self = (struct post){.fd = -1};
        list_init(&self->waiting);
}

/* Sending */

static int datagram_send(int to, const uint8_t *data, size_t size, int fd, int flags)
{
        struct iovec part = {(void *)(uintptr_t)data, size};
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int))];
        } control = {.space = {0}};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        ssize_t sent;

        if (fd >= 0) {
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(sizeof fd);
                memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
                message.msg_control = &control;
                message.msg_controllen = sizeof control;
        }
        do {
                sent = sendmsg(to, &message, MSG_NOSIGNAL | flags);
        } while (sent < 0 && errno == EINTR);
        return sent < 0 ? -errno : 0;
}

static int waiting_add(struct post *self)
{
        struct waiting *made = malloc(sizeof *made + self->writer.size);

        if (made == NULL)
                return -ENOMEM;
        list_init(&made->node);
        made->size = self->writer.size;
        memcpy(made->data, self->writer.data, made->size);
        list_append(&self->waiting, &made->node);
        return 0;
}

int post_command_send(struct post *self, const struct darq_starter_command *command)
{
        int result;

        darq_writer_reset(&self->writer);
        darq_starter_command_pack(&self->writer, command);
        if (self->writer.error != 0)
                return -EMSGSIZE;
        if (!list_empty(&self->waiting))
                return waiting_add(self);
        result = datagram_send(self->fd, self->writer.data, self->writer.size, -1, MSG_DONTWAIT);
        return result == -EAGAIN ? waiting_add(self) : result;
}

bool post_flush(struct post *self)
{
        struct list *node;

        while ((node = list_pop(&self->waiting)) != NULL) {
                struct waiting *first = LIST_OF(node, struct waiting, node);

                if (datagram_send(self->fd, first->data, first->size, -1, MSG_DONTWAIT) ==
                    -EAGAIN) {
                        list_append(self->waiting.next, node); /* the first again */
                        return true;
                }
                free(first);
        }
        return false;
}

int post_event_send(struct post *self, const struct darq_starter_event *event, int fd)
{
        darq_writer_reset(&self->writer);
        darq_starter_event_pack(&self->writer, event);
        if (self->writer.error != 0)
                return -EMSGSIZE;
        return datagram_send(self->fd, self->writer.data, self->writer.size, fd, 0);
}

/* Receiving */

static void descriptor_take(struct msghdr *message, int *fd)
{
        for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
             header = CMSG_NXTHDR(message, header))
                if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
                    header->cmsg_len == CMSG_LEN(sizeof *fd))
                        memcpy(fd, CMSG_DATA(header), sizeof *fd);
}

/* 1 and a reader on the datagram, 0, or -errno. */
static int datagram_receive(struct post *self, struct darq_reader *reader, int *fd, int flags)
{
        struct iovec part = {self->input, POST_DATAGRAM_MAX};
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(int))];
        } control;
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        ssize_t size;

        *fd = -1;
        do {
                size = recvmsg(self->fd, &message, MSG_CMSG_CLOEXEC | flags);
        } while (size < 0 && errno == EINTR);
        if (size < 0)
                return errno == EAGAIN ? 0 : -errno;
        if (size == 0)
                return -EPIPE;
        descriptor_take(&message, fd);
        darq_arena_reset(self->arena, darq_arena_limit((size_t)size));
        darq_reader_init(reader, self->input, (size_t)size, self->arena);
        return (message.msg_flags & MSG_TRUNC) != 0 ? -EBADMSG : 1;
}

static int reader_end(struct darq_reader *reader, int *fd)
{
        if (darq_reader_finish(reader) == 0)
                return 1;
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
        return -EBADMSG;
}

int post_command_receive(struct post *self, struct darq_starter_command *command)
{
        struct darq_reader reader;
        int fd;
        int result = datagram_receive(self, &reader, &fd, 0);

        if (result != 1)
                return result;
        darq_starter_command_unpack(&reader, command);
        result = reader_end(&reader, &fd);
        if (fd >= 0)
                close(fd);
        return result;
}

int post_event_receive(struct post *self, struct darq_starter_event *event, int *fd)
{
        struct darq_reader reader;
        int result = datagram_receive(self, &reader, fd, MSG_DONTWAIT);

        if (result != 1)
                return result;
        darq_starter_event_unpack(&reader, event);
        return reader_end(&reader, fd);
}
