/* SPDX-License-Identifier: MIT */
#ifndef LINK_KERNEL_H
#define LINK_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the link says to its own p-kernel on a location's connection: frames, and calls to port 1. All goes to to_kernel. */

struct peer;
struct answer;

/** The connection is there: Hello, and a port to ask from. */
void kernel_enter(struct peer *peer);

/** Asks to stand for the location. */
void kernel_stand(struct peer *peer);

/** The connection has been left: what was asked is forgotten. */
void kernel_forget(struct peer *peer);

void kernel_open(struct peer *peer); /* a spare port */
void kernel_close(struct peer *peer, uint64_t port);

/* Calls to port 1. */
void kernel_watch(struct peer *peer, uint64_t port);
void kernel_release(struct peer *peer, uint64_t port, uint64_t count);
void kernel_count(struct peer *peer, uint64_t proxy, uint64_t given);
void kernel_ask(struct peer *peer, uint64_t question, bool object, const char *name, size_t size);
void kernel_provide(struct peer *peer, uint64_t ticket, uint64_t proxy);
void kernel_decline(struct peer *peer, uint64_t ticket, uint32_t error, const char *text,
                    size_t size);

/** What answers them. False: the call is none of these. */
bool kernel_answered(struct peer *peer, uint64_t call, const uint8_t *payload, size_t size,
                     const uint64_t *ports, unsigned int port_count);
bool kernel_refused(struct peer *peer, uint64_t call);

/** Of an OpenPort; in the order in which they were asked for. */
void kernel_opened(struct peer *peer, unsigned int result, uint64_t port);

/** Undeliverable: fails a call of a slot. */
void kernel_fail(struct peer *peer, uint64_t slot, uint32_t code, const char *detail, size_t size);

/** A Message: request (call not 0), reply (to a slot), or one-way. */
struct kernel_message {
        uint64_t source;
        uint64_t destination;
        uint64_t call;
        uint32_t timeout_ms;
        bool give_source;
        const uint64_t *ports;
        unsigned int port_count;
        const uint8_t *payload;
        size_t size;
};
void kernel_message(struct peer *peer, const struct kernel_message *message);

void kernel_chunk(struct peer *peer, uint64_t destination, uint64_t call, uint64_t offset, bool fin,
                  const uint8_t *payload, size_t size);
void kernel_credit(struct peer *peer, uint64_t destination, uint64_t call, uint64_t limit);
void kernel_cancel(struct peer *peer, const struct answer *answer);

#endif
