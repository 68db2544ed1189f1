/* SPDX-License-Identifier: MIT */
/*
 * One other location, as seen from the bus: greeting, order, credit, heartbeat, and the reset.
 *
 * The records of both directions are streams of bytes, cut into envelopes as they go. An envelope counts only if it
 * carries both sides' present epochs and the very next sequence: anything else is either late (of an epoch that is
 * over: dropped, counted) or a gap, and a gap can't be mended, so it resets the link. Nothing is ever sent again.
 *
 * A reset ends all that crossed: calls end with LINK_LOST, then the connection to the p-kernel is left, and with it go
 * our proxies, rights and open calls. So nothing can be left behind.
 */
#include "pkernel/link/peer.h"

#include "pkernel/link/calls.h"
#include "pkernel/link/inward.h"
#include "pkernel/link/kernel.h"
#include "pkernel/link/outward.h"
#include "pkernel/link/rights.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define NANOSECONDS_PER_MS UINT64_C(1000000)

enum {
        BEAT_MS = 1000,
        RETRY_MS = 1000,
        STAND_MS = 5000,
};

static void peer_settle(struct peer *self);

void peer_init(struct peer *self, const struct peer_environment *environment, const char *name,
               uint64_t now_ns)
{
        *self = (struct peer){.environment = *environment, .now_ns = now_ns};
        snprintf(self->name, sizeof self->name, "%s", name);
        self->body_max = ENVELOPE_BODY_MAX;
        outbox_init(&self->outbox);
}

void peer_deinit(struct peer *self)
{
        self->online = false;
        if (self->state != PEER_OFFLINE)
                peer_break(self, "the link ends");
        peer_settle(self);
        calls_deinit(self);
        rights_deinit(self);
        outbox_deinit(&self->outbox);
        parts_deinit(&self->parts);
        bytes_deinit(&self->incoming);
        bytes_deinit(&self->to_kernel);
        bytes_deinit(&self->from_kernel);
}

void peer_break(struct peer *self, const char *why)
{
        if (self->broken == NULL)
                self->broken = why;
}

/* For those parts that have no clock. */
static void now_tell(struct peer *self)
{
        self->outbox.now_ns = self->parts.now_ns = self->now_ns;
}

static void state_set(struct peer *self, enum peer_state state)
{
        self->state = state;
        self->state_ns = self->now_ns;
}

/* Envelopes out */

/* What waits for the p-kernel isn't said to be taken: a call finds that ahead of it as well. */
static uint64_t taken_written(const struct peer *self)
{
        uint64_t unwritten = bytes_size(&self->to_kernel);

        return self->taken > self->taken_told + unwritten ? self->taken - unwritten
                                                          : self->taken_told;
}

static void envelope_send(struct peer *self, enum envelope_kind kind, uint8_t *data, size_t size)
{
        struct envelope envelope = {.kind = kind,
                                    .from = self->epoch,
                                    .to = self->remote,
                                    .taken = taken_written(self),
                                    .eager = !self->outbox.alone};

        envelope.sequence = kind == ENVELOPE_HELLO ? ENVELOPE_REVISION : self->out_sequence++;
        envelope_put(data, &envelope);
        self->taken_told = envelope.taken;
        self->statistics.sent_bytes += size;
        if (!self->environment.publish(self->environment.context, self, data, size))
                peer_break(self, "the bus takes nothing");
}

static void hello_send(struct peer *self)
{
        uint8_t data[ENVELOPE_HEAD];

        self->beat_ns = self->now_ns;
        envelope_send(self, ENVELOPE_HELLO, data, sizeof data);
}

static void beat_send(struct peer *self)
{
        uint8_t data[ENVELOPE_HEAD + ENVELOPE_BEAT_BODY];

        self->beat_ns = self->now_ns;
        darq_frame_u64_put(data + ENVELOPE_HEAD, self->now_ns);
        darq_frame_u64_put(data + ENVELOPE_HEAD + 8, self->echo);
        darq_frame_u64_put(data + ENVELOPE_HEAD + 16, self->now_ns - self->echo_ns);
        envelope_send(self, ENVELOPE_BEAT, data, sizeof data);
}

