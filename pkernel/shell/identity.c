/* SPDX-License-Identifier: MIT */
/*
 * A peer's uid.
 *
 * Unix sockets: SO_PEERCRED. TCP on loopback: the system is asked, by NETLINK_SOCK_DIAG, for the socket whose
 * addresses and ports are exactly those of the peer's end. It must be ESTABLISHED and belong to somebody: a client
 * that has closed already reads as uid 0 and inode 0, and is refused, or anybody could pass for root by being quick.
 */
#include "pkernel/shell/identity.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

union address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
};

int identity_init(struct identity *self)
{
        const struct timeval patience = {.tv_sec = 1};

        *self = (struct identity){.diagnostics = -1};
        self->diagnostics = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        if (self->diagnostics < 0)
                return -errno;
        if (setsockopt(self->diagnostics, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
                return -errno;
        return 0;
}

void identity_deinit(struct identity *self)
{
        if (self->diagnostics >= 0)
                close(self->diagnostics);
        self->diagnostics = -1;
}

static int uid_of_unix(int fd, uid_t *uid)
{
        struct ucred credentials;
        socklen_t size = sizeof credentials;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
                return -errno;
        if (credentials.uid == (uid_t)-1)
                return -EACCES;
        *uid = credentials.uid;
        return 0;
}

static int is_loopback(const union address *address)
{
        if (address->any.sa_family == AF_INET)
                return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
        return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

static void end_put(const union address *address, __be32 *to, __be16 *port)
{
        if (address->any.sa_family == AF_INET) {
                memcpy(to, &address->v4.sin_addr, sizeof address->v4.sin_addr);
                *port = address->v4.sin_port;
        } else {
                memcpy(to, &address->v6.sin6_addr, sizeof address->v6.sin6_addr);
                *port = address->v6.sin6_port;
        }
}

struct question {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
};

static int ask(struct identity *self, const union address *peer, const union address *own)
{
        struct question question = {
                .header = {.nlmsg_len = sizeof question,
                           .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                           .nlmsg_flags = NLM_F_REQUEST,
                           .nlmsg_seq = ++self->sequence},
                .body = {.sdiag_family = (__u8)peer->any.sa_family,
                         .sdiag_protocol = IPPROTO_TCP,
                         .idiag_states = ~0u,
                         .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}},
        };

        end_put(peer, question.body.id.idiag_src, &question.body.id.idiag_sport);
        end_put(own, question.body.id.idiag_dst, &question.body.id.idiag_dport);
        while (send(self->diagnostics, &question, sizeof question, 0) < 0) {
                if (errno != EINTR)
                        return -errno;
        }
        return 0;
}

static int answer_read(const struct nlmsghdr *header, uid_t *uid)
{
        const struct inet_diag_msg *body = NLMSG_DATA(header);

        if (header->nlmsg_type == NLMSG_ERROR)
                return -EACCES;
        if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            header->nlmsg_len < NLMSG_LENGTH(sizeof *body))
                return -EPROTO;
        if (body->idiag_state != TCP_ESTABLISHED || body->idiag_inode == 0)
                return -EACCES;
        *uid = body->idiag_uid;
        return 0;
}

static int hear(struct identity *self, uid_t *uid)
{
        union {
                struct nlmsghdr header;
                char room[8192];
        } answer;

        for (;;) {
                ssize_t size = recv(self->diagnostics, &answer, sizeof answer, 0);

                if (size < 0 && errno == EINTR)
                        continue;
                if (size < 0)
                        return -errno;
                if (!NLMSG_OK(&answer.header, (size_t)size))
                        return -EPROTO;
                if (answer.header.nlmsg_seq == self->sequence)
                        return answer_read(&answer.header, uid);
        }
}

int identity_find(struct identity *self, int fd, uid_t *uid)
{
        union address own = {0}, peer = {0};
        socklen_t size = sizeof own;
        int result;

        if (getsockname(fd, &own.any, &size) < 0)
                return -errno;
        if (own.any.sa_family == AF_UNIX)
                return uid_of_unix(fd, uid);
        size = sizeof peer;
        if (getpeername(fd, &peer.any, &size) < 0)
                return -EACCES;
        if (!is_loopback(&peer))
                return -EACCES;
        result = ask(self, &peer, &own);
        return result < 0 ? result : hear(self, uid);
}
