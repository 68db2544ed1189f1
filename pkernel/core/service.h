/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_SERVICE_H
#define PKERNEL_SERVICE_H

#include "kernel.darq.h"
#include "libdarqwire/list.h"
#include "pkernel/core/timer.h"
#include "pkernel/starter/starter.darq.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A declared service: its port belongs to the p-kernel, which lends it to whoever serves it at the moment, so that its
 * senders keep their rights over restarts, and nobody else can take it.
 *
 *      STOPPED ----service_waits, service_start----> STARTING
 *      STARTING ---service_check_in---> RUNNING        (Activate=never: from STOPPED)
 *      STARTING ---service_failed, timer (StartTimeout), end of the process---> STOPPED, or BACKING_OFF
 *      RUNNING ----service_check_out, service_disconnected, service_stop---> ENDING
 *      ENDING -----end of the process and of its connection---> STOPPED, or, when something waits or it was told to, STARTING
 *      BACKING_OFF ---timer, service_stop, service_start---> STOPPED, STARTING
 */

struct connection;
struct kernel;
struct port;

enum { SERVICE_FAILURE_MAX = 1024 };

/* How a process is made to end: it is given time, then asked, then killed. */
enum service_pressure { SERVICE_AT_EASE, SERVICE_ASKED, SERVICE_KILLED };

struct service {
        struct list node; /* in the kernel */
        struct kernel *kernel;
        struct darq_arena *arena; /* the declaration points into this and bytes */
        uint8_t *bytes;
        struct darq_starter_declaration declaration;
        struct connection *keeper;   /* owns the port while nobody serves it; has no peer */
        struct connection *instance; /* that it is lent to, or will be when it checks in; NULL */
        struct port *port;
        enum darq_kernel_service_state state;
        bool process;    /* one was started, and hasn't ended as far as we know */
        bool checked_in; /* the present instance did */
        bool held;       /* told to stop: not started again by itself */
        bool again;      /* told to start while it was ending */
        bool probation;  /* may be started once more, after a back-off */
        bool declared;   /* by some manifest, as far as we know */
        bool listed;     /* in the list of declarations that is being read */
        enum service_pressure pressure;
        uint64_t number; /* of the instance, as the starter is told */
        uint32_t pid;
        uint64_t since_ns; /* when the process was started, or it checked in */
        uint64_t starts;
        uint64_t calls;
        uint64_t window_ns;     /* when the present count of starts began */
        uint32_t window_starts; /* in it */
        uint64_t back_off_ns;   /* the last one; 0: none */
        struct timer timer;
        char failure[SERVICE_FAILURE_MAX];
};

/** A service of that declaration, which is copied. NULL: its port is open already, or memory is short. */
struct service *service_new(struct kernel *kernel,
                            const struct darq_starter_declaration *declaration);

/** Nobody serves it. What waits is answered NO_PORT. */
void service_free(struct service *self);

/* What its manifest says: service_declare.c. */

/** Copies it into a service that has none yet. False: memory is short; the service may be freed. */
bool service_declare(struct service *self, const struct darq_starter_declaration *declaration);

/**
 * The same, said anew: what runs goes on, by the new rules. NULL, or why it stays as it was, static text: the number of its port,
 * and whether it is started here, don't change while it runs. With another port rights on the one that it had end.
 */
const char *service_redeclare(struct service *self,
                              const struct darq_starter_declaration *declaration);

/** Whether it is started here: its manifest doesn't say Activate=never. */
static inline bool service_is_activated(const struct service *self)
{
        return self->declaration.activation != DARQ_STARTER_ACTIVATION_NEVER;
}

/* What the starter tells. */

/** Its process runs; whether that is still wanted. connection is its own, NULL if there could be none. */
bool service_started(struct service *self, uint32_t pid, struct connection *connection);

/** It could not be started, or its process has ended; reason is copied. */
void service_over(struct service *self, const char *reason);

/* Who may: service_access.c. */

/** Whether the manifest allows a peer to use it. */
bool service_allows(const struct service *self, const struct connection *connection);

/** Whether a connection may serve it: it was started for that, or is of the user that Activate=never names. */
bool service_may_serve(const struct service *self, const struct connection *connection);

/** Whether its manifest lets the connection stand for a location. */
bool service_may_stand(const struct service *self, const struct connection *connection,
                       const struct darq_string *location);

/* What peers do. */

/** Lends the port. False: somebody serves it already. The connection may serve it. */
bool service_check_in(struct service *self, struct connection *connection);

/** Once the connection has been told that it has the port: what waits goes to it. */
void service_deliver(struct service *self);

/** Takes the port back; false, and nothing changes, while something waits for it or a call is open. */
bool service_check_out(struct service *self);

/** The instance closes the port, whatever waits. */
void service_close(struct service *self);

/** 0 when a message may wait for it, or why not: a code, and *detail, which lives as long as the service. */
uint32_t service_admit(const struct service *self, const char **detail);

/** A message waits at its port, or more, so many of them calls': starts it if need be. */
void service_waits(struct service *self, uint64_t calls);

/** Whether somebody serves it: then service_admit() lets everybody in, and service_waits() only counts. */
bool service_runs(const struct service *self);

/** The connection that serves it ends: before what that was to be sent is answered. */
void service_disconnected(struct service *self);

/* What an administrator does. */

/** Starts it now, or when it has ended, whatever it did before. False: it runs already, is ending, or isn't started by us. */
bool service_start(struct service *self);

/** Ends its process, and a back-off; false: it has no process of ours. */
bool service_stop(struct service *self);

/** Starts it if it is to run always. */
void service_keep_up(struct service *self);

#endif
