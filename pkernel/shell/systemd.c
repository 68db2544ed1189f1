/* SPDX-License-Identifier: MIT */
/*
 * systemd's two small protocols: readiness (a datagram to $NOTIFY_SOCKET) and socket activation ($LISTEN_FDS, meant
 * for $LISTEN_PID).
 */
#include "pkernel/shell/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FIRST_SOCKET = 3, SOCKETS_MAX = 64 };

int systemd_open(void)
{
        const char *path = getenv("NOTIFY_SOCKET");
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        size_t length = path == NULL ? 0 : strlen(path);
        int fd;

        if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
                return -1;
        memcpy(address.sun_path, path, length);
        if (path[0] == '@')
                address.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, (const struct sockaddr *)&address,
                               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0) {
                close(fd);
                fd = -1;
        }
        return fd;
}

void systemd_tell(int fd, const char *state)
{
        if (fd >= 0)
                send(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Anything else would be ready for ever, and never accept. */
static bool is_listener(int fd)
{
        socklen_t size = sizeof(int);
        int listens = 0;
        int type = 0;

        return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM &&
               getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

/* -1: that isn't how many. */
static int sockets_given(void)
{
        const char *pid = getenv("LISTEN_PID");
        const char *count = getenv("LISTEN_FDS");
        char *end;
        long sockets;

        if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != getpid())
                return 0;
        sockets = strtol(count, &end, 10);
        return *count != '\0' && *end == '\0' && sockets >= 0 && sockets <= SOCKETS_MAX
                       ? (int)sockets
                       : -1;
}

int systemd_sockets(const char **why)
{
        int sockets = sockets_given();

        unsetenv("LISTEN_PID");
        unsetenv("LISTEN_FDS");
        unsetenv("LISTEN_FDNAMES");
        *why = "LISTEN_FDS: expected a number up to 64";
        if (sockets < 0)
                return -EINVAL;
        *why = "a descriptor from systemd is no stream socket that listens";
        for (int index = 0; index < sockets; index++) {
                if (!is_listener(FIRST_SOCKET + index))
                        return -EINVAL;
                fcntl(FIRST_SOCKET + index, F_SETFD, FD_CLOEXEC);
                fcntl(FIRST_SOCKET + index, F_SETFL,
                      fcntl(FIRST_SOCKET + index, F_GETFL) | O_NONBLOCK);
        }
        return sockets;
}
