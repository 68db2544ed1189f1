/* SPDX-License-Identifier: MIT */
/*
 * call: a method of a service, with its parameters as JSON on the command line.
 */
#include <stdio.h>
#include <string.h>

#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/file.h"
#include "pkernel/darqctl/invoke.h"

static int method_call(const struct invocation *to, const char *method, const char *text)
{
        json_error_t error;
        json_t *request = json_parse(text, strlen(text), &error);
        json_t *reply;
        int r;

        if (request == NULL) {
                fprintf(stderr, "%s: not JSON: line %d, column %d: %s\n", to->name, error.line,
                        error.column, error.text);
                return NOT_DONE;
        }
        r = invoke(to, method, request, &reply);
        json_decref(request);
        return reply != NULL ? json_print(reply) : r;
}

int call_command(struct darq_session **session, int count, char **words)
{
        struct darq_bytes text = {NULL, 0};
        struct darq_catalog *catalog;
        struct darq_proxy proxy;
        uint64_t timeout_ms = 0;
        struct invocation to;
        int r;

        if (!options_read(&count, &words, NULL, &timeout_ms) || count < 2 || count > 3)
                return MISUSE;
        if (count == 3 && strcmp(words[2], "-") == 0 && !text_read(&text, NULL))
                return NOT_DONE;
        if (session_reach(session) != DONE || target_open(&proxy, *session, words[0]) != 0 ||
            catalog_ask(&catalog, *session, proxy.port, words[0]) != 0) {
                file_free(text);
                return NOT_DONE;
        }
        to = (struct invocation){.session = *session,
                                 .catalog = catalog,
                                 .port = proxy.port,
                                 .timeout_ms = (unsigned int)timeout_ms,
                                 .name = words[0]};
        if (text.data != NULL)
                r = method_call(&to, words[1], (const char *)text.data);
        else
                r = method_call(&to, words[1], count == 3 ? words[2] : "{}");
        file_free(text);
        darq_catalog_close(catalog);
        return r;
}
