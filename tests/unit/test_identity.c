/* SPDX-License-Identifier: MIT */
/*
 * Who is at the other end of a socket, as the system tells it: the linker puts what is below in place of the system calls, so
 * that every address and every answer can be given. test_shell has these calls fail; here they say something.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/shell/identity.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOCKET = 1000, ANSWERS_MAX = 4 };

union address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
};

struct answer {
        struct nlmsghdr header;
        struct inet_diag_msg body;
};

/* What the system says. */
static struct {
        union address own, peer;
        bool gone;    /* the peer has no name any more */
        uid_t uid;    /* of a Unix socket */
        int unknown;  /* the errno with which it has no uid */
        int deaf;     /* with which it takes no question, */
        int mute;     /* gives no answer, */
        bool blocked; /* or has no socket for them */
        bool rude;    /* or takes no option */
        unsigned int send_interrupts, recv_interrupts;
        struct answer answers[ANSWERS_MAX]; /* sequence 0: that of the question */
        size_t size;                        /* of an answer that is cut short */
        unsigned int given;
        struct inet_diag_sockid asked;
        unsigned int sequence;
} world;

int __wrap_socket(int domain, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int name, const void *from, socklen_t size);
int __wrap_getsockopt(int fd, int level, int name, void *to, socklen_t *size);
int __wrap_getsockname(int fd, struct sockaddr *to, socklen_t *size);
int __wrap_getpeername(int fd, struct sockaddr *to, socklen_t *size);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);

static int failure(int error)
{
        errno = error;
        return -1;
}

int __wrap_socket(int domain, int type, int protocol)
{
        (void)domain;
        (void)type;
        (void)protocol;
        return world.blocked ? failure(EMFILE) : dup(STDIN_FILENO);
}

int __wrap_setsockopt(int fd, int level, int name, const void *from, socklen_t size)
{
        (void)fd;
        (void)level;
        (void)name;
        (void)from;
        (void)size;
        return world.rude ? failure(ENOMEM) : 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *to, socklen_t *size)
{
        const struct ucred credentials = {.pid = 1, .uid = world.uid};

        (void)fd;
        assert_true(level == SOL_SOCKET && name == SO_PEERCRED && *size >= sizeof credentials);
        if (world.unknown != 0)
                return failure(world.unknown);
        memcpy(to, &credentials, sizeof credentials);
        return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *to, socklen_t *size)
{
        if (fd != SOCKET)
                return failure(EBADF);
        memcpy(to, &world.own, sizeof world.own);
        *size = sizeof world.own;
        return 0;
}

int __wrap_getpeername(int fd, struct sockaddr *to, socklen_t *size)
{
        (void)fd;
        if (world.gone)
                return failure(ENOTCONN);
        memcpy(to, &world.peer, sizeof world.peer);
        *size = sizeof world.peer;
        return 0;
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
        struct {
                struct nlmsghdr header;
                struct inet_diag_req_v2 body;
        } question;

        (void)fd;
        (void)flags;
        if (world.send_interrupts != 0) {
                world.send_interrupts--;
                return failure(EINTR);
        }
        if (world.deaf != 0)
                return failure(world.deaf);
        assert_int_equal(size, sizeof question);
        memcpy(&question, data, sizeof question);
        world.asked = question.body.id;
        world.sequence = question.header.nlmsg_seq;
        return (ssize_t)size;
}

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
        struct answer *answer = &world.answers[world.given];

        (void)fd;
        (void)flags;
        if (world.recv_interrupts != 0) {
                world.recv_interrupts--;
                return failure(EINTR);
        }
        if (world.mute != 0)
                return failure(world.mute);
        assert_true(world.given < ANSWERS_MAX && size >= sizeof *answer);
        world.given++;
        if (answer->header.nlmsg_seq == 0)
                answer->header.nlmsg_seq = world.sequence;
        memcpy(to, answer, sizeof *answer);
        return (ssize_t)(world.size != 0 ? world.size : sizeof *answer);
}

static struct answer answer_of(uid_t uid)
{
        return (struct answer){
                .header = {.nlmsg_len = sizeof(struct answer), .nlmsg_type = SOCK_DIAG_BY_FAMILY},
                .body = {.idiag_state = TCP_ESTABLISHED, .idiag_inode = 7, .idiag_uid = uid}};
}

/* On loopback, from port 2 to port 1, of uid 42. */
static int setup(void **state)
{
        struct sockaddr_in loopback = {
                .sin_family = AF_INET, .sin_port = htons(1), .sin_addr = {htonl(INADDR_LOOPBACK)}};

        (void)state;
        memset(&world, 0, sizeof world);
        world.own.v4 = world.peer.v4 = loopback;
        world.peer.v4.sin_port = htons(2);
        world.answers[0] = answer_of(42);
        return 0;
}

/* What comes of it; *uid as it was if it fails. */
static int find(uid_t *uid)
{
        struct identity identity;
        int result;

        assert_int_equal(identity_init(&identity), 0);
        *uid = 4711;
        result = identity_find(&identity, SOCKET, uid);
        assert_true(result == 0 || *uid == 4711);
        identity_deinit(&identity);
        identity_deinit(&identity);
        return result;
}

static void assert_refused(int result)
{
        uid_t uid;

        assert_int_equal(find(&uid), result);
}

