/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_SESSION_H
#define DARQWIRE_SESSION_H

#include <darq/call.h>
#include <darq/message.h>
#include <darq/session.h>

#include <stdatomic.h>

#include "libdarqwire/connection.h"
#include "libdarqwire/deadline.h"
#include "libdarqwire/dispatch.h"
#include "libdarqwire/list.h"
#include "libdarqwire/map.h"

/*
 * What the files of a session share. Each of them owns a noun: port.c ports of ours, target.c ports of others, pending.c
 * calls of ours, service_call.c calls that are served, hold.c what outlives its frame, intake.c what a frame means,
 * turn.c when all of it runs.
 */

enum {
        DARQ_DEFERRED_MAX = 8 << 20, /* bytes that wait for a turn, or to be received */
        DARQ_WINDOW = 256,           /* open calls per port; further ones are held back */
        DARQ_TIMEOUT_DEFAULT_MS = 30000,
        DARQ_CORK_MAX = 65536, /* unsent bytes, before it waits for the socket to take them */
        DARQ_EARLY = 49152,    /* bytes in a turn, before it writes: their receiver can begin */
        DARQ_ERROR_SIZE = 1024,
};

/** The answer to OpenPort or ClosePort. One is under way at a time. */
struct darq_port_answer {
        uint32_t request;
        bool come;
        uint8_t result;
        uint64_t port;
        struct darq_port *opening; /* entered when it was opened; else still ours */
};

struct darq_session {
        struct darq_connection connection;
        bool up;
        bool inherited;                    /* there is no second connection */
        char *address;                     /* as given to open(); may be NULL */
        uint32_t link;                     /* counts connections, from 1 */
        uint64_t own_port;                 /* the source of what names no other */
        struct darq_frame_welcome welcome; /* all zero until it has come */
        struct darq_port_answer answer;

        struct darq_map ports;
        struct darq_map targets;
        struct darq_map pendings; /* by call number */
        struct darq_map calls;    /* by slot */
        uint64_t next_call;
        uint64_t requests;   /* that were dispatched */
        size_t served_ports; /* ports that serve an interface */
        struct darq_deadlines deadlines;

        struct list deferred;  /* frames for the next turn, in order */
        size_t deferred_bytes; /* of them, and of messages that wait to be received */
        struct list ended;     /* pendings whose callback is due */
        struct list cancelled; /* served calls whose callback is due */
        struct list unasked;   /* ports of ours that may be held by nobody */
        struct list deaths;    /* watchers of ports whose callback is due */
        struct list ready;     /* streams whose callback is due */
        struct list all_pendings;
        struct list streams; /* of calls of ours */
        struct list holds;
        struct list spare_holds;
        struct list served_calls; /* those in use */
        struct list spare_calls;
        struct list spare_pendings;

        struct darq_writer scratch;
        uint64_t handling_deadline_ns; /* of the call whose handler runs */
        uint64_t read_ns;              /* after the socket was last read; 0: nobody has asked yet */
        bool burst; /* the last read gave several frames, or much of one: more may be there */
        bool in_turn;
        bool corked; /* what is sent waits for a turn, or for more */
        bool blocking;
        atomic_bool stopping;
        atomic_bool woken; /* wake_fd may be readable */
        int wake_fd;
        int loop_fd; /* for other event loops; -1 until asked for */
        int timer_fd;
        uint64_t timer_ns; /* what it is set to */
        bool loop_socket;  /* loop_fd has the socket in it */
        bool loop_writes;  /* and wakes when it can be written */
        bool loop_lacks;   /* the socket as it should be: it is tried again */

        darq_undelivered_callback *undelivered;
        void *undelivered_context;
        uint64_t watcher_port; /* where the p-kernel's notices come to; 0: not made */
        char error[DARQ_ERROR_SIZE];
};

/* session.c */

/** A session without a connection. NULL without memory. */
struct darq_session *darq_session_new(const char *address);

