/* SPDX-License-Identifier: MIT */
/*
 * The p-kernel's shell when system calls fail: test_shell [RUNS].
 *
 * The linker puts the functions below in place of the system calls (and of malloc and calloc) that the shell and the
 * core make. A run is a whole p-kernel with three peers in this one process: a caller on TCP and a callee on a Unix
 * socket, whose calls must each have one outcome, and a bystander that pings. The peers act while the p-kernel waits
 * in epoll_wait(), by calls that never fail.
 *
 * First the n-th call fails, for every n and in every way that it may: what passes (EINTR, EAGAIN, one byte) must
 * change nothing; anything else may cost at most one peer, or keep the p-kernel from starting. Then calls fail at
 * random, from a seed ($SEED repeats one), until there were RUNS runs. In each run no descriptor may be lost, nobody may wait for ever,
 * and the core asserts that every charge is zero.
 */
#include "libdarqwire/frame.h"
#include "pkernel/shell/server.h"
#include "tests/simulation/world.h"
#include "tests/unit/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CALLS = 12, PINGS = 10, PATIENCE_NS = 2000000000, PATIENCE = 500, TARGET = 12000 };

const int fault_ways[SITE_COUNT][FAULT_WAYS_MAX] = {
        [SITE_ACCEPT] = {EINTR, EAGAIN, EMFILE, ENFILE, ENOMEM, ECONNABORTED},
        [SITE_ANSWER] = {EINTR, EAGAIN, ENOBUFS},
        [SITE_BIND] = {EADDRINUSE, ENOMEM},
        [SITE_CALLOC] = {ENOMEM},
        [SITE_CHMOD] = {EPERM},
        [SITE_CONNECT] = {ENOMEM},
        [SITE_DUP] = {EMFILE},
        [SITE_EPOLL_CREATE] = {EMFILE, ENOMEM},
        [SITE_EPOLL_CTL] = {ENOMEM, ENOSPC},
        [SITE_EPOLL_WAIT] = {EINTR},
        [SITE_FSTAT] = {EIO},
        [SITE_GETRANDOM] = {EINTR},
        [SITE_GETRLIMIT] = {EPERM},
        [SITE_GETPEERNAME] = {ENOTCONN, ENOBUFS},
        [SITE_GETSOCKNAME] = {ENOBUFS},
        [SITE_GETSOCKOPT] = {ENOBUFS},
        [SITE_LISTEN] = {EADDRINUSE},
        [SITE_LSTAT] = {EACCES, ENOMEM},
        [SITE_MALLOC] = {ENOMEM},
        [SITE_MKDIR] = {EACCES, ENOSPC},
        [SITE_POLL] = {EINTR, ENOMEM},
        [SITE_READ] = {EINTR, EAGAIN},
        [SITE_RECV] = {EINTR, EAGAIN, FAULT_ONE_BYTE, ECONNRESET, ENOMEM},
        [SITE_RECVMSG] = {EINTR, ENOMEM},
        [SITE_SEND] = {EINTR, ENOBUFS, ECONNREFUSED},
        [SITE_SENDMSG] = {EINTR, EAGAIN, FAULT_ONE_BYTE, ECONNRESET, ENOMEM, EPIPE},
        [SITE_SETRLIMIT] = {EPERM},
        [SITE_SETSOCKOPT] = {ENOMEM},
        [SITE_SIGNALFD] = {EMFILE, ENOMEM},
        [SITE_SOCKET] = {EMFILE, ENOMEM},
        [SITE_UNLINK] = {EACCES},
};

bool fault_passes(enum site site, int error)
{
        bool transfer = site == SITE_RECV || site == SITE_SENDMSG;

        return error == EINTR || error == FAULT_ONE_BYTE ||
               (error == EAGAIN && site != SITE_ANSWER) || (error == ENOMEM && transfer) ||
               (error == ECONNABORTED && site == SITE_ACCEPT);
}

/* At random; what has failed is often followed by more, so that what is done about it fails too. Few calls accept. */
bool fault_strikes(enum site site)
{
        bool again = faults.made - faults.struck <= 3;

        return fault_random() % (again ? 4 : site == SITE_ACCEPT ? 10 : 100) == 0;
}

static struct sockaddr_in tcp_address;
static struct sockaddr_un unix_address;
static void peers_act(void);

FAILING(int, -1, accept4, SITE_ACCEPT, (int fd, struct sockaddr *to, socklen_t *size, int flags),
        (fd, to, size, flags))
