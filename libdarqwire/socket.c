/* SPDX-License-Identifier: MIT */
/*
 * Sockets between a process and the p-kernel.
 *
 * Both ends gather by themselves what goes out together, so TCP is to send at once what it is given; and as it goes over
 * loopback, reno keeps it from pacing, as other congestion controls do, what could go at once. It finds out by itself how
 * much room it needs. A Unix socket has room for three messages of 64 KiB unless it is told otherwise.
 */
#include "libdarqwire/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/socket.h>

enum { UNIX_ROOM = 256 << 10 }; /* which the system doubles, for what it needs itself */

void darq_socket_tune(int fd)
{
        static const char congestion[] = "reno";
        int domain = 0;
        int bytes = UNIX_ROOM;
        int yes = 1;
        socklen_t size = sizeof domain;

        if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
                return;
        if (domain == AF_UNIX) {
                setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
        } else {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, sizeof congestion - 1);
        }
}

/* One part costs the system less than a list of one. */
ssize_t darq_socket_send(int fd, const struct iovec *parts, size_t count)
{
        struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)parts, .msg_iovlen = count};

        if (count == 1)
                return send(fd, parts->iov_base, parts->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
        return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}
