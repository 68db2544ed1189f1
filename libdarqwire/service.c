/* SPDX-License-Identifier: MIT */
/*
 * A whole service: connect, check in, serve until told to stop.
 *
 * The only place of the library that writes to standard error and that touches signals: SIGTERM and SIGINT end the loop. Their
 * handlers need the session; a process has one disposition for a signal, so for as long as a service runs there is one
 * pointer to its session, and that is all the global state there is.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

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

static int serve(struct darq_session *session, const char *name, const struct darq_served *served)
{
        struct dispositions old;
        uint64_t port;
        int r;

        r = darq_session_connect(session, CONNECT_MS);
        if (r == 0)
                r = darq_control_check_in(session, name, &port);
        if (r == 0)
                r = darq_port_adopt(session, port, served);
        if (r != 0)
                return r;
        signals_take(&old, session);
        r = darq_session_run(session);
        signals_give_back(&old);
        return r;
}

int darq_service_main(const char *name, const struct darq_interface *interface, const void *ops,
                      void *context)
{
        const struct darq_served served = {interface, ops, context};
        struct darq_session *session = darq_session_new(NULL);
        int r = session != NULL ? serve(session, name, &served) : DARQ_E_NO_MEMORY;

        if (r != 0)
                fprintf(stderr, "%s: %s\n", name, darq_session_error(session));
        darq_session_close(session);
        return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