FAILING(int, -1, chmod, SITE_CHMOD, (const char *path, mode_t mode), (path, mode))
FAILING(int, -1, fstat, SITE_FSTAT, (int fd, struct stat *status), (fd, status))
FAILING(ssize_t, -1, getrandom, SITE_GETRANDOM, (void *to, size_t size, unsigned int flags),
        (to, size, flags))
FAILING(int, -1, getrlimit, SITE_GETRLIMIT, (__rlimit_resource_t what, struct rlimit *limit),
        (what, limit))
FAILING(int, -1, lstat, SITE_LSTAT, (const char *path, struct stat *status), (path, status))
FAILING(int, -1, mkdir, SITE_MKDIR, (const char *path, mode_t mode), (path, mode))
FAILING(int, -1, poll, SITE_POLL, (struct pollfd * fds, nfds_t count, int wait_ms),
        (fds, count, wait_ms))
FAILING(ssize_t, -1, recvmsg, SITE_RECVMSG, (int fd, struct msghdr *message, int flags),
        (fd, message, flags))
FAILING(int, -1, setrlimit, SITE_SETRLIMIT, (__rlimit_resource_t what, const struct rlimit *limit),
        (what, limit))
FAILING(int, -1, unlink, SITE_UNLINK, (const char *path), (path))
FAILING(int, -1, dup, SITE_DUP, (int fd), (fd))
FAILING(int, -1, listen, SITE_LISTEN, (int fd, int backlog), (fd, backlog))
FAILING(int, -1, signalfd, SITE_SIGNALFD, (int fd, const sigset_t *set, int flags),
        (fd, set, flags))

int __real_bind(int fd, const struct sockaddr *address, socklen_t size);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
int __real_epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);

/* Tells the peers where to connect. */
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
        socklen_t room = sizeof tcp_address;

        if (fault(SITE_BIND, __builtin_return_address(0)) != 0 ||
            __real_bind(fd, address, size) < 0)
                return -1;
        if (address->sa_family == AF_INET)
                return __real_getsockname(fd, (struct sockaddr *)&tcp_address, &room);
        return 0;
}

/* The p-kernel waits: the peers' turn. */
int __wrap_epoll_wait(int fd, struct epoll_event *events, int count, int timeout_ms)
{
        peers_act();
        if (fault(SITE_EPOLL_WAIT, __builtin_return_address(0)) != 0)
                return -1;
        return __real_epoll_wait(fd, events, count,
                                 timeout_ms < 0 || timeout_ms > 1 ? 1 : timeout_ms);
}

/* The log isn't looked at. */
ssize_t __wrap_write(int fd, const void *data, size_t size)
{
        return fd == STDERR_FILENO && faults.armed ? (ssize_t)size : __real_write(fd, data, size);
}

enum role { CALLEE, BYSTANDER, CALLER, PEERS };

struct peer_of_ours {
        int fd;     /* -1: not connected */
        bool ended; /* by the p-kernel, or refused something at its beginning */
        bool ready; /* its port is open */
        uint64_t port;
        unsigned int outcomes[CALLS + 1];
        unsigned int replies;
        unsigned int pongs;
        uint8_t in[200000];
        size_t in_size;
        uint8_t out[200000];
        size_t out_size;
};

static struct {
        struct peer_of_ours peers[PEERS];
        uint64_t progress_ns; /* when there was some */
        unsigned int turns;   /* since then */
        bool stuck;
        bool told; /* the p-kernel is to end */
} scene;

static size_t call_size(uint64_t call)
{
        return call % 4 == 0 ? 20000 : (size_t)call * 10;
}

static void queue(struct peer_of_ours *self, const void *data, size_t size)
{
        if (self->out_size + size > sizeof self->out)
                abort();
        memcpy(self->out + self->out_size, data, size);
        self->out_size += size;
}

static void queue_letter(struct peer_of_ours *self, struct letter letter)
{
        static const uint8_t payload[32768];
        static uint8_t frame[sizeof payload + 256];

        letter.payload = payload;
        letter.extended = true;
        queue(self, frame, frame_message(frame, &letter));
}