/* Nothing quick goes, nor went of late. */
static bool alone(const struct peer *self)
{
        return self->quick == 0 ||
               self->now_ns - self->quick_ns >= PEER_QUICK_MS * NANOSECONDS_PER_MS;
}

/* Bytes of chunks and parts that may go now, so that a call finds no more ahead of it. */
static size_t window_left(const struct peer *self)
{
        size_t window = alone(self) ? PEER_WINDOW : PEER_WINDOW_QUICK;
        size_t ahead = (size_t)(self->sent - self->sent_taken) + bytes_size(&self->outbox.next);

        return ahead < window ? window - ahead : 0;
}

static void quick_note(struct peer *self)
{
        if (self->quick != self->outbox.quick) {
                self->quick = self->outbox.quick;
                self->quick_ns = self->now_ns;
        }
        self->outbox.alone = alone(self);
}

/* Where much that is small goes, what is large has a share of it. */
static bool turn_due(const struct peer *self)
{
        return outbox_waits(&self->outbox) && bytes_size(&self->outbox.next) < self->body_max &&
               (window_left(self) > 0 || self->outbox.passed >= PEER_WINDOW);
}

/* The head is written over what stood before and has been sent; where there is no room for it, beside. */
static void data_send(struct peer *self, size_t size)
{
        uint8_t beside[ENVELOPE_HEAD + ENVELOPE_BODY_MAX];
        uint8_t *data = outbox_next(&self->outbox, ENVELOPE_HEAD);

        if (data == NULL) {
                const uint8_t *front = bytes_front(&self->outbox.next);

                assert(front != NULL);
                memcpy(beside + ENVELOPE_HEAD, front, size);
                data = beside;
        }
        self->sent += size;
        envelope_send(self, ENVELOPE_DATA, data, ENVELOPE_HEAD + size);
        bytes_drop(&self->outbox.next, size);
}

/* As much as there is credit for. */
static void outbox_send(struct peer *self)
{
        quick_note(self);
        while (self->broken == NULL) {
                if (turn_due(self))
                        outbox_turn(&self->outbox);
                quick_note(self);
                if (bytes_size(&self->outbox.next) == 0 ||
                    self->sent - self->sent_taken > PEER_CREDIT - self->body_max)
                        break;
                data_send(self, outbox_cut(&self->outbox, self->body_max));
        }
        self->outbox.room = window_left(self);
}

/* Greeting */

static void greeted(struct peer *self)
{
        self->out_sequence = self->in_sequence = 0;
        self->heard_ns = self->now_ns;
        state_set(self, PEER_STANDING);
        hello_send(self);
        kernel_stand(self);
}

static void hello_receive(struct peer *self, const struct envelope *envelope)
{
        bool known = envelope->to == self->epoch && self->epoch != 0;

        if (self->state < PEER_GREETING) {
                self->statistics.stale++;
        } else if (self->state == PEER_GREETING) {
                self->remote = envelope->from;
                if (known)
                        greeted(self);
                else
                        hello_send(self);
        } else if (envelope->from != self->remote) {
                self->remote = envelope->from;
                peer_break(self, "the other side began anew");
        } else if (!known) {
                hello_send(self);
        }
}

/* Envelopes in */

static void beat_receive(struct peer *self, const uint8_t *body)
{
        uint64_t echo = darq_frame_u64_get(body + 8);
        uint64_t held = darq_frame_u64_get(body + 16);

        self->echo = darq_frame_u64_get(body);
        self->echo_ns = self->now_ns;
        if (echo != 0 && echo <= self->now_ns && held <= self->now_ns - echo)
                self->round_trip_ns = self->now_ns - echo - held;
}

