/* SPDX-License-Identifier: MIT */
/*
 * A service that answers later, and out of order.
 *
 * A call is kept until its ticket is drawn: as soon as more than WAITING wait, one of them at random. A caller that gives
 * up is noticed through darq_call_on_cancel(), and its call released; nothing else knows of it.
 */
#include <stdlib.h>
#include <time.h>

#include <darq/darq.h>

#include "raffle.darq.h"

enum {
        WAITING = 128,
        ROOM = WAITING + 1,
};

struct ticket {
        struct darq_call *call;
        uint64_t number;
};

struct drum {
        struct ticket tickets[ROOM];
        size_t count;
        uint64_t given_up;
};

static void ticket_forget(struct drum *self, size_t index)
{
        darq_call_release(self->tickets[index].call);
        self->tickets[index] = self->tickets[--self->count];
}

static void ticket_draw(struct drum *self, size_t index)
{
        raffle_reply_enter(self->tickets[index].call,
                           &(struct raffle_enter_reply){.ticket = self->tickets[index].number});
        ticket_forget(self, index);
}

static void on_given_up(void *context, struct darq_call *call)
{
        struct drum *self = context;

        for (size_t i = 0; i < self->count; i++)
                if (self->tickets[i].call == call) {
                        self->given_up++;
                        ticket_forget(self, i);
                        return;
                }
}

static void on_enter(void *context, struct darq_call *call,
                     const struct raffle_enter_request *request)
{
        struct drum *self = context;

        self->tickets[self->count++] =
                (struct ticket){.call = darq_call_keep(call), .number = request->ticket};
        darq_call_on_cancel(call, on_given_up, self);
        if (self->count > WAITING)
                ticket_draw(self, (size_t)rand() % self->count);
}

static void on_state(void *context, struct darq_call *call,
                     const struct raffle_state_request *request)
{
        const struct drum *self = context;

        (void)request;
        raffle_reply_state(call, &(struct raffle_state_reply){
                                         .waiting = (uint32_t)self->count,
                                         .given_up = self->given_up,
                                 });
}

static void on_draw_all(void *context, struct darq_call *call,
                        const struct raffle_draw_all_request *request)
{
        struct drum *self = context;

        (void)call;
        (void)request;
        while (self->count > 0)
                ticket_draw(self, (size_t)rand() % self->count);
}

/* Those who still wait when the service is told to stop are told by the p-kernel. */
int main(void)
{
        static const struct raffle_ops ops = {
                .enter = on_enter, .state = on_state, .draw_all = on_draw_all};
        struct drum drum = {.count = 0};

        srand((unsigned int)time(NULL));
        return raffle_ops_main(&ops, &drum, "raffle");
}
