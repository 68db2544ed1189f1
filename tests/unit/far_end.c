/* SPDX-License-Identifier: MIT */
/* See the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/far_end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

struct far_end far_end;

int __wrap_socket(int domain, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int name, const void *from, socklen_t size);
int __wrap_getsockopt(int fd, int level, int name, void *to, socklen_t *size);
int __wrap_getsockname(int fd, struct sockaddr *to, socklen_t *size);
int __wrap_getpeername(int fd, struct sockaddr *to, socklen_t *size);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);

static int result_of(enum far_end_call call)
{
        errno = far_end.errors[call];
        return errno != 0 ? -1 : 0;
}

static bool interrupted(unsigned int *times)
{
        errno = EINTR;
        return *times != 0 && (*times)-- != 0;
}

int __wrap_socket(int domain, int type, int protocol)
{
        (void)type;
        assert_true(domain == AF_NETLINK && protocol == NETLINK_SOCK_DIAG);
        return result_of(FAR_END_OPEN) < 0 ? -1 : dup(STDIN_FILENO);
}

int __wrap_setsockopt(int fd, int level, int name, const void *from, socklen_t size)
{
        (void)fd;
        (void)from;
        (void)size;
        assert_true(level == SOL_SOCKET && name == SO_RCVTIMEO);
        return result_of(FAR_END_PATIENCE);
}

int __wrap_getsockopt(int fd, int level, int name, void *to, socklen_t *size)
{
        const struct ucred credentials = {.pid = 1, .uid = far_end.uid};

        assert_true(fd == FAR_END_SOCKET && *size >= sizeof credentials);
        assert_true(level == SOL_SOCKET && name == SO_PEERCRED);
        memcpy(to, &credentials, sizeof credentials);
        return result_of(FAR_END_OPTION);
}

int __wrap_getsockname(int fd, struct sockaddr *to, socklen_t *size)
{
        assert_int_equal(fd, FAR_END_SOCKET);
        memcpy(to, &far_end.own, sizeof far_end.own);
        *size = sizeof far_end.own;
        return result_of(FAR_END_SOCKNAME);
}

int __wrap_getpeername(int fd, struct sockaddr *to, socklen_t *size)
{
        assert_int_equal(fd, FAR_END_SOCKET);
        memcpy(to, &far_end.peer, sizeof far_end.peer);
        *size = sizeof far_end.peer;
        return result_of(FAR_END_PEERNAME);
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
        struct {
                struct nlmsghdr header;
                struct inet_diag_req_v2 body;
        } question;

        (void)fd;
        (void)flags;
        if (interrupted(&far_end.send_interrupts) || result_of(FAR_END_SEND) < 0)
                return -1;
        assert_int_equal(size, sizeof question);
        memcpy(&question, data, sizeof question);
        far_end.asked = question.body;
        far_end.sequence = question.header.nlmsg_seq;
        return (ssize_t)size;
}

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
        struct far_end_answer *answer = &far_end.answers[far_end.given];

        (void)fd;
        (void)flags;
        if (interrupted(&far_end.recv_interrupts) || result_of(FAR_END_RECEIVE) < 0)
                return -1;
        assert_true(far_end.given < FAR_END_ANSWERS && size >= sizeof *answer);
        far_end.given++;
        if (answer->header.nlmsg_seq == 0)
                answer->header.nlmsg_seq = far_end.sequence;
        memcpy(to, answer, sizeof *answer);
        return (ssize_t)(far_end.size != 0 ? far_end.size : sizeof *answer);
}

static int address_put(struct sockaddr_in6 *to, const char *text, uint16_t port, __be32 *id)
{
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};

        *to = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
        if (inet_pton(AF_INET6, text, &to->sin6_addr) == 1) {
                memcpy(id, &to->sin6_addr, sizeof to->sin6_addr);
                return AF_INET6;
        }
        assert_int_equal(inet_pton(AF_INET, text, &v4.sin_addr), 1);
        memcpy(id, &v4.sin_addr, sizeof v4.sin_addr);
        memcpy(to, &v4, sizeof v4);
        return AF_INET;
}

void far_end_tcp(const char *peer, const char *own, uid_t uid)
{
        struct far_end_answer answer = {
                .header = {.nlmsg_len = sizeof answer, .nlmsg_type = SOCK_DIAG_BY_FAMILY},
                .body = {.idiag_state = TCP_ESTABLISHED,
                         .idiag_inode = 7,
                         .idiag_uid = uid,
                         .id = {.idiag_sport = htons(FAR_END_PORT),
                                .idiag_dport = htons(FAR_END_OWN_PORT)}}};

        memset(&far_end, 0, sizeof far_end);
        address_put(&far_end.own.v6, own, FAR_END_OWN_PORT, answer.body.id.idiag_dst);
        answer.body.idiag_family =
                (__u8)address_put(&far_end.peer.v6, peer, FAR_END_PORT, answer.body.id.idiag_src);
        for (size_t i = 0; i < FAR_END_ANSWERS; i++)
                far_end.answers[i] = answer;
}

void far_end_unix(uid_t uid)
{
        memset(&far_end, 0, sizeof far_end);
        far_end.own.any.sa_family = far_end.peer.any.sa_family = AF_UNIX;
        far_end.uid = uid;
}
