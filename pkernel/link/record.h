/* SPDX-License-Identifier: MIT */
#ifndef LINK_RECORD_H
#define LINK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the envelopes' stream is made of: one frame of a p-kernel each, with the numbers of ports and calls as both
 * links know them. Big-endian: a head of 40 bytes, the ports, the payload.
 *
 *      0  u32  size of the whole record
 *      4  u8   type
 *      5  u8   flags
 *      6  u16  number of ports, at most 64
 *      8  u32  code, or timeout in milliseconds
 *      12 u32  0, ignored
 *      16 u64  id
 *      24 u64  target
 *      32 u64  offset
 *      40 u64  each port
 *
 * A port is the number that its own location's p-kernel knows it by: of the sender's location as it is, of the receiver's
 * with bit 63 set (it goes home). 0 leads nowhere.
 */

enum { RECORD_HEAD = 40, RECORD_PORTS_MAX = 64 };

#define RECORD_HOME (UINT64_C(1) << 63)

enum record_type {
        /* id: the call, as the caller's location numbers it */
        RECORD_REQUEST =
                1, /* to target, a port of the receiver's; code: timeout; offset: the caller's connection */
        RECORD_REPLY = 2, /* offset: the same */
        RECORD_FAIL = 3,  /* code of Undeliverable; offset: the same; payload: detail */
        RECORD_CANCEL = 4,
        RECORD_CHUNK = 5,  /* at offset */
        RECORD_CREDIT = 6, /* offset: the limit */

        RECORD_MESSAGE = 7, /* to target; id: source, if SOURCE */
        RECORD_ENDED = 8,   /* target, a port of the sender's, has ended */
        RECORD_RELEASE =
                9, /* target, a port of the receiver's, was received offset times and isn't held any more */

        /* id: the question, as who asks numbers it */
        RECORD_ASK = 10,     /* for the service or, with OBJECT, the object that payload names */
        RECORD_GRANTED = 11, /* one port */
        RECORD_REFUSED = 12, /* code: a KernelError; payload: text */

        /* Of a record that is too long to go in one piece: id names it, target is its size, payload what stands at offset. Parts
           come in their order, other records between them. */
        RECORD_PART = 13,
        RECORD_TYPE_MAX = RECORD_PART,
};

enum record_flag {
        RECORD_DOWN = 1,   /* CHUNK, CREDIT: of what the callee sends */
        RECORD_FIN = 2,    /* CHUNK */
        RECORD_SOURCE = 4, /* MESSAGE gives a right on its source */
        RECORD_OBJECT = 8, /* ASK */
};

struct record {
        uint32_t size;
        enum record_type type;
        unsigned int flags;
        uint32_t code;
        uint64_t id;
        uint64_t target;
        uint64_t offset;
        unsigned int port_count;
        const uint8_t *port_data;         /* as received: record_port() reads them */
        uint64_t ports[RECORD_PORTS_MAX]; /* to be sent */
        const uint8_t *payload;
        size_t payload_size;
};

struct bytes;

enum record_verdict { RECORD_BAD = -1, RECORD_SHORT = 0, RECORD_OK = 1 };

/** Reads one from the first available bytes of the stream. size_max: of a record. Its payload lies in data. */
enum record_verdict record_get(struct record *self, const uint8_t *data, size_t available,
                               size_t size_max);

/** The size of the one that begins there: its first 4 bytes are. */
size_t record_length(const uint8_t *data);

/** A port of one that was received. */
uint64_t record_port(const struct record *self, unsigned int index);

/** Bytes that it takes. */
size_t record_size(const struct record *self);

/** Writes so many: type, flags, code, id, target, offset, ports, payload. */
void record_write(uint8_t *at, const struct record *self);

/** Of one that was written: takes the time that it waited off what a request or message has; a millisecond is left. */
void record_wait(uint8_t *at, uint64_t waited_ns);

/** Puts it behind what is in the queue. */
void record_put(struct bytes *bytes, const struct record *self);

#endif
