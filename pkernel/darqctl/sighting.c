/* SPDX-License-Identifier: MIT */
/*
 * Frames that others have sent, as the p-kernel shows them: the first bytes, from which everything else is read. How
 * frames look is said in libdarqwire/README.md, and known to libdarqwire's frame.h, which is for this tree only.
 */
#include "pkernel/darqctl/sighting.h"

#include "libdarqwire/rpc.h"
#include "libdarqwire/status.h"

static const char *const types[] = {
        [DARQ_FRAME_OPEN_PORT] = "OpenPort",
        [DARQ_FRAME_OPENED_PORT] = "OpenedPort",
        [DARQ_FRAME_CLOSE_PORT] = "ClosePort",
        [DARQ_FRAME_CLOSED_PORT] = "ClosedPort",
        [DARQ_FRAME_MESSAGE_IN] = "Message",
        [DARQ_FRAME_CHUNK_IN] = "Chunk",
        [DARQ_FRAME_MESSAGE] = "Message",
        [DARQ_FRAME_CHUNK] = "Chunk",
        [DARQ_FRAME_REBOOT] = "Reboot",
        [DARQ_FRAME_SHUTDOWN] = "Shutdown",
        [DARQ_FRAME_HELLO] = "Hello",
        [DARQ_FRAME_WELCOME] = "Welcome",
        [DARQ_FRAME_UNDELIVERABLE] = "Undeliverable",
        [DARQ_FRAME_CREDIT] = "Credit",
        [DARQ_FRAME_CANCEL] = "Cancel",
        [DARQ_FRAME_PING] = "Ping",
        [DARQ_FRAME_PONG] = "Pong",
};

const char *sight_name(enum sight sight)
{
        static const char *const names[] = {"call",    "reply",       "failed", "cancel",
                                            "message", "undelivered", "chunk",  "frame"};

        return names[sight];
}

static enum sight sight_of(const struct darq_frame_header *header, bool outgoing,
                           uint64_t destination)
{
        bool to_slot = (destination & DARQ_PORT_SLOT) != 0;

        switch (header->type) {
        case DARQ_FRAME_MESSAGE_IN:
                if ((header->flags & DARQ_FRAME_REQUEST) != 0)
                        return SIGHT_CALL;
                return to_slot ? SIGHT_OTHER : SIGHT_MESSAGE;
        case DARQ_FRAME_MESSAGE:
                return (header->flags & DARQ_FRAME_REPLY) != 0 ? SIGHT_REPLY : SIGHT_OTHER;
        case DARQ_FRAME_CHUNK_IN:
                return SIGHT_CHUNK;
        case DARQ_FRAME_CANCEL:
                return outgoing ? SIGHT_OTHER : SIGHT_CANCEL;
        case DARQ_FRAME_UNDELIVERABLE:
                if (!outgoing)
                        return SIGHT_OTHER;
                return header->call != 0 ? SIGHT_FAILED : SIGHT_UNDELIVERED;
        default:
                return SIGHT_OTHER;
        }
}

/* The payload of a Message, behind what is known to be there. */
static void payload_read(struct sighting *self, const uint8_t *at, size_t left, uint32_t size)
{
        if (size >= DARQ_RPC_HEADER_SIZE && left >= DARQ_RPC_HEADER_SIZE) {
                self->has_method = true;
                self->interface = darq_load_u64(at);
                self->ordinal = darq_load_u32(at + 8);
                self->status = darq_load_i32(at + 12);
                at += DARQ_RPC_HEADER_SIZE;
                left -= DARQ_RPC_HEADER_SIZE;
                size -= DARQ_RPC_HEADER_SIZE;
        }
        self->payload_size = size;
        self->payload = darq_bytes_of(at, left < size ? left : size);
}

static void body_read(struct sighting *self, const struct darq_frame_header *header,
                      const uint8_t *body, size_t left)
{
        size_t fixed = darq_frame_fixed_size(header->type);
        struct darq_frame_message message;
        struct darq_frame_chunk chunk;
        struct darq_frame_credit credit;

        switch (header->type) {
        case DARQ_FRAME_MESSAGE_IN:
        case DARQ_FRAME_MESSAGE:
                message = darq_frame_message_get(body);
                self->source = message.source;
                self->destination = message.destination;
                payload_read(self, body + fixed, left - fixed, message.payload_size);
                break;
        case DARQ_FRAME_CHUNK_IN:
        case DARQ_FRAME_CHUNK:
                chunk = darq_frame_chunk_get(body);
                self->source = chunk.source;
                self->destination = chunk.destination;
                self->payload_size = chunk.payload_size;
                break;
        case DARQ_FRAME_CREDIT:
                credit = darq_frame_credit_get(body);
                self->source = credit.source;
                self->destination = credit.destination;
                break;
        case DARQ_FRAME_UNDELIVERABLE:
                self->destination = darq_frame_undeliverable_get(body).port;
                self->code = darq_frame_undeliverable_get(body).code;
                self->status = darq_status_of_undeliverable(self->code);
                break;
        case DARQ_FRAME_CANCEL:
                self->destination = darq_frame_u64_get(body);
                break;
        case DARQ_FRAME_OPEN_PORT:
        case DARQ_FRAME_OPENED_PORT:
        case DARQ_FRAME_CLOSE_PORT:
        case DARQ_FRAME_CLOSED_PORT:
                self->destination = darq_frame_port_get(body).port;
                break;
        default:
                break;
        }
}

bool sighting_read(struct sighting *self, const struct darq_kernel_frame_entry *entry,
                   int64_t clock_ns)
{
        struct darq_frame_header header;
        size_t fixed;

        *self = (struct sighting){
                .time_ns = entry->time_ns + (uint64_t)clock_ns,
                .connection = entry->connection,
                .outgoing = entry->outgoing,
                .size = entry->size,
                .lost = entry->lost,
        };
        if (darq_frame_header_get(entry->head.data, entry->head.size,
                                  entry->outgoing ? DARQ_FRAME_FROM_KERNEL : DARQ_FRAME_TO_KERNEL,
                                  &header) != DARQ_FRAME_OK)
                return false;
        fixed = header.header_size + darq_frame_fixed_size(header.type);
        if (header.type == DARQ_FRAME_NONE || entry->head.size < fixed)
                return false;
        self->type = types[header.type];
        self->call = header.call;
        body_read(self, &header, entry->head.data + header.header_size,
                  entry->head.size - header.header_size);
        self->sight = sight_of(&header, entry->outgoing, self->destination);
        return true;
}
