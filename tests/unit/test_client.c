/* SPDX-License-Identifier: MIT */
/*
 * The library when system calls fail: test_client [RUNS].
 *
 * A p-kernel and a service are processes of their own; the client is this one, in which the linker puts the functions
 * below in place of those that the library calls. A run opens a session, makes some calls, small and large, and closes
 * it. First the n-th call fails, for every n and in every way that it may, then calls fail at random from a seed ($SEED
 * repeats one), until there were RUNS runs.
 *
 * What passes (EINTR, EAGAIN, one byte) must change nothing. Whatever fails, each call returns; one that returns 0 has
 * the right answer; one whose status says that it was not executed was not: the service notes in shared memory what it
 * has executed. No descriptor is lost.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/client_uses.h"
#include "tests/unit/faults.h"

#include "echo.darq.h"

enum {
        CALLS = 4, /* in a run */
        RUNS_MAX = 20000,
        LARGE = 300000, /* more than a socket holds */
        PATIENCE_S = 60,
};

const int fault_ways[SITE_COUNT][FAULT_WAYS_MAX] = {
        [SITE_ANSWER] = {EINTR, EAGAIN, ENOBUFS},
        [SITE_CALLOC] = {ENOMEM},
        [SITE_CONNECT] = {EINTR, ECONNREFUSED, EAGAIN},
        [SITE_EPOLL_CREATE] = {EMFILE, ENOMEM},
        [SITE_EPOLL_CTL] = {ENOMEM, ENOSPC},
        [SITE_EVENTFD] = {EMFILE},
        [SITE_GETPEERNAME] = {ENOBUFS, ENOTCONN},
        [SITE_GETSOCKNAME] = {ENOBUFS},
        [SITE_GETSOCKOPT] = {ENOBUFS},
        [SITE_MALLOC] = {ENOMEM},
        [SITE_PPOLL] = {EINTR},
        [SITE_REALLOC] = {ENOMEM},
        [SITE_READ] = {EINTR, EAGAIN},
        [SITE_RECV] = {EINTR, EAGAIN, FAULT_ONE_BYTE, ECONNRESET},
        [SITE_SEND] = {EINTR, ENOBUFS},
        [SITE_SENDMSG] = {EINTR, EAGAIN, FAULT_ONE_BYTE, ECONNRESET, EPIPE, ENOMEM},
        [SITE_SETSOCKOPT] = {ENOMEM},
        [SITE_SOCKET] = {EMFILE, ENOMEM},
        [SITE_STRNDUP] = {ENOMEM},
        [SITE_TIMERFD] = {EMFILE},
        [SITE_WRITE] = {EINTR},
};

bool fault_strikes(enum site site)
{
        (void)site;
        return fault_random() % 50 == 0;
}

bool fault_passes(enum site site, int error)
{
        bool transfer = site == SITE_RECV || site == SITE_SENDMSG;

        return error == EINTR || error == FAULT_ONE_BYTE || (error == EAGAIN && transfer);
}

FAILING(int, -1, eventfd, SITE_EVENTFD, (unsigned int value, int flags), (value, flags))
FAILING(int, -1, ppoll, SITE_PPOLL,
        (struct pollfd * fds, nfds_t count, const struct timespec *wait, const sigset_t *mask),
        (fds, count, wait, mask))
FAILING(void *, NULL, realloc, SITE_REALLOC, (void *block, size_t size), (block, size))
FAILING(char *, NULL, strdup, SITE_STRNDUP, (const char *text), (text))
FAILING(char *, NULL, strndup, SITE_STRNDUP, (const char *text, size_t size), (text, size))
FAILING(int, -1, timerfd_create, SITE_TIMERFD, (clockid_t clock, int flags), (clock, flags))
FAILING(ssize_t, -1, write, SITE_WRITE, (int fd, const void *data, size_t size), (fd, data, size))

/* The service: notes what it has executed. */

struct executed {
        unsigned char calls[RUNS_MAX * CALLS];
};

