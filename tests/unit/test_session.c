/* SPDX-License-Identifier: MIT */
/*
 * Sessions: opening, ports, the raw layer, turns, stopping, other event loops.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "echo.darq.h"
#include "fake_kernel.h"

enum { RAW = 12000 };

static int setup(void **state)
{
        *state = fake_open(0);
        return 0;
}

static int teardown(void **state)
{
        fake_close(*state);
        return 0;
}

static void assert_open_fails(const char *address, int status, const char *part)
{
        struct darq_session *session;

        assert_int_equal(darq_session_open(&session, address, 0), status);
        assert_non_null(session);
        if (strstr(darq_session_error(session), part) == NULL)
                fail_msg("\"%s\" doesn't say \"%s\"", darq_session_error(session), part);
        darq_session_close(session);
}

static void test_addresses_that_are_none(void **state)
{
        static const char *const addresses[] = {"http://x", "tcp:", "tcp:host", "tcp:host:70000",
                                                "unix:",    "fd:3", "fd:x:1",   "tcp::1"};

        (void)state;
        for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
                assert_open_fails(addresses[i], DARQ_E_INVALID, addresses[i]);
        assert_open_fails("fd:0:1", DARQ_E_INVALID, "another process");
        assert_string_equal(darq_session_error(NULL), "memory is short");
}

static void test_nobody_listens(void **state)
{
        (void)state;
        assert_open_fails("unix:/nowhere/at/all", DARQ_E_NO_LINK,
                          "can't be reached at unix:/nowhere/at/all: No such file");
        assert_open_fails("tcp:127.0.0.1:1", DARQ_E_NO_LINK,
                          "can't be reached at tcp:127.0.0.1:1:");
        assert_open_fails("tcp:[::1]:1", DARQ_E_NO_LINK, "can't be reached at tcp:[::1]:1:");
}

static void test_hang_up_before_welcome(void **state)
{
        char address[64];
        int fds[2];

        (void)state;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        close(fds[0]);
        snprintf(address, sizeof address, "fd:%d:%ld", fds[1], (long)getpid());
        assert_open_fails(address, DARQ_E_NO_LINK, "lost");
}

static void test_inherited_variable_is_used_once(void **state)
{
        struct darq_session *session;
        char address[64];

        (void)state;
        snprintf(address, sizeof address, "fd:9999:%ld", (long)getpid());
        setenv("DARQ_PKERNEL", address, 1);
        assert_int_equal(darq_session_open(&session, NULL, 0), DARQ_E_NO_LINK);
        darq_session_close(session);
        assert_null(getenv("DARQ_PKERNEL"));
}

static void test_welcome_is_remembered(void **state)
{
        struct fake_kernel *fake = *state;

        assert_int_equal(darq_session_connection_id(fake->session), FAKE_CONNECTION);
}

static void test_results_of_opening_a_port(void **state)
{
        static const int results[] = {0, DARQ_E_IN_USE, DARQ_E_NOT_ALLOWED, DARQ_E_QUOTA,
                                      DARQ_E_INVALID};
        struct fake_kernel *fake = *state;
        struct darq_frame_port body;
        uint64_t port;

        for (uint32_t i = 0; i < 5; i++) {
                port = RAW;
                fake_opened(fake, i + 2, (uint8_t)i, RAW);
                assert_int_equal(darq_port_open(fake->session, &port), results[i]);
                body = darq_frame_port_get(fake_take(fake, DARQ_FRAME_OPEN_PORT).body);
                assert_int_equal(body.request, i + 2);
                assert_int_equal(body.port, RAW);
        }
        assert_int_equal(darq_port_close(fake->session, RAW), 0);
        assert_int_equal(darq_frame_port_get(fake_take(fake, DARQ_FRAME_CLOSE_PORT).body).port,
                         RAW);
        assert_int_equal(darq_port_close(fake->session, RAW), DARQ_E_INVALID);
}

static void test_messages_right_behind_the_port(void **state)
{
        struct fake_kernel *fake = *state;
        struct fake_message said = {
                .source = FAKE_PEER, .destination = RAW, .ports = {55555555555, 66666666666}};
        struct darq_message *message;
        uint64_t port = RAW;

        fake_opened(fake, 2, DARQ_FRAME_OPENED, RAW);
        fake_message(fake, &said, "abc", 3);
        assert_int_equal(darq_port_open(fake->session, &port), 0);
        assert_int_equal(darq_message_receive(fake->session, RAW, 0, &message), 0);
        assert_int_equal(message->source, FAKE_PEER);
        assert_int_equal(message->payload.size, 3);
        assert_memory_equal(message->payload.data, "abc", 3);
        assert_int_equal(message->port_count, 2);
        assert_int_equal(message->ports[1].port, 66666666666);
        assert_false(message->request);
        darq_message_free(message);
}

/* A port was ours and becomes another's. What came when it was ours is let go of later, and mustn't take the right along. */
static void test_a_number_that_was_ours(void **state)
{
        struct fake_kernel *fake = *state;
        const struct fake_message said = {
                .source = FAKE_PEER, .destination = RAW, .ports = {RAW + 1}};
        struct darq_message *before, *after;
        struct darq_proxy kept;
        uint64_t port = RAW + 1;

        fake_open_port(fake, RAW);
        fake_opened(fake, 3, DARQ_FRAME_OPENED, RAW + 1);
        assert_int_equal(darq_port_open(fake->session, &port), 0);
        fake_take(fake, DARQ_FRAME_OPEN_PORT);
        fake_message(fake, &said, "", 0);
        assert_int_equal(darq_message_receive(fake->session, RAW, 0, &before), 0);
        assert_int_equal(darq_port_close(fake->session, RAW + 1), 0);
        fake_take(fake, DARQ_FRAME_CLOSE_PORT);
        fake_message(fake, &said, "", 0);
        assert_int_equal(darq_message_receive(fake->session, RAW, 0, &after), 0);
        kept = after->ports[0];
        darq_proxy_keep(&kept);
        darq_message_free(before);
        darq_message_free(after);
        fake_expect_silence(fake);
        darq_proxy_close(&kept);
        assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).message.destination,
                         DARQ_PORT_KERNEL);
}

