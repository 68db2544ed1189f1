/* SPDX-License-Identifier: MIT */
/*
 * A whole service: connect, check in, serve until told to stop, or until there has been nothing to do for a while.
 *
 * Going when idle loses nothing: the p-kernel takes the name back only while nothing waits for us, and what came before
 * its answer is served before we go; what comes later starts the next of us.
 *
 * The only place of the library that writes to standard error and that touches signals: SIGTERM and SIGINT end the
 * loop. Their handlers need the session; a process has one disposition for a signal, so for as long as a service runs
 * there is one pointer to its session, and that is all the global state there is.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "libdarqwire/clock.h"
#include "libdarqwire/session.h"

enum { CONNECT_MS = 5000 }; /* for a p-kernel that is just being started */

static struct darq_session *_Atomic stoppable;

static void on_signal(int number)
{
        struct darq_session *session = atomic_load(&stoppable);

        (void)number;
        if (session != NULL)
                darq_session_stop(session);
}

struct dispositions {
        struct sigaction term;
        struct sigaction interrupt;
};

static void signals_take(struct dispositions *old, struct darq_session *session)
{
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

        sigemptyset(&action.sa_mask);
        atomic_store(&stoppable, session);
        sigaction(SIGTERM, &action, &old->term);
        sigaction(SIGINT, &action, &old->interrupt);
}

static void signals_give_back(const struct dispositions *old)
{
        sigaction(SIGTERM, &old->term, NULL);
        sigaction(SIGINT, &old->interrupt, NULL);
        atomic_store(&stoppable, NULL);
}

/* Nothing that is asked of us, or that we have asked for, is under way; nobody holds a port of ours but the first. */
static bool is_idle(const struct darq_session *session)
{
        size_t spare_ports = session->watcher_port != 0 ? 2 : 1;

        return list_empty(&session->served_calls) && list_empty(&session->deferred) &&
               list_empty(&session->all_pendings) && list_empty(&session->streams) &&
               session->served_ports <= spare_ports;
}

/* What came before the p-kernel took the name back. */
static int serve_rest(struct darq_session *session)
{
        int r = 0;

        while (r == 0 && !list_empty(&session->deferred))
                r = darq_session_poll(session, 0);
        return r;
}

static int serve_while_busy(struct darq_session *session, const struct darq_service *service)
{
        uint64_t idle_ns = service->idle_ms * DARQ_NS_PER_MS;
        uint64_t until_ns = darq_clock_ns() + idle_ns;
        int r = 0;

        while (r == 0 && !atomic_load(&session->stopping)) {
                uint64_t served = session->requests;

                r = darq_session_poll(session, (int)darq_clock_left_ms(until_ns, darq_clock_ns()));
                if (r != 0 || session->requests != served || !is_idle(session)) {
                        until_ns = darq_clock_ns() + idle_ns;
                } else if (darq_clock_ns() >= until_ns) {
                        r = darq_control_check_out(session, service->name);
                        if (r == 0)
                                return serve_rest(session);
                        r = r == DARQ_E_BUSY ? 0 : r;
                        until_ns = darq_clock_ns() + idle_ns;
                }
        }
        return r;
}

static int serve(struct darq_session *session, const struct darq_service *service)
{
        const struct darq_served served = {service->interface, service->ops, service->self};
        struct dispositions old;
        int r;

        r = darq_session_connect(session, CONNECT_MS);
        if (r == 0)
                r = darq_control_check_in(session, service->name, &served);
        if (r != 0)
                return r;
        signals_take(&old, session);
        r = service->idle_ms != 0 ? serve_while_busy(session, service) : darq_session_run(session);
        signals_give_back(&old);
        return r;
}

int darq_service_run(const struct darq_service *self)
{
        struct darq_session *session = darq_session_new(NULL);
        int r = session != NULL ? serve(session, self) : DARQ_E_NO_MEMORY;

        if (r != 0)
                fprintf(stderr, "%s: %s\n", self->name, darq_session_error(session));
        darq_session_close(session);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int darq_service_main(const char *name, const struct darq_interface *interface, const void *ops,
                      void *context)
{
        return darq_service_run(&(struct darq_service){
                .name = name, .interface = interface, .ops = ops, .self = context});
}
