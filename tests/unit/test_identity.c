/* SPDX-License-Identifier: MIT */
/*
 * Who is at the other end of a socket, by what the system says (far_end.h). test_shell and test_client have these calls fail
 * in a p-kernel and in a client.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libdarqwire/identity.h"
#include "tests/unit/far_end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>

enum { OWNER = 42, NOT_FOUND = 4711 };

static int setup(void **state)
{
        (void)state;
        far_end_tcp("127.0.0.1", "127.0.0.1", OWNER);
        return 0;
}

/* What comes of it; *uid as it was if it fails. */
static int find(uid_t *uid)
{
        struct darq_identity identity;
        int result;

        darq_identity_init(&identity);
        *uid = NOT_FOUND;
        result = darq_identity_find(&identity, FAR_END_SOCKET, uid);
        assert_true(result == 0 || *uid == NOT_FOUND);
        darq_identity_deinit(&identity);
        darq_identity_deinit(&identity);
        return result;
}

static void assert_refused(int result)
{
        uid_t uid;

        assert_int_equal(find(&uid), result);
        setup(NULL);
}

static void assert_owned(uid_t owner)
{
        uid_t uid;

        assert_int_equal(find(&uid), 0);
        assert_int_equal(uid, owner);
}

static void a_unix_socket_has_its_uid(void **state)
{
        (void)state;
        far_end_unix(0);
        assert_owned(0);
        far_end.uid = (uid_t)-1; /* of another user namespace: nobody */
        assert_refused(-EACCES);
}

static void the_system_is_asked_for_the_peers_end(void **state)
{
        (void)state;
        assert_owned(OWNER);
        assert_int_equal(far_end.asked.sdiag_family, AF_INET);
        assert_int_equal(far_end.asked.id.idiag_sport, htons(FAR_END_PORT));
        assert_int_equal(far_end.asked.id.idiag_dport, htons(FAR_END_OWN_PORT));
        assert_int_equal(far_end.asked.id.idiag_src[0], htonl(INADDR_LOOPBACK));
        assert_int_equal(far_end.asked.id.idiag_dst[0], htonl(INADDR_LOOPBACK));
}

static void only_loopback_is_asked_about(void **state)
{
        static const struct {
                const char *peer, *own;
                bool loopback;
        } rows[] = {
                {"127.0.0.1", "127.0.0.1", true},
                {"127.9.9.9", "127.0.0.1", true},
                {"128.0.0.1", "127.0.0.1", false},
                {"192.0.2.1", "127.0.0.1", false},
                {"127.0.0.1", "192.0.2.1", false},
                {"::1", "::1", true},
                {"::1", "::2", false},
                {"::2", "::1", false},
                {"::", "::1", false},
                {"1::1", "::1", false},
                {"0:1::1", "::1", false},
                {"2001:db8::1", "::1", false},
                {"fe80::1", "::1", false},
                {"::1:0:0:0:1", "::1", false},
                {"::1:0:0:1", "::1", false},
                {"::1:0:1", "::1", false},
                {"::1:127.0.0.1", "::1", false},
                {"::ffff:127.0.0.1", "::ffff:127.0.0.1", true},
                {"::ffff:192.0.2.1", "::ffff:127.0.0.1", false},
        };
        uid_t uid;

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                far_end_tcp(rows[i].peer, rows[i].own, OWNER);
                if (find(&uid) != (rows[i].loopback ? 0 : -EACCES) ||
                    far_end.given != rows[i].loopback)
                        fail_msg("%s, %s", rows[i].peer, rows[i].own);
        }
        far_end.peer.any.sa_family = AF_VSOCK;
        assert_refused(-EACCES);
}

/* One end has an IPv6 socket, the other an IPv4 one: each calls the addresses what they are to it. */
static void an_ipv4_address_is_the_same_in_ipv6(void **state)
{
        struct far_end_answer answer;

        (void)state;
        answer = far_end.answers[0];
        far_end_tcp("::ffff:127.0.0.1", "::ffff:127.0.0.1", 0);
        far_end.answers[0] = answer;
        assert_owned(OWNER);
        far_end_tcp("::ffff:127.0.0.1", "::ffff:127.0.0.1", OWNER);
        answer = far_end.answers[0];
        setup(NULL);
        far_end.answers[0] = answer;
        assert_owned(OWNER);
}

