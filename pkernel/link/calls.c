/* SPDX-License-Identifier: MIT */
/*
 * Questions and answers: two tables of what is open, so that each call that crosses has one outcome.
 *
 * A question leaves its table with the outcome that is written to the p-kernel, or when the caller has cancelled (it
 * has its outcome then); what comes for it later is dropped. An answer stays until the local p-kernel has told how its
 * call ended, whether or not somebody still waits for that.
 */
#include "pkernel/link/calls.h"

#include "libdarqwire/container.h"
#include "pkernel/link/kernel.h"
#include "pkernel/link/peer.h"

#include <stdlib.h>

struct question {
        struct darq_map_node by_slot;
        uint64_t proxy;
        struct outbox_mark mark;
};

struct open_answer {
        struct darq_map_node by_call;
        struct darq_map_node by_question;
        uint64_t port;
        uint64_t caller;
        bool cancelled;
};

/* Questions */

static struct question *question_find(const struct peer *peer, uint64_t slot)
{
        struct darq_map_node *node = darq_map_find(&peer->questions, slot);

        return node == NULL ? NULL : CONTAINER_OF(node, struct question, by_slot);
}

bool question_open(struct peer *peer, uint64_t slot, uint64_t proxy)
{
        struct question *self = calloc(1, sizeof *self);

        if (self == NULL || darq_map_add(&peer->questions, &self->by_slot, slot) != 0) {
                free(self);
                return false;
        }
        self->proxy = proxy;
        peer->statistics.calls++;
        return true;
}

uint64_t question_proxy(const struct peer *peer, uint64_t slot)
{
        const struct question *self = question_find(peer, slot);

        return self == NULL ? 0 : self->proxy;
}

struct outbox_mark *question_mark(const struct peer *peer, uint64_t slot)
{
        struct question *self = question_find(peer, slot);

        return self == NULL ? NULL : &self->mark;
}

bool question_close(struct peer *peer, uint64_t slot)
{
        struct question *self = question_find(peer, slot);

        if (self == NULL)
                return false;
        darq_map_remove(&peer->questions, &self->by_slot);
        free(self);
        outbox_forget(&peer->outbox, LANES_UP, slot);
        return true;
}

void calls_lose(struct peer *peer)
{
        struct darq_map_node *node;
        static const char detail[] = "the link to the other location was lost";

        while ((node = darq_map_any(&peer->questions)) != NULL) {
                kernel_fail(peer, node->key, DARQ_FRAME_LINK_LOST, detail, sizeof detail - 1);
                question_close(peer, node->key);
        }
}

/* Answers */

static struct open_answer *answer_by_call(const struct peer *peer, uint64_t call)
{
        struct darq_map_node *node = darq_map_find(&peer->answers, call);

        return node == NULL ? NULL : CONTAINER_OF(node, struct open_answer, by_call);
}

static struct open_answer *answer_by_question(const struct peer *peer, uint64_t question)
{
        struct darq_map_node *node = darq_map_find(&peer->asked, question);

        return node == NULL ? NULL : CONTAINER_OF(node, struct open_answer, by_question);
}

uint64_t answer_open(struct peer *peer, uint64_t question, uint64_t port, uint64_t caller)
{
        struct open_answer *self;
        uint64_t call = peer->last_call + 1;

        if (answer_by_question(peer, question) != NULL)
                return 0;
        self = calloc(1, sizeof *self);
        if (self == NULL || darq_map_add(&peer->answers, &self->by_call, call) != 0) {
                free(self);
                return 0;
        }
        if (darq_map_add(&peer->asked, &self->by_question, question) != 0) {
                darq_map_remove(&peer->answers, &self->by_call);
                free(self);
                return 0;
        }
        self->port = port;
        self->caller = caller;
        peer->last_call = call;
        peer->statistics.calls++;
        return call;
}

static struct answer answer_of(const struct open_answer *self)
{
        return (struct answer){self->by_question.key, self->by_call.key, self->port, self->caller};
}

bool answer_find(const struct peer *peer, uint64_t call, struct answer *answer)
{
        const struct open_answer *self = answer_by_call(peer, call);

        if (self == NULL || self->cancelled)
                return false;
        *answer = answer_of(self);
        return true;
}

bool answer_find_question(const struct peer *peer, uint64_t question, struct answer *answer)
{
        const struct open_answer *self = answer_by_question(peer, question);

        if (self == NULL || self->cancelled)
                return false;
        *answer = answer_of(self);
        return true;
}

void answer_cancel(struct peer *peer, uint64_t question)
{
        struct open_answer *self = answer_by_question(peer, question);

        if (self == NULL)
                return;
        self->cancelled = true;
        outbox_forget(&peer->outbox, LANES_DOWN, question);
}

static void answer_free(struct peer *peer, struct open_answer *self)
{
        darq_map_remove(&peer->answers, &self->by_call);
        darq_map_remove(&peer->asked, &self->by_question);
        free(self);
}

bool answer_close(struct peer *peer, uint64_t call, struct answer *answer)
{
        struct open_answer *self = answer_by_call(peer, call);
        bool waited;

        if (self == NULL)
                return false;
        waited = !self->cancelled;
        *answer = answer_of(self);
        answer_free(peer, self);
        return waited;
}

void calls_deinit(struct peer *peer)
{
        struct darq_map_node *node;

        while ((node = darq_map_any(&peer->questions)) != NULL)
                question_close(peer, node->key);
        while ((node = darq_map_any(&peer->answers)) != NULL)
                answer_free(peer, CONTAINER_OF(node, struct open_answer, by_call));
        darq_map_deinit(&peer->questions);
        darq_map_deinit(&peer->answers);
        darq_map_deinit(&peer->asked);
}
