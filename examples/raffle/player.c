/* SPDX-License-Identifier: MIT */
/*
 * Calls that don't wait: thousands at once, answered in any order, some of them cancelled.
 *
 * First FIRST tickets are entered, fewer than the service keeps, so that none of them is drawn. An answer to state(),
 * which was asked for behind them, says that the service has them all; then every other one is withdrawn, and the
 * service must see each cancel. (One that is cancelled on its way is taken back by the p-kernel, and the service never
 * hears of it.) Then the rest.
 *
 * The library sends 256 calls at a time to one port and holds back the others; here that needs no care. What does is
 * DARQ_E_AGAIN: the socket is full, and player_go() is to be called again after the next dispatch.
 *
 * At the end the service keeps its last tickets for want of further ones, until it is told to draw them.
 */
#include "player.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
        FIRST = 100,
        KEPT = 128, /* by the service, until draw_all */
};

struct ticket {
        struct player *player;
        struct darq_pending *pending;
        uint64_t number;
};

static size_t open_calls(const struct player *self)
{
        return self->started - self->won - self->withdrawn;
}

static void player_fail(struct player *self, int result)
{
        if (self->result == 0)
                self->result = result;
}

static void on_entered(void *context, int result, const struct raffle_enter_reply *reply)
{
        struct ticket *ticket = context;
        struct player *self = ticket->player;

        darq_pending_free(ticket->pending);
        ticket->pending = NULL;
        if (result != 0)
                player_fail(self, result);
        else if (reply->ticket != ticket->number)
                player_fail(self, DARQ_E_BAD_REPLY);
        else
                self->won++;
}

static int ticket_enter(struct player *self)
{
        struct ticket *ticket = &self->tickets[self->started];
        struct raffle_enter_request request;
        int r;

        *ticket = (struct ticket){.player = self, .number = self->started * 7919};
        request.ticket = ticket->number;
        r = raffle_enter_async(&self->raffle, &request, on_entered, ticket, &ticket->pending);
        if (r == 0)
                self->started++;
        return r;
}

/* The service has got the first tickets: they can be withdrawn from it. */
static void on_state(void *context, int result, const struct raffle_state_reply *reply)
{
        struct player *self = context;

        (void)reply;
        darq_pending_free(self->state);
        self->state = NULL;
        if (result != 0)
                player_fail(self, result);
        for (size_t i = 0; result == 0 && i < FIRST; i += 2) {
                darq_pending_free(self->tickets[i].pending);
                self->tickets[i].pending = NULL;
                self->withdrawn++;
        }
}

static int player_start(struct player *self)
{
        int r = 0;

        while (r == 0 && self->started < FIRST)
                r = ticket_enter(self);
        if (r == 0 && self->withdrawn == 0 && self->state == NULL)
                r = raffle_state_async(&self->raffle, NULL, on_state, self, &self->state);
        while (r == 0 && self->withdrawn > 0 && self->started < self->count)
                r = ticket_enter(self);
        return r;
}

int player_go(struct player *self)
{
        int r = self->result;

        if (r == 0)
                r = player_start(self);
        if (r == 0 && self->withdrawn > 0 && open_calls(self) > 0 && open_calls(self) <= KEPT)
                r = raffle_draw_all(&self->raffle, NULL);
        if (r == DARQ_E_AGAIN)
                return 0;
        if (r != 0)
                player_fail(self, r);
        return r;
}

bool player_finished(const struct player *self)
{
        return self->result != 0 || (self->started == self->count && open_calls(self) == 0);
}

int player_init(struct player *self, size_t count)
{
        const struct raffle_state_reply *reply;
        int r;

        *self = (struct player){.count = count < FIRST ? FIRST : count};
        self->tickets = calloc(self->count, sizeof *self->tickets);
        if (self->tickets == NULL)
                return DARQ_E_NO_MEMORY;
        r = darq_session_open(&self->session, NULL, 1000);
        if (r == 0)
                r = darq_proxy_connect(&self->raffle.proxy, self->session, "raffle");
        if (r == 0)
                r = raffle_state(&self->raffle, NULL, &reply);
        if (r != 0)
                return r;
        self->given_up_before = reply->given_up;
        darq_reply_free(reply);
        darq_session_set_blocking(self->session, false);
        return 0;
}

void player_deinit(struct player *self)
{
        for (size_t i = 0; i < self->started; i++)
                darq_pending_free(self->tickets[i].pending);
        darq_pending_free(self->state);
        darq_session_close(self->session);
        free(self->tickets);
}

int player_report(struct player *self)
{
        const struct raffle_state_reply *reply;
        int r = self->result;

        if (r == 0)
                r = raffle_state(&self->raffle, NULL, &reply);
        if (r != 0) {
                fprintf(stderr, "raffle: %s\n", player_text(self));
                return 1;
        }
        printf("%zu won, %zu withdrawn, the service saw %" PRIu64 " give up\n", self->won,
               self->withdrawn, reply->given_up - self->given_up_before);
        darq_reply_free(reply);
        return 0;
}

const char *player_text(const struct player *self)
{
        return self->result != 0 ? darq_status_text(self->result)
                                 : darq_session_error(self->session);
}
