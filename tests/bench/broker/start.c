/* SPDX-License-Identifier: MIT */
/*
 * How long it takes to start something.
 *
 *      PROGRAM call ADDRESS NAME...
 *      PROGRAM spawn COUNT PROGRAM ARGUMENT...
 *
 * call: the first call to each of these services, none of which runs: connected before. spawn: COUNT times, from fork to the
 * program's end. Prints the median in microseconds.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <darq/darq.h>

#include "echo.darq.h"

enum { CONNECT_MS = 2000, COUNT_MAX = 1000 };

extern char **environ;

static double now_us(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *one, const void *other)
{
        double a = *(const double *)one;
        double b = *(const double *)other;

        return (a > b) - (a < b);
}

static int report(double *times, size_t count)
{
        qsort(times, count, sizeof *times, compare);
        printf("%.1f\n", times[count / 2]);
        return EXIT_SUCCESS;
}

static int calls(const char *address, char **names, size_t count, double *times)
{
        struct darq_session *session;
        bool fine = darq_session_open(&session, address, CONNECT_MS) == 0;

        for (size_t i = 0; fine && i < count; i++) {
                struct echo_call_request request = {.data = {(const uint8_t *)"x", 1}};
                struct echo echo;
                double begin;

                fine = darq_proxy_connect(&echo.proxy, session, names[i]) == 0;
                begin = now_us();
                fine = fine && echo_call(&echo, &request, NULL) == 0;
                times[i] = now_us() - begin;
        }
        if (!fine)
                fprintf(stderr, "start: %s\n", darq_session_error(session));
        darq_session_close(session);
        return fine ? report(times, count) : EXIT_FAILURE;
}

static bool spawn(char **command)
{
        posix_spawn_file_actions_t actions;
        pid_t pid;
        int status = -1;

        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) == 0)
                waitpid(pid, &status, 0);
        posix_spawn_file_actions_destroy(&actions);
        return status == 0;
}

static int spawns(char **command, size_t count, double *times)
{
        for (size_t i = 0; i < count; i++) {
                double begin = now_us();

                if (!spawn(command)) {
                        fprintf(stderr, "start: %s failed\n", command[0]);
                        return EXIT_FAILURE;
                }
                times[i] = now_us() - begin;
        }
        return report(times, count);
}

int main(int count, char **arguments)
{
        static double times[COUNT_MAX];

        if (count > 3 && count - 3 <= COUNT_MAX && strcmp(arguments[1], "call") == 0)
                return calls(arguments[2], arguments + 3, (size_t)count - 3, times);
        if (count > 3 && strcmp(arguments[1], "spawn") == 0) {
                size_t number = strtoul(arguments[2], NULL, 10);

                if (number > 0 && number <= COUNT_MAX)
                        return spawns(arguments + 3, number, times);
        }
        fprintf(stderr, "usage: %s call ADDRESS NAME... | spawn COUNT PROGRAM ARGUMENT...\n",
                arguments[0]);
        return 2;
}