/* A port was another's and becomes ours: a proxy from before doesn't close it. */
static void test_a_number_that_becomes_ours(void **state)
{
        static const struct echo_ops ops = {0};
        struct fake_kernel *fake = *state;
        struct darq_proxy before;
        struct echo served;

        assert_int_equal(darq_proxy_at(&before, fake->session, RAW), 0);
        fake_opened(fake, 2, DARQ_FRAME_OPENED, RAW);
        assert_int_equal(echo_ops_serve(&ops, NULL, fake->session, &served), 0);
        fake_take(fake, DARQ_FRAME_OPEN_PORT);
        darq_proxy_close(&before);
        fake_expect_silence(fake);
        darq_proxy_close(&served.proxy);
        fake_take(fake, DARQ_FRAME_CLOSE_PORT);
}

static void test_receiving_waits_as_long_as_told(void **state)
{
        struct fake_kernel *fake = *state;
        struct fake_message said = {.source = FAKE_SLOT,
                                    .destination = RAW,
                                    .call = 42,
                                    .flags = DARQ_FRAME_REQUEST,
                                    .timeout_ms = 99};
        struct darq_message *message;

        fake_open_port(fake, RAW);
        assert_int_equal(darq_message_receive(fake->session, RAW, 0, &message), DARQ_E_AGAIN);
        assert_int_equal(darq_message_receive(fake->session, RAW, 15, &message), DARQ_E_AGAIN);
        assert_int_equal(darq_message_receive(fake->session, RAW + 1, 0, &message), DARQ_E_INVALID);
        fake_message(fake, &said, "", 0);
        assert_int_equal(darq_message_receive(fake->session, RAW, -1, &message), 0);
        assert_true(message->request);
        assert_int_equal(message->caller, 42);
        assert_int_equal(message->timeout_ms, 99);
        darq_message_free(message);
}

