/* SPDX-License-Identifier: MIT */
/*
 * Addresses of p-kernels: what is one, where one is looked for when nobody says, and connecting to it. Whose process this is, is
 * what the case says: the linker puts geteuid() below in place of the system's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <darq/status.h>

#include "libdarqwire/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uid_t user;

uid_t __wrap_geteuid(void);

uid_t __wrap_geteuid(void)
{
        return user;
}

static struct darq_address addresses[DARQ_ADDRESSES_MAX];
static const char *bad;
static size_t count;

static int setup(void **state)
{
        (void)state;
        user = 0;
        bad = NULL;
        unsetenv("DARQ_PKERNEL");
        unsetenv("XDG_RUNTIME_DIR");
        return 0;
}

static int find(const char *text)
{
        return darq_addresses_find(addresses, &count, text, &bad);
}

static void what_is_an_address(void **state)
{
        static const struct {
                const char *text;
                const char *host; /* or path; NULL: it is none */
        } rows[] = {
                {"tcp:127.0.0.1:11000", "127.0.0.1"},
                {"tcp:[::1]:65535", "::1"},
                {"tcp:localhost:0", "localhost"},
                {"tcp:[]:1", "[]"},
                {"tcp:[x:1", "[x"},
                {"tcp:x]:1", "x]"},
                {"tcp:::1:1", "::1"},
                {"unix:/run/darq", "/run/darq"},
                {"tcp:host", NULL},
                {"tcp::1", NULL},
                {"tcp:host:", NULL},
                {"tcp:host:65536", NULL},
                {"tcp:host:1x", NULL},
                {"tcp:host:/1", NULL},
                {"unix:", NULL},
                {"fd:3", NULL},
                {"fd::1", NULL},
                {"fd:40000:1", NULL},
                {"fd:3:", NULL},
                {"fd:3:99999999999999999999", NULL},
                {"http://x", NULL},
                {"", NULL},
        };
        struct darq_address address;
        char path[200] = "unix:";

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                int r = darq_address_parse(&address, rows[i].text);
                const char *got = address.kind == DARQ_ADDRESS_UNIX ? address.path : address.host;

                if ((r == 0) != (rows[i].host != NULL) ||
                    (r == 0 && strcmp(got, rows[i].host) != 0))
                        fail_msg("%s", rows[i].text);
        }
        memset(path + 5, 'x', 107);
        assert_int_equal(darq_address_parse(&address, path), 0);
        path[112] = 'x';
        assert_int_equal(darq_address_parse(&address, path), DARQ_E_INVALID);
}

static void nobody_says_where(void **state)
{
        char deep[200];

        (void)state;
        assert_int_equal(find(NULL), 0);
        assert_int_equal(count, 2);
        assert_string_equal(addresses[0].path, "/run/darq/pkernel");
        assert_string_equal(addresses[1].service, "11000");
        user = 1000;
        assert_int_equal(find(NULL), 0);
        assert_int_equal(count, 1);
        assert_int_equal(addresses[0].kind, DARQ_ADDRESS_TCP);
        setenv("XDG_RUNTIME_DIR", "", 1);
        assert_int_equal(find(NULL), 0);
        assert_int_equal(count, 1);
        setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
        assert_int_equal(find(NULL), 0);
        assert_int_equal(count, 2);
        assert_string_equal(addresses[0].path, "/run/user/1000/darq/pkernel");
        memset(deep, '/', sizeof deep);
        deep[sizeof deep - 1] = '\0';
        setenv("XDG_RUNTIME_DIR", deep, 1);
        assert_int_equal(find(NULL), 0);
        assert_int_equal(count, 1);
}