static void peer_connect(struct peer_of_ours *self, enum role role)
{
        bool tcp = role == CALLER;
        const struct sockaddr *address =
                tcp ? (struct sockaddr *)&tcp_address : (struct sockaddr *)&unix_address;
        uint8_t frame[64];

        self->fd = __real_socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (__real_connect(self->fd, address, tcp ? sizeof tcp_address : sizeof unix_address) < 0 ||
            fcntl(self->fd, F_SETFL, O_NONBLOCK) < 0) {
                perror("connect");
                abort();
        }
        queue(self, frame, frame_hello(frame));
        queue(self, frame, frame_open(frame, role == CALLEE ? TARGET : 0));
}

/* Once its port is open. */
static void peer_begin(struct peer_of_ours *self, enum role role)
{
        struct darq_frame_header ping = {.type = DARQ_FRAME_PING, .size = 16};
        uint8_t frame[16] = {0};

        self->ready = true;
        darq_frame_header_put(frame, &ping);
        for (uint64_t call = 1; role == CALLER && call <= CALLS; call++)
                queue_letter(self, (struct letter){.source = self->port,
                                                   .destination = TARGET,
                                                   .call = call,
                                                   .flags = DARQ_FRAME_REQUEST,
                                                   .size = call_size(call)});
        for (int count = 0; role == BYSTANDER && count < PINGS; count++)
                queue(self, frame, sizeof frame);
}

static void take_frame(struct peer_of_ours *self, enum role role,
                       const struct darq_frame_header *header, const uint8_t *body)
{
        struct darq_frame_message message;

        switch (header->type) {
        case DARQ_FRAME_OPENED_PORT:
                self->port = darq_frame_port_get(body).port;
                if (darq_frame_port_get(body).result == DARQ_FRAME_OPENED)
                        peer_begin(self, role);
                else
                        self->ended = true;
                break;
        case DARQ_FRAME_MESSAGE:
                message = darq_frame_message_get(body);
                if (role == CALLEE) {
                        queue_letter(self, (struct letter){.destination = message.source,
                                                           .size = message.payload_size});
                } else if (header->call <= CALLS &&
                           message.payload_size == call_size(header->call)) {
                        self->outcomes[header->call]++;
                        self->replies++;
                }
                break;
        case DARQ_FRAME_UNDELIVERABLE:
                if (header->call <= CALLS)
                        self->outcomes[header->call]++;
                break;
        case DARQ_FRAME_PONG:
                self->pongs++;
                break;
        default:
                break;
        }
}

static void take_frames(struct peer_of_ours *self, enum role role)
{
        struct darq_frame_header header;

        while (darq_frame_header_get(self->in, self->in_size, DARQ_FRAME_FROM_KERNEL, &header) ==
                       DARQ_FRAME_OK &&
               header.size <= self->in_size) {
                take_frame(self, role, &header, self->in + header.header_size);
                self->in_size -= header.size;
                memmove(self->in, self->in + header.size, self->in_size);
        }
}

