/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_ERRAND_H
#define PKERNEL_ERRAND_H

#include "kernel.darq.h"
#include "pkernel/starter/starter.darq.h"

/*
 * What the starter is asked to do for somebody: read all manifests again, or store one. It answers in the order in which it
 * was asked; a call that waits for that is kept until then.
 */

struct connection;
struct kernel;

enum { ERRANDS_MAX = 64 };

/** call: of Kernel.reload, kept here; NULL: nobody waits. False: too many are under way, or memory is short. */
bool errand_reload(struct kernel *kernel, struct darq_call *call);

/** call: of Kernel.register, kept here. */
bool errand_register(struct kernel *kernel, struct darq_call *call, struct darq_string manifest);

/** What the starter answers. A list that nobody asked for is taken too; how many services are declared now. */
uint32_t errand_loaded(struct kernel *kernel, const struct darq_starter_loaded *loaded);
void errand_registered(struct kernel *kernel, const struct darq_starter_registered *registered);

/** The starter has gone: nobody will answer. */
void errands_fail(struct kernel *kernel, const char *why);

#endif
