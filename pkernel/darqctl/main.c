/* SPDX-License-Identifier: MIT */
/*
 * darqctl: a look at a running p-kernel, and messages by hand.
 *
 * An ordinary client of the library, which may do what any process of its user may do; of what isn't public it
 * uses how frames are read (sighting.c). A table names the commands; each is a function of the words behind its name,
 * which connects when it has looked at these.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libdarqwire/descriptor.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/file.h"

struct command {
        const char *name;
        const char *words;
        const char *purpose;
        command_function *function;
};

static const struct command commands[] = {
        {"status", "[--json]", "what the p-kernel has counted", status_command},
        {"list", "[services|ports|connections] [--location NAME] [--json]",
         "what is there, or at another location", list_command},
        {"ping", "[-c COUNT] [TARGET]", "how long an answer takes", ping_command},
        {"call", "[-t MS] TARGET METHOD [JSON]", "a method, by the service's own schema",
         call_command},
        {"describe", "SCHEMA", "what a service serves", describe_command},
        {"monitor", "[-c COUNT] [-t MS] [--OPTION]...", "what passes, as it passes",
         monitor_command},
        {"locations", "[--json]", "how the other locations are", locations_command},
        {"location", "add NAME", "what a new location needs", location_command},
        {"top", "[-c COUNT] [--interval MS]", "how busy services are", top_command},
        {"start", "NAME", "starts a declared service", start_command},
        {"stop", "NAME", "ends a declared service", stop_command},
        {"register", "FILE", "checks, stores and declares a manifest", register_command},
        {"reload", "", "reads all manifests again", reload_command},
        {"resolve", "OBJECT", "the port of the service for type:location:id", resolve_command},
        {"send", "TARGET [FILE]", "a one-way message with a file's bytes", send_command},
        {"request", "[-t MS] TARGET [FILE]", "the same as a request; prints the answer",
         request_command},
        {"receive", "[-c COUNT] [-t MS] [PORT]", "opens a port and prints what comes",
         receive_command},
        {"encode", "SCHEMA TYPE [FILE]", "JSON to a payload's bytes", encode_command},
        {"decode", "SCHEMA TYPE [FILE]", "a payload's bytes to JSON", decode_command},
        {"completion", "bash|zsh|fish", "a script that completes commands in a shell",
         completion_command},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* Of the usage. */
enum { WORDS_WIDTH = 38, PURPOSE_COLUMN = 13 + WORDS_WIDTH };

static void usage(FILE *file)
{
        fprintf(file, "usage: darqctl [-a ADDRESS] COMMAND ...\n\n");
        for (size_t i = 0; i < COMMAND_COUNT; i++) {
                fprintf(file, "  %-10s %-*s", commands[i].name, WORDS_WIDTH, commands[i].words);
                if (strlen(commands[i].words) > WORDS_WIDTH)
                        fprintf(file, "\n%*s", PURPOSE_COLUMN, "");
                fprintf(file, " %s\n", commands[i].purpose);
        }
        fprintf(file,
                "\nTARGET is a service's name or a port's number. ADDRESS is tcp:HOST:PORT or "
                "unix:PATH. SCHEMA is a\nfile that darqidl schema wrote, or a TARGET; TYPE is a "
                "type's name,\n"
                "Interface.method.request, .reply, or .item or .part of its streams.\n");
}

static void version(FILE *file)
{
        fputs("darqctl 0.1\n", file);
}

void commands_print(void)
{
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                puts(commands[i].name);
}

static const struct command *command_find(const char *name)
{
        for (size_t i = 0; i < COMMAND_COUNT; i++)
                if (strcmp(commands[i].name, name) == 0)
                        return &commands[i];
        return NULL;
}

static int run(const struct command *command, int count, char **words)
{
        struct darq_session *session = NULL;
        int r = command->function(&session, count, words);

        if (!output_finish() && r == DONE)
                r = NOT_DONE;
        if (r == MISUSE)
                fprintf(stderr, "usage: darqctl %s %s\n", command->name, command->words);
        darq_session_close(session);
        return r;
}

static const struct {
        const char *word;
        void (*print)(FILE *file);
} questions[] = {{"--help", usage}, {"-h", usage}, {"help", usage}, {"--version", version}};

/* Asked about itself: DONE, or NOT_DONE; MISUSE: it wasn't. */
static int question_answer(const char *word)
{
        for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
                if (strcmp(questions[i].word, word) != 0)
                        continue;
                questions[i].print(stdout);
                return output_finish() ? DONE : NOT_DONE;
        }
        return MISUSE;
}

int main(int argc, char **argv)
{
        const struct command *command;
        int at = 1;
        int r;

        darq_descriptors_reserve();
        if (argc > 1 && strcmp(argv[1], "-a") == 0) {
                at = 3;
                if (argc > at)
                        setenv("DARQ_PKERNEL", argv[2], 1);
        }
        if (argc <= at) {
                usage(stderr);
                return MISUSE;
        }
        command = command_find(argv[at]);
        if (command != NULL)
                return run(command, argc - at - 1, argv + at + 1);
        r = question_answer(argv[at]);
        if (r == MISUSE)
                fprintf(stderr, "darqctl: no command '%s'; 'darqctl --help' lists them\n",
                        argv[at]);
        return r;
}
