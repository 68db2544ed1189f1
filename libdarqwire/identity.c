/* SPDX-License-Identifier: MIT */
/*
 * A peer's uid.
 *
 * Unix sockets: SO_PEERCRED. TCP on loopback: the system is asked, by NETLINK_SOCK_DIAG, for the socket whose
 * addresses and ports are exactly those of the peer's end, our own reversed. It must be ESTABLISHED and belong to
 * somebody: before its program has accepted the connection, and after it has closed it, a socket reads as uid 0 and
 * inode 0, and is refused, or anybody could pass for root by being quick. TCP that isn't loopback is refused.
 *
 * Not for inherited descriptors: who gave them started this process.
 */
#include "libdarqwire/identity.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
};

void darq_identity_init(struct darq_identity *self)
{
        *self = (struct darq_identity){.diagnostics = -1};
}

void darq_identity_deinit(struct darq_identity *self)
{
        if (self->diagnostics >= 0)
                close(self->diagnostics);
        self->diagnostics = -1;
}

int darq_identity_open(struct darq_identity *self)
{
        const struct timeval patience = {.tv_sec = 1};
        int error;

        if (self->diagnostics >= 0)
                return 0;
        self->diagnostics = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        if (self->diagnostics < 0)
                return -errno;
        if (setsockopt(self->diagnostics, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0)
                return 0;
        error = errno;
        darq_identity_deinit(self);
        return -error;
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

static bool is_loopback(const union address *address)
{
        const struct in6_addr *v6 = &address->v6.sin6_addr;

        if (address->any.sa_family == AF_INET)
                return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
        return address->any.sa_family == AF_INET6 &&
               (IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127));
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

/* Exactly one socket: no dump. */
static struct question question_make(unsigned int sequence, const union address *peer,
                                     const union address *own)
{
        struct question question = {
                .header = {.nlmsg_len = sizeof question,
                           .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                           .nlmsg_flags = NLM_F_REQUEST,
                           .nlmsg_seq = sequence},
                .body = {.sdiag_family = (__u8)peer->any.sa_family,
                         .sdiag_protocol = IPPROTO_TCP,
                         .idiag_states = ~0u,
                         .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}},
        };

        end_put(peer, question.body.id.idiag_src, &question.body.id.idiag_sport);
        end_put(own, question.body.id.idiag_dst, &question.body.id.idiag_dport);
        return question;
}

static int ask(const struct darq_identity *self, const struct question *question)
{
        while (send(self->diagnostics, question, sizeof *question, 0) < 0) {
                if (errno != EINTR)
                        return -errno;
        }
        return 0;
}

/* As IPv6 has it: the two ends of a connection may differ in whether they call an address IPv4 or IPv6. */
static struct in6_addr widened(unsigned int family, const __be32 *address)
{
        struct in6_addr wide = {.s6_addr[10] = 0xff, .s6_addr[11] = 0xff};

        if (family == AF_INET)
                memcpy(&wide.s6_addr[12], address, sizeof *address);
        else
                memcpy(&wide, address, sizeof wide);
        return wide;
}

static bool same_address(unsigned int family, const __be32 *address, unsigned int other_family,
                         const __be32 *other)
{
        struct in6_addr wide = widened(family, address);
        struct in6_addr other_wide = widened(other_family, other);

        return memcmp(&wide, &other_wide, sizeof wide) == 0;
}

static bool is_asked_for(const struct inet_diag_msg *body, const struct inet_diag_req_v2 *asked)
{
        const struct inet_diag_sockid *id = &asked->id;

        return body->id.idiag_sport == id->idiag_sport && body->id.idiag_dport == id->idiag_dport &&
               same_address(body->idiag_family, body->id.idiag_src, asked->sdiag_family,
                            id->idiag_src) &&
               same_address(body->idiag_family, body->id.idiag_dst, asked->sdiag_family,
                            id->idiag_dst);
}

static int answer_read(const struct nlmsghdr *header, const struct inet_diag_req_v2 *asked,
                       uid_t *uid)
{
        const struct inet_diag_msg *body = NLMSG_DATA(header);

        if (header->nlmsg_type == NLMSG_ERROR)
                return -EACCES;
        if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            header->nlmsg_len < NLMSG_LENGTH(sizeof *body) || !is_asked_for(body, asked))
                return -EPROTO;
        if (body->idiag_state != TCP_ESTABLISHED || body->idiag_inode == 0)
                return -EACCES;
        *uid = body->idiag_uid;
        return 0;
}

static int hear(const struct darq_identity *self, const struct question *question, uid_t *uid)
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
                if (answer.header.nlmsg_seq == question->header.nlmsg_seq)
                        return answer_read(&answer.header, &question->body, uid);
        }
}

static int uid_of_tcp(struct darq_identity *self, const union address *peer,
                      const union address *own, uid_t *uid)
{
        struct question question = question_make(++self->sequence, peer, own);
        int result = darq_identity_open(self);

        if (result == 0)
                result = ask(self, &question);
        return result < 0 ? result : hear(self, &question, uid);
}

int darq_identity_find(struct darq_identity *self, int fd, uid_t *uid)
{
        union address own = {0}, peer = {0};
        socklen_t size = sizeof own;

        if (getsockname(fd, &own.any, &size) < 0)
                return -errno;
        if (own.any.sa_family == AF_UNIX)
                return uid_of_unix(fd, uid);
        size = sizeof peer;
        if (getpeername(fd, &peer.any, &size) < 0)
                return -EACCES;
        if (!is_loopback(&peer) || !is_loopback(&own))
                return -EACCES;
        return uid_of_tcp(self, &peer, &own, uid);
}
