/* SPDX-License-Identifier: MIT */
/*
 * Whose the p-kernel is, as the library asks the system: the linker puts what is below in place of the system calls. A program
 * speaks to nobody but root, its own user, and the one that $DARQ_PKERNEL_UID names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <darq/status.h>

#include "libdarqwire/authority.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET = 1000, OURSELVES = 42, STRANGER = 4711 };

union address {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
};

struct answer {
        struct nlmsghdr header;
        struct inet_diag_msg body;
};

enum call { NONE, PEERNAME, SOCKNAME, OPTION, SOCKET_CALL, PATIENCE, SEND, RECEIVE };

/* What the system says. */
static struct {
        union address theirs, ours;
        enum call fails;
        unsigned int send_interrupts, recv_interrupts;
        struct answer answer;
        size_t answer_size, sent;
        uid_t uid; /* of a Unix socket */
} world;

int __wrap_socket(int domain, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int name, const void *from, socklen_t size);
int __wrap_getsockopt(int fd, int level, int name, void *to, socklen_t *size);
int __wrap_getsockname(int fd, struct sockaddr *to, socklen_t *size);
int __wrap_getpeername(int fd, struct sockaddr *to, socklen_t *size);
ssize_t __wrap_send(int fd, const void *data, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t size, int flags);
uid_t __wrap_geteuid(void);

static int result_of(enum call call)
{
        errno = world.fails == call ? ENOBUFS : 0;
        return world.fails == call ? -1 : 0;
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
        return result_of(SOCKET_CALL) < 0 ? -1 : dup(STDIN_FILENO);
}

int __wrap_setsockopt(int fd, int level, int name, const void *from, socklen_t size)
{
        (void)fd;
        (void)level;
        (void)name;
        (void)from;
        (void)size;
        return result_of(PATIENCE);
}

int __wrap_getsockopt(int fd, int level, int name, void *to, socklen_t *size)
{
        const struct ucred credentials = {.pid = 1, .uid = world.uid};

        (void)fd;
        assert_true(level == SOL_SOCKET && name == SO_PEERCRED && *size >= sizeof credentials);
        memcpy(to, &credentials, sizeof credentials);
        return result_of(OPTION);
}

int __wrap_getsockname(int fd, struct sockaddr *to, socklen_t *size)
{
        assert_int_equal(fd, SOCKET);
        memcpy(to, &world.ours, sizeof world.ours);
        *size = sizeof world.ours;
        return result_of(SOCKNAME);
}

int __wrap_getpeername(int fd, struct sockaddr *to, socklen_t *size)
{
        assert_int_equal(fd, SOCKET);
        memcpy(to, &world.theirs, sizeof world.theirs);
        *size = sizeof world.theirs;
        return result_of(PEERNAME);
}

ssize_t __wrap_send(int fd, const void *data, size_t size, int flags)
{
        (void)fd;
        (void)data;
        (void)flags;
        if (interrupted(&world.send_interrupts))
                return -1;
        return result_of(SEND) < 0 ? -1 : (ssize_t)(world.sent != 0 ? world.sent : size);
}

ssize_t __wrap_recv(int fd, void *to, size_t size, int flags)
{
        (void)fd;
        (void)flags;
        if (interrupted(&world.recv_interrupts))
                return -1;
        assert_true(size >= sizeof world.answer);
        memcpy(to, &world.answer, sizeof world.answer);
        return result_of(RECEIVE) < 0 ? -1 : (ssize_t)world.answer_size;
}

uid_t __wrap_geteuid(void)
{
        return OURSELVES;
}

static void address_put(union address *address, const char *text, uint16_t port)
{
        memset(address, 0, sizeof *address);
        if (strchr(text, ':') == NULL) {
                address->v4.sin_family = AF_INET;
                address->v4.sin_port = htons(port);
                assert_int_equal(inet_pton(AF_INET, text, &address->v4.sin_addr), 1);
        } else {
                address->v6.sin6_family = AF_INET6;
                address->v6.sin6_port = htons(port);
                assert_int_equal(inet_pton(AF_INET6, text, &address->v6.sin6_addr), 1);
        }
}

static void id_put(const char *text, __be32 *to)
{
        memset(to, 0, 16);
        assert_int_equal(inet_pton(strchr(text, ':') == NULL ? AF_INET : AF_INET6, text, to), 1);
}

