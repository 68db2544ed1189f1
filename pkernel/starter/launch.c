/* SPDX-License-Identifier: MIT */
/*
 * From a manifest to a running process.
 *
 * Everything that can be prepared is prepared before fork(): the child only moves descriptors, changes who it is, and
 * executes. What fails there comes back as a step and an errno through a pipe that execve() closes; so the caller knows
 * whether the program runs, and if not, why.
 */
#include "pkernel/starter/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pkernel/starter/directory.h"
#include "pkernel/starter/user.h"
#include "pkernel/starter/words.h"

enum { CONNECTION_FD = 3, FREE_FD = 10, ENVIRONMENT_MAX = 8, GROUPS_MAX = 256 };

/* What the child needs, made before it is. */
struct plan {
        const char *service;
        struct word_list words;
        char *state;
        uid_t uid;
        gid_t gid;
        gid_t groups[GROUPS_MAX];
        int group_count;
        bool changes_user;
        char *environment[ENVIRONMENT_MAX + 1];
        size_t environment_count;
        int connection[2]; /* ours, the child's */
        int output[2];     /* read, write */
        int failure[2];    /* read, write */
};

enum step { STEP_DESCRIPTORS, STEP_USER, STEP_DIRECTORY, STEP_EXECUTE };

struct failure {
        enum step step;
        int error;
};

/* The plan */

static bool environment_add(struct plan *self, const char *name, const char *value)
{
        char **entry = &self->environment[self->environment_count];

        if (asprintf(entry, "%s=%s", name, value) < 0) {
                *entry = NULL;
                return false;
        }
        self->environment_count++;
        return true;
}

static bool plan_user(struct plan *self, const struct passwd *user)
{
        self->uid = user->pw_uid;
        self->gid = user->pw_gid;
        self->changes_user = geteuid() == 0;
        self->group_count = GROUPS_MAX;
        if (getgrouplist(user->pw_name, user->pw_gid, self->groups, &self->group_count) < 0)
                self->group_count = 0;
        return environment_add(self, "PATH", "/usr/local/bin:/usr/bin:/bin") &&
               environment_add(self, "LANG", "C.UTF-8") &&
               environment_add(self, "HOME", user->pw_dir) &&
               environment_add(self, "USER", user->pw_name) &&
               environment_add(self, "LOGNAME", user->pw_name) &&
               environment_add(self, "STATE_DIRECTORY", self->state);
}

/* The service's own: nobody else looks into it, and it is where it seems to be. */
static int state_make(struct plan *self)
{
        int result = directory_make(self->state, 0700);
        int fd;

        if (result < 0)
                return result;
        fd = open(self->state, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (fchmod(fd, 0700) < 0 || (self->changes_user && fchown(fd, self->uid, self->gid) < 0))
                result = -errno;
        close(fd);
        return result;
}

static int channels_open(struct plan *self)
{
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, self->connection) < 0 ||
            pipe2(self->output, O_CLOEXEC) < 0 || pipe2(self->failure, O_CLOEXEC) < 0 ||
            fcntl(self->output[0], F_SETFL, O_NONBLOCK) < 0 ||
            fcntl(self->connection[0], F_SETFL, O_NONBLOCK) < 0)
                return -errno;
        return 0;
}

static void descriptor_close(int *fd)
{
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}

static void plan_deinit(struct plan *self)
{
        word_list_free(&self->words);
        for (size_t i = 0; i < self->environment_count; i++)
                free(self->environment[i]);
        free(self->state);
        for (size_t i = 0; i < 2; i++) {
                descriptor_close(&self->connection[i]);
                descriptor_close(&self->output[i]);
                descriptor_close(&self->failure[i]);
        }
}

static bool plan_init(struct plan *self, const struct manifest *manifest, const char *state_root,
                      char reason[LAUNCH_REASON_MAX])
{
        struct passwd *user;
        int result;

        *self = (struct plan){.service = manifest->name,
                              .connection = {-1, -1},
                              .output = {-1, -1},
                              .failure = {-1, -1}};
        if (user_find(manifest->user, &user, reason) < 0 || user_check(user, reason) < 0)
                return false;
        if (asprintf(&self->state, "%s/%s", state_root, manifest->name) < 0)
                self->state = NULL;
        if (self->state == NULL || !plan_user(self, user) ||
            !word_list_expand(&self->words, &manifest->exec, self->state)) {
                snprintf(reason, LAUNCH_REASON_MAX, "memory is short");
                return false;
        }
        result = state_make(self);
        if (result < 0) {
                snprintf(reason, LAUNCH_REASON_MAX, "its state directory %s: %s", self->state,
                         strerror(-result));
                return false;
        }
        result = channels_open(self);
        if (result < 0)
                snprintf(reason, LAUNCH_REASON_MAX, "no connection for it: %s", strerror(-result));
        return result == 0;
}

