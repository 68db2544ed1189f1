/* SPDX-License-Identifier: MIT */
/*
 * A small writer of XCDR version 2: what the schema as data needs of it, and no more.
 *
 * The compiler links nothing of the library that it makes code for, so these few encodings stand here once more.
 */
#include "darqidl/octets.h"

#include <string.h>

#include "darqidl/region.h"

void octets_init(struct octets *self, struct region *region)
{
        *self = (struct octets){.region = region};
}

void octets_raw(struct octets *self, const void *data, size_t size)
{
        if (self->size + size > self->capacity) {
                uint8_t *bigger;

                self->capacity = (self->size + size) * 2 + 64;
                bigger = region_alloc(self->region, self->capacity);
                if (self->size != 0)
                        memcpy(bigger, self->data, self->size);
                self->data = bigger;
        }
        if (size != 0)
                memcpy(self->data + self->size, data, size);
        self->size += size;
}

void octets_number(struct octets *self, uint64_t value, unsigned int size)
{
        static const uint8_t zeros[4];
        unsigned int align = size < 4 ? size : 4;
        uint8_t bytes[8];

        octets_raw(self, zeros, (align - self->size % align) % align);
        for (unsigned int i = 0; i < size; i++)
                bytes[i] = (uint8_t)(value >> (8 * i));
        octets_raw(self, bytes, size);
}

void octets_string(struct octets *self, const char *text, size_t size)
{
        octets_number(self, size + 1, 4);
        octets_raw(self, text, size);
        octets_raw(self, "", 1);
}

size_t octets_begin(struct octets *self)
{
        octets_number(self, 0, 4);
        return self->size;
}

void octets_end(struct octets *self, size_t begin)
{
        size_t length = self->size - begin;

        for (unsigned int i = 0; i < 4; i++)
                self->data[begin - 4 + i] = (uint8_t)(length >> (8 * i));
}

static void member(struct octets *self, unsigned int code, uint32_t id)
{
        octets_number(self, (uint64_t)code << 28 | id, 4);
}

void octets_member_number(struct octets *self, uint32_t id, uint64_t value, unsigned int size)
{
        if (value == 0)
                return;
        member(self, size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3, id);
        octets_number(self, value, size);
}

void octets_member_string(struct octets *self, uint32_t id, const char *text)
{
        if (text == NULL)
                return;
        member(self, 5, id);
        octets_string(self, text, strlen(text));
}

void octets_member_bytes(struct octets *self, uint32_t id, const struct octets *bytes)
{
        if (bytes->size == 0)
                return;
        member(self, 5, id);
        octets_number(self, bytes->size, 4);
        octets_raw(self, bytes->data, bytes->size);
}

void octets_member_delimited(struct octets *self, uint32_t id)
{
        member(self, 5, id);
}
