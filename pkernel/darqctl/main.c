/* SPDX-License-Identifier: MIT */
/*
 * darqctl: a look at a running p-kernel, and messages by hand.
 *
 * An ordinary client of the library: it uses public headers only, and may do what any process of its
 * user may do. A table names the commands; each is a function of a session and the words behind its
 * name.
 */
#include <stdio.h>
#include <string.h>

#include "pkernel/darqctl/command.h"

struct command {
        const char *name;
        const char *words;
        const char *purpose;
        command_function *function;
};

static const struct command commands[] = {
        {"status", "", "what the p-kernel has counted", status_command},
        {"list", "[ports|connections]", "what is there", list_command},
        {"ping", "[-c COUNT] [TARGET]", "how long an answer takes", ping_command},
        {"send", "TARGET [FILE]", "a one-way message with a file's bytes", send_command},
        {"call", "[-t MS] TARGET [FILE]", "the same as a request; prints the answer", call_command},
        {"receive", "[-c COUNT] [-t MS] [PORT]", "opens a port and prints what comes",
         receive_command},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void usage(FILE *file)
{
        fprintf(file, "usage: darqctl [-a ADDRESS] COMMAND ...\n\n");
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                fprintf(file, "  %-8s %-26s %s\n", commands[i].name, commands[i].words,
                        commands[i].purpose);
        fprintf(file,
                "\nTARGET is a service's name or a port's number. ADDRESS is tcp:HOST:PORT or "
                "unix:PATH.\n");
}

static const struct command *command_find(const char *name)
{
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                if (strcmp(commands[i].name, name) == 0)
                        return &commands[i];
        return NULL;
}

static int run(const struct command *command, const char *address, int count, char **words)
{
        struct darq_session *session;
        int r = darq_session_open(&session, address, 0);

        if (r != 0)
                r = complain(session, "darqctl", r);
        else
                r = command->function(session, count, words);
        if (r == MISUSE)
                fprintf(stderr, "usage: darqctl %s %s\n", command->name, command->words);
        darq_session_close(session);
        return r;
}

int main(int argc, char **argv)
{
        const struct command *command;
        const char *address = NULL;
        int at = 1;

        if (argc > 3 && strcmp(argv[1], "-a") == 0) {
                address = argv[2];
                at = 3;
        }
        if (argc == 2 && strcmp(argv[1], "--help") == 0) {
                usage(stdout);
                return DONE;
        }
        command = argc > at ? command_find(argv[at]) : NULL;
        if (command == NULL) {
                usage(stderr);
                return MISUSE;
        }
        return run(command, address, argc - at - 1, argv + at + 1);
}
