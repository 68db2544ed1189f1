/* SPDX-License-Identifier: MIT */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <darq/darq.h>

#include "libdarqwire/frame.h"

/*
 * The other end of a session's connection, as a script: what the p-kernel says is written ahead, what the library sent is
 * looked at afterwards. Call numbers, being counted from 1, are known beforehand.
 */

#define FAKE_OWN_PORT UINT64_C(0x100000003)
#define FAKE_PEER UINT64_C(0x100000007)
#define FAKE_CONNECTION UINT64_C(77)
#define FAKE_SLOT (DARQ_PORT_SLOT | 5)

struct fake_kernel {
        int fd;
        struct darq_session *session;
        struct darq_writer said; /* room for one payload */
        uint8_t bytes[1 << 20];  /* what the library has sent */
        size_t size;
        size_t parsed;
};

/** A frame that the library sent. */
struct fake_frame {
        struct darq_frame_header header;
        const uint8_t *body;
        struct darq_frame_message message; /* of Messages */
        const uint8_t *payload;
};

/** A session that is connected, its greeting taken. message_max 0: 1 MiB. */
struct fake_kernel *fake_open(uint64_t message_max);
void fake_close(struct fake_kernel *self);

/** Closes the fake's end. */
void fake_hang_up(struct fake_kernel *self);

/** The next frame that the library sent; fails the test when there is none, or of another type. */
struct fake_frame fake_take(struct fake_kernel *self, enum darq_frame_type type);
void fake_expect_silence(struct fake_kernel *self);

/* What the p-kernel says. */
void fake_say(struct fake_kernel *self, const void *data, size_t size);
void fake_opened(struct fake_kernel *self, uint32_t request, uint8_t result, uint64_t port);
/** The session opens this very port, and gets it. */
void fake_open_port(struct fake_kernel *self, uint64_t port);
void fake_undeliverable(struct fake_kernel *self, uint64_t call, uint64_t port, uint32_t code,
                        const char *detail);
void fake_cancel(struct fake_kernel *self, uint64_t slot);

/** A message from source to destination; flags and call as given; ports up to 2, zero: none. */
struct fake_message {
        uint64_t source;
        uint64_t destination;
        uint64_t call;
        uint16_t flags;
        uint32_t timeout_ms;
        uint64_t ports[2];
};
void fake_message(struct fake_kernel *self, const struct fake_message *message, const void *payload,
                  size_t size);

/** A piece of a call's stream, to the session's own port. */
void fake_chunk(struct fake_kernel *self, uint64_t source, uint64_t call, uint64_t offset,
                const void *data, size_t size, bool fin);

/** A payload: RPC header and body, the latter by pack. */
struct darq_bytes fake_payload(struct fake_kernel *self, uint64_t interface, uint32_t ordinal,
                               int32_t status, darq_pack *pack, const void *value);

/** A packed string: the body of failures. */
void fake_pack_text(struct darq_writer *writer, const void *text);

/** The reply to a call of ours. */
void fake_reply(struct fake_kernel *self, uint64_t call, struct darq_bytes payload);
/** A request to a port of ours, on FAKE_SLOT. */
void fake_request(struct fake_kernel *self, uint64_t port, struct darq_bytes payload);

#endif
