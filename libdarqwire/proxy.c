/* SPDX-License-Identifier: MIT */
/*
 * Typed calls through proxies: what generated code stands on.
 *
 * A proxy is a plain value. What is counted about its port stands in the session (target.c, port.c); here are the checks
 * before anything is sent, and the four ways to send: call and wait, call and be called back, one-way, and with a stream.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libdarqwire/arena.h"
#include "libdarqwire/rpc.h"
#include "libdarqwire/session.h"
#include "libdarqwire/stream.h"

int darq_proxy_at(struct darq_proxy *self, struct darq_session *session, uint64_t port)
{
        struct darq_target *target;

        if (!session->up && darq_session_connect(session, 0) != 0)
                return DARQ_E_NO_LINK;
        if (port == 0 || (port & DARQ_PORT_SLOT) != 0)
                return darq_session_fail(session, DARQ_E_INVALID, "%" PRIu64 " is not a port",
                                         port);
        target = darq_target_get(session, port);
        if (target == NULL)
                return darq_session_fail(session, DARQ_E_NO_MEMORY, "no memory for a proxy");
        target->holders++;
        *self = (struct darq_proxy){.session = session, .port = port, .link = session->link};
        return 0;
}

static bool proxy_current(const struct darq_proxy *self)
{
        return self->session != NULL && self->port != 0 && self->link == self->session->link;
}

/* Whether it can be used: 0, or why not. */
static inline int proxy_check(const struct darq_proxy *self)
{
        return self->session == NULL ? DARQ_E_INVALID : darq_session_check(self->session, self);
}

void darq_proxy_keep(const struct darq_proxy *self)
{
        struct darq_target *target;

        if (!proxy_current(self))
                return;
        target = darq_target_find(self->session, self->port);
        if (target != NULL)
                target->holders++;
}

void darq_proxy_close(struct darq_proxy *self)
{
        if (self == NULL)
                return;
        if (proxy_current(self))
                darq_target_drop(self->session, self->port);
        *self = (struct darq_proxy){0};
}

int darq_proxy_on_death(const struct darq_proxy *self, darq_port_callback *callback, void *context)
{
        struct darq_session *session = self->session;
        struct darq_watcher *watcher;
        struct darq_target *target;
        int r = proxy_check(self);

        if (r != 0)
                return r;
        target = darq_target_find(session, self->port);
        if (target == NULL || target->holders == 0 || darq_port_find(session, self->port) != NULL)
                return darq_session_fail(session, DARQ_E_INVALID,
                                         "port %" PRIu64 " is held by nobody here", self->port);
        watcher = malloc(sizeof *watcher);
        if (watcher == NULL)
                return darq_session_fail(session, DARQ_E_NO_MEMORY, "no memory to watch a port");
        *watcher =
                (struct darq_watcher){.port = self->port, .callback = callback, .context = context};
        list_append(&target->watchers, &watcher->link);
        if (target->watched)
                return 0;
        target->watched = true;
        target->holders++; /* what comes while we wait may let go of the port */
        r = darq_control_watch(session, self->port);
        if (session->link != self->link) /* the target has gone; the callback is due */
                return DARQ_E_LINK_LOST;
        if (r != 0) {
                target->watched = false;
                list_remove(&watcher->link);
                free(watcher);
        }
        darq_target_drop(session, self->port);
        return r;
}

void darq_proxy_off_death(const struct darq_proxy *self, darq_port_callback *callback,
                          void *context)
{
        if (self->session != NULL && callback != NULL)
                darq_target_unwatch(self->session, self->port, callback, context);
}

int darq_proxy_on_unused(const struct darq_proxy *self, darq_port_callback *callback, void *context)
{
        struct darq_session *session = self->session;
        struct darq_port *port;
        int r = proxy_check(self);

        if (r != 0)
                return r;
        port = darq_port_find(session, self->port);
        if (port == NULL)
                return darq_session_fail(session, DARQ_E_INVALID,
                                         "port %" PRIu64 " isn't served here", self->port);
        r = darq_control_watcher(session);
        if (r == 0)
                darq_port_watch_unused(session, port, callback, context);
        return r;
}

/* Calls */

static int pack_failed(struct darq_session *session, const struct darq_interface *interface,
                       const struct darq_method *method, const struct darq_writer *writer)
{
        return darq_session_fail(session, writer->error, "%s.%s was not sent: %s", interface->name,
                                 method->name, writer->reason);
}

/* The request with its RPC header. */
static inline int request_pack(struct darq_session *session, const struct darq_interface *interface,
                               const struct darq_method *method, const void *request,
                               struct darq_writer *writer)
{
        struct darq_rpc_header header = {.interface = interface->id, .ordinal = method->ordinal};