static void test_sending_raw_messages(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_outgoing out = {.destination = FAKE_PEER,
                                    .payload = {(const uint8_t *)"hello", 5}};
        struct darq_frame_chunk chunk;
        struct fake_frame frame;

        assert_int_equal(darq_message_send(fake->session, &out), 0);
        frame = fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        assert_false(frame.header.extended);
        assert_int_equal(frame.message.source, FAKE_OWN_PORT);
        assert_int_equal(frame.message.payload_size, 5);
        assert_memory_equal(frame.payload, "hello", 5);
        out.give_source = true;
        assert_int_equal(darq_message_send(fake->session, &out), 0);
        assert_int_equal(fake_take(fake, DARQ_FRAME_MESSAGE_IN).header.flags,
                         DARQ_FRAME_GIVE_SOURCE);
        out.give_source = false;
        assert_int_equal(darq_chunk_send(fake->session, &out, 3, 70000, true), 0);
        chunk = darq_frame_chunk_get(fake_take(fake, DARQ_FRAME_CHUNK_IN).body);
        assert_int_equal(chunk.stream, 3);
        assert_int_equal(chunk.offset, 70000);
        assert_int_equal(chunk.flags, DARQ_FRAME_FIN);
        assert_int_equal(chunk.payload_size, 5);
        out.destination = 0;
        assert_int_equal(darq_message_send(fake->session, &out), DARQ_E_INVALID);
}

static void test_raw_call(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_outgoing out = {.destination = FAKE_PEER, .payload = {(const uint8_t *)"?", 1}};
        struct darq_message *reply;

        fake_reply(fake, 1, darq_bytes_of("!!", 2));
        assert_int_equal(darq_message_call(fake->session, &out, 0, &reply), 0);
        assert_memory_equal(reply->payload.data, "!!", 2);
        darq_message_free(reply);
        fake_undeliverable(fake, 2, FAKE_PEER, DARQ_FRAME_NO_PORT, "");
        assert_int_equal(darq_message_call(fake->session, &out, 0, &reply), DARQ_E_NO_PORT);
}

struct undelivered {
        uint64_t port;
        int status;
        char text[32];
};

static void on_undelivered(void *context, uint64_t port, int status, const char *text)
{
        struct undelivered *self = context;

        self->port = port;
        self->status = status;
        snprintf(self->text, sizeof self->text, "%s", text);
}

static void test_undelivered_one_way_messages(void **state)
{
        struct fake_kernel *fake = *state;
        struct undelivered undelivered = {0};

        darq_session_on_undelivered(fake->session, on_undelivered, &undelivered);
        fake_undeliverable(fake, 0, FAKE_PEER, DARQ_FRAME_QUEUE_FULL, "it sleeps");
        assert_int_equal(darq_session_poll(fake->session, 1000), 0);
        assert_int_equal(undelivered.port, FAKE_PEER);
        assert_int_equal(undelivered.status, DARQ_E_QUEUE_FULL);
        assert_string_equal(undelivered.text, "it sleeps");
}

static void test_ping_is_echoed(void **state)
{
        static const uint8_t ping[] = {1, 8, DARQ_FRAME_PING, 0, 0, 0, 0, 16, 1, 2, 3, 4, 5, 6,
                                       7, 8};
        struct fake_kernel *fake = *state;

        fake_say(fake, ping, sizeof ping);
        assert_int_equal(darq_session_poll(fake->session, 1000), 0);
        assert_int_equal(darq_frame_u64_get(fake_take(fake, DARQ_FRAME_PONG).body),
                         0x0102030405060708);
}

static void test_polling_without_anything_ends_in_time(void **state)
{
        struct fake_kernel *fake = *state;

        assert_int_equal(darq_session_poll(fake->session, 0), 0);
        assert_int_equal(darq_session_poll(fake->session, 10), 0);
}

static void *stop_from_a_thread(void *context)
{
        darq_session_stop(context);
        return NULL;
}

