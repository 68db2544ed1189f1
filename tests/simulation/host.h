/* SPDX-License-Identifier: MIT */
#ifndef SIMULATION_HOST_H
#define SIMULATION_HOST_H

#include "tests/simulation/activation.h"

/* The starter, and the processes that it starts: what they do is drawn. */

/** One step of one service: its process starts, fails to, checks in or out, dies, or nothing. */
void host_step(struct model *self);

/** Somebody asks port 1 about a service: to connect, to check in or out, to start or stop it. */
void host_ask(struct model *self, struct endpoint *endpoint, uint64_t source);

/** Somebody asks for a declared port by its number. */
void host_open(struct model *self, struct endpoint *endpoint);

/** Every process that begins gets ready, every one that is to go goes; false: there was none. */
bool host_settle(struct model *self);

#endif
