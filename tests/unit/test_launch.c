/* SPDX-License-Identifier: MIT */
/*
 * From a manifest to a process while system calls fail: the linker puts what is below in place of those that launch.c makes, in
 * the parent and in the child. Each of them fails once, until a launch makes no more; each time the program runs, or there is a
 * reason why not and nothing is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/starter/launch.h"
#include "pkernel/starter/user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS_MAX = 200, USER = 4711, EXIT_STATUS = 7 };

/* The call that fails, counted from 1; 0: none does. A child goes on counting where its parent was. */
static unsigned int failing;
static int error;
static uid_t user;   /* whom the process takes itself for; 0: it is as it is */
static bool lonely;  /* nobody is in any group, */
static bool unknown; /* or has no entry */

static bool fails(void)
{
        if (failing == 0 || --failing != 0)
                return false;
        errno = error;
        return true;
}

#define FAILING(name, parameters, arguments)                   \
        int __real_##name parameters;                          \
        int __wrap_##name parameters;                          \
        int __wrap_##name parameters                           \
        {                                                      \
                return fails() ? -1 : __real_##name arguments; \
        }

FAILING(socketpair, (int domain, int type, int protocol, int pair[2]),
        (domain, type, protocol, pair))
FAILING(pipe2, (int pair[2], int flags), (pair, flags))
FAILING(mkdir, (const char *path, mode_t mode), (path, mode))
FAILING(fchmod, (int fd, mode_t mode), (fd, mode))
FAILING(fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group))
FAILING(fork, (void), ())
FAILING(dup2, (int from, int to), (from, to))
FAILING(close_range, (unsigned int first, unsigned int last, int flags), (first, last, flags))
FAILING(chdir, (const char *path), (path))
FAILING(setgroups, (size_t count, const gid_t *groups), (count, groups))
FAILING(setresgid, (gid_t real, gid_t effective, gid_t saved), (real, effective, saved))
FAILING(setresuid, (uid_t real, uid_t effective, uid_t saved), (real, effective, saved))

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size);
uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);
struct passwd *__real_getpwuid(uid_t uid);
struct passwd *__wrap_getpwuid(uid_t uid);
int __wrap_getgrouplist(const char *name, gid_t group, gid_t *groups, int *count);

int __wrap_open(const char *path, int flags, ...)
{
        return fails() ? -1 : __real_open(path, flags);
}

int __wrap_fcntl(int fd, int command, ...)
{
        va_list more;
        int argument;

        va_start(more, command);
        argument = va_arg(more, int);
        va_end(more);
        return fails() ? -1 : __real_fcntl(fd, command, argument);
}

/* A signal may come; nothing else befalls a pipe. */
ssize_t __wrap_read(int fd, void *to, size_t size)
{
        if (fails()) {
                errno = EINTR;
                return -1;
        }
        return __real_read(fd, to, size);
}

uid_t __wrap_geteuid(void)
{
        return user != 0 ? user : __real_geteuid();
}

struct passwd *__wrap_getpwuid(uid_t uid)
{
        return unknown ? NULL : __real_getpwuid(uid);
}

int __wrap_getgrouplist(const char *name, gid_t group, gid_t *groups, int *count)
{
        (void)name;
        groups[0] = group;
        *count = 1;
        return lonely ? -1 : 1;
}

static char root[64];

static int setup(void **state)
{
        const char *parent = getenv("TMPDIR");

        (void)state;
        failing = 0;
        error = EMFILE;
        user = 0;
        lonely = unknown = false;
        snprintf(root, sizeof root, "%s/darq-XXXXXX", parent != NULL ? parent : "/tmp");
        return mkdtemp(root) != NULL ? 0 : -1;
}

static int teardown(void **state)
{
        char path[128];

        (void)state;
        failing = 0;
        snprintf(path, sizeof path, "%s/deep/state/one", root);
        for (; strlen(path) > strlen(root); *strrchr(path, '/') = '\0')
                rmdir(path);
        return rmdir(root);
}

static struct manifest *manifest_of(const char *line)
{
        struct manifest_fault fault;
        struct manifest *self;
        char text[256];

        snprintf(text, sizeof text, "[Service]\nName=one\nExec=/bin/sh -c \"exit %d\"\n%s\n",
                 EXIT_STATUS, line);
        self = manifest_parse(text, strlen(text), &fault);
        assert_non_null(self);
        return self;
}

