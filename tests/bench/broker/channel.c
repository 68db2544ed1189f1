/* SPDX-License-Identifier: MIT */
/*
 * Sockets with a buffer for each way, as the relay's peers and our raw frames use them. Small messages are gathered until they
 * are flushed; a big one is written from where it lies.
 */
#include "tests/bench/broker/channel.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "tests/bench/broker/load.h"

enum { WRITE_AT = 128 << 10, BIG_BYTES = 32 << 10 };

/* Sockets */

static int address_socket(const char *text, struct sockaddr_storage *address, socklen_t *size)
{
        struct sockaddr_un *local = (struct sockaddr_un *)address;
        struct sockaddr_in *tcp = (struct sockaddr_in *)address;

        memset(address, 0, sizeof *address);
        if (strncmp(text, "unix:", 5) == 0) {
                local->sun_family = AF_UNIX;
                snprintf(local->sun_path, sizeof local->sun_path, "%s", text + 5);
                *size = sizeof *local;
        } else {
                tcp->sin_family = AF_INET;
                tcp->sin_port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
                tcp->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                *size = sizeof *tcp;
        }
        return socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

void channel_options(int fd)
{
        const char *name = getenv("CONGESTION");

        if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0)
                return; /* a Unix socket */
        if (name != NULL && *name != '\0' &&
            setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) < 0)
                load_fail("TCP_CONGESTION");
}

int channel_listen(const char *text)
{
        struct sockaddr_storage address;
        socklen_t size;
        int fd = address_socket(text, &address, &size);

        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
        if (bind(fd, (const struct sockaddr *)&address, size) < 0 || listen(fd, SOMAXCONN) < 0)
                load_fail("listen");
        return fd;
}

void channel_connect(struct channel *self, const char *text)
{
        struct sockaddr_storage address;
        socklen_t size;

        *self = (struct channel){.fd = address_socket(text, &address, &size)};
        if (connect(self->fd, (const struct sockaddr *)&address, size) < 0)
                load_fail("connect");
        channel_options(self->fd);
}

/* Writing */

static void channel_full(struct channel *self)
{
        struct pollfd ready = {.fd = self->fd, .events = POLLIN | POLLOUT};

        if (errno != EAGAIN)
                load_fail("send");
        if (poll(&ready, 1, -1) > 0 && (ready.revents & ~POLLOUT) != 0)
                channel_read(self, false);
}

void channel_flush(struct channel *self)
{
        while (!buffer_write(&self->out, self->fd, MSG_DONTWAIT))
                channel_full(self);
}

static void big_send(struct channel *self, const void *head, size_t head_size, const void *data,
                     size_t size)
{
        struct iovec parts[] = {{(void *)(uintptr_t)head, head_size},
                                {(void *)(uintptr_t)data, size}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t sent = -1;

        channel_flush(self);
        while (sent < 0) {
                sent = sendmsg(self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
                if (sent < 0 && errno != EINTR)
                        channel_full(self);
        }
        for (size_t done = (size_t)sent; done < head_size + size; done += (size_t)sent) {
                bool in_head = done < head_size;
                const uint8_t *rest = in_head ? (const uint8_t *)head + done
                                              : (const uint8_t *)data + (done - head_size);

                sent = send(self->fd, rest, (in_head ? head_size : head_size + size) - done,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
                if (sent < 0 && errno != EINTR)
                        channel_full(self);
                sent = sent < 0 ? 0 : sent;
        }
}

void channel_put(struct channel *self, const void *head, size_t head_size, const void *data,
                 size_t size)
{
        if (size >= BIG_BYTES) {
                big_send(self, head, head_size, data, size);
                return;
        }
        buffer_put(&self->out, head, head_size);
        buffer_put(&self->out, data, size);
        if (buffer_size(&self->out) >= WRITE_AT)
                channel_flush(self);
}

/* Reading */

void channel_read(struct channel *self, bool wait)
{
        if (!buffer_read(&self->in, self->fd, wait ? 0 : MSG_DONTWAIT))
                load_fail("recv");
}

/* Frames stay where they are while answers are written, during which more may come. */
_Noreturn void channel_serve(struct channel *self, channel_taker *take)
{
        for (;;) {
                struct buffer in = self->in;
                size_t more;

                self->in = (struct buffer){0};
                take(self, &in);
                channel_flush(self);
                more = buffer_size(&self->in);
                if (more > 0)
                        buffer_put(&in, self->in.data + self->in.begin, more);
                free(self->in.data);
                self->in = in;
                if (more == 0)
                        channel_read(self, true);
        }
}
