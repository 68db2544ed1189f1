/* SPDX-License-Identifier: MIT */
/*
 * Looking on.
 *
 * Each monitor has a ring of bytes. A frame that passes is packed behind what is there, or, when there is no room, counted as
 * lost; so it costs what copying its head costs, and nobody waits. The ring is sent as the Chunks of a stream, one at a time:
 * the next one is cut when the last one has been taken and there is credit. All of it is memory of the monitor's own, paid for
 * when it begins.
 *
 *      seen --packed--> ring --chunk_send--> chunk, on its way --chunk_sent--> ring, again
 */
#include "pkernel/core/monitor.h"

#include "libdarqwire/rpc.h"
#include "pkernel/core/control.h"
#include "pkernel/core/parcel.h"
#include "pkernel/core/stream.h"

#include <stdlib.h>
#include <string.h>

enum {
        RING_SIZE = 1 << 19,
        CHUNK_SIZE = 1 << 15,
        ENTRY_SIZE = 128, /* of an item, beside the head */
        PARTS_MAX = 16,   /* of a frame, that is, 64 KiB at least */
        METHOD = 19,
        HEAD_MAX = DARQ_FRAME_FIXED_MAX + DARQ_RPC_HEADER_SIZE + MONITOR_PAYLOAD_MAX,
};

struct monitor {
        struct list node; /* in the kernel */
        struct connection *connection;
        uint64_t number;
        uint64_t port; /* that it was asked from */
        uint32_t payload_max;
        uint64_t allowed; /* offset up to which may be sent */
        uint64_t sent;
        uint64_t lost;
        bool ended; /* freed when its chunk is out of the way */
        struct charge charge;
        struct parcel chunk;
        size_t first; /* in the ring */
        size_t used;
        uint8_t head[HEAD_MAX];
        uint8_t item[ENTRY_SIZE + HEAD_MAX];
        uint8_t piece[CHUNK_SIZE];
        uint8_t ring[RING_SIZE];
};

/* The ring */

static void ring_put(struct monitor *self, const uint8_t *data, size_t size)
{
        size_t at = (self->first + self->used) % RING_SIZE;
        size_t part = size < RING_SIZE - at ? size : RING_SIZE - at;

        memcpy(self->ring + at, data, part);
        memcpy(self->ring, data + part, size - part);
        self->used += size;
}

static void ring_take(struct monitor *self, uint8_t *data, size_t size)
{
        size_t part = size < RING_SIZE - self->first ? size : RING_SIZE - self->first;

        memcpy(data, self->ring + self->first, part);
        memcpy(data + part, self->ring, size - part);
        self->first = (self->first + size) % RING_SIZE;
        self->used -= size;
}

/* The stream */

static void chunk_send(struct monitor *self)
{
        struct darq_frame_header header = {
                .type = DARQ_FRAME_CHUNK, .extended = true, .call = self->number};
        struct darq_frame_chunk body = {
                .source = DARQ_PORT_KERNEL, .destination = self->port, .offset = self->sent};
        struct parcel *chunk = &self->chunk;
        uint64_t room = self->allowed - self->sent;
        size_t size = self->used < CHUNK_SIZE ? self->used : CHUNK_SIZE;

        if (size > room)
                size = (size_t)room;
        if (size == 0 || chunk->to != NULL)
                return;
        ring_take(self, self->piece, size);
        self->sent += size;
        body.payload_size = (uint32_t)size;
        header.size = (uint32_t)(DARQ_FRAME_CALL_HEADER_SIZE + DARQ_FRAME_CHUNK_SIZE + size);
        darq_frame_chunk_put(chunk->head + darq_frame_header_put(chunk->head, &header), &body);
        parcel_fill(chunk, header.size - size, NULL);
        chunk->parts[1] = (struct iovec){self->piece, size};
        chunk->size += size;
        chunk->weight = chunk->size;
        output_add(self->connection, chunk);
}

static void monitor_free(struct monitor *self)
{
        charge_release(&self->charge);
        free(self);
}

static void chunk_sent(struct parcel *chunk)
{
        struct monitor *self = chunk->holder;

        if (self->ended)
                monitor_free(self);
        else
                chunk_send(self);
}

/* Life */

/* Its call is cancelled, or its connection ends. */
static void monitor_end(void *context, struct darq_call *call)
{
        struct monitor *self = context;

        list_remove(&self->node);
        self->connection->monitors--;
        self->ended = true;
        darq_call_release(call);
        if (self->chunk.to == NULL)
                monitor_free(self);
}

