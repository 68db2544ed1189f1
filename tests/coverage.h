/* SPDX-License-Identifier: MIT */
#ifndef COVERAGE_H
#define COVERAGE_H

/*
 * In front of every file of a build that counts what it runs (make coverage). The counters are written by exit(); here they are
 * where a process ends without it, becomes another program, or is ended by SIGTERM. One that fails to become another goes on
 * counting from zero, and adds that.
 */

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);
void coverage_begin(void);
/* Of tests/allocations: memory is there again, for the counters. */
void failing_end(void) __attribute__((weak));

#define _exit(status) (__gcov_dump(), (_exit)(status))
#define execve(path, words, environment) \
        (__gcov_dump(), __gcov_reset(), (execve)(path, words, environment))

static inline void coverage_end(int number)
{
        if (failing_end != NULL)
                failing_end();
        __gcov_dump();
        signal(number, SIG_DFL);
        raise(number);
}

/* One for all files of a program. */
__attribute__((weak, visibility("hidden"), constructor)) void coverage_begin(void)
{
        if (signal(SIGTERM, coverage_end) == SIG_IGN)
                signal(SIGTERM, SIG_IGN);
        if (failing_end != NULL)
                atexit(failing_end);
}

#endif
