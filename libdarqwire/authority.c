/* SPDX-License-Identifier: MIT */
/*
 * Who is at the other end of a connection to the p-kernel.
 *
 * A Unix socket tells by SO_PEERCRED. For TCP on loopback the system's table of sockets is asked (NETLINK_SOCK_DIAG) for
 * exactly the other end's 4-tuple, our own reversed. Before its program has accepted the connection, and after it has
 * closed it, that socket belongs to nobody: inode 0, which also reads as uid 0, and is refused. Hence after the first
 * answer, when it has been accepted. TCP that isn't loopback is refused.
 *
 * Not for inherited descriptors: who gave them started this process.
 */
#include "libdarqwire/authority.h"

#include <darq/status.h>

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union endpoint {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_storage storage;
};

static bool uid_allowed(long uid)
{
        const char *named = getenv("DARQ_PKERNEL_UID");
        char *end;

        if (uid == 0 || uid == (long)geteuid())
                return true;
        if (named == NULL || *named == '\0')
                return false;
        errno = 0;
        return strtol(named, &end, 10) == uid && *end == '\0' && errno == 0;
}

static bool loopback(const union endpoint *end)
{
        if (end->any.sa_family == AF_INET)
                return ntohl(end->in.sin_addr.s_addr) >> 24 == 127;
        return end->any.sa_family == AF_INET6 && (IN6_IS_ADDR_LOOPBACK(&end->in6.sin6_addr) ||
                                                  (IN6_IS_ADDR_V4MAPPED(&end->in6.sin6_addr) &&
                                                   end->in6.sin6_addr.s6_addr[12] == 127));
}

static void endpoint_put(const union endpoint *end, __be16 *port, __be32 *address)
{
        if (end->any.sa_family == AF_INET) {
                *port = end->in.sin_port;
                memcpy(address, &end->in.sin_addr, sizeof end->in.sin_addr);
        } else {
                *port = end->in6.sin6_port;
                memcpy(address, &end->in6.sin6_addr, sizeof end->in6.sin6_addr);
        }
}

struct question {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
};

/* Exactly one socket: no dump. */
static struct question question_make(const union endpoint *theirs, const union endpoint *ours)
{
        struct question question = {
                .header = {.nlmsg_len = sizeof question,
                           .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                           .nlmsg_flags = NLM_F_REQUEST},
                .request = {.sdiag_family = (uint8_t)theirs->any.sa_family,
                            .sdiag_protocol = IPPROTO_TCP,
                            .idiag_states = UINT32_MAX,
                            .id = {.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
        };
        struct inet_diag_sockid *id = &question.request.id;

        endpoint_put(theirs, &id->idiag_sport, id->idiag_src);
        endpoint_put(ours, &id->idiag_dport, id->idiag_dst);
        return question;
}

static bool answer_matches(const struct inet_diag_msg *answer, const struct inet_diag_sockid *id)
{
        return answer->idiag_state == TCP_ESTABLISHED && answer->idiag_inode != 0 &&
               answer->id.idiag_sport == id->idiag_sport &&
               answer->id.idiag_dport == id->idiag_dport &&
               memcmp(answer->id.idiag_src, id->idiag_src, sizeof id->idiag_src) == 0 &&
               memcmp(answer->id.idiag_dst, id->idiag_dst, sizeof id->idiag_dst) == 0;
}

static long diag_ask(int fd, const struct question *question)
{
        union {
                struct nlmsghdr header;
                char bytes[2048];
        } answer;
        ssize_t size;

        do
                size = send(fd, question, sizeof *question, 0);
        while (size < 0 && errno == EINTR);
        if (size != (ssize_t)sizeof *question)
                return -1;
        do
                size = recv(fd, &answer, sizeof answer, 0);
        while (size < 0 && errno == EINTR);
        if (size < (ssize_t)NLMSG_LENGTH(sizeof(struct inet_diag_msg)) ||
            answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            !answer_matches(NLMSG_DATA(&answer.header), &question->request.id))
                return -1;
        return (long)((struct inet_diag_msg *)NLMSG_DATA(&answer.header))->idiag_uid;
}

static long tcp_uid(const union endpoint *theirs, const union endpoint *ours)
{
        struct question question = question_make(theirs, ours);
        struct timeval second = {.tv_sec = 1};
        long uid = -1;
        int fd;

        if (!loopback(theirs) || !loopback(ours))
                return -1;
        fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        if (fd < 0)
                return -1;
        if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second) == 0)
                uid = diag_ask(fd, &question);
        close(fd);
        return uid;
}

static long peer_uid(int fd)
{
        union endpoint theirs = {0};
        union endpoint ours = {0};
        struct ucred peer;
        socklen_t their_size = sizeof theirs;
        socklen_t our_size = sizeof ours;
        socklen_t peer_size = sizeof peer;

        if (getpeername(fd, &theirs.any, &their_size) != 0 ||
            getsockname(fd, &ours.any, &our_size) != 0)
                return -1;
        if (theirs.any.sa_family == AF_INET || theirs.any.sa_family == AF_INET6)
                return tcp_uid(&theirs, &ours);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) != 0)
                return -1;
        return (long)peer.uid;
}

int darq_authority_check(int fd, long *uid)
{
        *uid = peer_uid(fd);
        return *uid >= 0 && uid_allowed(*uid) ? 0 : DARQ_E_NOT_ALLOWED;
}
