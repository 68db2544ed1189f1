/* SPDX-License-Identifier: MIT */
/*
 * The writing cursor of the payload codec.
 *
 * Everything goes through darq_put_run(), which checks the room once and writes the padding; what is here fills the
 * room in. A failure sets limit to 0, so the next run finds no room, asks darq_writer_run(), and gets none: that is
 * all there is to being sticky.
 *
 * Invariants: size <= capacity; limit is capacity, or 0 after a failure; padding bytes are zero.
 */
#include <darq/wire.h>

#include <limits.h>
#include <stdlib.h>

#include "libdarqwire/copy.h"
#include "libdarqwire/elements.h"
#include "libdarqwire/utf8.h"

enum { WRITER_FIRST = 512, WRITER_MAX = INT32_MAX };

void darq_writer_init(struct darq_writer *self, void *data, size_t capacity)
{
        memset(self, 0, offsetof(struct darq_writer, ports));
        self->port_count = 0;
        self->depth = 0;
        self->error = 0;
        self->reason = NULL;
        self->session = NULL;
        self->fixed = data != NULL;
        self->data = data;
        self->capacity = data != NULL ? capacity : 0;
        self->limit = self->capacity;
}

void darq_writer_deinit(struct darq_writer *self)
{
        if (self == NULL)
                return;
        if (!self->fixed)
                free(self->data);
        self->data = NULL;
        self->size = self->limit = self->capacity = 0;
}

void darq_writer_reset(struct darq_writer *self)
{
        self->size = 0;
        self->limit = self->capacity;
        self->port_count = 0;
        self->depth = 0;
        self->error = 0;
        self->reason = NULL;
}

void darq_writer_fail(struct darq_writer *self, int error, const char *reason)
{
        if (self->error != 0)
                return;
        self->error = error;
        self->reason = reason;
        self->limit = 0;
        self->depth = UINT_MAX; /* who goes on is at its end soon, whatever leads to what */
}

/* Makes room for size bytes at start; false after a failure. */
static bool writer_grow(struct darq_writer *self, size_t start, size_t size)
{
        size_t capacity = self->capacity * 2;
        uint8_t *data;

        if (self->error != 0)
                return false;
        if (self->fixed || start > WRITER_MAX || size > WRITER_MAX - start) {
                darq_writer_fail(self, DARQ_E_TOO_BIG, "the message has no room for this value");
                return false;
        }
        if (capacity < WRITER_FIRST)
                capacity = WRITER_FIRST;
        if (capacity < start + size)
                capacity = start + size;
        data = realloc(self->data, capacity);
        if (data == NULL) {
                darq_writer_fail(self, DARQ_E_NO_MEMORY, "no memory for the message");
                return false;
        }
        self->data = data;
        self->limit = self->capacity = capacity;
        return true;
}

uint8_t *darq_writer_run(struct darq_writer *self, size_t align, size_t size)
{
        if (!writer_grow(self, (self->size + (align - 1)) & ~(align - 1), size))
                return NULL;
        return darq_put_run(self, align, size);
}

/* Text that isn't plain has been copied behind its length; it may be right nevertheless. */
static __attribute__((noinline)) void string_check(struct darq_writer *self, size_t begin,
                                                   struct darq_string value)
{
        if (darq_utf8_valid((const uint8_t *)value.data, value.size))
                return;
        self->size = begin;
        darq_writer_fail(self, DARQ_E_INVALID, "a string is not UTF-8, or holds a NUL");
}

/* One that is refused, or needs more room. */
static __attribute__((noinline)) void string_put(struct darq_writer *self, struct darq_string value,
                                                 size_t max)
{
        if (value.size > max)
                darq_writer_fail(self, DARQ_E_INVALID, "a string is longer than its bound");
        else if (value.size >= WRITER_MAX)
                darq_writer_fail(self, DARQ_E_TOO_BIG, "a string is too long for a message");
        else if (writer_grow(self, (self->size + 3) & ~(size_t)3, 4 + value.size + 1))
                darq_put_string(self, value, max);
}

