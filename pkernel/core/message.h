/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_MESSAGE_H
#define PKERNEL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages and chunks from a peer: who may send them, whether there is room, and where they go. */

struct connection;
struct frame;
struct port;
struct slot;

/** A Message: one-way, request, or reply. */
void message_receive(struct connection *connection, struct frame *frame);

/** A Chunk: of a call's stream, or between ports. */
void chunk_receive(struct connection *connection, struct frame *frame);

/** Answers a frame with Undeliverable, if its sender has a way of being told. detail is static. */
void message_refuse(struct connection *connection, uint64_t call, uint64_t port, uint32_t code,
                    const char *detail);

#endif