/* They listen on port 11500, and root answers for their end. */
static void connect_tcp(const char *theirs, const char *ours)
{
        memset(&world, 0, sizeof world);
        address_put(&world.theirs, theirs, 11500);
        address_put(&world.ours, ours, 40000);
        world.answer = (struct answer){
                .header = {.nlmsg_len = sizeof world.answer, .nlmsg_type = SOCK_DIAG_BY_FAMILY},
                .body = {.idiag_state = TCP_ESTABLISHED, .idiag_inode = 7}};
        world.answer.body.id.idiag_sport = htons(11500);
        world.answer.body.id.idiag_dport = htons(40000);
        id_put(theirs, world.answer.body.id.idiag_src);
        id_put(ours, world.answer.body.id.idiag_dst);
        world.answer_size = sizeof world.answer;
}

static int setup(void **state)
{
        (void)state;
        unsetenv("DARQ_PKERNEL_UID");
        connect_tcp("127.0.0.1", "127.0.0.1");
        return 0;
}

static int check(void)
{
        long uid = 0;
        int result = darq_authority_check(SOCKET, &uid);

        assert_true(result == 0 || result == DARQ_E_NOT_ALLOWED);
        return result;
}

static void who_may_be_the_p_kernel(void **state)
{
        static const struct {
                uid_t uid;
                const char *named;
                bool allowed;
        } rows[] = {
                {0, NULL, true},
                {OURSELVES, NULL, true},
                {STRANGER, NULL, false},
                {STRANGER, "", false},
                {STRANGER, "4711", true},
                {STRANGER, "4712", false},
                {STRANGER, "4711x", false},
                {STRANGER, "x", false},
                {STRANGER, "99999999999999999999", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                unsetenv("DARQ_PKERNEL_UID");
                if (rows[i].named != NULL)
                        setenv("DARQ_PKERNEL_UID", rows[i].named, 1);
                connect_tcp("127.0.0.1", "127.0.0.1");
                world.answer.body.idiag_uid = rows[i].uid;
                if ((check() == 0) != rows[i].allowed)
                        fail_msg("row %zu, TCP", i);
                world.theirs.any.sa_family = AF_UNIX;
                world.uid = rows[i].uid;
                if ((check() == 0) != rows[i].allowed)
                        fail_msg("row %zu, Unix", i);
        }
}

static void it_is_on_this_machine(void **state)
{
        static const struct {
                const char *theirs, *ours;
                bool allowed;
        } rows[] = {
                {"127.0.0.1", "127.0.0.1", true},
                {"127.9.9.9", "127.0.0.1", true},
                {"192.0.2.1", "127.0.0.1", false},
                {"127.0.0.1", "192.0.2.1", false},
                {"::1", "::1", true},
                {"::ffff:127.0.0.1", "::ffff:127.0.0.1", true},
                {"::ffff:192.0.2.1", "::ffff:127.0.0.1", false},
                {"::1", "::2", false},
                {"2001:db8::1", "::1", false},
                {"0:1::1", "::1", false},
                {"::1:0:0:1", "::1", false},
                {"::1:0:1", "::1", false},
                {"::1:127.0.0.1", "::1", false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                connect_tcp(rows[i].theirs, rows[i].ours);
                if ((check() == 0) != rows[i].allowed)
                        fail_msg("%s, %s", rows[i].theirs, rows[i].ours);
        }
}

/* As if the system had told of another socket: nobody is let pass for it. */
static void an_answer_about_another_socket_is_none(void **state)
{
        (void)state;
        world.answer.body.idiag_state = TCP_CLOSE;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
        setup(NULL);
        world.answer.body.idiag_inode = 0;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
        setup(NULL);
        world.answer.body.id.idiag_sport++;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
        setup(NULL);
        world.answer.body.id.idiag_dport++;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
        setup(NULL);
        world.answer.body.id.idiag_src[0]++;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
        setup(NULL);
        world.answer.body.id.idiag_dst[3]++;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
        setup(NULL);
        world.answer.header.nlmsg_type = NLMSG_ERROR;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
        setup(NULL);
        world.answer_size--;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
}

static void who_cannot_be_asked_about_is_nobody(void **state)
{
        (void)state;
        for (enum call call = PEERNAME; call <= RECEIVE; call++) {
                setup(NULL);
                if (call == OPTION)
                        world.theirs.any.sa_family = AF_UNIX;
                world.fails = call;
                if (check() != DARQ_E_NOT_ALLOWED)
                        fail_msg("call %d", (int)call);
        }
        setup(NULL);
        world.sent = 5;
        assert_int_equal(check(), DARQ_E_NOT_ALLOWED);
}

static void an_interrupted_question_is_asked_again(void **state)
{
        (void)state;
        world.send_interrupts = world.recv_interrupts = 2;
        assert_int_equal(check(), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, NULL)
        const struct CMUnitTest tests[] = {
                CASE(who_may_be_the_p_kernel),
                CASE(it_is_on_this_machine),
                CASE(an_answer_about_another_socket_is_none),
                CASE(who_cannot_be_asked_about_is_nobody),
                CASE(an_interrupted_question_is_asked_again),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