void darq_put_string(struct darq_writer *self, struct darq_string value, size_t max)
{
        size_t begin = self->size;
        size_t start = (begin + 3) & ~(size_t)3;
        uint8_t *at;

        if (value.size > max || value.size >= WRITER_MAX ||
            (uint64_t)start + value.size + 5 > self->limit) {
                string_put(self, value, max);
                return;
        }
        at = darq_put_run(self, 4, 4 + value.size + 1);
        darq_store_u32(at, (uint32_t)value.size + 1);
        at[4 + value.size] = 0;
        if (!darq_utf8_copy_plain(at + 4, (const uint8_t *)value.data, value.size))
                string_check(self, begin, value);
}

void darq_put_bytes(struct darq_writer *self, struct darq_bytes value, size_t max)
{
        uint8_t *at;

        if (value.size > max || value.size > WRITER_MAX) {
                darq_put_count(self, value.size, max);
                return;
        }
        at = darq_put_run(self, 4, 4 + value.size);
        if (at == NULL)
                return;
        darq_store_u32(at, (uint32_t)value.size);
        if (value.size != 0)
                darq_copy(at + 4, value.data, value.size);
}

void darq_put_count(struct darq_writer *self, size_t count, size_t max)
{
        if (count > max)
                darq_writer_fail(self, DARQ_E_INVALID, "more elements than the bound allows");
        else if (count > WRITER_MAX)
                darq_writer_fail(self, DARQ_E_TOO_BIG, "too many elements for a message");
        else
                darq_put_u32(self, (uint32_t)count);
}

size_t darq_put_vec(struct darq_writer *self, size_t count, size_t max)
{
        uint8_t *at;

        if (count > max) {
                darq_writer_fail(self, DARQ_E_INVALID, "more elements than the bound allows");
                return self->size;
        }
        if (count > WRITER_MAX) {
                darq_writer_fail(self, DARQ_E_TOO_BIG, "too many elements for a message");
                return self->size;
        }
        at = darq_put_run(self, 4, 8);
        if (at != NULL)
                darq_store_u32(at + 4, (uint32_t)count);
        return self->size - 4;
}

/* Room for count elements of size bytes each; NULL after a failure, and for none. */
static uint8_t *elements_room(struct darq_writer *self, size_t count, size_t size, size_t align)
{
        if (count == 0 || self->error != 0)
                return NULL;
        if (count > WRITER_MAX / size) {
                darq_writer_fail(self, DARQ_E_TOO_BIG, "too many elements for a message");
                return NULL;
        }
        return darq_put_run(self, align, count * size);
}

void darq_put_array(struct darq_writer *self, const void *data, size_t count, size_t size)
{
        uint8_t *at = elements_room(self, count, size, size < 4 ? size : 4);

        if (at != NULL)
                darq_elements_copy(at, data, count, size);
}

void darq_put_plain_vec(struct darq_writer *self, const void *data, size_t count, size_t max,
                        size_t size, const char *widths)
{
        size_t list = darq_put_vec(self, count, max);
        uint8_t *at;

        if (count != 0 && self->depth >= DARQ_NESTING_MAX)
                darq_writer_fail(self, DARQ_E_INVALID, "nested more than 32 deep");
        at = elements_room(self, count, size, size < 4 ? 1 : 4);
        if (at != NULL)
                darq_structs_copy(at, data, count * size, widths);
        if (at != NULL || count == 0)
                darq_put_end(self, list);
}

void darq_put_port(struct darq_writer *self, const struct darq_proxy *value)
{
        if (value->port == 0)
                darq_writer_fail(self, DARQ_E_INVALID, "a port is missing");
        else if (self->session != NULL && value->session != self->session)
                darq_writer_fail(self, DARQ_E_INVALID, "a port belongs to another session");
        else if (self->port_count == DARQ_PORTS_MAX)
                darq_writer_fail(self, DARQ_E_INVALID, "more than 64 ports in one message");
        if (self->error != 0)
                return;
        self->ports[self->port_count] = value->port;
        darq_put_u32(self, self->port_count++);
}

void darq_pack_empty(struct darq_writer *self, const void *value)
{
        (void)value;
        darq_put_u32(self, 0);
}
