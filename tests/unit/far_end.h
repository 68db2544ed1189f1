/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAR_END_H
#define TESTS_FAR_END_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * What the system says of the other end of a socket: the linker puts what is in far_end.c in place of the system calls, so that
 * every address and every answer can be given.
 */

enum { FAR_END_SOCKET = 1000, FAR_END_ANSWERS = 4, FAR_END_PORT = 11500, FAR_END_OWN_PORT = 40000 };

enum far_end_call {
        FAR_END_SOCKNAME,
        FAR_END_PEERNAME,
        FAR_END_OPTION,   /* getsockopt() */
        FAR_END_OPEN,     /* socket() */
        FAR_END_PATIENCE, /* setsockopt() */
        FAR_END_SEND,
        FAR_END_RECEIVE,
        FAR_END_CALLS,
};

struct far_end_answer {
        struct nlmsghdr header;
        struct inet_diag_msg body;
};

struct far_end {
        union {
                struct sockaddr any;
                struct sockaddr_in v4;
                struct sockaddr_in6 v6;
        } own, peer;
        uid_t uid;                                      /* of a Unix socket */
        int errors[FAR_END_CALLS];                      /* with which calls fail */
        unsigned int send_interrupts, recv_interrupts;  /* so often, first */
        struct far_end_answer answers[FAR_END_ANSWERS]; /* sequence 0: that of the question */
        size_t size;                                    /* of an answer that is cut short */
        unsigned int given;                             /* answers */
        struct inet_diag_req_v2 asked;
        unsigned int sequence;
};
extern struct far_end far_end;

/** TCP, from FAR_END_OWN_PORT of own to FAR_END_PORT of peer, which is that user's. */
void far_end_tcp(const char *peer, const char *own, uid_t uid);

/** A Unix socket, whose other end is that user's. */
void far_end_unix(uid_t uid);

#endif