static void the_variable_says_where(void **state)
{
        (void)state;
        setenv("DARQ_PKERNEL", "unix:/a", 1);
        assert_int_equal(find(NULL), 0);
        assert_int_equal(count, 1);
        assert_string_equal(addresses[0].path, "/a");
        assert_int_equal(find("unix:/b"), 0);
        assert_string_equal(addresses[0].path, "/b");
        assert_non_null(getenv("DARQ_PKERNEL"));
        setenv("DARQ_PKERNEL", "nonsense", 1);
        assert_int_equal(find(NULL), DARQ_E_INVALID);
        assert_string_equal(bad, "nonsense");
        setenv("DARQ_PKERNEL", "", 1);
        assert_int_equal(find(NULL), 0);
        assert_int_equal(count, 2);
}

/* The descriptor of another process is nothing to this one, and the variable is gone after one look. */
static void an_inherited_one_is_its_process_alone(void **state)
{
        char own[64];

        (void)state;
        snprintf(own, sizeof own, "fd:7:%ld", (long)getpid());
        setenv("DARQ_PKERNEL", own, 1);
        assert_int_equal(find(NULL), 0);
        assert_true(count == 1 && addresses[0].kind == DARQ_ADDRESS_FD && addresses[0].fd == 7);
        assert_null(getenv("DARQ_PKERNEL"));
        assert_int_equal(find(own), 0);
        setenv("DARQ_PKERNEL", "fd:7:1", 1);
        assert_int_equal(find(NULL), 0);
        assert_int_equal(count, 2);
        assert_int_equal(addresses[0].kind, DARQ_ADDRESS_UNIX);
        assert_null(getenv("DARQ_PKERNEL"));
        assert_int_equal(find("fd:7:1"), DARQ_E_INVALID);
        assert_string_equal(bad, "fd:N:PID, with another process's PID");
}

static void what_cannot_be_reached_is_an_errno(void **state)
{
        struct darq_address address;

        (void)state;
        assert_int_equal(darq_address_parse(&address, "tcp:127.0.0.1:1"), 0);
        assert_int_equal(darq_address_connect(&address), -ECONNREFUSED);
        assert_int_equal(darq_address_parse(&address, "tcp:not a host:1"), 0);
        assert_int_equal(darq_address_connect(&address), -EHOSTUNREACH);
        assert_int_equal(darq_address_parse(&address, "unix:/nowhere/at/all"), 0);
        assert_int_equal(darq_address_connect(&address), -ENOENT);
        assert_int_equal(darq_address_parse(&address, "fd:9999:1"), 0);
        assert_int_equal(darq_address_connect(&address), -EBADF);
}

static void what_is_connected_blocks_and_is_not_inherited(void **state)
{
        struct darq_address address;
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t size = sizeof any;
        int listener = socket(AF_INET, SOCK_STREAM, 0), pair[2], fd;
        char text[64];

        (void)state;
        assert_int_equal(bind(listener, (struct sockaddr *)&any, sizeof any), 0);
        assert_int_equal(listen(listener, 1), 0);
        assert_int_equal(getsockname(listener, (struct sockaddr *)&any, &size), 0);
        snprintf(text, sizeof text, "tcp:127.0.0.1:%d", ntohs(any.sin_port));
        assert_int_equal(darq_address_parse(&address, text), 0);
        fd = darq_address_connect(&address);
        assert_true(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        close(fd);
        close(listener);
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
        snprintf(text, sizeof text, "fd:%d:1", pair[0]);
        assert_int_equal(darq_address_parse(&address, text), 0);
        assert_int_equal(darq_address_connect(&address), pair[0]);
        assert_int_equal(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
        assert_true((fcntl(pair[0], F_GETFD) & FD_CLOEXEC) != 0);
        close(pair[0]);
        close(pair[1]);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, NULL)
        const struct CMUnitTest tests[] = {
                CASE(what_is_an_address),
                CASE(nobody_says_where),
                CASE(the_variable_says_where),
                CASE(an_inherited_one_is_its_process_alone),
                CASE(what_cannot_be_reached_is_an_errno),
                CASE(what_is_connected_blocks_and_is_not_inherited),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
