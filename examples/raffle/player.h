/* SPDX-License-Identifier: MIT */
#ifndef PLAYER_H
#define PLAYER_H

#include <darq/darq.h>

#include "raffle.darq.h"

/** Many calls at a time on one session, and what becomes of them. The loop around it is the program's own. */
struct player {
        struct darq_session *session;
        struct raffle raffle;
        struct ticket *tickets;
        size_t count;
        size_t started;   /* these have been sent, or are held back by the library */
        size_t won;       /* answered, with their own number */
        size_t withdrawn; /* cancelled by us */
        struct darq_pending *state;
        uint64_t given_up_before;
        int result; /* the first error, 0: none */
};

/** Connects, without blocking from then on. Deinitialise it either way. 0, or a status that player_text() explains. */
int player_init(struct player *self, size_t count);

/** Ends what is still open. */
void player_deinit(struct player *self);

/** Starts calls while the socket takes them: after each dispatch. 0 or an error. */
int player_go(struct player *self);

/** Every call has ended, or one has failed. */
bool player_finished(const struct player *self);

/** Prints what came of it; an exit status. */
int player_report(struct player *self);

const char *player_text(const struct player *self);

#endif