static void data_receive(struct peer *self, const struct envelope *envelope)
{
        size_t size = 0; /* of what needn't be kept */

        if (envelope->size > PEER_CREDIT - (self->received - self->taken)) {
                peer_break(self, "more than there was credit for");
                return;
        }
        self->received += envelope->size;
        self->eager = envelope->eager;
        if (self->state == PEER_UP && bytes_size(&self->incoming) == 0)
                size = inward_take(self, envelope->body, envelope->size);
        bytes_add(&self->incoming, envelope->body + size, envelope->size - size);
}

static void envelope_take(struct peer *self, const struct envelope *envelope)
{
        if (self->state < PEER_STANDING || envelope->from != self->remote ||
            envelope->to != self->epoch) {
                self->statistics.stale++;
                return;
        }
        if (envelope->sequence != self->in_sequence++) {
                peer_break(self, "envelopes are missing");
                return;
        }
        if (envelope->taken > self->sent || envelope->taken < self->sent_taken) {
                peer_break(self, "it says to have taken what wasn't sent");
                return;
        }
        self->sent_taken = envelope->taken;
        self->heard_ns = self->now_ns;
        if (envelope->kind == ENVELOPE_DATA)
                data_receive(self, envelope);
        else
                beat_receive(self, envelope->body);
}

void peer_envelope(struct peer *self, const uint8_t *data, size_t size)
{
        struct envelope envelope;

        self->statistics.received_bytes += size;
        now_tell(self);
        if (!envelope_get(&envelope, data, size))
                self->statistics.refused++;
        else if (envelope.kind == ENVELOPE_HELLO)
                hello_receive(self, &envelope);
        else
                envelope_take(self, &envelope);
        peer_settle(self);
}

/* The reset */

static void reset(struct peer *self)
{
        bool up = self->state == PEER_UP;
        bool entered = self->state > PEER_OFFLINE;

        if (up)
                self->statistics.losses++;
        state_set(self, PEER_OFFLINE);
        self->environment.note(self->environment.context, self, self->broken);
        if (entered && !self->kernel_lost)
                calls_lose(self);
        if (entered)
                self->environment.leave(self->environment.context, self);
        calls_deinit(self);
        rights_deinit(self);
        outbox_deinit(&self->outbox);
        outbox_init(&self->outbox);
        parts_deinit(&self->parts);
        bytes_reset(&self->incoming);
        bytes_reset(&self->to_kernel);
        bytes_reset(&self->from_kernel);
        kernel_forget(self);
        self->broken = NULL;
        self->kernel_lost = false;
        self->epoch = 0;
        self->sent = self->sent_taken = self->received = self->taken = self->taken_told = 0;
        self->quick = 0;
        self->echo = 0;
        self->retry_ns = self->now_ns + (up ? 0 : RETRY_MS * NANOSECONDS_PER_MS);
}

static bool memory_short(const struct peer *self)
{
        return self->outbox.failed || self->outbox.next.failed || self->incoming.failed ||
               self->to_kernel.failed || self->from_kernel.failed;
}

/* What follows from what came. */
static void peer_settle(struct peer *self)
{
        now_tell(self);
        if (self->broken == NULL && self->state == PEER_UP)
                inward_go_on(self);
        if (self->broken == NULL && self->state == PEER_UP)
                outbox_send(self);
        if (memory_short(self))
                peer_break(self, "memory is short");
        if (self->broken != NULL)
                reset(self);
}

/* The numbers in these are the other location's. */
static void maps_hide(struct peer *self)
{
        uint64_t secret = self->environment.random(self->environment.context);

        self->asked.secret = self->imports.secret = self->parts.by_id.secret = secret;
        for (size_t i = 0; i < LANES_KINDS; i++)
                self->outbox.lanes[i].secret = secret;
}

/* Time */

