/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_TRACE_H
#define DARQCTL_TRACE_H

#include "pkernel/darqctl/sighting.h"

/** Calls that were seen to begin and not yet to end. */
struct trace;

/** NULL without memory. */
struct trace *trace_new(void);
void trace_free(struct trace *self);

/** Remembers a call; completes what ends one: its method, port and latency. */
void trace_follow(struct trace *self, struct sighting *sighting);

#endif