static void on_twice(void *self, struct darq_call *call,
                     const struct echo_doubler_twice_request *request)
{
        struct executed *executed = self;

        if (request->number < sizeof executed->calls)
                executed->calls[request->number]++;
        echo_doubler_reply_twice(call,
                                 &(struct echo_doubler_twice_reply){.number = request->number * 2});
}

/* The number of the call stands in front of the data. */
static void on_blob(void *self, struct darq_call *call, const struct echo_blob_request *request)
{
        struct executed *executed = self;
        uint32_t number = 0;

        if (request->data.size >= sizeof number)
                memcpy(&number, request->data.data, sizeof number);
        if (number < sizeof executed->calls)
                executed->calls[number]++;
        echo_reply_blob(call, &(struct echo_blob_reply){.data = request->data});
}

static void on_pass(void *self, struct darq_call *call, const struct echo_pass_request *request)
{
        (void)self;
        echo_reply_pass(call, &(struct echo_pass_reply){.given = request->given});
}

static const struct echo_ops ops = {
        .doubler = {.twice = on_twice}, .pass = on_pass, .blob = on_blob};

/* The client */

struct outcome {
        int status;
        bool wrong; /* 0, and not the right answer */
};

static struct outcome call_small(const struct echo *echo, uint32_t number)
{
        struct echo_doubler doubler = {echo->proxy};
        const struct echo_doubler_twice_reply *reply = NULL;
        struct outcome outcome = {0};

        outcome.status = echo_doubler_twice(
                &doubler, &(struct echo_doubler_twice_request){.number = number}, &reply);
        outcome.wrong = outcome.status == 0 && (reply == NULL || reply->number != number * 2);
        if (outcome.status == 0)
                darq_reply_free(reply);
        return outcome;
}

static struct outcome call_large(const struct echo *echo, uint32_t number)
{
        static uint8_t data[LARGE];
        const struct echo_blob_reply *reply = NULL;
        struct outcome outcome = {0};

        memset(data, (int)number, sizeof data);
        memcpy(data, &number, sizeof number);
        outcome.status =
                echo_blob(echo, &(struct echo_blob_request){.data = {data, sizeof data}}, &reply);
        outcome.wrong = outcome.status == 0 && (reply == NULL || reply->data.size != sizeof data ||
                                                memcmp(reply->data.data, data, sizeof data) != 0);
        if (outcome.status == 0)
                darq_reply_free(reply);
        return outcome;
}

static int descriptor_next(void)
{
        int fd = dup(STDIN_FILENO);

        close(fd);
        return fd;
}

/* NULL, or what is wrong with an outcome. */
static const char *outcome_judge(struct outcome outcome, unsigned char executed)
{
        if (outcome.wrong)
                return "a wrong answer";
        if (outcome.status == 0 && executed != 1)
                return "answered, and not executed once";
        if (executed > 1)
                return "executed twice";
        if (outcome.status > 0)
                return "an error that nobody declared";
        if (!darq_status_may_have_run(outcome.status) && executed != 0)
                return "executed, though the status denies it";
        if (faults.passing && outcome.status != 0)
                return "what should change nothing does";
        return NULL;
}

struct scene {
        const char *addresses[2]; /* of the p-kernel, taken in turns */
        unsigned int first;       /* of these */
        struct executed *executed;
};

/* One life of a client. NULL, or what was wrong. */
static const char *run(void *context)
{
        const struct scene *scene = context;
        const char *address = scene->addresses[(scene->first + faults.seed) % 2];
        static uint32_t runs;
        uint32_t first_call = runs++ % RUNS_MAX * CALLS;
        struct outcome outcomes[CALLS] = {{0}};
        struct darq_session *session = NULL;
        struct echo echo = {0};
        const char *wrong = NULL;
        int first = descriptor_next(), status, uses = 0;

        faults_arm();
        status = darq_session_open(&session, address, 0);
        if (status == 0)
                status = darq_proxy_connect(&echo.proxy, session, "echo");
        for (uint32_t call = 0; call < CALLS && status == 0; call++)
                outcomes[call] = call == 1 ? call_large(&echo, first_call + call)
                                           : call_small(&echo, first_call + call);
        if (status == 0)
                uses = client_uses(session, &echo, &wrong);
        darq_proxy_close(&echo.proxy);
        darq_session_close(session);
        faults.armed = false;
        if (wrong == NULL && (uses > 0 || (faults.passing && uses != 0)))
                wrong = "what should change nothing changes more than calls";
        if (wrong == NULL && (status > 0 || (faults.passing && status != 0)))
                wrong = "it doesn't connect";
        for (uint32_t call = 0; call < CALLS && wrong == NULL && status == 0; call++)
                wrong = outcome_judge(outcomes[call], scene->executed->calls[first_call + call]);
        if (wrong == NULL && descriptor_next() != first)
                wrong = "a descriptor is lost";
        return wrong;
}

