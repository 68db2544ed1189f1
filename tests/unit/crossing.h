/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CROSSING_H
#define TESTS_CROSSING_H

#include "tests/simulation/site.h"

/* Two locations that are linked in a virtual world, and a client in the one that may call a service in the other. */

struct crossing {
        struct site site;
        struct endpoint *client;  /* in the hall */
        struct endpoint *service; /* in the kitchen */
        uint64_t source;
        uint64_t target;
        struct arrival arrival;
};

struct crossing *crossing_begin(void);

/** objects: the quota of the location that stands in the hall; 0: the usual one. */
struct crossing *crossing_begin_with(uint64_t objects);

/** Asserts that all charges are zero at the end. */
void crossing_finish(struct crossing *self);

void letter_send(struct endpoint *from, const struct letter *letter);

/** The client asks for the right to send to the service. */
void connect_ask(struct crossing *f);

/** It calls the service, or sends it a message, with so many bytes. */
void call_send(struct crossing *f, size_t size);
void message_send(struct crossing *f, size_t size);

/** The code of the Undeliverable that has come; 0: a message has; -1: nothing. */
int crossed(struct crossing *f, struct endpoint *at);

#endif
