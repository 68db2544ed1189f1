/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_POST_H
#define PKERNEL_POST_H

#include "libdarqwire/list.h"
#include "pkernel/starter/starter.darq.h"

/*
 * One end of the way between the router and the starter: each datagram is a command or an event, packed by the code that
 * darqidl makes of starter.didl. An event may bring a descriptor along.
 */

enum { POST_DATAGRAM_MAX = 160 << 10 };

struct post {
        int fd;
        struct darq_writer writer;
        uint8_t *output;          /* what the writer fills; all memory is there from the start */
        struct darq_arena *arena; /* what was received last points into these */
        uint8_t *input;
        struct list waiting; /* commands that the socket didn't take */
};

/** Takes the descriptor. False without memory; deinit is due either way. */
bool post_init(struct post *self, int fd);
void post_deinit(struct post *self);

/** What the socket doesn't take now waits, in order, for post_flush(). 0, or -errno. */
int post_command_send(struct post *self, const struct darq_starter_command *command);

/** Sends what waits; whether anything is left. */
bool post_flush(struct post *self);

/** Waits until the socket takes it. fd: sent along, and still the caller's; -1: none. 0, or -errno. */
int post_event_send(struct post *self, const struct darq_starter_event *event, int fd);

/**
 * 1 and the next command, which is waited for, or event, which isn't; it lives until the next call. 0: none is there; -errno:
 * -EPIPE when the other end is gone, -EBADMSG for what isn't one. *fd: the descriptor that came along, or -1.
 */
int post_command_receive(struct post *self, struct darq_starter_command *command);
int post_event_receive(struct post *self, struct darq_starter_event *event, int *fd);

#endif
