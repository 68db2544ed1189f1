/* SPDX-License-Identifier: MIT */
/*
 * completion: what a shell offers after darqctl.
 *
 * The scripts for the shells are a few lines each: all that they know is to ask `darqctl completion words` what may follow
 * the words that stand there already. Services are those of the running p-kernel; methods are looked up in services that run,
 * since asking one that doesn't would start it.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"
#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/plain.h"

static const char bash_script[] =
        "_darqctl() {\n"
        "        local words\n"
        "        words=$(darqctl completion words \"${COMP_WORDS[@]:1:COMP_CWORD-1}\" "
        "2>/dev/null)\n"
        "        COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
        "}\n"
        "complete -o default -F _darqctl darqctl\n";

static const char zsh_script[] =
        "#compdef darqctl\n"
        "_darqctl() {\n"
        "        local -a candidates\n"
        "        candidates=(${(f)\"$(darqctl completion words ${words[2,CURRENT-1]} "
        "2>/dev/null)\"})\n"
        "        if (( $#candidates )); then compadd -a candidates; else _files; fi\n"
        "}\n"
        "if [ \"$funcstack[1]\" = _darqctl ]; then _darqctl; else compdef _darqctl darqctl; fi\n";

static const char fish_script[] = "complete -c darqctl -a '(darqctl completion words (commandline "
                                  "-opc)[2..-1] 2>/dev/null)'\n";

/* What stands at a place of a command. */
enum place { NOTHING, LIST, SERVICE, RUNNING, METHOD, SHELL, LOCATION };

static const struct {
        const char *command;
        enum place places[2];
} lines[] = {
        {"status", {NOTHING}},       {"list", {LIST}},        {"ping", {SERVICE}},
        {"call", {SERVICE, METHOD}}, {"describe", {SERVICE}}, {"start", {SERVICE}},
        {"stop", {RUNNING}},         {"send", {SERVICE}},     {"request", {SERVICE}},
        {"encode", {SERVICE}},       {"decode", {SERVICE}},   {"completion", {SHELL}},
};

static void word_print(struct darq_string word)
{
        plain_write(stdout, word);
        putchar('\n');
}

typedef void service_function(void *context, const struct darq_kernel_service_entry *service);

/* Calls it for each declared service. */
static void services_visit(struct darq_session *session, service_function *visit, void *context)
{
        const struct darq_kernel_list_services_reply *reply;
        struct darq_kernel_list_services_request request = {0};
        struct darq_kernel kernel;
        size_t count;

        if (darq_proxy_at(&kernel.proxy, session, KERNEL_PORT) != 0)
                return;
        do {
                if (darq_kernel_list_services(&kernel, &request, &reply) != 0)
                        return;
                count = reply->services.count;
                for (size_t i = 0; i < count; i++)
                        visit(context, &reply->services.data[i]);
                request.skip += (uint32_t)count;
                darq_reply_free(reply);
        } while (count > 0);
}

static void name_print(void *context, const struct darq_kernel_service_entry *service)
{
        const bool *running_only = context;

        if (!*running_only || service->state == DARQ_KERNEL_SERVICE_STATE_RUNNING)
                word_print(service->name);
}

struct question {
        const char *name;
        bool stopped;
};

static void state_compare(void *context, const struct darq_kernel_service_entry *service)
{
        struct question *question = context;

        if (strcmp(service->name.data, question->name) == 0)
                question->stopped = service->state != DARQ_KERNEL_SERVICE_STATE_RUNNING;
}

static void methods_print(struct darq_session *session, const char *target)
{
        struct question question = {.name = target};
        struct darq_catalog *catalog;
        struct darq_proxy proxy;

        assert(target != NULL);
        services_visit(session, state_compare, &question);
        if (question.stopped || target_open(&proxy, session, target) != 0 ||
            catalog_ask(&catalog, session, proxy.port, target) != 0)
                return;
        for (size_t i = 0; i < darq_catalog_schema(catalog)->interfaces.count; i++) {
                const struct darq_schema_interface *interface =
                        &darq_catalog_schema(catalog)->interfaces.data[i];

                for (size_t j = 0; j < interface->methods.count; j++)
                        word_print(interface->methods.data[j].name);
        }
        darq_catalog_close(catalog);
}

static void place_print(enum place place, const char *before)
{
        struct darq_session *session = NULL;
        bool running_only = place == RUNNING;

        if (place == LIST)
                puts("services\nports\nconnections\n--location\n--json");
        else if (place == SHELL)
                puts("bash\nzsh\nfish");
        else if (place != NOTHING && darq_session_open(&session, NULL, 0) == 0) {
                if (place == METHOD)
                        methods_print(session, before);
                else if (place == LOCATION)
                        locations_print(&session);
                else
                        services_visit(session, name_print, &running_only);
        }
        darq_session_close(session);
}

/* The options of calls, each with its value, say nothing about what follows. */
static void options_skip(int *count, char ***words)
{
        while (*count >= 2 && (*words)[0][0] == '-') {
                *words += 2;
                *count -= 2;
        }
}

static int words_print(int count, char **words)
{
        const char *command;

        if (count >= 2 && strcmp(words[0], "-a") == 0) {
                setenv("DARQ_PKERNEL", words[1], 1);
                words += 2;
                count -= 2;
        }
        if (count == 0) {
                commands_print();
                return DONE;
        }
        if (strcmp(words[count - 1], "--location") == 0) {
                place_print(LOCATION, NULL);
                return DONE;
        }
        command = *words++;
        count--;
        options_skip(&count, &words);
        for (size_t i = 0; count < 2 && i < sizeof lines / sizeof *lines; i++)
                if (strcmp(lines[i].command, command) == 0)
                        place_print(lines[i].places[count], count > 0 ? words[0] : NULL);
        return DONE;
}

int completion_command(struct darq_session **session, int count, char **words)
{
        static const struct {
                const char *shell;
                const char *script;
        } scripts[] = {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}};

        (void)session;
        if (count >= 1 && strcmp(words[0], "words") == 0)
                return words_print(count - 1, words + 1);
        for (size_t i = 0; count == 1 && i < sizeof scripts / sizeof *scripts; i++)
                if (strcmp(words[0], scripts[i].shell) == 0) {
                        fputs(scripts[i].script, stdout);
                        return DONE;
                }
        return MISUSE;
}