static void test_stop_ends_run(void **state)
{
        struct fake_kernel *fake = *state;
        pthread_t thread;

        darq_session_stop(fake->session); /* before it begins */
        assert_int_equal(darq_session_run(fake->session), 0);
        assert_int_equal(pthread_create(&thread, NULL, stop_from_a_thread, fake->session), 0);
        assert_int_equal(darq_session_run(fake->session), 0);
        pthread_join(thread, NULL);
        fake_hang_up(fake);
        assert_int_equal(darq_session_run(fake->session), DARQ_E_LINK_LOST);
}

static bool readable(int fd, int timeout_ms)
{
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

        return poll(&poll_fd, 1, timeout_ms) == 1;
}

static void on_slow(void *context, int result, const struct echo_slow_reply *reply)
{
        (void)reply;
        *(int *)context = result;
}

static void test_other_event_loops(void **state)
{
        struct fake_kernel *fake = *state;
        int fd = darq_session_fd(fake->session);
        struct echo echo;
        int result = 1;

        assert_true(fd >= 0);
        assert_int_equal(darq_session_events(fake->session), POLLIN);
        assert_false(readable(fd, 0));
        assert_int_equal(darq_proxy_at(&echo.proxy, fake->session, FAKE_PEER), 0);
        assert_int_equal(echo_slow_async(&echo, NULL, on_slow, &result, NULL), 0);
        fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        while (result == 1) { /* its deadline wakes the descriptor */
                assert_true(readable(fd, 1000));
                assert_int_equal(darq_session_dispatch(fake->session), 0);
        }
        assert_int_equal(result, DARQ_E_TIMEOUT);
        fake_undeliverable(fake, 1, FAKE_PEER, DARQ_FRAME_CANCELLED, "");
        assert_true(readable(fd, 1000));
        assert_int_equal(darq_session_dispatch(fake->session), 0);
        assert_false(readable(fd, 0));
        fake_hang_up(fake);
        assert_true(readable(fd, 1000));
        assert_int_equal(darq_session_dispatch(fake->session), DARQ_E_LINK_LOST);
}

/* More than 8 MiB for later. */
static void *flood(void *context)
{
        struct fake_kernel *fake = context;
        struct fake_message said = {.source = FAKE_PEER, .destination = RAW};
        void *data = calloc(1, 1 << 20);

        for (int i = 0; i < 9; i++)
                fake_message(fake, &said, data, 1 << 20);
        free(data);
        return NULL;
}

static void test_too_much_arrives_while_a_call_waits(void **state)
{
        struct fake_kernel *fake = *state;
        struct darq_message *message;
        pthread_t thread;
        struct echo echo;

        fake_open_port(fake, RAW);
        assert_int_equal(darq_proxy_at(&echo.proxy, fake->session, FAKE_PEER), 0);
        echo.proxy.timeout_ms = 20000;
        assert_int_equal(pthread_create(&thread, NULL, flood, fake), 0);
        assert_int_equal(echo_slow(&echo, NULL, NULL), DARQ_E_NO_BUFFERS);
        for (int i = 0; i < 9; i++) {
                assert_int_equal(darq_message_receive(fake->session, RAW, 5000, &message), 0);
                darq_message_free(message);
        }
        pthread_join(thread, NULL);
        fake_take(fake, DARQ_FRAME_MESSAGE_IN);
        fake_take(fake, DARQ_FRAME_CANCEL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_addresses_that_are_none),
                cmocka_unit_test(test_nobody_listens),
                cmocka_unit_test(test_hang_up_before_welcome),
                cmocka_unit_test(test_inherited_variable_is_used_once),
                CASE(test_welcome_is_remembered),
                CASE(test_results_of_opening_a_port),
                CASE(test_messages_right_behind_the_port),
                CASE(test_a_number_that_was_ours),
                CASE(test_a_number_that_becomes_ours),
                CASE(test_receiving_waits_as_long_as_told),
                CASE(test_sending_raw_messages),
                CASE(test_raw_call),
                CASE(test_undelivered_one_way_messages),
                CASE(test_ping_is_echoed),
                CASE(test_polling_without_anything_ends_in_time),
                CASE(test_stop_ends_run),
                CASE(test_other_event_loops),
                CASE(test_too_much_arrives_while_a_call_waits),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