/* The child */

_Noreturn static void child_fail(int fd, enum step step)
{
        const struct failure failure = {step, errno};
        ssize_t written = write(fd, &failure, sizeof failure);

        _exit(written == (ssize_t)sizeof failure ? 127 : 126);
}

static void signals_reset(void)
{
        const struct sigaction action = {.sa_handler = SIG_DFL};
        sigset_t none;

        for (int number = 1; number < NSIG; number++)
                sigaction(number, &action, NULL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Out of the way first, then to where they belong: none is overwritten before it has moved. */
static bool descriptors_arrange(const struct plan *plan, int *failure)
{
        int connection = fcntl(plan->connection[1], F_DUPFD_CLOEXEC, FREE_FD);
        int output = fcntl(plan->output[1], F_DUPFD_CLOEXEC, FREE_FD);
        int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

        if (connection < 0 || output < 0 || nothing < 0)
                return false;
        if (dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
            dup2(output, STDERR_FILENO) < 0 || dup2(connection, CONNECTION_FD) < 0 ||
            dup2(*failure, CONNECTION_FD + 1) < 0 ||
            fcntl(CONNECTION_FD + 1, F_SETFD, FD_CLOEXEC) < 0)
                return false;
        *failure = CONNECTION_FD + 1;
        return close_range(CONNECTION_FD + 2, UINT_MAX, 0) == 0;
}

static bool user_become(const struct plan *plan)
{
        if (!plan->changes_user)
                return true;
        return setgroups((size_t)plan->group_count, plan->groups) == 0 &&
               setresgid(plan->gid, plan->gid, plan->gid) == 0 &&
               setresuid(plan->uid, plan->uid, plan->uid) == 0;
}

_Noreturn static void child_run(struct plan *plan)
{
        int failure = fcntl(plan->failure[1], F_DUPFD_CLOEXEC, FREE_FD);
        char address[64];

        setsid();
        signals_reset();
        umask(022);
        if (failure < 0)
                child_fail(plan->failure[1], STEP_DESCRIPTORS);
        if (!descriptors_arrange(plan, &failure))
                child_fail(failure, STEP_DESCRIPTORS);
        if (!user_become(plan))
                child_fail(failure, STEP_USER);
        if (chdir(plan->state) < 0)
                child_fail(failure, STEP_DIRECTORY);
        snprintf(address, sizeof address, "DARQ_PKERNEL=fd:%d:%ld", CONNECTION_FD, (long)getpid());
        plan->environment[plan->environment_count] = address;
        execve(plan->words.words[0], plan->words.words, plan->environment);
        child_fail(failure, STEP_EXECUTE);
}

/* The parent */

/* Whether the program runs: the pipe has been closed by execve(). */
static bool outcome_read(struct plan *plan, char reason[LAUNCH_REASON_MAX])
{
        static const char *const steps[] = {
                [STEP_DESCRIPTORS] = "its descriptors",
                [STEP_USER] = "its user",
                [STEP_DIRECTORY] = "its state directory",
                [STEP_EXECUTE] = "it can't be executed",
        };
        struct failure failure;
        ssize_t size;

        descriptor_close(&plan->failure[1]);
        do {
                size = read(plan->failure[0], &failure, sizeof failure);
        } while (size < 0 && errno == EINTR);
        if (size != (ssize_t)sizeof failure)
                return true;
        snprintf(reason, LAUNCH_REASON_MAX, "%s: %s: %s", plan->words.words[0], steps[failure.step],
                 strerror(failure.error));
        return false;
}

static bool plan_run(struct plan *plan, struct launched *launched, char reason[LAUNCH_REASON_MAX])
{
        pid_t pid = fork();

        if (pid < 0) {
                snprintf(reason, LAUNCH_REASON_MAX, "no process for it: %s", strerror(errno));
                return false;
        }
        if (pid == 0)
                child_run(plan);
        if (!outcome_read(plan, reason))
                return false; /* the child is reaped as every other */
        *launched = (struct launched){pid, plan->connection[0], plan->output[0]};
        plan->connection[0] = -1;
        plan->output[0] = -1;
        return true;
}

bool launch(const struct manifest *manifest, const char *state_root, struct launched *launched,
            char reason[LAUNCH_REASON_MAX])
{
        struct plan plan;
        bool fine;

        if (manifest->exec.count == 0) { /* it was said so after the router had heard otherwise */
                snprintf(reason, LAUNCH_REASON_MAX, "its manifest says Activate=never now");
                return false;
        }
        fine = plan_init(&plan, manifest, state_root, reason) && plan_run(&plan, launched, reason);
        plan_deinit(&plan);
        return fine;
}
