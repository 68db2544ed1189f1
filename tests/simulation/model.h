/* SPDX-License-Identifier: MIT */
#ifndef SIMULATION_MODEL_H
#define SIMULATION_MODEL_H

#include "tests/simulation/world.h"

/*
 * What must be true, kept beside the core by other means: arrays and linear search. It knows of each port, right,
 * message and call what a reader of the specification would expect, and ends the program when the core differs.
 */

enum { MODEL_PORTS = 64, MODEL_LETTERS = 4096, MODEL_SERVED = 64 };

struct model_port {
        uint64_t number;
        struct endpoint *owner; /* NULL: ended */
        uint64_t rights[WORLD_ENDPOINTS];
};

enum letter_state { LETTER_NONE, LETTER_SENT, LETTER_HANDED, LETTER_REFUSED };

struct model_letter {
        uint8_t state;
        bool request;
        bool reply;
        bool gives;    /* a right on its source */
        bool ended;    /* a request's outcome has come */
        bool answered; /* a request's reply has been sent */
        bool cancelled;
        uint64_t from; /* connection ids */
        uint64_t to;
        struct endpoint *sender;
        uint64_t source;
        uint64_t destination;
        uint64_t call;
        uint32_t code; /* that it must be refused with at once; 0: accepted, or QUEUE_FULL, QUOTA */
        unsigned int port_count;
        uint64_t ports[3];
};

/* A request that an endpoint was handed. */
struct model_served {
        uint64_t slot;
        size_t letter;
        struct endpoint *endpoint;
        uint64_t sent; /* of its download */
        uint64_t allowed;
};

struct model {
        struct world world;
        struct model_port ports[MODEL_PORTS];
        struct model_letter letters[MODEL_LETTERS];
        size_t letter_count;
        struct model_served served[MODEL_SERVED];
        uint64_t last[WORLD_ENDPOINTS]
                     [WORLD_ENDPOINTS]; /* letter that came last, by receiver and sender */
        bool greeted[WORLD_ENDPOINTS];
        uint64_t calls;
        uint64_t downloaded[MODEL_LETTERS];
        uint64_t seed;
        unsigned int event;
        /* over all seeds */
        uint64_t tallied[2]; /* letters not handed over, and handed over */
        uint64_t calls_tallied;
        uint64_t streamed;
};

/** Ends the program: says what, and how to see it again. */
_Noreturn void model_fail(const struct model *self, const char *text, uint64_t one, uint64_t two);

struct model_port *model_port(struct model *self, uint64_t number);

/** Whether an endpoint may send to a port, and pass it on. */
bool model_allowed(struct model *self, const struct endpoint *endpoint, uint64_t number);

/** Takes everything that has come to an endpoint, and judges it. */
void model_read(struct model *self, struct endpoint *endpoint);

/** An endpoint has gone. */
void model_forget(struct model *self, struct endpoint *endpoint);

/** A port has been closed. */
void model_close(struct model *self, uint64_t number);

size_t model_index(const struct model *self, const struct endpoint *endpoint);

#endif
