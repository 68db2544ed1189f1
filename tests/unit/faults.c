/* SPDX-License-Identifier: MIT */
/* See the header. */
#include "tests/unit/faults.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/unit/sites.h"

struct faults faults;

uint64_t fault_random(void)
{
        faults.random ^= faults.random << 13;
        faults.random ^= faults.random >> 7;
        faults.random ^= faults.random << 17;
        return faults.random;
}

void faults_arm(void)
{
        faults.made = faults.struck = 0;
        faults.passing = true;
        faults.armed = true;
}

int fault(enum site site, const void *address)
{
        unsigned int count = 0, way;

        if (!faults.armed)
                return 0;
        while (count < FAULT_WAYS_MAX && fault_ways[site][count] != 0)
                count++;
        faults.made++;
        if (faults.fails != 0 ? faults.made != faults.fails : !fault_strikes(site))
                return 0;
        way = (unsigned int)((faults.fails != 0 ? faults.way : fault_random()) % count);
        sites_note(address, way, count);
        faults.struck = faults.made;
        faults.ways = count;
        faults.failed = site;
        faults.error = fault_ways[site][way];
        faults.passing = faults.passing && fault_passes(site, faults.error);
        errno = faults.error;
        return faults.error;
}

/* What fails, or does its work */

FAILING(void *, NULL, calloc, SITE_CALLOC, (size_t count, size_t size), (count, size))
FAILING(int, -1, connect, SITE_CONNECT, (int fd, const struct sockaddr *to, socklen_t size),
        (fd, to, size))
FAILING(int, -1, epoll_create1, SITE_EPOLL_CREATE, (int flags), (flags))
FAILING(int, -1, epoll_ctl, SITE_EPOLL_CTL, (int fd, int what, int on, struct epoll_event *event),
        (fd, what, on, event))
FAILING(int, -1, getpeername, SITE_GETPEERNAME, (int fd, struct sockaddr *to, socklen_t *size),
        (fd, to, size))
FAILING(int, -1, getsockname, SITE_GETSOCKNAME, (int fd, struct sockaddr *to, socklen_t *size),
        (fd, to, size))
FAILING(int, -1, getsockopt, SITE_GETSOCKOPT,
        (int fd, int level, int name, void *to, socklen_t *size), (fd, level, name, to, size))
FAILING(void *, NULL, malloc, SITE_MALLOC, (size_t size), (size))
FAILING(ssize_t, -1, read, SITE_READ, (int fd, void *to, size_t size), (fd, to, size))
FAILING(int, -1, setsockopt, SITE_SETSOCKOPT,
        (int fd, int level, int name, const void *from, socklen_t size),
        (fd, level, name, from, size))
FAILING(int, -1, socket, SITE_SOCKET, (int domain, int type, int protocol),
        (domain, type, protocol))

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);

static bool is_netlink(int fd)
{
        int domain = 0;
        socklen_t size = sizeof domain;

        return __real_getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
               domain == AF_NETLINK;
}

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
        int error = fault(is_netlink(fd) ? SITE_ANSWER : SITE_RECV, __builtin_return_address(0));

        if (error == 0 || error == FAULT_ONE_BYTE)
                return __real_recv(fd, to, error == 0 ? size : 1, flags);
        errno = error;
        return -1;
}

/* A socket that says that its peer has gone is at its end for reading too. */
static ssize_t peer_send(int fd, const struct msghdr *message, int flags, const void *caller)
{
        int error = fault(SITE_SENDMSG, caller);

        if (error == 0)
                return __real_sendmsg(fd, message, flags);
        if (error == FAULT_ONE_BYTE)
                return __real_send(fd, message->msg_iov[0].iov_base, 1, flags);
        if (error == EPIPE || error == ECONNRESET)
                shutdown(fd, SHUT_RDWR);
        errno = error;
        return -1;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
        return peer_send(fd, message, flags, __builtin_return_address(0));
}

/* To a peer it is a sendmsg() of one part. */
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
        struct iovec part = {(void *)(uintptr_t)data, size};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        const void *caller = __builtin_return_address(0);

        if (!is_netlink(fd))
                return peer_send(fd, &message, flags, caller);
        return fault(SITE_SEND, caller) != 0 ? -1 : __real_send(fd, data, size, flags);
}

/* Runs */

static void once(struct fault_runs *self, const char *what, unsigned long long value)
{
        self->runs++;
        fault_tell(self, self->run(self->context), what, value);
}

void fault_tell(struct fault_runs *self, const char *wrong, const char *what,
                unsigned long long value)
{
        if (wrong == NULL)
                return;
        self->failed++;
        printf("%s %llu: site %d, error %d: %s\n", what, value, (int)faults.failed, faults.error,
               wrong);
}

void fault_runs_each(struct fault_runs *self)
{
        unsigned long calls;

        faults.fails = ULONG_MAX;
        once(self, "nothing fails", 0);
        calls = faults.made;
        for (faults.fails = 1; faults.fails <= calls; faults.fails++) {
                faults.ways = 1;
                for (faults.way = 0; faults.way < faults.ways; faults.way++)
                        once(self, "call", faults.fails);
        }
        faults.fails = 0;
}

static void seed(struct fault_runs *self, uint64_t number)
{
        faults.seed = number;
        faults.random = number * UINT64_C(0x9e3779b97f4a7c15);
        once(self, "SEED", number);
}

void fault_runs_random(struct fault_runs *self, unsigned long runs)
{
        const char *only = getenv("SEED");

        if (only != NULL) {
                seed(self, strtoull(only, NULL, 10));
                return;
        }
        printf("%lu calls failed one by one\n", self->runs);
        for (uint64_t number = 1; self->runs < runs; number++)
                seed(self, number);
}

int fault_runs_end(const struct fault_runs *self)
{
        sites_write();
        printf("%lu passed, %lu failed\n", self->runs - self->failed, self->failed);
        return self->failed != 0;
}
