/* SPDX-License-Identifier: MIT */
/*
 * What the filter kills, denies, and lets be: each in a process of its own, which tells by how it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/shell/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NO_FILTER = 77, DONE = 0, DENIED = 1 };

static long execute(void)
{
        return execl("/bin/true", "true", (char *)NULL);
}

static long fork_once(void)
{
        return fork();
}

static long fork_as_threads_do(void)
{
        return syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0);
}

static long open_file(void)
{
        return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static long open_below(void)
{
        return syscall(__NR_openat, AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);
}

static long remove_file(void)
{
        return unlink("/nowhere/at/all");
}

static long make_socket(void)
{
        return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long make_pair(void)
{
        int pair[2];

        return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static long connect_out(void)
{
        return connect(0, NULL, 0);
}

static long trace_parent(void)
{
        return ptrace(PTRACE_ATTACH, getpid(), NULL, NULL);
}

static long signal_others(void)
{
        return kill(getpid(), 0);
}

static long make_executable(void)
{
        static _Alignas(4096) char page[4096];

        return mprotect(page, sizeof page, PROT_READ | PROT_EXEC);
}

static long map_executable(void)
{
        void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        return page == MAP_FAILED ? -1 : 0;
}

static long look_at_file(void)
{
        struct stat status;

        return stat("/dev/null", &status);
}

static long change_directory(void)
{
        return chdir("/");
}

static long change_user(void)
{
        return setuid(getuid());
}

static long route(void)
{
        char byte;
        int fd = dup(0);
        struct epoll_event event;
        void *block = malloc(64 << 20);

        if (fd < 0 || block == NULL || getrandom(&byte, 1, 0) != 1)
                return -1;
        memset(block, 1, 64 << 20);
        free(block);
        epoll_wait(fd, &event, 1, 0);
        recv(fd, &byte, 1, MSG_DONTWAIT);
        send(fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
        accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        return close(fd);
}

/* The wait status of a process that does it behind the filter. */
static int behind_the_filter(long (*deed)(void))
{
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                int result = filter_install();

                if (result != 0)
                        _exit(NO_FILTER);
                _exit(deed() >= 0 ? DONE : errno == EPERM ? DENIED : 2);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER)
                skip();
        return status;
}

static void it_says_whether_it_can(void **state)
{
        pid_t pid = fork();
        int status;

        (void)state;
        assert_true(pid >= 0);
        if (pid == 0) {
                int result = filter_install();

                _exit(result == 0 || result == -ENOSYS ? DONE : DENIED);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

static void what_only_an_intruder_does_kills_it(void **state)
{
        static long (*const deeds[])(void) = {
                execute,     fork_once,    fork_as_threads_do, open_file,
                open_below,  remove_file,  make_socket,        make_pair,
                connect_out, trace_parent, signal_others,      make_executable,
        };

        (void)state;
        for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
                int status = behind_the_filter(deeds[i]);

                if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
                        fail_msg("deed %zu: status %#x", i, (unsigned int)status);
        }
}

static void what_is_not_needed_is_denied(void **state)
{
        static long (*const deeds[])(void) = {map_executable, look_at_file, change_directory,
                                              change_user};

        (void)state;
        for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
                int status = behind_the_filter(deeds[i]);

                if (!WIFEXITED(status) || WEXITSTATUS(status) != DENIED)
                        fail_msg("deed %zu: status %#x", i, (unsigned int)status);
        }
}

static void what_routing_takes_is_allowed(void **state)
{
        (void)state;
        assert_int_equal(behind_the_filter(route), DONE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_says_whether_it_can),
                cmocka_unit_test(what_only_an_intruder_does_kills_it),
                cmocka_unit_test(what_is_not_needed_is_denied),
                cmocka_unit_test(what_routing_takes_is_allowed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
