/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_ROSTER_H
#define PKERNEL_ROSTER_H

#include "pkernel/starter/starter.darq.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All declared services. */

struct connection;
struct kernel;
struct service;

/* Looking up: NULL if there is none. */
struct service *roster_find(struct kernel *kernel, const char *name, size_t size);
struct service *roster_find_port(struct kernel *kernel, uint64_t number);
struct service *roster_find_type(struct kernel *kernel, const char *type, size_t size);

/** By the number that the starter was given for an instance that hasn't ended. */
struct service *roster_find_instance(struct kernel *kernel, uint64_t number);

/** Declares a service, or declares it anew. NULL, or why not: static text. The declaration is copied. */
const char *roster_declare(struct kernel *kernel,
                           const struct darq_starter_declaration *declaration);

/** A service is declared no more. */
void roster_gone(struct kernel *kernel, struct darq_string name);

/** The end of a list of declarations: what wasn't in it is declared no more, unless the list is but a part. How many are. */
uint32_t roster_listed(struct kernel *kernel, bool partial);

/** What came last was a single declaration, and part of no list. */
void roster_declared_alone(struct kernel *kernel, const char *name, size_t size);

/** Those that are to run always are started. */
void roster_start(struct kernel *kernel);

/** As service_started() and service_over(), for the instance with that number, if there still is one. */
bool roster_started(struct kernel *kernel, uint64_t number, uint32_t pid,
                    struct connection *connection);
void roster_ended(struct kernel *kernel, uint64_t number, const char *reason);

/** The starter has gone, and with it all news of processes; reason is copied. */
void roster_lost(struct kernel *kernel, const char *reason);

/** A connection ends: whatever it serves. */
void roster_disconnected(struct connection *connection);

/** Before connections are ended for good: nothing is started again. */
void roster_close(struct kernel *kernel);

/** When no connection is left. */
void roster_free(struct kernel *kernel);

#endif