static void a_unix_socket_has_its_uid(void **state)
{
        uid_t uid;

        (void)state;
        world.own.any.sa_family = AF_UNIX;
        world.uid = 0;
        assert_int_equal(find(&uid), 0);
        assert_int_equal(uid, 0);
        world.uid = (uid_t)-1; /* of another user namespace: nobody */
        assert_refused(-EACCES);
        world.unknown = ENOBUFS;
        assert_refused(-ENOBUFS);
}

static void the_system_is_asked_for_the_peers_end(void **state)
{
        uid_t uid;

        (void)state;
        assert_int_equal(find(&uid), 0);
        assert_int_equal(uid, 42);
        assert_int_equal(world.asked.idiag_sport, htons(2));
        assert_int_equal(world.asked.idiag_dport, htons(1));
        assert_int_equal(world.asked.idiag_src[0], htonl(INADDR_LOOPBACK));
}

static void only_loopback_is_asked_about(void **state)
{
        static const struct {
                const char *text;
                bool loopback;
        } rows[] = {
                {"::1", true},      {"::2", false},
                {"::1:0:1", false}, {"::1:0:0:0:1", false},
                {"1::1", false},    {"fe80::1", false},
                {"::", false},      {"::ffff:127.0.0.1", false},
        };
        uid_t uid;

        (void)state;
        world.peer.v4.sin_addr.s_addr = htonl(0x7f123456);
        assert_int_equal(find(&uid), 0);
        world.peer.v4.sin_addr.s_addr = htonl(0x80000001);
        assert_refused(-EACCES);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                world.given = 0;
                world.answers[0] = answer_of(42);
                world.own.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
                world.peer.v6 = world.own.v6;
                assert_int_equal(inet_pton(AF_INET6, rows[i].text, &world.peer.v6.sin6_addr), 1);
                if (find(&uid) != (rows[i].loopback ? 0 : -EACCES))
                        fail_msg("%s", rows[i].text);
        }
        world.peer.any.sa_family = AF_VSOCK;
        assert_refused(-EACCES);
}

static void a_peer_that_has_gone_is_nobody(void **state)
{
        (void)state;
        world.gone = true;
        assert_refused(-EACCES);
        world.gone = false;
        world.answers[0] = answer_of(0);
        world.answers[0].body.idiag_inode = 0;
        assert_refused(-EACCES);
        world.given = 0;
        world.answers[0] = answer_of(0);
        world.answers[0].body.idiag_state = TCP_CLOSE;
        assert_refused(-EACCES);
        world.given = 0;
        world.answers[0] = answer_of(0);
        world.answers[0].header.nlmsg_type = NLMSG_ERROR;
        assert_refused(-EACCES);
}

static void an_answer_that_is_none_is_refused(void **state)
{
        (void)state;
        world.answers[0].header.nlmsg_type = NLMSG_DONE;
        assert_refused(-EPROTO);
        world.given = 0;
        world.answers[0] = answer_of(42);
        world.answers[0].header.nlmsg_len = NLMSG_LENGTH(4); /* an answer without all of its body */
        assert_refused(-EPROTO);
        world.answers[0] = answer_of(42);
        for (size_t size = 1; size < sizeof(struct answer); size++) { /* shorter than it says */
                world.given = 0;
                world.size = size;
                assert_refused(-EPROTO);
        }
        world.given = 0;
        world.size = 0;
        world.answers[0].header.nlmsg_len = 3; /* shorter than its own header */
        assert_refused(-EPROTO);
}

static void an_answer_to_an_earlier_question_is_passed_over(void **state)
{
        uid_t uid;

        (void)state;
        world.answers[0] = answer_of(0);
        world.answers[0].header.nlmsg_seq = 12345;
        world.answers[1] = answer_of(43);
        assert_int_equal(find(&uid), 0);
        assert_int_equal(uid, 43);
}

static void an_interrupted_question_is_asked_again(void **state)
{
        uid_t uid;

        (void)state;
        world.send_interrupts = world.recv_interrupts = 2;
        assert_int_equal(find(&uid), 0);
        assert_int_equal(uid, 42);
}

static void what_the_system_refuses_is_told(void **state)
{
        struct identity identity;
        uid_t uid;

        (void)state;
        world.deaf = ENOBUFS;
        assert_refused(-ENOBUFS);
        world.deaf = 0;
        world.mute = EAGAIN; /* its second has passed */
        assert_refused(-EAGAIN);
        world.blocked = true;
        assert_int_equal(identity_init(&identity), -EMFILE);
        identity_deinit(&identity);
        world.blocked = false;
        world.rude = true;
        assert_int_equal(identity_init(&identity), -ENOMEM);
        assert_int_equal(identity_find(&identity, SOCKET + 1, &uid), -EBADF);
        identity_deinit(&identity);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, NULL)
        const struct CMUnitTest tests[] = {
                CASE(a_unix_socket_has_its_uid),
                CASE(the_system_is_asked_for_the_peers_end),
                CASE(only_loopback_is_asked_about),
                CASE(a_peer_that_has_gone_is_nobody),
                CASE(an_answer_that_is_none_is_refused),
                CASE(an_answer_to_an_earlier_question_is_passed_over),
                CASE(an_interrupted_question_is_asked_again),
                CASE(what_the_system_refuses_is_told),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
