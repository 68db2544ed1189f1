/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DECLARED_H
#define TESTS_DECLARED_H

#include "pkernel/core/service.h"
#include "tests/simulation/question.h"

/* A declared service in a virtual world, with a client; the case is the starter. */

enum { DECLARED_PORT = 15000 };

struct declared {
        struct world world;
        struct endpoint *client;
        struct endpoint *instance; /* NULL: none is connected */
        struct service *service;
        uint64_t source; /* of the client */
        struct arrival arrival;
};

/** Of a service "text" that a message starts. */
extern const struct darq_starter_declaration declared_usual;

struct declared *declared_begin(const struct darq_starter_declaration *declaration);

/** Asserts that all charges are zero at the end. */
void declared_finish(struct declared *self);

/** The starter has started what the core wanted: it has connected, and said Hello. */
void started(struct declared *f);

/** The same, and it has checked in. */
void checked_in(struct declared *f);

/** Its connection ends, and the starter tells of its process. */
void ended(struct declared *f, const char *reason);

int ask_instance(struct declared *f, uint32_t ordinal, const char *name);

/** The client calls it. */
void call(struct declared *f, uint64_t number);

/** What the client gets, as outcome() tells it. */
int told(struct declared *f);

/** Why, if it is an Undeliverable: until the next time. */
const char *detail(struct declared *f);

/** The instance answers a request that it gets. */
void answer(struct declared *f);

/** It is started by a call, number 5, which it answers. */
void first_call(struct declared *f);

#endif
