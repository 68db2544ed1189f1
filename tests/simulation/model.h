/* SPDX-License-Identifier: MIT */
#ifndef SIMULATION_MODEL_H
#define SIMULATION_MODEL_H

#include "pkernel/starter/starter.darq.h"
#include "tests/simulation/world.h"

/*
 * What must be true, kept beside the core by other means: arrays and linear search. It knows of each port, right,
 * message and call what a reader of the specification would expect, and ends the program when the core differs.
 */

enum {
        MODEL_PORTS = 64,
        MODEL_LETTERS = 4096,
        MODEL_SERVED = 64,
        MODEL_SERVICES = 5,
        MODEL_STARTS = 8,
        MODEL_PRINCIPAL = 24
};

struct model_port {
        uint64_t number;
        struct model_service *service; /* whose port it is; NULL */
        struct endpoint *owner;        /* NULL: ended, or, a service's, lent to nobody */
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
        bool doomed;   /* what waited was refused: it may not be handed over any more, */
        bool excused;  /* and there was a reason for that */
        uint64_t from; /* connection ids */
        uint64_t to;
        struct endpoint *sender;
        uint64_t source;
        uint64_t destination;
        uint64_t call;
        uint32_t code; /* that it must be refused with at once; 0: accepted, or QUEUE_FULL, QUOTA */
        struct model_service *service; /* that it was sent to; NULL */
        uint64_t instance;             /* that ran when it was sent */
        unsigned int port_count;
        uint64_t ports[3];
        bool owned
                [4]; /* whether a port in it, at last the source, was the receiver's when it was sent */
};

/* A request that an endpoint was handed. */
struct model_served {
        uint64_t slot;
        size_t letter;
        struct endpoint *endpoint;
        uint64_t sent; /* of its download */
        uint64_t allowed;
};

/* A declared service, and the process that there is for it: activation.h. */
struct model_service {
        const struct darq_starter_declaration *declaration;
        struct model_port *port;
        uint64_t number;           /* of the instance whose process hasn't ended; 0: none */
        struct endpoint *instance; /* its connection, or who serves one that nobody starts */
        bool running;              /* its process, the core was told */
        bool starting;             /* it may check in */
        bool checked_in;           /* it did */
        bool held;                 /* told to stop: it need not run */
        bool again;                /* told to start while it ran, so perhaps when it was ending */
        bool done;                 /* and checked out, or closed the port */
        unsigned int ends;         /* how often the core wanted it to end */
        uint64_t starts;
        uint64_t start_ns[MODEL_STARTS]; /* the last ones, since an administrator stepped in */
        size_t start_count;
        uint64_t over_ns;               /* when the last one was over */
        uint64_t last[WORLD_ENDPOINTS]; /* letter that came last, by sender */
        bool left[WORLD_ENDPOINTS];     /* serves it no more, but part of a message may have come */
};

/* Asked of port 1; answered in the same event. */
struct model_question {
        struct endpoint *endpoint; /* NULL: nothing is asked */
        struct model_service *service;
        uint32_t method;
        int expected; /* the status of the reply */
};

/* What has happened to services, over all seeds. */
enum model_deed {
        DEED_STARTED,
        DEED_CHECKED_IN,
        DEED_CHECKED_OUT,
        DEED_BUSY,
        DEED_FAILED,
        DEED_TIMED_OUT,
        DEED_DIED,
        DEED_BACKED_OFF,
        DEED_IMPOSTER,
        DEED_NOT_ALLOWED,
        DEED_REFUSED,
        DEED_RESENT, /* what waited for one was handed to a later one */
        DEED_COUNT
};

struct model {
        struct world world;
        struct model_service services[MODEL_SERVICES];
        struct model_question question;
        uint64_t instance_seen; /* the last start that was looked at */
        bool administered;      /* somebody starts a service by hand, in this event */
        char principals[WORLD_ENDPOINTS][MODEL_PRINCIPAL];
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
        uint64_t deeds[DEED_COUNT];
};

/** Ends the program: says what, and how to see it again. */
_Noreturn void model_fail(const struct model *self, const char *text, uint64_t one, uint64_t two);

struct model_port *model_port(struct model *self, uint64_t number);

/** Opens a port of an endpoint that reads; 0: any. Its number, or 0. */
uint64_t model_open(struct model *self, struct endpoint *endpoint, uint64_t number);

/** Whether an endpoint may send to a port, and pass it on. */
bool model_allowed(struct model *self, const struct endpoint *endpoint, uint64_t number);

/** Takes everything that has come to an endpoint, and judges it. */
void model_read(struct model *self, struct endpoint *endpoint);

/** An endpoint goes: what has come to it is read first. */
void model_kill(struct model *self, struct endpoint *endpoint);

/** A port has been closed. */
void model_close(struct model *self, uint64_t number);

size_t model_index(const struct model *self, const struct endpoint *endpoint);

/** Whether it has said Hello; else it is a legacy peer. */
static inline bool model_greeted(const struct model *self, const struct endpoint *endpoint)
{
        return self->greeted[model_index(self, endpoint)];
}

#endif
