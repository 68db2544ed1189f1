/* SPDX-License-Identifier: MIT */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include "libdarqwire/frame.h"
#include "tests/bench/broker/channel.h"

/* A connection to the p-kernel by hand: frames, nothing else. What isn't expected ends the program. */

/** Connects; Hello, and waits for Welcome. */
void frames_open(struct channel *self, const char *address);

/** Puts an OpenPort; 0: any number. */
void frames_port_ask(struct channel *self, uint64_t number);

/** Waits for the next OpenedPort. */
uint64_t frames_port_wait(struct channel *self);

/** The next whole frame: where its body begins. An Undeliverable ends the program. */
bool frames_next(struct buffer *in, struct darq_frame_header *header, const uint8_t **body);

/** Puts a message; call 0: no request. */
void frames_message_put(struct channel *self, uint64_t call, uint64_t source, uint64_t destination,
                        const uint8_t *data, size_t size);

#endif
