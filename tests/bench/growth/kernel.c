/* SPDX-License-Identifier: MIT */
/*
 * The p-kernel's core with much that is open: a life of it is measured, from its start to its end.
 *
 * Ports: one connection opens them all, another sends a message to each, half are closed, and the others end with their owner. Calls: one
 * connection makes them all, nobody answers, and the callee ends. Connections: each greets, opens a port, and sends to the port
 * of the one before it; then they end. What is written to a peer is thrown away. A turn has BATCH frames.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/bench/growth/growth.h"
#include "tests/simulation/world.h"

enum { BATCH = 64, FRAME_MAX = 96, FIRST_PORT = 100000 };

struct life {
        struct kernel kernel;
        size_t size;
        uint64_t random;
        size_t filled;
        struct connection **connections;
        uint8_t turn[BATCH * FRAME_MAX];
};

static void life_random(void *context, void *data, size_t size)
{
        struct life *self = context;
        uint8_t *to = data;

        while (size-- > 0) {
                self->random = self->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
                *to++ = (uint8_t)(self->random >> 56);
        }
}

static size_t life_write(void *context, void *peer, const struct iovec *parts, int count)
{
        size_t size = 0;

        (void)context, (void)peer;
        for (int i = 0; i < count; i++)
                size += parts[i].iov_len;
        return size;
}

static void life_drop(void *context, void *peer)
{
        (void)context, (void)peer;
}

static void life_note(void *context, void *peer, enum kernel_note note, uint64_t id,
                      const char *principal, const char *text)
{
        (void)context, (void)peer, (void)id, (void)principal, (void)text;
        expect(note == NOTE_CONNECTED || note == NOTE_ENDED, "the p-kernel complains");
}

static void *life_begin(size_t size)
{
        struct life *self = calloc(1, sizeof *self);

        expect(self != NULL, "no memory");
        self->size = size;
        self->connections = calloc(size + 2, sizeof(struct connection *));
        expect(self->connections != NULL, "no memory");
        return self;
}

static void life_end(void *state)
{
        struct life *self = state;

        free(self->connections);
        free(self);
}

static void life_start(struct life *self)
{
        static const char *const wide[] = {"objects=1G",       "connections=1M", "calls=1M",
                                           "port_messages=1M", "port_bytes=1G",  "queued=64G"};
        const struct kernel_environment environment = {
                .context = self,
                .random = life_random,
                .write = life_write,
                .drop = life_drop,
                .note = life_note,
        };
        struct limits limits;

        limits_init(&limits);
        for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
                expect(limits_set(&limits, wide[i]) == 0, "a limit is refused");
        expect(kernel_init(&self->kernel, &environment, &limits, 1) == 0, "no p-kernel");
}

static void life_turn(struct life *self, struct connection *connection)
{
        connection_input(connection, self->turn, self->filled);
        kernel_flush(&self->kernel);
        self->filled = 0;
}

/* A frame of size bytes has been put behind what waits. */
static void life_add(struct life *self, struct connection *connection, size_t size)
{
        self->filled += size;
        if (self->filled > sizeof self->turn - FRAME_MAX)
                life_turn(self, connection);
}

static uint8_t *life_room(struct life *self)
{
        return self->turn + self->filled;
}

static struct connection *life_connect(struct life *self)
{
        struct connection *connection = connection_new(&self->kernel, self, "root", true);

        expect(connection != NULL, "no connection");
        life_add(self, connection, frame_hello(life_room(self)));
        return connection;
}

static void life_send(struct life *self, struct connection *from, uint64_t source, uint64_t to,
                      uint64_t call)
{
        const struct letter letter = {.source = source,
                                      .destination = to,
                                      .call = call,
                                      .flags = call != 0 ? DARQ_FRAME_REQUEST : 0,
                                      .extended = call != 0,
                                      .payload = "sixteen bytes...",
                                      .size = 16};

        life_add(self, from, frame_message(life_room(self), &letter));
}

static void life_stop(struct life *self, uint64_t messages)
{
        expect(self->kernel.statistics.messages == messages, "messages were not handed over");
        kernel_deinit(&self->kernel);
}

static void ports_run(void *state)
{
        struct life *self = state;
        struct connection *owner, *other;

        life_start(self);
        owner = life_connect(self);
        for (size_t i = 0; i < self->size; i++)
                life_add(self, owner, frame_open(life_room(self), FIRST_PORT + i));
        life_turn(self, owner);
        other = life_connect(self);
        life_add(self, other, frame_open(life_room(self), 1000));
        for (size_t i = 0; i < self->size; i++)
                life_send(self, other, 1000, FIRST_PORT + i, 0);
        life_turn(self, other);
        for (size_t i = 0; i < self->size; i += 2)
                life_add(self, owner, frame_close(life_room(self), FIRST_PORT + i));
        life_turn(self, owner);
        connection_end(owner);
        kernel_flush(&self->kernel);
        life_stop(self, self->size);
}

static void calls_run(void *state)
{
        struct life *self = state;
        struct connection *caller, *callee;

        life_start(self);
        callee = life_connect(self);
        life_add(self, callee, frame_open(life_room(self), 2000));
        life_turn(self, callee);
        caller = life_connect(self);
        life_add(self, caller, frame_open(life_room(self), 1000));
        for (size_t i = 0; i < self->size; i++)
                life_send(self, caller, 1000, 2000, i + 1);
        life_turn(self, caller);
        connection_end(callee);
        kernel_flush(&self->kernel);
        life_stop(self, self->size);
}

static void connections_run(void *state)
{
        struct life *self = state;

        life_start(self);
        for (size_t i = 0; i < self->size; i++) {
                self->connections[i] = life_connect(self);
                life_add(self, self->connections[i], frame_open(life_room(self), FIRST_PORT + i));
                life_turn(self, self->connections[i]);
        }
        for (size_t i = 1; i < self->size; i++) {
                life_send(self, self->connections[i], FIRST_PORT + i, FIRST_PORT + i - 1, 0);
                life_turn(self, self->connections[i]);
        }
        for (size_t i = 0; i < self->size; i++) {
                connection_end(self->connections[i]);
                kernel_flush(&self->kernel);
        }
        life_stop(self, self->size - 1);
}

const struct work kernel_works[] = {
        {"ports open", 3125, 100000, life_begin, ports_run, NULL, life_end},
        {"calls open", 3125, 100000, life_begin, calls_run, NULL, life_end},
        {"connections", 500, 4000, life_begin, connections_run, NULL, life_end},
        {0},
};