static int descriptor_next(void)
{
        int fd = dup(STDIN_FILENO);

        close(fd);
        return fd;
}

static bool try_launch(const struct manifest *manifest, char reason[LAUNCH_REASON_MAX])
{
        char state_root[128];
        struct launched launched;
        int status = 0;

        snprintf(state_root, sizeof state_root, "%s/deep/state", root);
        reason[0] = '\0';
        if (!launch(manifest, state_root, &launched, reason)) {
                waitpid(-1, &status, 0); /* one whose program didn't run, if there is one */
                assert_true(reason[0] != '\0');
                return false;
        }
        assert_int_equal(waitpid(launched.pid, &status, 0), launched.pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), EXIT_STATUS);
        close(launched.connection);
        close(launched.output);
        return true;
}

/* Every call fails once; how many launches did nevertheless work. */
static unsigned int fail_each(const char *line)
{
        struct manifest *manifest = manifest_of(line);
        char reason[LAUNCH_REASON_MAX];
        int first = descriptor_next();
        unsigned int worked = 0, failed = 0;

        for (unsigned int nth = 1; nth < CALLS_MAX; nth++) {
                bool fine;

                failing = nth;
                fine = try_launch(manifest, reason);
                failing = 0;
                assert_int_equal(descriptor_next(), first);
                worked += fine;
                failed += !fine;
        }
        assert_true(try_launch(manifest, reason));
        assert_true(failed >= 15);
        manifest_free(manifest);
        return worked;
}

static void whatever_fails_has_a_reason_and_leaves_nothing(void **state)
{
        (void)state;
        assert_true(fail_each("") > 0);
}

static void becoming_another_user_may_fail_too(void **state)
{
        (void)state;
        if (__real_geteuid() != 0)
                skip();
        lonely = true;
        assert_true(fail_each("User=0") > 0);
        error = EPERM;
        assert_true(fail_each("User=root") > 0);
}

static void who_is_not_root_runs_only_what_is_his(void **state)
{
        char reason[LAUNCH_REASON_MAX];
        struct manifest *manifest = manifest_of("User=root");

        (void)state;
        user = USER;
        assert_false(try_launch(manifest, reason));
        assert_string_equal(reason, "only root could run it as root");
        assert_int_equal(user_resolve(manifest, reason), -EPERM);
        manifest->activation = DARQ_STARTER_ACTIVATION_NEVER; /* it isn't started here */
        assert_int_equal(user_resolve(manifest, reason), 0);
        assert_int_equal(manifest->uid, 0);
        manifest_free(manifest);
}

static void a_user_that_is_not_there_is_named(void **state)
{
        static const char *const lines[] = {"User=no-such-user", "User=4294967295", "User=12x",
                                            "User=4711471147"};
        char reason[LAUNCH_REASON_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
                struct manifest *manifest = manifest_of(lines[i]);

                assert_int_equal(user_resolve(manifest, reason), -ENOENT);
                assert_non_null(strstr(reason, lines[i] + strlen("User=")));
                manifest_free(manifest);
        }
        unknown = true;
        {
                struct manifest *manifest = manifest_of("");

                assert_int_equal(user_resolve(manifest, reason), -ENOENT);
                assert_non_null(strstr(reason, "with our number"));
                manifest_free(manifest);
        }
}

static void a_state_directory_that_is_none_is_refused(void **state)
{
        char reason[LAUNCH_REASON_MAX], path[128];
        struct manifest *manifest = manifest_of("");

        (void)state;
        snprintf(path, sizeof path, "%s/deep", root);
        assert_int_equal(symlink("/nowhere", path), 0);
        assert_false(try_launch(manifest, reason));
        assert_non_null(strstr(reason, "state directory"));
        unlink(path);
        manifest_free(manifest);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        const struct CMUnitTest tests[] = {
                CASE(whatever_fails_has_a_reason_and_leaves_nothing),
                CASE(becoming_another_user_may_fail_too),
                CASE(who_is_not_root_runs_only_what_is_his),
                CASE(a_user_that_is_not_there_is_named),
                CASE(a_state_directory_that_is_none_is_refused),
        };
#undef CASE

        return cmocka_run_group_tests(tests, NULL, NULL);
}
