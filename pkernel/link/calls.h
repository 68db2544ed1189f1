/* SPDX-License-Identifier: MIT */
#ifndef LINK_CALLS_H
#define LINK_CALLS_H

#include "pkernel/link/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Open calls that cross. A question was asked here, by the slot of the local p-kernel; an answer is the same call at
 * the other side, where the link itself calls. The slot's number names it in records.
 */

struct peer;

struct answer {
        uint64_t question;
        uint64_t call;
        uint64_t port;
        uint64_t caller; /* its connection, there */
};

/** A request from here, by a slot. False: no memory. */
bool question_open(struct peer *peer, uint64_t slot, uint64_t proxy);

/** The proxy that a slot's request was sent to; 0: there is no such question. */
uint64_t question_proxy(const struct peer *peer, uint64_t slot);

/** Where its request waits to be sent. NULL: there is no such question. */
struct outbox_mark *question_mark(const struct peer *peer, uint64_t slot);

/** False: there was none. What waits of its upload is dropped. */
bool question_close(struct peer *peer, uint64_t slot);

/** A request from there. 0: no memory, or the question is open already. Else our number for the call. */
uint64_t answer_open(struct peer *peer, uint64_t question, uint64_t port, uint64_t caller);

/** By our number, or by theirs; false: there is none. */
bool answer_find(const struct peer *peer, uint64_t call, struct answer *answer);
bool answer_find_question(const struct peer *peer, uint64_t question, struct answer *answer);

/** Nobody waits for it any more, nor for what waits of its download. */
void answer_cancel(struct peer *peer, uint64_t question);

/** Ends it. False: there is none, or nobody waits for it. */
bool answer_close(struct peer *peer, uint64_t call, struct answer *answer);

/** All questions end with LINK_LOST. */
void calls_lose(struct peer *peer);

void calls_deinit(struct peer *peer);

#endif
