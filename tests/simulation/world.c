/* SPDX-License-Identifier: MIT */
/*
 * The virtual world around the core.
 *
 * Nothing in here decides what is right: it moves bytes, and the clock. A test may put something that fails in place
 * of malloc, calloc and realloc; the world's own memory comes from reallocarray, since only the core's is looked at.
 */
#include "tests/simulation/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t next(struct world *self)
{
        uint64_t z = (self->seed += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

uint64_t world_random(struct world *self, uint64_t limit)
{
        return next(self) % limit;
}

static void *allocate(size_t size)
{
        void *memory = reallocarray(NULL, 1, size);

        assert(memory != NULL);
        return memory;
}

static void give_random(void *context, void *data, size_t size)
{
        uint8_t *to = data;

        while (size-- > 0)
                *to++ = (uint8_t)next(context);
}

static size_t take_write(void *context, void *peer, const struct iovec *parts, int count)
{
        struct endpoint *self = peer;
        size_t taken = 0;

        (void)context;
        self->calls++;
        for (int index = 0; index < count; index++) {
                size_t size = parts[index].iov_len < self->room ? parts[index].iov_len : self->room;

                if (self->size + size > self->capacity) {
                        self->capacity = (self->size + size) * 2 + 256;
                        self->data = reallocarray(self->data, 1, self->capacity);
                        assert(self->data != NULL);
                }
                if (size > 0)
                        memcpy(self->data + self->size, parts[index].iov_base, size);
                self->size += size;
                taken += size;
                self->room -= self->room == SIZE_MAX ? 0 : size;
        }
        self->written += taken;
        return taken;
}

static void take_drop(void *context, void *peer)
{
        struct endpoint *self = peer;

        (void)context;
        self->connection = NULL;
}

static void take_note(void *context, void *peer, enum kernel_note note, uint64_t id,
                      const char *principal, const char *text)
{
        struct world *self = context;

        (void)peer, (void)id, (void)principal;
        assert(text[0] != '\0');
        self->notes[note]++;
}

static void take_stop(void *context, enum kernel_stop how)
{
        struct world *self = context;

        (void)how;
        self->stops++;
}

struct wanted *world_wanted(struct world *self, uint64_t number)
{
        return &self->wanted[number % WORLD_INSTANCES];
}

static void take_start(void *context, uint64_t number, const char *name)
{
        struct world *self = context;
        struct wanted *wanted = world_wanted(self, number);

        assert(name[0] != '\0');
        *wanted = (struct wanted){.number = number};
        snprintf(wanted->name, sizeof wanted->name, "%s", name);
        self->started = number;
        self->starts++;
}

static void take_end(void *context, uint64_t number, bool force)
{
        struct world *self = context;
        struct wanted *wanted = world_wanted(self, number);

        if (wanted->number == number) {
                wanted->ends++;
                wanted->killed = wanted->killed || force;
        }
        self->ends++;
        self->kills += force;
}

static void take_reload(void *context)
{
        struct world *self = context;

        self->reloads++;
}

static void take_store(void *context, const char *manifest, size_t size)
{
        struct world *self = context;

        (void)manifest, (void)size;
        self->stores++;
}

void world_init(struct world *self, uint64_t seed, const struct limits *limits)
{
        const struct kernel_environment environment = {
                .context = self,
                .random = give_random,
                .write = take_write,
                .drop = take_drop,
                .note = take_note,
                .start = take_start,
                .end = take_end,
                .reload = take_reload,
                .store = take_store,
                .stop = take_stop,
        };
        struct limits usual;
        int result;

        memset(self, 0, sizeof *self);
        self->seed = seed;
        self->now_ns = UINT64_C(1000000000);
        limits_init(&usual);
        result = kernel_init(&self->kernel, &environment, limits == NULL ? &usual : limits,
                             self->now_ns);
        self->kernel.location = "kitchen";
        assert(result == 0);
        (void)result;
}

static void give_back(struct world *self)
{
        for (size_t index = 0; index < self->lent_count; index++)
                free(self->lent[index]);
        self->lent_count = 0;
}

void world_deinit(struct world *self)
{
        kernel_deinit(&self->kernel);
        give_back(self);
        for (size_t index = 0; index < WORLD_ENDPOINTS; index++)
                free(self->endpoints[index].data);
        free(self->last);
}

void world_flush(struct world *self)
{
        kernel_flush(&self->kernel);
        give_back(self);
}

enum { TURN_MS = 500 };

void world_stand_still(struct world *self, uint64_t milliseconds)
{
        self->now_ns += milliseconds * 1000000;
        kernel_tick(&self->kernel, self->now_ns);
        world_flush(self);
}

void world_advance(struct world *self, uint64_t milliseconds)
{
        while (milliseconds > TURN_MS) {
                world_stand_still(self, TURN_MS);
                milliseconds -= TURN_MS;
        }
        world_stand_still(self, milliseconds);
}

struct endpoint *world_connect(struct world *self, const char *principal, bool privileged)
{
        for (size_t index = 0; index < WORLD_ENDPOINTS; index++) {
                struct endpoint *endpoint = &self->endpoints[index];

                if (endpoint->used)
                        continue;
                free(endpoint->data);
                *endpoint = (struct endpoint){.world = self, .room = SIZE_MAX};
                endpoint->connection =
                        connection_new(&self->kernel, endpoint, principal, privileged);
                endpoint->used = endpoint->connection != NULL;
                if (endpoint->used)
                        endpoint->id = endpoint->connection->id;
                return endpoint->used ? endpoint : NULL;
        }
        return NULL;
}

struct endpoint *world_greet(struct world *self, const char *principal, bool privileged)
{
        struct endpoint *endpoint = world_connect(self, principal, privileged);
        uint8_t hello[64];
        struct arrival arrival;
        bool welcome;

        if (endpoint == NULL)
                return NULL;
        endpoint_send(endpoint, hello, frame_hello(hello));
        welcome = endpoint_next(endpoint, &arrival) && arrival.header.type == DARQ_FRAME_WELCOME;
        assert(welcome);
        (void)welcome;
        return endpoint;
}

void endpoint_put(struct endpoint *self, const void *data, size_t size)
{
        struct world *world = self->world;
        uint8_t *lent;

        if (self->connection == NULL || size == 0)
                return;
        if (world->lent_count == sizeof world->lent / sizeof world->lent[0])
                world_flush(world);
        if (self->connection == NULL)
                return;
        lent = allocate(size);
        memcpy(lent, data, size);
        world->lent[world->lent_count++] = lent;
        connection_input(self->connection, lent, size);
}

void endpoint_send(struct endpoint *self, const void *data, size_t size)
{
        endpoint_put(self, data, size);
        world_flush(self->world);
}

void endpoint_close(struct endpoint *self)
{
        if (self->connection != NULL)
                connection_close(self->connection);
        world_flush(self->world);
        self->used = false;
}

void endpoint_take(struct endpoint *self, size_t room)
{
        self->room = room;
        if (self->connection != NULL)
                connection_writable(self->connection);
        world_flush(self->world);
}

bool endpoint_next(struct endpoint *self, struct arrival *arrival)
{
        enum darq_frame_verdict verdict = darq_frame_header_get(
                self->data, self->size, DARQ_FRAME_FROM_KERNEL, &arrival->header);

        assert(verdict != DARQ_FRAME_BAD);
        if (verdict == DARQ_FRAME_SHORT || self->size < arrival->header.size)
                return false;
        free(self->world->last);
        self->world->last = allocate(arrival->header.size);
        memcpy(self->world->last, self->data, arrival->header.size);
        self->size -= arrival->header.size;
        memmove(self->data, self->data + arrival->header.size, self->size);
        arrival->frame = self->world->last;
        arrival->body = self->world->last + arrival->header.header_size;
        return true;
}

static size_t header_put(uint8_t *data, uint8_t type, uint64_t call, size_t body)
{
        struct darq_frame_header header = {.type = type, .extended = call != 0, .call = call};

        header.size =
                (uint32_t)((call != 0 ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE) +
                           body);
        return darq_frame_header_put(data, &header);
}

size_t frame_hello(uint8_t *data)
{
        size_t size = header_put(data, DARQ_FRAME_HELLO, 0, DARQ_FRAME_HELLO_SIZE);

        return size + darq_frame_hello_put(data + size, &(struct darq_frame_hello){.revision = 1});
}

static size_t frame_port(uint8_t *data, uint8_t type, uint64_t port)
{
        size_t size = header_put(data, type, 0, DARQ_FRAME_PORT_SIZE);

        return size + darq_frame_port_put(data + size,
                                          &(struct darq_frame_port){.request = 7, .port = port});
}

size_t frame_open(uint8_t *data, uint64_t port)
{
        return frame_port(data, DARQ_FRAME_OPEN_PORT, port);
}

size_t frame_close(uint8_t *data, uint64_t port)
{
        return frame_port(data, DARQ_FRAME_CLOSE_PORT, port);
}

size_t frame_cancel(uint8_t *data, uint64_t port, uint64_t call)
{
        size_t size = header_put(data, DARQ_FRAME_CANCEL, call, DARQ_FRAME_CANCEL_SIZE);

        return size + darq_frame_cancel_put(data + size, port);
}

size_t frame_fail(uint8_t *data, uint64_t slot, uint32_t code)
{
        size_t size = header_put(data, DARQ_FRAME_UNDELIVERABLE, 0, DARQ_FRAME_UNDELIVERABLE_SIZE);

        return size + darq_frame_undeliverable_put(
                              data + size, &(struct darq_frame_undeliverable){slot, code, 0});
}

size_t frame_credit(uint8_t *data, uint64_t destination, uint64_t call, uint64_t limit)
{
        size_t size = header_put(data, DARQ_FRAME_CREDIT, call, DARQ_FRAME_CREDIT_SIZE);

        return size + darq_frame_credit_put(data + size,
                                            &(struct darq_frame_credit){.destination = destination,
                                                                        .limit = limit});
}

size_t frame_message(uint8_t *data, const struct letter *letter)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE_IN,
                                           .extended = letter->extended,
                                           .call = letter->call,
                                           .timeout_ms = letter->timeout_ms,
                                           .flags = letter->flags,
                                           .port_count = (uint16_t)letter->port_count};
        struct darq_frame_message body = {letter->source, letter->destination,
                                          (uint32_t)letter->size};
        size_t at = letter->extended ? DARQ_FRAME_CALL_HEADER_SIZE : DARQ_FRAME_HEADER_SIZE;
        size_t end = at + DARQ_FRAME_MESSAGE_SIZE + letter->size;

        if (letter->size != 0)
                memcpy(data + at + DARQ_FRAME_MESSAGE_SIZE, letter->payload, letter->size);
        if (letter->port_count > 0) {
                size_t ports = darq_frame_ports_offset(end);

                memset(data + end, 0, ports - end);
                for (unsigned int index = 0; index < letter->port_count; index++)
                        darq_frame_u64_put(data + ports + 8 * index, letter->ports[index]);
                end = ports + 8 * (size_t)letter->port_count;
        }
        header.size = (uint32_t)end;
        darq_frame_header_put(data, &header);
        darq_frame_message_put(data + at, &body);
        return end;
}

size_t frame_chunk(uint8_t *data, const struct letter *letter, uint64_t offset, uint32_t flags)
{
        struct darq_frame_chunk body = {.source = letter->source,
                                        .destination = letter->destination,
                                        .offset = offset,
                                        .payload_size = (uint32_t)letter->size,
                                        .flags = flags};
        size_t size = header_put(data, DARQ_FRAME_CHUNK_IN, letter->call,
                                 DARQ_FRAME_CHUNK_SIZE + letter->size);

        size += darq_frame_chunk_put(data + size, &body);
        memcpy(data + size, letter->payload, letter->size);
        return size + letter->size;
}

uint64_t endpoint_open(struct endpoint *self, uint64_t number)
{
        uint8_t frame[64];
        struct arrival arrival;
        struct darq_frame_port body;

        endpoint_send(self, frame, frame_open(frame, number));
        if (!endpoint_next(self, &arrival) || arrival.header.type != DARQ_FRAME_OPENED_PORT)
                return 0;
        body = darq_frame_port_get(arrival.body);
        return body.result == DARQ_FRAME_OPENED ? body.port : 0;
}
