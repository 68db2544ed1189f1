/* SPDX-License-Identifier: MIT */
/*
 * Who calls, by the p-kernel's word. A connection's id is never used again, so an answer stays true; the next
 * connection that falls on the same place displaces it.
 */
#include <stdio.h>

#include "kernel.darq.h"

#include "reporter.h"

enum { PORT_KERNEL = 1 };

static int identify(struct darq_session *session, uint64_t connection, char *principal)
{
        const struct darq_kernel_identify_reply *reply;
        struct darq_kernel kernel;
        int r = darq_proxy_at(&kernel.proxy, session, PORT_KERNEL);

        if (r != 0)
                return r;
        r = darq_kernel_identify(
                &kernel, &(struct darq_kernel_identify_request){.connection = connection}, &reply);
        darq_proxy_close(&kernel.proxy);
        principal[0] = '\0';
        if (r == DARQ_KERNEL_ERROR_NOT_FOUND)
                return 0;
        if (r != 0)
                return r;
        snprintf(principal, REPORTER_TEXT_MAX + 1, "%s", reply->principal.data);
        darq_reply_free(reply);
        return 0;
}

int reporter_find(struct reporters *self, struct darq_call *call, const char **principal)
{
        uint64_t connection = darq_call_caller(call);
        size_t place = connection % REPORTERS_MAX;
        int r = 0;

        if (self->known[place].connection != connection)
                r = identify(darq_call_session(call), connection, self->known[place].principal);
        self->known[place].connection = r == 0 ? connection : 0;
        *principal = self->known[place].principal;
        return r;
}
