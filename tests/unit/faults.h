/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * System calls, and malloc and calloc, that fail when they are to. The linker puts __wrap_NAME in place of NAME (--wrap) in all
 * that is linked; the originals are __real_NAME. Those that both the library and the p-kernel call are in faults.c; a
 * test adds its own with FAILING.
 */

enum { FAULT_ONE_BYTE = -1, FAULT_WAYS_MAX = 6 };

enum site {
        SITE_ACCEPT,
        SITE_ANSWER, /* recv() of what the system says of a peer */
        SITE_BIND,
        SITE_CALLOC,
        SITE_CHMOD,
        SITE_CONNECT,
        SITE_DUP,
        SITE_EPOLL_CREATE,
        SITE_EPOLL_CTL,
        SITE_EPOLL_WAIT,
        SITE_EVENTFD,
        SITE_FSTAT,
        SITE_GETPEERNAME,
        SITE_GETRANDOM,
        SITE_GETRLIMIT,
        SITE_GETSOCKNAME,
        SITE_GETSOCKOPT,
        SITE_LISTEN,
        SITE_LSTAT,
        SITE_MALLOC,
        SITE_MKDIR,
        SITE_POLL,
        SITE_PPOLL,
        SITE_READ,
        SITE_REALLOC,
        SITE_RECV,
        SITE_RECVMSG,
        SITE_SEND,    /* to the system, about a peer */
        SITE_SENDMSG, /* to a peer, whether by sendmsg() or send() */
        SITE_SETRLIMIT,
        SITE_SETSOCKOPT,
        SITE_SIGNALFD,
        SITE_SOCKET,
        SITE_STRNDUP,
        SITE_TIMERFD,
        SITE_UNLINK,
        SITE_WRITE,
        SITE_COUNT,
};

/* The test's: how each may fail (errors; 0 ends the list), whether it does at random, and whether that should change nothing. */
extern const int fault_ways[SITE_COUNT][FAULT_WAYS_MAX];
bool fault_strikes(enum site site);
bool fault_passes(enum site site, int error);

struct faults {
        bool armed;
        unsigned long made;   /* calls in this run */
        unsigned long fails;  /* this one fails; 0: at random */
        unsigned long struck; /* the last one that failed at random */
        unsigned int way;     /* in this of its ways */
        unsigned int ways;    /* of the one that failed */
        uint64_t seed;        /* of the run; 0: none */
        uint64_t random;
        bool passing; /* what was made to fail so far should change nothing */
        enum site failed;
        int error;
};
extern struct faults faults;

uint64_t fault_random(void);

/** A run begins. */
void faults_arm(void);

/** How the call that returns to the address is to fail, also in errno; 0: it isn't. */
int fault(enum site site, const void *address);

/* Runs of the same with something else that fails in each. */
struct fault_runs {
        const char *(*run)(void *context); /* what was wrong, or NULL */
        void *context;
        unsigned long runs;
        unsigned long failed;
};

/** Each call of a run fails, in every way that it may. */
void fault_runs_each(struct fault_runs *self);
/** Calls fail at random, until there were so many runs; or once, as $SEED says. */
void fault_runs_random(struct fault_runs *self, unsigned long runs);
/** Prints what is wrong, unless it is NULL, and counts it. */
void fault_tell(struct fault_runs *self, const char *wrong, const char *what,
                unsigned long long value);
/** Prints how many passed and failed, and writes the sites. The exit status. */
int fault_runs_end(const struct fault_runs *self);

#define FAILING(type, failure, name, site, parameters, arguments)                               \
        type __real_##name parameters;                                                          \
        type __wrap_##name parameters;                                                          \
        type __wrap_##name parameters                                                           \
        {                                                                                       \
                return fault(site, __builtin_return_address(0)) != 0 ? (type)failure            \
                                                                     : __real_##name arguments; \
        }

int __real_connect(int fd, const struct sockaddr *to, socklen_t size);
int __real_getsockname(int fd, struct sockaddr *to, socklen_t *size);
ssize_t __real_recv(int fd, void *to, size_t size, int flags);
ssize_t __real_send(int fd, const void *data, size_t size, int flags);
int __real_socket(int domain, int type, int protocol);

#endif
