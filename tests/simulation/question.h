/* SPDX-License-Identifier: MIT */
#ifndef SIMULATION_QUESTION_H
#define SIMULATION_QUESTION_H

#include "tests/simulation/world.h"

/* What an endpoint asks of the p-kernel on port 1, and the letters that cases about it send. */

/* Methods of darq.kernel.Kernel. */
enum {
        CONNECT = 1,
        CHECK_IN = 2,
        WATCH = 3,
        RELEASE = 4,
        WATCH_SENDERS = 5,
        IDENTIFY = 6,
        CHECK_OUT = 7,
        SHUTDOWN_METHOD = 12,
        REGISTER = 13,
        RELOAD = 14,
        RESOLVE = 15,
        START = 17,
        STOP = 18,
        STAND_FOR = 20,
        WANTED = 21,
        PROVIDE = 22,
        DECLINE = 23,
        LIST_USABLE = 24,
};

/* What comes first is no reply. */
enum { NO_ANSWER = -1000 };

/* The calls of questions are numbered from here: so far up that no others meet them. */
#define QUESTION_CALLS (UINT64_C(1) << 40)

void send_letter(struct endpoint *from, const struct letter *letter);

/** Sends "text", with a call number. */
void send_text(struct endpoint *from, uint64_t source, uint64_t destination, uint64_t call,
               uint16_t flags);

/** The code of the Undeliverable that comes; 0: a message comes, -1: nothing, -2: something else. */
int outcome(struct endpoint *endpoint, struct arrival *arrival);

/** Sends a request to port 1; parameters: as they are packed. */
void question_send(struct endpoint *from, uint64_t source, uint32_t ordinal, const void *parameters,
                   size_t size, const uint64_t *ports, unsigned int port_count);

/** The status of the reply that comes, NO_ANSWER if none does. */
int question_status(struct endpoint *endpoint, struct arrival *arrival);

/** Asks, with a table's members as parameters, and maybe a port (0: none): the status of the reply. */
int ask(struct endpoint *from, uint64_t source, uint32_t ordinal, const void *body, uint32_t size,
        uint64_t port);

/** The same; the one parameter is a string. */
int ask_name(struct endpoint *from, uint64_t source, uint32_t ordinal, const char *name);

#endif
