/* SPDX-License-Identifier: MIT */
/*
 * Calls from their request to their outcome, by connection and call number.
 *
 * When too many are open, or what ends them was lost, the ones that began first are forgotten: a ring of calls, and a
 * tree of the same to look them up in.
 */
#include "pkernel/darqctl/trace.h"

#include <search.h>
#include <stdlib.h>

enum { CALLS_MAX = 16384 };

struct open_call {
        uint64_t connection;
        uint64_t number; /* 0: none */
        uint64_t time_ns;
        uint64_t port;
        bool has_method;
        uint64_t interface;
        uint32_t ordinal;
};

struct trace {
        void *tree;
        size_t next;
        struct open_call calls[CALLS_MAX];
};

static int compare(const void *a, const void *b)
{
        const struct open_call *left = a;
        const struct open_call *right = b;

        if (left->connection != right->connection)
                return left->connection < right->connection ? -1 : 1;
        if (left->number != right->number)
                return left->number < right->number ? -1 : 1;
        return 0;
}

struct trace *trace_new(void)
{
        return calloc(1, sizeof(struct trace));
}

static struct open_call *call_find(const struct trace *self, const struct sighting *sighting)
{
        const struct open_call key = {.connection = sighting->connection, .number = sighting->call};
        struct open_call *const *found = tfind(&key, &self->tree, compare);

        return found != NULL ? *found : NULL;
}

static void call_forget(struct trace *self, struct open_call *call)
{
        if (call->number != 0)
                tdelete(call, &self->tree, compare);
        call->number = 0;
}

void trace_free(struct trace *self)
{
        if (self == NULL)
                return;
        for (size_t i = 0; i < CALLS_MAX; i++)
                call_forget(self, &self->calls[i]);
        free(self);
}

static void call_begin(struct trace *self, const struct sighting *sighting)
{
        struct open_call *call = &self->calls[self->next];
        struct open_call *old = call_find(self, sighting);

        if (sighting->call == 0)
                return;
        if (old != NULL)
                call_forget(self, old);
        call_forget(self, call);
        *call = (struct open_call){
                .connection = sighting->connection,
                .number = sighting->call,
                .time_ns = sighting->time_ns,
                .port = sighting->destination,
                .has_method = sighting->has_method,
                .interface = sighting->interface,
                .ordinal = sighting->ordinal,
        };
        if (tsearch(call, &self->tree, compare) == NULL)
                call->number = 0;
        self->next = (self->next + 1) % CALLS_MAX;
}

static void call_complete(struct trace *self, struct sighting *sighting)
{
        struct open_call *call = call_find(self, sighting);

        if (call == NULL)
                return;
        if (!sighting->has_method) {
                sighting->has_method = call->has_method;
                sighting->interface = call->interface;
                sighting->ordinal = call->ordinal;
        }
        sighting->has_latency = true;
        sighting->latency_ns = sighting->time_ns - call->time_ns;
        if (sighting->sight != SIGHT_CANCEL)
                call_forget(self, call);
}

void trace_follow(struct trace *self, struct sighting *sighting)
{
        if (sighting->sight == SIGHT_CALL)
                call_begin(self, sighting);
        else if (sighting->sight == SIGHT_REPLY || sighting->sight == SIGHT_FAILED ||
                 sighting->sight == SIGHT_CANCEL)
                call_complete(self, sighting);
}