bool monitor_begin(struct connection *connection, struct darq_call *call, uint32_t payload_max)
{
        const struct control_call *asked = CONTAINER_OF(call, struct control_call, call);
        struct monitor *self = malloc(sizeof *self);

        if (self == NULL)
                return false;
        memset(self, 0, offsetof(struct monitor, head));
        if (!charge_take(&self->charge, connection->share, RESOURCE_BYTES, sizeof *self)) {
                free(self);
                return false;
        }
        self->connection = connection;
        darq_call_keep(call);
        self->number = asked->number;
        self->port = asked->source;
        self->payload_max = payload_max < MONITOR_PAYLOAD_MAX ? payload_max : MONITOR_PAYLOAD_MAX;
        self->allowed = STREAM_WINDOW;
        parcel_init(&self->chunk, connection->kernel, PARCEL_EVENT);
        self->chunk.release = chunk_sent;
        self->chunk.holder = self;
        list_append(&connection->kernel->monitors, &self->node);
        connection->monitors++;
        darq_call_on_cancel(call, monitor_end, self);
        return true;
}

static struct monitor *monitor_find(const struct connection *connection, uint64_t call)
{
        const struct list *monitors = &connection->kernel->monitors;

        for (struct list *node = monitors->next; node != monitors; node = node->next) {
                struct monitor *self = LIST_OF(node, struct monitor, node);

                if (self->connection == connection && self->number == call)
                        return self;
        }
        return NULL;
}

bool monitor_credit(struct connection *connection, uint64_t call, uint64_t limit)
{
        struct monitor *self = monitor_find(connection, call);

        if (self == NULL)
                return false;
        if (limit > self->allowed)
                self->allowed = limit;
        chunk_send(self);
        return true;
}

/* What passes */

/* How much of a frame may be shown. */
static size_t shown(const struct monitor *self, const struct darq_frame_header *header)
{
        size_t most = header->header_size + darq_frame_fixed_size(header->type);

        if (header->type == DARQ_FRAME_MESSAGE || header->type == DARQ_FRAME_MESSAGE_IN)
                most += DARQ_RPC_HEADER_SIZE;
        most += self->payload_max;
        return most < header->size ? most : header->size;
}

/* Something that passes: an input's frame, or the parts of an output's. */
struct sight {
        struct connection *connection;
        struct darq_frame_header header;
        const struct frame *frame; /* NULL: outgoing */
        const struct iovec *parts;
        int count;
        size_t size; /* bytes that are there */
};

static void sight_copy(const struct sight *self, uint8_t *data, size_t size)
{
        if (self->frame != NULL) {
                frame_copy(self->frame, 0, data, size);
                return;
        }
        for (int index = 0; index < self->count && size > 0; index++) {
                size_t part = self->parts[index].iov_len;

                if (part > size)
                        part = size;
                memcpy(data, self->parts[index].iov_base, part);
                data += part;
                size -= part;
        }
}

static void monitor_see(struct monitor *self, const struct sight *sight)
{
        const struct darq_method *method = darq_interface_find(&darq_kernel_interface, METHOD);
        size_t size = shown(self, &sight->header);
        struct darq_kernel_monitor_item item = {
                .frame = {.has_time_ns = true,
                          .time_ns = sight->connection->kernel->now_ns,
                          .has_connection = true,
                          .connection = sight->connection->id,
                          .has_outgoing = true,
                          .outgoing = sight->frame == NULL,
                          .has_size = true,
                          .size = sight->header.size,
                          .lost = self->lost}};
        struct darq_writer writer;

        if (size > sight->size)
                size = sight->size;
        sight_copy(sight, self->head, size);
        item.frame.head = darq_bytes_of(self->head, size);
        darq_writer_init(&writer, self->item, sizeof self->item);
        method->download->pack(&writer, &item);
        if (writer.error != 0 || writer.size > RING_SIZE - self->used) {
                self->lost++;
                return;
        }
        self->lost = 0;
        ring_put(self, self->item, writer.size);
        chunk_send(self);
}

static void monitors_see(const struct sight *sight)
{
        struct list *monitors = &sight->connection->kernel->monitors;

        for (struct list *node = monitors->next; node != monitors; node = node->next)
                monitor_see(LIST_OF(node, struct monitor, node), sight);
}

void monitors_tell_input(struct connection *connection, const struct frame *frame)
{
        struct sight sight = {.connection = connection, .header = frame->header, .frame = frame};

        sight.size = frame->size;
        if (frame->refusal != 0)
                sight.size = frame->header.header_size + darq_frame_fixed_size(frame->header.type);
        monitors_see(&sight);
}

void monitors_tell_output(struct connection *connection, const struct parcel *parcel)
{
        struct iovec parts[PARTS_MAX];
        struct sight sight = {.connection = connection, .parts = parts, .size = parcel->size};
        uint8_t head[DARQ_FRAME_CALL_HEADER_SIZE] = {0};

        sight.count = parcel_gather(parcel, parts, PARTS_MAX);
        sight_copy(&sight, head, sizeof head);
        if (darq_frame_header_get(head, sizeof head, DARQ_FRAME_FROM_KERNEL, &sight.header) ==
            DARQ_FRAME_OK)
                monitors_see(&sight);
}
