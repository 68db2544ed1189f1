/* SPDX-License-Identifier: MIT */
#ifndef LINK_ENVELOPE_H
#define LINK_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What two links exchange: one NATS message each. A head of 40 bytes, big-endian, and for DATA a part of the stream of
 * records behind it.
 *
 *      0  u8   version: 1
 *      1  u8   kind
 *      2  u8   1: little is under way, and the sender waits to be told what was taken; else 0
 *      3  u8   5 zero bytes, ignored
 *      8  u64  the sender's epoch, not 0
 *      16 u64  the receiver's epoch as the sender knows it; 0 only in HELLO: not at all
 *      24 u64  sequence; in HELLO the revision, 2
 *      32 u64  bytes of the receiver's records that the sender has taken
 *
 * In revision 1 bodies were of up to 64 KiB, and no record came in parts. Links of different revisions don't greet each
 * other.
 */

enum {
        ENVELOPE_HEAD = 40,
        ENVELOPE_BODY_MAX = 16384 + 4096
}; /* a piece, and small ones before it */

enum envelope_kind {
        ENVELOPE_HELLO = 1,
        ENVELOPE_DATA = 2,
        ENVELOPE_BEAT =
                3, /* body: u64 the sender's clock, u64 the last that it was told, u64 how long ago */
};

enum { ENVELOPE_BEAT_BODY = 24, ENVELOPE_REVISION = 2 };

struct envelope {
        enum envelope_kind kind;
        uint64_t from;
        uint64_t to;
        uint64_t sequence;
        uint64_t taken;
        bool eager; /* to be told */
        const uint8_t *body;
        size_t size;
};

/** Who sent what came under a subject: its last word, which lies in it; "" if it has no more than one, or NULL. */
const char *envelope_sender(const char *subject);

/** False: it isn't an envelope. The body lies in data. */
bool envelope_get(struct envelope *self, const uint8_t *data, size_t size);

/** Writes the head: 40 bytes. */
void envelope_put(uint8_t *data, const struct envelope *self);

#endif
