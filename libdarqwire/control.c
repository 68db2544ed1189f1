/* SPDX-License-Identifier: MIT */
/*
 * The p-kernel's own interface, as this library uses it: names, rights, notices.
 *
 * Rights are given back by calls whose outcome nobody waits for. Notices come to one port of the session, made when the
 * first one is asked for, and go from there to those who asked.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "kernel.darq.h"

#include "libdarqwire/session.h"

static struct darq_kernel kernel_of(struct darq_session *session)
{
        return (struct darq_kernel){
                {.session = session, .port = DARQ_PORT_KERNEL, .link = session->link}};
}

/* The p-kernel's declared errors as this library's own. */
static int status_of(struct darq_session *session, int result)
{
        switch (result) {
        case DARQ_KERNEL_ERROR_NOT_FOUND:
                return DARQ_E_NO_PORT;
        case DARQ_KERNEL_ERROR_IN_USE:
                return DARQ_E_IN_USE;
        case DARQ_KERNEL_ERROR_NOT_ALLOWED:
                return DARQ_E_NOT_ALLOWED;
        case DARQ_KERNEL_ERROR_QUOTA:
                return DARQ_E_QUOTA;
        case DARQ_KERNEL_ERROR_BUSY:
                return DARQ_E_BUSY;
        case DARQ_KERNEL_ERROR_NO_LOCATION:
                return DARQ_E_NO_LOCATION;
        default:
                break;
        }
        if (result > 0)
                return darq_session_fail(session, DARQ_E_INTERNAL,
                                         "the p-kernel answers with error %d", result);
        return result;
}

int darq_proxy_connect(struct darq_proxy *self, struct darq_session *session, const char *name)
{
        const struct darq_kernel_connect_request request = {.name = darq_string_of(name)};
        const struct darq_kernel_connect_reply *reply;
        struct darq_kernel kernel;
        int r;

        *self = (struct darq_proxy){0};
        if (session == NULL)
                return DARQ_E_INVALID;
        if (!session->up) {
                r = darq_session_connect(session, 0);
                if (r != 0)
                        return r;
        }
        kernel = kernel_of(session);
        r = darq_kernel_connect(&kernel, &request, &reply);
        if (r > 0)
                return darq_session_fail(session, status_of(session, r),
                                         "no connection to the service \"%s\": %s", name,
                                         r == DARQ_KERNEL_ERROR_NOT_FOUND
                                                 ? "nobody serves it, and no manifest declares it"
                                                 : darq_status_text(status_of(session, r)));
        if (r != 0)
                return r;
        *self = reply->service;
        darq_proxy_keep(self);
        darq_reply_free(reply);
        return 0;
}

int darq_control_check_in(struct darq_session *session, const char *name,
                          const struct darq_served *served)
{
        const struct darq_kernel_check_in_request request = {.name = darq_string_of(name)};
        const struct darq_kernel_check_in_reply *reply;
        struct darq_kernel kernel = kernel_of(session);
        int r = darq_kernel_check_in(&kernel, &request, &reply);

        if (r > 0)
                return darq_session_fail(session, status_of(session, r),
                                         "can't serve as \"%s\": %s", name,
                                         darq_status_text(status_of(session, r)));
        if (r != 0)
                return r;
        r = darq_port_adopt(session, reply->service.port, served);
        darq_reply_free(reply);
        return r;
}

int darq_control_check_out(struct darq_session *session, const char *name)
{
        const struct darq_kernel_check_out_request request = {.name = darq_string_of(name)};
        struct darq_kernel kernel = kernel_of(session);

        return status_of(session, darq_kernel_check_out(&kernel, &request, NULL));
}

void darq_control_release(struct darq_session *session, uint64_t port, uint64_t rights)
{
        const struct darq_kernel_release_request request = {.target = port, .count = rights};
        struct darq_kernel kernel = kernel_of(session);

        if (session->up)
                darq_kernel_release_async(&kernel, &request, NULL, NULL, NULL);
}

/* Notices */

static void on_ended(void *self, struct darq_call *call,
                     const struct darq_kernel_watcher_ended_request *request)
{
        (void)call;
        darq_target_ended(self, request->target);
}

static void on_no_senders(void *self, struct darq_call *call,
                          const struct darq_kernel_watcher_no_senders_request *request)
{
        (void)call;
        darq_port_noticed(self, request->target, request->grants);
}

static int watcher_make(struct darq_session *session, struct darq_kernel_watcher *watcher)
{
        static const struct darq_kernel_watcher_ops ops = {.ended = on_ended,
                                                           .no_senders = on_no_senders};
        int r;

        if (session->watcher_port == 0) {
                r = darq_kernel_watcher_ops_serve(&ops, session, session, watcher);
                if (r != 0)
                        return r;
                session->watcher_port = watcher->proxy.port;
        }
        *watcher = (struct darq_kernel_watcher){
                {.session = session, .port = session->watcher_port, .link = session->link}};
        return 0;
}

int darq_control_watch(struct darq_session *session, uint64_t port)
{
        struct darq_kernel_watch_request request = {.target = port};
        struct darq_kernel kernel = kernel_of(session);
        int r = watcher_make(session, &request.watcher);

        if (r == 0)
                r = darq_kernel_watch(&kernel, &request, NULL);
        return status_of(session, r);
}

int darq_control_watcher(struct darq_session *session)
{
        struct darq_kernel_watcher watcher;

        return watcher_make(session, &watcher);
}

int darq_control_watch_senders(struct darq_session *session, uint64_t port,
                               darq_senders_callback *callback, void *context,
                               struct darq_pending **pending)
{
        struct darq_kernel_watch_senders_request request = {.target = port};
        struct darq_kernel kernel = kernel_of(session);
        int r = watcher_make(session, &request.watcher);

        if (r == 0)
                r = darq_kernel_watch_senders_async(&kernel, &request, callback, context, pending);
        return r;
}

void darq_control_forget(struct darq_session *session)
{
        session->watcher_port = 0;
}
