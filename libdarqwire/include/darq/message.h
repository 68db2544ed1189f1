/* SPDX-License-Identifier: MIT */
#ifndef DARQ_MESSAGE_H
#define DARQ_MESSAGE_H

#include <darq/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The raw layer: ports and messages whose payload this library doesn't look at, for what has no interface.
 *
 * A port that was opened here collects its messages until they are received. What waits counts against the session's
 * 8 MiB, beyond which it reads nothing more.
 */

/** What came to a port. Views live until darq_message_free(). */
struct darq_message {
        uint64_t source; /* the sender's port, where an answer goes; of a request: its slot */
        uint64_t destination;
        struct darq_bytes payload;
        const struct darq_proxy *ports; /* the message's until kept */
        size_t port_count;
        bool request;        /* whoever sent it waits for a message to source, once */
        uint64_t caller;     /* of a request: the sender's connection id */
        uint32_t timeout_ms; /* of a request: what was left when it came; 0: no deadline */
        bool chunk;          /* a Chunk, with these three: */
        uint64_t stream;
        uint64_t offset;
        bool fin;
};

/** What is sent. Zero what isn't needed. */
struct darq_outgoing {
        uint64_t source; /* a port of this session; 0: one that the session keeps for itself */
        uint64_t destination;
        struct darq_bytes payload;
        const struct darq_proxy *ports;
        size_t port_count;
        bool give_source; /* the receiver may send to source */
};

/**
 * Opens a port. *port 0: any that is free, which *port then tells. Numbers 2 to 2^32-1 may be asked for.
 * 0, DARQ_E_IN_USE, DARQ_E_NOT_ALLOWED, DARQ_E_QUOTA, DARQ_E_INVALID, link errors.
 */
int darq_port_open(struct darq_session *session, uint64_t *port);

/** Ends a port of this session, and frees what waits there. 0, DARQ_E_INVALID: not ours; link errors. */
int darq_port_close(struct darq_session *session, uint64_t port);

/** Sends a one-way message. Blocks until the socket has it, or DARQ_E_AGAIN. DARQ_E_INVALID, DARQ_E_TOO_BIG, link errors. */
int darq_message_send(struct darq_session *session, const struct darq_outgoing *message);

/** The same as a Chunk, the form that has no ports: stream, offset and fin are the receiver's business. */
int darq_chunk_send(struct darq_session *session, const struct darq_outgoing *message,
                    uint64_t stream, uint64_t offset, bool fin);

/** Sends a request and waits for its one outcome. timeout_ms 0: 30 s. Free *reply. As a typed call's results. */
int darq_message_call(struct darq_session *session, const struct darq_outgoing *request,
                      unsigned int timeout_ms, struct darq_message **reply);

/**
 * The next message of a port that darq_port_open() opened. timeout_ms 0: don't wait; below 0: for ever.
 * 0, DARQ_E_AGAIN: nothing came in time; DARQ_E_INVALID: no such port; DARQ_E_NO_BUFFERS, link errors.
 */
int darq_message_receive(struct darq_session *session, uint64_t port, int timeout_ms,
                         struct darq_message **message);

/** Before its session closes. NULL is fine. */
void darq_message_free(struct darq_message *self);

#ifdef __cplusplus
}
#endif
#endif
