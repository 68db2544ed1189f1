/* SPDX-License-Identifier: MIT */
/*
 * Envelopes: bytes to a struct and back. Anybody may have written them; whether they are expected is for the peer to say.
 */
#include "pkernel/link/envelope.h"

#include "libdarqwire/frame.h"

#include <string.h>

const char *envelope_sender(const char *subject)
{
        const char *point = subject == NULL ? NULL : strrchr(subject, '.');

        return point == NULL ? "" : point + 1;
}

static bool body_fits(const struct envelope *self)
{
        switch (self->kind) {
        case ENVELOPE_HELLO:
                return self->sequence == ENVELOPE_REVISION;
        case ENVELOPE_DATA:
                return self->to != 0 && self->size > 0 && self->size <= ENVELOPE_BODY_MAX;
        case ENVELOPE_BEAT:
                return self->to != 0 && self->size == ENVELOPE_BEAT_BODY;
        default:
                return false;
        }
}

bool envelope_get(struct envelope *self, const uint8_t *data, size_t size)
{
        if (size < ENVELOPE_HEAD || data[0] != 1)
                return false;
        self->kind = (enum envelope_kind)data[1];
        self->eager = data[2] != 0;
        self->from = darq_frame_u64_get(data + 8);
        self->to = darq_frame_u64_get(data + 16);
        self->sequence = darq_frame_u64_get(data + 24);
        self->taken = darq_frame_u64_get(data + 32);
        self->body = data + ENVELOPE_HEAD;
        self->size = size - ENVELOPE_HEAD;
        return self->from != 0 && body_fits(self);
}

void envelope_put(uint8_t *data, const struct envelope *self)
{
        memset(data, 0, ENVELOPE_HEAD);
        data[0] = 1;
        data[1] = (uint8_t)self->kind;
        data[2] = self->eager;
        darq_frame_u64_put(data + 8, self->from);
        darq_frame_u64_put(data + 16, self->to);
        darq_frame_u64_put(data + 24, self->sequence);
        darq_frame_u64_put(data + 32, self->taken);
}