/* The p-kernel of this build, whose program stands beside ours. */
static pid_t kernel_start(const char *address, const char *other)
{
        char path[PATH_MAX];
        ssize_t size = readlink("/proc/self/exe", path, sizeof path - 32);
        pid_t pid;

        if (size < 0)
                exit(1);
        path[size] = '\0';
        *strrchr(path, '/') = '\0';
        strcat(path, "/../bin/pkernel");
        pid = fork();
        if (pid != 0)
                return pid;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(path, "pkernel", "--listen", address, "--listen", other, (char *)NULL);
        perror(path);
        _exit(1);
}

static pid_t service_start(const char *address, struct executed *executed)
{
        pid_t pid = fork();

        if (pid != 0)
                return pid;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("DARQ_PKERNEL", address, 1);
        exit(echo_ops_main(&ops, executed, "echo"));
}

static bool service_await(const char *address)
{
        struct darq_session *session;
        struct echo echo;
        bool there = false;

        for (int tries = 0; tries < 100 * PATIENCE_S && !there; tries++) {
                session = NULL;
                there = darq_session_open(&session, address, 10) == 0 &&
                        darq_proxy_connect(&echo.proxy, session, "echo") == 0;
                darq_session_close(session);
                if (!there)
                        poll(NULL, 0, 10);
        }
        return there;
}

static int process_end(pid_t pid)
{
        int status = 0;

        kill(pid, SIGTERM);
        waitpid(pid, &status, 0);
        return status != 0;
}

/* A port of this machine that is free now. */
static void tcp_pick(char *address, size_t size)
{
        struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t room = sizeof any;
        int fd = __real_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0 ||
            __real_getsockname(fd, (struct sockaddr *)&any, &room) != 0)
                exit(1);
        close(fd);
        snprintf(address, size, "tcp:127.0.0.1:%d", ntohs(any.sin_port));
}

int main(int count, char **arguments)
{
        unsigned long wanted = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000;
        const char *parent = getenv("TMPDIR");
        struct executed *executed = mmap(NULL, sizeof *executed, PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        char directory[64], address[96], other[64];
        struct scene scene = {{address, NULL}, 0, executed};
        struct fault_runs runs = {.run = run, .context = &scene};
        pid_t kernel, service;

        setvbuf(stdout, NULL, _IOLBF, 0);
        snprintf(directory, sizeof directory, "%s/darq-XXXXXX", parent == NULL ? "/tmp" : parent);
        if (executed == MAP_FAILED || mkdtemp(directory) == NULL) {
                perror(directory);
                return 1;
        }
        snprintf(address, sizeof address, "unix:%s/pkernel", directory);
        tcp_pick(other, sizeof other);
        kernel = kernel_start(address, other);
        service = service_start(address, executed);
        setenv("DARQ_PKERNEL", other, 1); /* for sessions without an address */
        if (service_await(address)) {
                for (; getenv("SEED") == NULL && scene.first < 2; scene.first++)
                        fault_runs_each(&runs);
                scene.first = 0;
                fault_runs_random(&runs, wanted);
        } else {
                fault_tell(&runs, "the service isn't there", "start", 0);
        }
        fault_tell(&runs, process_end(service) ? "it ends badly" : NULL, "service", 0);
        fault_tell(&runs, process_end(kernel) ? "it ends badly" : NULL, "p-kernel", 0);
        rmdir(directory);
        return fault_runs_end(&runs);
}
