/* SPDX-License-Identifier: MIT */
/*
 * Connections and ports that are only there.
 *
 *      PROGRAM ADDRESS CONNECTIONS PORTS
 *
 * Opens that many connections to the p-kernel, each of which says Hello and opens PORTS ports. Says "ready" on a line, and keeps
 * them until its standard input ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/broker/frames.h"
#include "tests/bench/broker/load.h"

enum { ASKED_AT_ONCE = 1024 };

const char driver_name[] = "hold";

void load_reply(const uint8_t *data, size_t size)
{
        (void)data;
        (void)size;
}

_Noreturn void load_fail(const char *what)
{
        fprintf(stderr, "hold: ");
        perror(what);
        exit(EXIT_FAILURE);
}

static void hold(const char *address, unsigned long ports)
{
        struct channel channel;

        frames_open(&channel, address);
        while (ports > 0) {
                unsigned long count = ports < ASKED_AT_ONCE ? ports : ASKED_AT_ONCE;

                for (unsigned long i = 0; i < count; i++)
                        frames_port_ask(&channel, 0);
                channel_flush(&channel);
                for (unsigned long i = 0; i < count; i++)
                        frames_port_wait(&channel);
                ports -= count;
        }
        free(channel.in.data);
        free(channel.out.data);
}

int main(int count, char **arguments)
{
        struct rlimit limit;
        char byte;

        if (count != 4) {
                fprintf(stderr, "usage: %s ADDRESS CONNECTIONS PORTS\n", arguments[0]);
                return 2;
        }
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
        for (unsigned long i = strtoul(arguments[2], NULL, 10); i > 0; i--)
                hold(arguments[1], strtoul(arguments[3], NULL, 10));
        puts("ready");
        fflush(stdout);
        while (read(STDIN_FILENO, &byte, 1) > 0)
                ;
        return EXIT_SUCCESS;
}
