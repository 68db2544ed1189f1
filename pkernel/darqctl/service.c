/* SPDX-License-Identifier: MIT */
/*
 * register, reload, resolve, start, stop: what can be done about declared services.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kernel.darq.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/file.h"

/* DONE, or NOT_DONE after a sentence. */
static int kernel_open(struct darq_kernel *kernel, struct darq_session **session)
{
        int r;

        if (session_reach(session) != DONE)
                return NOT_DONE;
        r = darq_proxy_at(&kernel->proxy, *session, KERNEL_PORT);
        return r == 0 ? DONE : complain(*session, "p-kernel", r);
}

static int conclude(const struct darq_session *session, const char *what, int status)
{
        return status == 0 ? DONE : complain(session, what, status);
}

int register_command(struct darq_session **session, int count, char **words)
{
        const struct darq_kernel_register_reply *reply;
        struct darq_kernel_register_request request;
        struct darq_kernel kernel;
        struct darq_bytes text;
        int r;

        if (count != 1)
                return MISUSE;
        if (!file_read(&text, words[0]))
                return NOT_DONE;
        if (kernel_open(&kernel, session) != DONE) {
                file_free(text);
                return NOT_DONE;
        }
        request.manifest = (struct darq_string){(const char *)text.data, text.size};
        r = darq_kernel_register(&kernel, &request, &reply);
        file_free(text);
        if (r != 0)
                return complain(*session, words[0], r);
        printf("%s\n", reply->name.data);
        darq_reply_free(reply);
        return DONE;
}

int reload_command(struct darq_session **session, int count, char **words)
{
        const struct darq_kernel_reload_reply *reply;
        struct darq_kernel kernel;
        int r;

        (void)words;
        if (count != 0)
                return MISUSE;
        if (kernel_open(&kernel, session) != DONE)
                return NOT_DONE;
        r = darq_kernel_reload(&kernel, NULL, &reply);
        if (r != 0)
                return complain(*session, "reload", r);
        printf("%" PRIu32 " services\n", reply->services);
        for (size_t i = 0; i < reply->refused.count; i++)
                fprintf(stderr, "ignored: %s\n", reply->refused.data[i].data);
        r = reply->refused.count == 0 ? DONE : NOT_DONE;
        darq_reply_free(reply);
        return r;
}

int resolve_command(struct darq_session **session, int count, char **words)
{
        const struct darq_kernel_resolve_reply *reply;
        struct darq_kernel_resolve_request request;
        struct darq_kernel kernel;
        int r;

        if (count != 1)
                return MISUSE;
        request.object = darq_string_of(words[0]);
        if (kernel_open(&kernel, session) != DONE)
                return NOT_DONE;
        r = darq_kernel_resolve(&kernel, &request, &reply);
        if (r != 0)
                return complain(*session, words[0], r);
        printf("%" PRIu64 "\n", reply->service.port);
        darq_reply_free(reply);
        return DONE;
}

int start_command(struct darq_session **session, int count, char **words)
{
        struct darq_kernel kernel;
        int r;

        if (count != 1)
                return MISUSE;
        if (kernel_open(&kernel, session) != DONE)
                return NOT_DONE;
        r = darq_kernel_start(&kernel,
                              &(struct darq_kernel_start_request){.name = darq_string_of(words[0])},
                              NULL);
        return conclude(*session, words[0], r);
}

int stop_command(struct darq_session **session, int count, char **words)
{
        struct darq_kernel kernel;
        int r;

        if (count != 1)
                return MISUSE;
        if (kernel_open(&kernel, session) != DONE)
                return NOT_DONE;
        r = darq_kernel_stop(&kernel,
                             &(struct darq_kernel_stop_request){.name = darq_string_of(words[0])},
                             NULL);
        return conclude(*session, words[0], r);
}