        method->pack_request(writer, request);
        if (writer->error != 0)
                return pack_failed(session, interface, method, writer);
        darq_rpc_header_put(writer->data + DARQ_HEADROOM - DARQ_RPC_HEADER_SIZE, &header);
        return 0;
}

/* Streams take as long as they take, unless somebody has said how long. */
static uint32_t timeout_of(const struct darq_proxy *self, const struct darq_method *method)
{
        if (self->timeout_ms != 0)
                return self->timeout_ms;
        if (method->upload != NULL || method->download != NULL)
                return method->timeout_ms;
        return method->timeout_ms != 0 ? method->timeout_ms : DARQ_TIMEOUT_DEFAULT_MS;
}

static inline __attribute__((always_inline)) int
request_start(const struct darq_proxy *self, const struct darq_interface *interface,
              const struct darq_method *method, const void *request, struct darq_pending **pending)
{
        struct darq_request_to to = {
                .port = self->port,
                .timeout_ms = timeout_of(self, method),
                .interface = interface,
                .method = method,
        };
        struct darq_writer *writer;
        int r = proxy_check(self);

        if (r != 0)
                return r;
        writer = darq_session_writer(self->session);
        r = request_pack(self->session, interface, method, request, writer);
        if (r != 0)
                return r;
        return darq_pending_start(self->session, &to, writer, DARQ_HEADROOM - DARQ_RPC_HEADER_SIZE,
                                  pending);
}

static int own_port_refuse(const struct darq_proxy *self, const struct darq_interface *interface,
                           const struct darq_method *method)
{
        if (!proxy_current(self) || darq_port_find(self->session, self->port) == NULL)
                return 0;
        return darq_session_fail(self->session, DARQ_E_DEADLOCK,
                                 "%s.%s: port %" PRIu64
                                 " is served by this very session, which would wait for itself",
                                 interface->name, method->name, self->port);
}

int darq_proxy_call(const struct darq_proxy *self, const struct darq_interface *interface,
                    const struct darq_method *method, const void *request, void *reply)
{
        struct darq_pending *pending;
        const void *value = NULL;
        int r = own_port_refuse(self, interface, method);

        if (r == 0)
                r = request_start(self, interface, method, request, &pending);
        if (r != 0)
                return r;
        darq_pending_await(pending);
        r = darq_pending_result(pending, &value);
        if (r == 0 && reply != NULL) {
                memcpy(reply, &value, sizeof value);
                if (value != darq_empty_value())
                        pending->reply = NULL;
        }
        darq_pending_abandon(pending);
        return r;
}

int darq_proxy_call_async(const struct darq_proxy *self, const struct darq_interface *interface,
                          const struct darq_method *method, const void *request,
                          darq_function *callback, void *context, struct darq_pending **pending)
{
        struct darq_pending *started;
        int r = 0;

        if (self->session == NULL)
                return DARQ_E_INVALID;
        if (self->port != DARQ_PORT_KERNEL)
                r = darq_session_may_send(self->session);
        if (r == 0)
                r = request_start(self, interface, method, request, &started);
        if (r != 0)
                return r;
        started->callback = callback;
        started->context = context;
        if (pending != NULL)
                *pending = started;
        started->unheld = pending == NULL;
        started->abandoned = pending == NULL && callback == NULL; /* nothing waits for a turn */
        darq_session_flush(self->session, true);
        return 0;
}

int darq_proxy_send(const struct darq_proxy *self, const struct darq_interface *interface,
                    const struct darq_method *method, const void *request)
{
        struct darq_session *session = self->session;
        struct darq_envelope envelope = {.destination = self->port};
        struct darq_writer *writer;
        int r = proxy_check(self);

        if (r == 0)
                r = darq_session_may_send(session);
        if (r != 0)
                return r;
        writer = darq_session_writer(session);
        r = request_pack(session, interface, method, request, writer);
        if (r != 0)
                return r;
        envelope.source = session->own_port;
        r = darq_session_put_message(session, writer, DARQ_HEADROOM - DARQ_RPC_HEADER_SIZE,
                                     &envelope);
        if (r == 0)
                return darq_session_flush(session, true);
        return darq_session_fail(session, r, "%s.%s was not sent: %s", interface->name,
                                 method->name, darq_status_text(r));
}

int darq_proxy_open(const struct darq_proxy *self, const struct darq_interface *interface,
                    const struct darq_method *method, const void *request,
                    struct darq_stream **stream)
{
        struct darq_pending *pending;
        int r = own_port_refuse(self, interface, method);

        if (r == 0)
                r = request_start(self, interface, method, request, &pending);
        if (r != 0)
                return r;
        pending->waited = true;
        r = darq_stream_open(pending, stream);
        if (r != 0)
                darq_pending_abandon(pending);
        darq_session_flush(self->session, true);
        return r;
}
