/* SPDX-License-Identifier: MIT */
/*
 * Records: bytes to a struct and back. What comes is checked here as far as it can be without knowing any port or call.
 */
#include "pkernel/link/record.h"

#include "libdarqwire/frame.h"
#include "pkernel/link/bytes.h"

#include <string.h>

enum { NANOSECONDS_PER_MS = 1000000 };

static uint32_t u32_get(const uint8_t *data)
{
        return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static void u32_put(uint8_t *data, uint32_t value)
{
        for (int i = 0; i < 4; i++)
                data[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* What a type allows. */
static bool type_fits(const struct record *self)
{
        switch (self->type) {
        case RECORD_REQUEST:
        case RECORD_REPLY:
        case RECORD_MESSAGE:
                return true;
        case RECORD_GRANTED:
                return self->port_count == 1 && self->payload_size == 0;
        case RECORD_PART:
                return self->port_count == 0 && self->payload_size > 0 &&
                       self->payload_size <= DARQ_FRAME_CHUNK_MAX;
        case RECORD_CHUNK:
                return self->port_count == 0 && self->payload_size <= DARQ_FRAME_CHUNK_MAX;
        case RECORD_FAIL:
        case RECORD_REFUSED:
                return self->port_count == 0 && self->payload_size <= 1024;
        case RECORD_ASK:
                return self->port_count == 0 && self->payload_size <= 512;
        default:
                return self->port_count == 0 && self->payload_size == 0;
        }
}

enum record_verdict record_get(struct record *self, const uint8_t *data, size_t available,
                               size_t size_max)
{
        size_t fixed;

        if (available < RECORD_HEAD)
                return RECORD_SHORT;
        self->size = u32_get(data);
        self->type = (enum record_type)data[4];
        self->flags = data[5];
        self->port_count = (unsigned int)data[6] << 8 | data[7];
        self->code = u32_get(data + 8);
        self->id = darq_frame_u64_get(data + 16);
        self->target = darq_frame_u64_get(data + 24);
        self->offset = darq_frame_u64_get(data + 32);
        fixed = RECORD_HEAD + 8 * (size_t)self->port_count;
        if (self->type == 0 || self->type > RECORD_TYPE_MAX || self->size > size_max ||
            self->port_count > RECORD_PORTS_MAX || self->size < fixed)
                return RECORD_BAD;
        self->port_data = data + RECORD_HEAD;
        self->payload = data + fixed;
        self->payload_size = self->size - fixed;
        if (!type_fits(self))
                return RECORD_BAD;
        return available < self->size ? RECORD_SHORT : RECORD_OK;
}

size_t record_length(const uint8_t *data)
{
        return u32_get(data);
}

uint64_t record_port(const struct record *self, unsigned int index)
{
        return darq_frame_u64_get(self->port_data + 8 * (size_t)index);
}

size_t record_size(const struct record *self)
{
        return RECORD_HEAD + 8 * (size_t)self->port_count + self->payload_size;
}

void record_write(uint8_t *at, const struct record *self)
{
        size_t size = record_size(self);

        memset(at, 0, RECORD_HEAD);
        u32_put(at, (uint32_t)size);
        at[4] = (uint8_t)self->type;
        at[5] = (uint8_t)self->flags;
        at[6] = (uint8_t)(self->port_count >> 8);
        at[7] = (uint8_t)self->port_count;
        u32_put(at + 8, self->code);
        darq_frame_u64_put(at + 16, self->id);
        darq_frame_u64_put(at + 24, self->target);
        darq_frame_u64_put(at + 32, self->offset);
        for (unsigned int i = 0; i < self->port_count; i++)
                darq_frame_u64_put(at + RECORD_HEAD + 8 * (size_t)i, self->ports[i]);
        if (self->payload_size != 0)
                memcpy(at + size - self->payload_size, self->payload, self->payload_size);
}

void record_wait(uint8_t *at, uint64_t waited_ns)
{
        uint64_t waited_ms = waited_ns / NANOSECONDS_PER_MS;
        uint32_t timeout_ms = u32_get(at + 8);

        if ((at[4] == RECORD_REQUEST || at[4] == RECORD_MESSAGE) && timeout_ms != 0)
                u32_put(at + 8, waited_ms < timeout_ms ? timeout_ms - (uint32_t)waited_ms : 1);
}

void record_put(struct bytes *bytes, const struct record *self)
{
        uint8_t *at = bytes_grow(bytes, record_size(self));

        if (at != NULL)
                record_write(at, self);
}