static bool peer_act(struct peer_of_ours *self, enum role role)
{
        ssize_t sent, got;

        if (self->fd < 0 || self->ended)
                return false;
        sent = self->out_size == 0 ? 0
                                   : __real_send(self->fd, self->out, self->out_size, MSG_NOSIGNAL);
        if (sent > 0) {
                self->out_size -= (size_t)sent;
                memmove(self->out, self->out + sent, self->out_size);
        }
        got = __real_recv(self->fd, self->in + self->in_size, sizeof self->in - self->in_size, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
                self->ended = true;
        if (got > 0) {
                self->in_size += (size_t)got;
                take_frames(self, role);
        }
        return sent > 0 || got > 0 || self->ended;
}

static bool caller_done(const struct peer_of_ours *self)
{
        unsigned int outcomes = 0;

        for (uint64_t call = 1; call <= CALLS; call++)
                outcomes += self->outcomes[call] > 0;
        return self->ended || outcomes == CALLS;
}

/* For so many turns and so long: a process that stands still makes no turn, and a turn may take no time. */
static bool nothing_happens(unsigned int times)
{
        return scene.turns > PATIENCE * times &&
               server_now_ns() - scene.progress_ns > (uint64_t)PATIENCE_NS * times;
}

static void peers_act(void)
{
        struct peer_of_ours *peers = scene.peers;
        bool progress = false;

        for (enum role role = 0; role < PEERS; role++) {
                if (peers[role].fd < 0 &&
                    (role != CALLER || peers[CALLEE].ready || peers[CALLEE].ended))
                        peer_connect(&peers[role], role);
                progress = peer_act(&peers[role], role) || progress;
        }
        scene.turns++;
        if (progress) {
                scene.progress_ns = server_now_ns();
                scene.turns = 0;
        }
        scene.stuck = scene.stuck || nothing_happens(1);
        if ((caller_done(&peers[CALLER]) &&
             (peers[BYSTANDER].ended || peers[BYSTANDER].pongs == PINGS)) ||
            scene.stuck) {
                if (!scene.told)
                        kill(getpid(), SIGTERM);
                scene.told = true;
        }
        if (scene.told && nothing_happens(2))
                abort();
}

static const char *verdict(int started)
{
        const struct peer_of_ours *caller = &scene.peers[CALLER];
        unsigned int ended = 0;

        if (scene.stuck)
                return "somebody waits for ever";
        for (uint64_t call = 1; call <= CALLS; call++) {
                if (caller->outcomes[call] > 1)
                        return "a call with two outcomes";
        }
        for (enum role role = 0; role < PEERS; role++)
                ended += scene.peers[role].ended;
        if (faults.passing && started < 0)
                return "it doesn't start";
        if (faults.passing && (ended > 0 || caller->replies != CALLS))
                return "what should change nothing does";
        if (faults.fails != 0 && started == 0 && ended > 1)
                return "more than one peer is harmed";
        return NULL;
}

static int descriptor_next(void)
{
        int fd = dup(STDIN_FILENO);

        close(fd);
        return fd;
}

/* Stands in for the starter: has loaded no manifest, and says no more. */
struct stand_in {
        struct starter_process process; /* the router's end */
        struct post post;
};

static void stand_in_init(struct stand_in *self)
{
        static const struct darq_starter_loaded nothing;
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0 ||
            fcntl(fds[0], F_SETFL, O_NONBLOCK) != 0 || !post_init(&self->process.post, fds[0]) ||
            !post_init(&self->post, fds[1]) ||
            post_event_send(&self->post,
                            &(struct darq_starter_event){.which = DARQ_STARTER_EVENT_LOADED,
                                                         .loaded = &nothing},
                            -1) != 0)
                abort();
}

static void stand_in_deinit(struct stand_in *self)
{
        post_deinit(&self->process.post);
        post_deinit(&self->post);
}

/* One life of a p-kernel. NULL, or what was wrong. */
static const char *run(void *context)
{
        const char *arguments[] = {"pkernel",  "--listen", "tcp:127.0.0.1:0",
                                   "--listen", NULL,       NULL};
        static struct server server;
        static char path[sizeof unix_address.sun_path + 8];
        struct stand_in starter;
        struct options options;
        const char *wrong;
        int started, status, first = descriptor_next();

        (void)context;
        memset(&scene, 0, sizeof scene);
        for (enum role role = 0; role < PEERS; role++)
                scene.peers[role].fd = -1;
        snprintf(path, sizeof path, "unix:%s", unix_address.sun_path);
        arguments[4] = path;
        optind = 0;
        if (options_parse(&options, 5, (char **)(uintptr_t)arguments, &status) < 0)
                abort();
        stand_in_init(&starter);
        faults_arm();
        scene.progress_ns = server_now_ns();
        started = server_init(&server, &options, &starter.process);
        status = started < 0 ? 0 : server_run(&server);
        server_deinit(&server);
        faults.armed = false;
        stand_in_deinit(&starter);
        for (enum role role = 0; role < PEERS; role++) {
                if (scene.peers[role].fd >= 0)
                        close(scene.peers[role].fd);
        }
        wrong = verdict(started);
        if (wrong == NULL && status != 0)
                wrong = "it ends with another status than 0";
        if (wrong == NULL && descriptor_next() != first)
                wrong = "a descriptor is lost";
        return wrong;
}

static void directory_make(char *directory)
{
        const char *parent = getenv("TMPDIR");

        snprintf(directory, 80, "%s/darq-XXXXXX", parent == NULL ? "/tmp" : parent);
        if (mkdtemp(directory) == NULL) {
                perror(directory);
                exit(1);
        }
        unix_address.sun_family = AF_UNIX;
        snprintf(unix_address.sun_path, sizeof unix_address.sun_path, "%s/socket", directory);
}

int main(int count, char **arguments)
{
        unsigned long wanted = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000;
        struct fault_runs runs = {.run = run};
        char directory[80];

        directory_make(directory);
        setvbuf(stdout, NULL, _IOLBF, 0);
        if (getenv("SEED") == NULL)
                fault_runs_each(&runs);
        fault_runs_random(&runs, wanted);
        rmdir(directory);
        return fault_runs_end(&runs);
}