/** Sets the sentence; returns status. */
int darq_session_fail(struct darq_session *self, int status, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* link.c: the connection's life */

/** Makes the connection, for the first time or anew. 0, NO_LINK, NOT_ALLOWED, INVALID, NO_MEMORY, with the sentence. */
int darq_session_connect(struct darq_session *self, unsigned int wait_ms);

/** The connection is gone: every call ends with LINK_LOST, every port and right with it. Returns DARQ_E_LINK_LOST. */
int darq_session_lose(struct darq_session *self, const char *why);

/** Why a proxy can't be used: INVALID, STALE, LINK_LOST, with the sentence. */
int darq_session_refuse(struct darq_session *self, const struct darq_proxy *proxy);

/** Whether it can: 0, or why not. */
static inline int darq_session_check(struct darq_session *self, const struct darq_proxy *proxy)
{
        if (proxy->port != 0 && proxy->link == self->link && self->up)
                return 0;
        return darq_session_refuse(self, proxy);
}

/* turn.c: when things happen */

typedef bool darq_condition(const void *context);

/**
 * Reads until the condition holds; handlers and callbacks don't run, what is for them is put off. 0; DARQ_E_TIMEOUT when
 * the deadline (0: none) has passed, and a last look at the socket gave nothing; DARQ_E_NO_BUFFERS, DARQ_E_LINK_LOST, DARQ_E_NO_MEMORY with the sentence.
 */
int darq_session_wait(struct darq_session *self, darq_condition *condition, const void *context,
                      uint64_t deadline_ns);

/** What was queued goes out: at the end of the turn, or now. wait: until the socket has it. 0, LINK_LOST. */
int darq_session_flush(struct darq_session *self, bool wait);

/** When that came which is now acted on. */
uint64_t darq_session_read_ns(struct darq_session *self);

/* loop.c: the descriptor for other event loops */

/** Sets it to wake for what is to be done now: input, unsent bytes, the next deadline. */
void darq_session_loop_update(struct darq_session *self);
/** The socket is about to be closed. */
void darq_session_loop_forget(struct darq_session *self);
void darq_session_loop_deinit(struct darq_session *self);

/** Whether callbacks are due that no frame will bring. */
bool darq_session_due(const struct darq_session *self);

/** More is unsent than is good, and nobody may wait: tries once more to send it. 0 or AGAIN, with the sentence. */
int darq_session_make_room(struct darq_session *self);

/** In non-blocking mode, with more unsent than is good: DARQ_E_AGAIN. */
static inline int darq_session_may_send(struct darq_session *self)
{
        if (self->blocking || self->connection.unsent_bytes < DARQ_CORK_MAX)
                return 0;
        return darq_session_make_room(self);
}

/* intake.c: what a frame means */

/** One frame. Without turn, handlers and callbacks are put off. 0, DARQ_E_LINK_LOST, DARQ_E_NO_MEMORY. */
int darq_intake_frame(struct darq_session *self, const struct darq_incoming *frame, bool turn);

/** Acts on what was put off and belongs to this slot's stream, which is there now. 0 or NO_MEMORY. */
int darq_intake_claim(struct darq_session *self, uint64_t slot);

/** A frame that was put off. */
struct darq_deferred {
        struct list link;
        struct darq_incoming frame;
};

/** The payload and the ports of a Message or Chunk frame. */
struct darq_parcel {
        uint64_t source;
        uint64_t destination;
        const uint8_t *data;
        size_t size;
        const uint8_t *ports; /* big-endian, port_count of them */
        uint32_t port_count;
};

/* hold.c: messages that outlive their frame */

struct darq_hold {
        struct list link;
        struct darq_session *session;
        struct darq_block *block; /* NULL: the payload was copied */
        struct darq_arena *arena;
        struct darq_parcel parcel; /* its ports are in ports */
        uint64_t *ports;           /* in the arena: the parcel's, and the source if it is given */
        uint32_t held;             /* of these: those that have this message as a holder */
        uint32_t link_number;      /* of the connection that it came from */
};

/**
 * Keeps the payload; its ports have the message as a holder. copy: the bytes of a small one are copied, so that it doesn't
 * keep a large block. NULL without memory.
 */
struct darq_hold *darq_hold_new(struct darq_session *session, const struct darq_incoming *frame,
                                const struct darq_parcel *parcel, bool copy);
void darq_holds_deinit(struct darq_session *session);
void darq_hold_free(struct darq_hold *self);

/** The reader of the payload from offset on. */
static inline void darq_hold_reader(struct darq_hold *self, struct darq_reader *reader,
                                    size_t offset)
{
        darq_reader_init(reader, self->parcel.data + offset, self->parcel.size - offset,
                         self->arena);
        reader->ports = self->ports;
        reader->port_count = self->parcel.port_count;
        reader->session = self->session;
        reader->link = self->link_number;
}

/* target.c: ports of others */

struct darq_target {
        struct darq_map_node node; /* key: the port */
        uint64_t holders;
        uint64_t rights; /* that the p-kernel counts for us; 0 of a port of our own */
        unsigned int open_calls;
        struct list waiting;  /* pendings that are held back */
        struct list watchers; /* on_death */
        bool watched;         /* the p-kernel was asked */
};

/** NULL if nothing is known of the port. */
static inline struct darq_target *darq_target_find(const struct darq_session *session,
                                                   uint64_t port)
{
        struct darq_map_node *node = darq_map_find(&session->targets, port);

        return node != NULL ? CONTAINER_OF(node, struct darq_target, node) : NULL;
}

/** Of a port of which nothing is known. NULL without memory. */
struct darq_target *darq_target_new(struct darq_session *session, uint64_t port);

/** NULL without memory. */
static inline struct darq_target *darq_target_get(struct darq_session *session, uint64_t port)
{
        struct darq_target *self = darq_target_find(session, port);

        return self != NULL ? self : darq_target_new(session, port);
}
/** Frees it when nobody holds it and no call is open. */
void darq_target_settle(struct darq_session *session, struct darq_target *target);
/** A right came with a message, which is one holder. 0 or NO_MEMORY. */
int darq_target_receive(struct darq_session *session, uint64_t port);
void darq_target_drop(struct darq_session *session, uint64_t port);
/** The port has ended: callbacks. */
void darq_target_ended(struct darq_session *session, uint64_t port);
/** The link is gone: all have ended. */
void darq_targets_lose(struct darq_session *session);
/** Takes back who wants to know of the port's end; callback NULL: whoever does. */
void darq_target_unwatch(struct darq_session *session, uint64_t port, darq_port_callback *callback,
                         void *context);
/** Runs the callbacks of ports that have ended. */
void darq_targets_call_back(struct darq_session *session);
void darq_targets_deinit(struct darq_session *session);

/** Somebody who wants to know when a port ends. */
struct darq_watcher {
        struct list link;
        uint64_t port;
        darq_port_callback *callback;
        void *context;
};

/* port.c: ports of ours */

struct darq_port {
        struct darq_map_node node; /* key: its number */
        struct darq_served served; /* interface NULL: raw, or the session's own */
        bool raw;
        struct list messages; /* raw: struct darq_received */

        darq_port_callback *unused; /* NULL: nobody wants to know */
        void *unused_context;
        struct list unasked;           /* in the session's list: a question is due */
        struct darq_pending *question; /* NULL: none is under way */
        uint64_t offers;               /* messages that it was in */
        uint64_t offers_asked;         /* of these, before the question */
        uint64_t grants;               /* in the p-kernel's last word */
        uint64_t grants_asked;
};

static inline struct darq_port *darq_port_find(const struct darq_session *session, uint64_t port)
{
        struct darq_map_node *node = darq_map_find(&session->ports, port);

        return node != NULL ? CONTAINER_OF(node, struct darq_port, node) : NULL;
}

/** The answer to OpenPort: enters the port, so that what follows at once finds it. */
void darq_port_opened(struct darq_session *session);
/** Serves a port that the p-kernel has lent to us. */
int darq_port_adopt(struct darq_session *session, uint64_t number,
                    const struct darq_served *served);
/** Ends it; tells the p-kernel unless the link is lost. */
void darq_port_free(struct darq_session *session, struct darq_port *port);
void darq_ports_deinit(struct darq_session *session);
int darq_port_put_request(struct darq_session *session, uint8_t type, uint64_t number);

/* unused.c: ports of ours that nobody holds any more */

void darq_port_watch_unused(struct darq_session *session, struct darq_port *port,
                            darq_port_callback *callback, void *context);
/** A message with the port in it goes out, or would have: its owner is told if nobody gets it. */
void darq_port_offered(struct darq_session *session, uint64_t number);
void darq_ports_offered(struct darq_session *session, const struct darq_writer *writer);
/** The p-kernel says that nobody holds it, after so many rights. */
void darq_port_noticed(struct darq_session *session, uint64_t number, uint64_t grants);
/** Sends the questions that are due. */
void darq_ports_ask(struct darq_session *session);

/* message.c: the raw layer */

/** Keeps a message, or a chunk that lies within its frame, for darq_message_receive(). 0 or NO_MEMORY. */
int darq_received_add(struct darq_session *session, struct darq_port *port,
                      const struct darq_incoming *frame, const struct darq_parcel *parcel);
int darq_received_add_chunk(struct darq_session *session, struct darq_port *port,
                            const struct darq_incoming *frame,
                            const struct darq_frame_chunk *chunk);
void darq_received_clear(struct darq_session *session, struct darq_port *port);

/* outgoing.c: frames to the p-kernel */

/** An empty writer with the headroom spent. */
struct darq_writer *darq_session_writer(struct darq_session *self);

struct darq_envelope {
        uint64_t source;
        uint64_t destination;
        uint64_t call;
        uint32_t timeout_ms;
        uint16_t flags;
};

/**
 * Fills in the headers of a message whose payload stands in the writer from start on (DARQ_HEADROOM, or 16 before it with an
 * RPC header), appends the ports, and queues it. The writer is empty afterwards. 0, TOO_BIG, NO_MEMORY.
 */
int darq_session_put_message(struct darq_session *self, struct darq_writer *writer, size_t start,
                             const struct darq_envelope *envelope);
int darq_session_put_cancel(struct darq_session *self, uint64_t port, uint64_t call);
int darq_session_put_undeliverable(struct darq_session *self, uint64_t slot, uint32_t code);
int darq_session_put_pong(struct darq_session *self, uint64_t token);
int darq_session_put_chunk(struct darq_session *self, const struct darq_envelope *envelope,
                           const struct darq_frame_chunk *chunk, const void *data);
int darq_session_put_credit(struct darq_session *self, uint64_t destination, uint64_t call,
                            uint64_t limit);

/* pending.c: calls of ours */

enum darq_pending_state {
        DARQ_PENDING_HELD_BACK, /* not sent: the port's window is full */
        DARQ_PENDING_SENT,
        DARQ_PENDING_DONE, /* result and reply are there */
};

struct darq_pending {
        struct darq_map_node node; /* key: its number */
        struct list link;          /* in its target's waiting, the session's ended, or spare */
        struct list all;
        struct darq_session *session;
        struct list deadline_link;
        size_t deadline_index;
        struct darq_target *target;
        uint64_t port; /* that was called */
        uint64_t source;
        uint64_t deadline_ns;                   /* 0: none, of a stream that was given none */
        const struct darq_interface *interface; /* NULL: a raw one */
        const struct darq_method *method;
        size_t unsent_start;

        /* From here on all zero to begin with. */
        enum darq_pending_state state;
        bool owed; /* the p-kernel has yet to give the outcome: it stands in the session's pendings */
        bool abandoned; /* nobody wants the outcome: freed as soon as it isn't owed */
        bool waited;    /* somebody waits for it: no callback */
        bool unheld;    /* nobody will free it: its callback is the end of it */
        bool running;   /* its callback */
        darq_function *callback;
        void *context;
        struct darq_writer *unsent; /* of one that is held back; else NULL */
        int result;
        struct darq_hold *reply; /* of a result that came in a message; else NULL */
        char *detail;            /* of an Undeliverable; may be NULL */
        struct darq_stream *stream;
};

struct darq_request_to {
        uint64_t source;
        uint64_t port;
        uint32_t timeout_ms; /* 0: none */
        const struct darq_interface *interface;
        const struct darq_method *method;
};

/** Sends what stands in the writer from start on as a request, or holds it back. 0, or nothing was sent: with the sentence. */
int darq_pending_start(struct darq_session *session, const struct darq_request_to *to,
                       struct darq_writer *writer, size_t start, struct darq_pending **pending);

/** Waits for the outcome; it is always DONE afterwards, with TIMEOUT, NO_BUFFERS or LINK_LOST at worst. */
void darq_pending_await(struct darq_pending *self);

/** The outcome came, and will be acted upon in a turn: the port's window has room for the next call from now on. */
void darq_pending_put_off(struct darq_pending *self);

/** The outcome came. */
void darq_pending_end(struct darq_pending *self, int result, struct darq_hold *reply);

/** Ends a call that hasn't ended, for whoever has it; cancels it where that means something. */
void darq_pending_give_up(struct darq_pending *self, int result);

/** Nobody wants it any more: cancels if need be; frees it as soon as the p-kernel has let go of it. */
void darq_pending_abandon(struct darq_pending *self);

/** Looks at the outcome: unpacks the reply and makes the sentence. What it gives lives in reply. */
int darq_pending_result(struct darq_pending *self, const void **reply);

/** Runs what is due, in a turn. */
void darq_pendings_expire(struct darq_session *session, uint64_t now_ns);
void darq_pendings_call_back(struct darq_session *session);
void darq_pendings_end_all(struct darq_session *session, int result);
/** Frees all, also those that somebody still has. */
void darq_pendings_deinit(struct darq_session *session);

/* service_call.c: calls that are served */

int darq_service_call_serve(struct darq_session *session, struct darq_port *port,
                            const struct darq_incoming *frame, const struct darq_parcel *parcel);
/** A Cancel came: the call has ended, and its callback is due. */
void darq_service_call_cancel(struct darq_session *session, uint64_t slot);
void darq_service_calls_call_back(struct darq_session *session);
/** The stream of the call on that slot; NULL if there is none. */
struct darq_stream *darq_service_call_stream(struct darq_session *session, uint64_t slot);
/** Sends the answer that had to wait for the call's stream. */
void darq_service_call_conclude(struct darq_call *call, struct darq_writer *answer);
/** The link is gone. */
void darq_service_calls_lose(struct darq_session *session);
/** Cancels and frees all. */
void darq_service_calls_deinit(struct darq_session *session);

/* control.c: the p-kernel's own interface */

/** Gives rights back. */
void darq_control_release(struct darq_session *session, uint64_t port, uint64_t rights);
/** Asks for a notice when the port ends. */
int darq_control_watch(struct darq_session *session, uint64_t port);
/** Makes the port for notices, so that nothing later has to wait for it. */
int darq_control_watcher(struct darq_session *session);
/** Asks who holds a port of ours, and for a notice whenever nobody does any more. */
struct darq_kernel_watch_senders_reply;
typedef void darq_senders_callback(void *context, int result,
                                   const struct darq_kernel_watch_senders_reply *reply);
int darq_control_watch_senders(struct darq_session *session, uint64_t port,
                               darq_senders_callback *callback, void *context,
                               struct darq_pending **pending);

/** Serves under the name, on the port that the p-kernel lends for that. */
int darq_control_check_in(struct darq_session *session, const char *name,
                          const struct darq_served *served);

/** Gives it back. 0, DARQ_E_BUSY while something waits for us, DARQ_E_NO_PORT, and as calls do. */
int darq_control_check_out(struct darq_session *session, const char *name);
void darq_control_forget(struct darq_session *session);

#endif