/* As if the system had told of another socket: nobody is let pass for it. */
static void an_answer_about_another_socket_is_none(void **state)
{
        (void)state;
        far_end.answers[0].body.id.idiag_sport++;
        assert_refused(-EPROTO);
        far_end.answers[0].body.id.idiag_dport++;
        assert_refused(-EPROTO);
        far_end.answers[0].body.id.idiag_src[0]++;
        assert_refused(-EPROTO);
        far_end.answers[0].body.id.idiag_dst[0]++;
        assert_refused(-EPROTO);
        far_end_tcp("::1", "::1", OWNER);
        far_end.answers[0].body.id.idiag_dst[2]++;
        assert_refused(-EPROTO);
}

static void a_peer_that_has_gone_is_nobody(void **state)
{
        (void)state;
        far_end.errors[FAR_END_PEERNAME] = ENOTCONN;
        assert_refused(-EACCES);
        far_end.answers[0].body.idiag_inode = 0;
        assert_refused(-EACCES);
        far_end.answers[0].body.idiag_state = TCP_CLOSE;
        assert_refused(-EACCES);
        far_end.answers[0].header.nlmsg_type = NLMSG_ERROR;
        assert_refused(-EACCES);
}

static void an_answer_that_is_none_is_refused(void **state)
{
        (void)state;
        far_end.answers[0].header.nlmsg_type = NLMSG_DONE;
        assert_refused(-EPROTO);
        far_end.answers[0].header.nlmsg_len = NLMSG_LENGTH(4); /* without all of its body */
        assert_refused(-EPROTO);
        far_end.answers[0].header.nlmsg_len = 3; /* shorter than its own header */
        assert_refused(-EPROTO);
        for (size_t size = 1; size < sizeof(struct far_end_answer); size++) {
                far_end.size = size; /* shorter than it says */
                assert_refused(-EPROTO);
        }
}

static void an_answer_to_an_earlier_question_is_passed_over(void **state)
{
        (void)state;
        far_end.answers[0].header.nlmsg_seq = 12345;
        far_end.answers[0].body.idiag_uid = 0;
        assert_owned(OWNER);
}

static void an_interrupted_question_is_asked_again(void **state)
{
        (void)state;
        far_end.send_interrupts = far_end.recv_interrupts = 2;
        assert_owned(OWNER);
}

static void what_the_system_refuses_is_told(void **state)
{
        static const struct {
                enum far_end_call call;
                int error;
        } rows[] = {
                {FAR_END_SOCKNAME, EBADF}, {FAR_END_OPEN, EMFILE},    {FAR_END_PATIENCE, ENOMEM},
                {FAR_END_SEND, ENOBUFS},   {FAR_END_RECEIVE, EAGAIN}, /* its second has passed */
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                far_end.errors[rows[i].call] = rows[i].error;
                assert_refused(-rows[i].error);
        }
        far_end_unix(0);
        far_end.errors[FAR_END_OPTION] = ENOBUFS;
        assert_refused(-ENOBUFS);
}

static void what_is_opened_beforehand_is_not_opened_again(void **state)
{
        struct darq_identity identity;
        uid_t uid;

        (void)state;
        darq_identity_init(&identity);
        far_end.errors[FAR_END_OPEN] = EMFILE;
        assert_int_equal(darq_identity_open(&identity), -EMFILE);
        far_end.errors[FAR_END_OPEN] = 0;
        assert_int_equal(darq_identity_open(&identity), 0);
        far_end.errors[FAR_END_OPEN] = EMFILE;
        assert_int_equal(darq_identity_find(&identity, FAR_END_SOCKET, &uid), 0);
        darq_identity_deinit(&identity);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, NULL)
        const struct CMUnitTest tests[] = {
                CASE(a_unix_socket_has_its_uid),
                CASE(the_system_is_asked_for_the_peers_end),
                CASE(only_loopback_is_asked_about),
                CASE(an_ipv4_address_is_the_same_in_ipv6),
                CASE(an_answer_about_another_socket_is_none),
                CASE(a_peer_that_has_gone_is_nobody),
                CASE(an_answer_that_is_none_is_refused),
                CASE(an_answer_to_an_earlier_question_is_passed_over),
                CASE(an_interrupted_question_is_asked_again),
                CASE(what_the_system_refuses_is_told),
                CASE(what_is_opened_beforehand_is_not_opened_again),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