static void silence_check(struct peer *self)
{
        if (self->now_ns - self->heard_ns > PEER_DEAD_MS * NANOSECONDS_PER_MS)
                peer_break(self, "nothing was heard of it for 5 s");
        else if (self->state == PEER_STANDING &&
                 self->now_ns - self->state_ns > STAND_MS * NANOSECONDS_PER_MS)
                peer_break(self, "the p-kernel doesn't answer");
        else if (self->now_ns - self->beat_ns >= BEAT_MS * NANOSECONDS_PER_MS)
                beat_send(self);
}

void peer_tick(struct peer *self, uint64_t now_ns)
{
        self->now_ns = now_ns;
        if (self->state == PEER_OFFLINE && self->online && now_ns >= self->retry_ns) {
                while (self->epoch == 0)
                        self->epoch = self->environment.random(self->environment.context);
                maps_hide(self);
                state_set(self, PEER_ENTERING);
                self->environment.enter(self->environment.context, self);
        } else if (self->state == PEER_ENTERING) {
                if (now_ns - self->state_ns > STAND_MS * NANOSECONDS_PER_MS)
                        peer_break(self, "the p-kernel doesn't answer");
        } else if (self->state == PEER_GREETING) {
                if (now_ns - self->beat_ns >= BEAT_MS * NANOSECONDS_PER_MS)
                        hello_send(self);
        } else if (self->state >= PEER_STANDING) {
                silence_check(self);
        }
        peer_settle(self);
}

void peer_tell(struct peer *self)
{
        size_t least = self->eager ? PEER_TOLD_EAGER : PEER_TOLD;

        if (self->state == PEER_UP && taken_written(self) - self->taken_told >= least)
                beat_send(self);
        peer_settle(self);
}

uint64_t peer_next_ns(const struct peer *self)
{
        switch (self->state) {
        case PEER_OFFLINE:
                return self->online ? self->retry_ns : UINT64_MAX;
        case PEER_ENTERING:
                return self->state_ns + STAND_MS * NANOSECONDS_PER_MS;
        default:
                return self->beat_ns + BEAT_MS * NANOSECONDS_PER_MS;
        }
}

void peer_online(struct peer *self, bool online, size_t body_max)
{
        self->online = online;
        self->body_max = body_max < ENVELOPE_BODY_MAX ? body_max : ENVELOPE_BODY_MAX;
        if (!online && self->state != PEER_OFFLINE)
                peer_break(self, "the bus is gone");
        peer_settle(self);
        self->retry_ns = self->now_ns;
}

/* The p-kernel */

void peer_entered(struct peer *self)
{
        kernel_enter(self);
}

static void kernel_input_take(struct peer *self)
{
        now_tell(self);
        outward_go_on(self);
        if (self->state == PEER_ENTERING && self->home != 0) {
                state_set(self, PEER_GREETING);
                hello_send(self);
        }
        peer_settle(self);
}

uint8_t *peer_kernel_room(struct peer *self, size_t size)
{
        return bytes_grow(&self->from_kernel, size);
}

void peer_kernel_read(struct peer *self, size_t room, size_t size)
{
        bytes_shrink(&self->from_kernel, room - size);
        if (size != 0)
                kernel_input_take(self);
}

void peer_kernel_input(struct peer *self, const uint8_t *data, size_t size)
{
        bytes_add(&self->from_kernel, data, size);
        kernel_input_take(self);
}

void peer_kernel_ended(struct peer *self)
{
        self->kernel_lost = true;
        peer_break(self, "the p-kernel has ended the connection");
        peer_settle(self);
}

void peer_kernel_written(struct peer *self, size_t size)
{
        bytes_drop(&self->to_kernel, size);
        peer_settle(self);
}

bool peer_wants_kernel_input(const struct peer *self)
{
        return outbox_size(&self->outbox) < PEER_HELD;
}

void peer_stands(struct peer *self)
{
        state_set(self, PEER_UP);
        self->statistics.ups++;
        self->environment.note(self->environment.context, self, "reached");
}
