/* SPDX-License-Identifier: MIT */
/*
 * The reading cursor of the payload codec.
 *
 * Everything goes through darq_get_run() and darq_get_string(), which compare with the end of the innermost delimited
 * value before any pointer is formed. A failure sets that end to the offset, so that every further run fails too and gives zeros;
 * scopes leave it there, and takes the arena away. The offset stays where the failure was found.
 *
 * Nothing is allocated by a count that the message merely claims: count * smallest element is compared with what
 * remains first, and the arena has a limit of its own.
 */
#include <darq/wire.h>

#include "libdarqwire/arena.h"
#include "libdarqwire/elements.h"
#include "libdarqwire/utf8.h"

static const uint8_t nothing[8];

enum {
        MEMBER_ID_MASK = 0x0fffffff,
        MEMBER_CODE_SHIFT = 28,
        MEMBER_CODE_MASK = 7,
};
#define MEMBER_REQUIRED UINT32_C(0x80000000)

void darq_reader_fail(struct darq_reader *self, const char *reason)
{
        darq_reader_stop(self, reason);
}

void darq_reader_end(struct darq_reader *self)
{
        darq_reader_fail(self, "the message ends early");
}

struct darq_string darq_get_any_string(struct darq_reader *self, size_t max)
{
        struct darq_string none = DARQ_STR_INIT("");
        uint32_t size = darq_get_u32(self);
        const uint8_t *at;

        if (self->error != 0)
                return none;
        if (size == 0) {
                darq_reader_fail(self, "a string has no NUL at its end");
                return none;
        }
        if (size - 1 > max) {
                darq_reader_fail(self, "a string is longer than its bound");
                return none;
        }
        at = darq_get_run(self, 1, size);
        if (at == NULL)
                return none;
        if (at[size - 1] != 0 ||
            (!darq_utf8_plain(at, size - 1) && !darq_utf8_valid(at, size - 1))) {
                self->offset -= size;
                darq_reader_fail(self, "a string is not UTF-8 that ends in its only NUL");
                return none;
        }
        return (struct darq_string){(const char *)at, size - 1};
}

/* A text that begins so many bytes before the message's end doesn't reach it while it is short. */
enum { STRING_ROOM = 4 + DARQ_TEXT_SHORT };

/*
 * Takes strings as long as they are short, plain and far from both ends of the message, and tells how many. Where one begins is
 * known only when the length of the one before has been read: the sum between the two loads is as short as it can be, and
 * everything else is beside it. Alone in its function: all is in registers there.
 */
static __attribute__((noinline)) size_t
strings_take(struct darq_reader *self, struct darq_string *strings, size_t count, size_t max)
{
        size_t start = (self->offset + 3) & ~(size_t)3;
        size_t most = max < DARQ_TEXT_SHORT ? max : DARQ_TEXT_SHORT - 1;
        struct darq_string *string = strings;
        size_t offset = self->offset;

        if (self->size < STRING_ROOM || start < DARQ_TEXT_REACH - 4)
                return 0;
        for (; string < strings + count && start <= self->size - STRING_ROOM; string++) {
                size_t length = darq_load_u32(self->data + start);
                const uint8_t *text = self->data + start + 4;
                size_t size = length - 1;

                /* A length of 0 is a size that is not short. */
                if (size > most || text[size] != 0 || !darq_text_plain(text, size))
                        break;
                offset = start + 4 + length;
                start = (start + 7 + length) & ~(size_t)3;
                string->data = (const char *)text;
                string->size = size;
        }
        self->offset = offset;
        return (size_t)(string - strings);
}

const struct darq_string *darq_get_strings(struct darq_reader *self, size_t count_max, size_t max,
                                           size_t *count)
{
        size_t end = darq_get_extent(self);
        size_t size = *count = darq_get_count(self, count_max, 5);
        struct darq_string *strings = darq_reader_alloc(self, size, sizeof *strings);

        for (size_t i = 0; strings != NULL && i < size;) {
                i += strings_take(self, strings + i, size - i, max);
                if (i < size)
                        strings[i++] = darq_get_string(self, max);
        }
        darq_get_extent_end(self, end);
        return strings;
}

struct darq_bytes darq_get_bytes(struct darq_reader *self, size_t max)
{
        size_t size = darq_get_count(self, max, 1);

        /* As many as there are; after a failure none. */
        return (struct darq_bytes){darq_get_run(self, 1, size), size};
}

static const uint8_t *array_bytes(struct darq_reader *self, size_t count, size_t size, size_t align)
{
        if (count > self->size / size) {
                darq_reader_fail(self, "more elements than the message has bytes for");
                return NULL;
        }
        return darq_get_run(self, align, count * size);
}

const void *darq_get_array_slowly(struct darq_reader *self, size_t count, size_t size)
{
        const uint8_t *at;
        void *copy;

        if (count == 0)
                return NULL;
        at = array_bytes(self, count, size, size < 4 ? size : 4);
        if (at == NULL)
                return NULL;
        copy = darq_reader_alloc(self, count, size);
        if (copy != NULL)
                darq_elements_copy(copy, at, count, size);
        return copy;
}

const void *darq_get_plain(struct darq_reader *self, size_t count, size_t size, size_t align,
                           const char *widths)
{
        size_t first = (size_t)(widths[0] - '0');
        const uint8_t *at;
        void *copy;

        if (count == 0)
                return NULL;
        if (self->depth >= DARQ_NESTING_MAX)
                darq_reader_fail(self, "nested more than 32 deep");
        at = array_bytes(self, count, size, first < 4 ? first : 4);
        if (at == NULL || (!DARQ_BIG_ENDIAN && (uintptr_t)at % align == 0))
                return at;
        copy = darq_reader_alloc(self, count, size);
        if (copy != NULL)
                darq_structs_copy(copy, at, count * size, widths);
        return copy;
}

void darq_get_plain_slowly(struct darq_reader *self, void *vec, size_t max, size_t size,
                           size_t align, const char *widths)
{
        const void *data;
        size_t count;
        size_t end;

        darq_reader_enter(self);
        end = darq_get_extent(self);
        count = darq_get_count(self, max, size);
        data = darq_get_plain(self, count, size, align, widths);
        darq_get_extent_end(self, end);
        darq_reader_leave(self);
        memcpy(vec, &data, sizeof data);
        memcpy((uint8_t *)vec + sizeof data, &count, sizeof count);
}

void darq_get_array_to(struct darq_reader *self, void *data, size_t count, size_t size)
{
        const uint8_t *at = array_bytes(self, count, size, size < 4 ? size : 4);

        if (at != NULL)
                darq_elements_copy(data, at, count, size);
}

void darq_reader_check_bools(struct darq_reader *self, const void *data, size_t count)
{
        const uint8_t *bytes = data;
        uint8_t all = 0;

        if (self->error != 0)
                return;
        for (size_t i = 0; i < count; i++)
                all |= bytes[i];
        if (all > 1)
                darq_reader_fail(self, "a bool is neither 0 nor 1");
}

struct darq_bytes darq_get_rest(struct darq_reader *self)
{
        struct darq_bytes rest = {self->data + self->offset, self->size - self->offset};

        self->offset = self->size;
        return rest;
}

struct darq_bytes darq_get_rest_of(struct darq_reader *self, size_t end)
{
        struct darq_bytes rest = {self->data + self->offset, 0};

        if (self->error == 0 && end >= self->offset) {
                rest.size = end - self->offset;
                self->offset = end;
        }
        return rest;
}

struct darq_proxy darq_get_port(struct darq_reader *self)
{
        struct darq_proxy none = {0};
        uint32_t index = darq_get_u32(self);

        if (self->error == 0 && index >= self->port_count)
                darq_reader_fail(self, "a port that the message doesn't carry");
        if (self->error != 0)
                return none;
        return (struct darq_proxy){
                .session = self->session, .port = self->ports[index], .link = self->link};
}

void darq_get_end_list(struct darq_reader *self, const struct darq_scope *scope)
{
        if (self->error != 0)
                return;
        self->offset = scope->end;
        self->size = scope->outer;
}

void *darq_get_list(struct darq_reader *self, size_t size)
{
        struct darq_scope list = darq_get_begin(self);

        self->beyond = list.outer;
        return darq_reader_alloc(self, 1, size);
}

const void *darq_get_list_end(struct darq_reader *self, const void *list)
{
        if (self->error != 0)
                return NULL;
        self->offset = self->size;
        self->size = self->beyond;
        return list;
}

/* Bytes of a member whose length isn't its code: from its count on (codes 5 to 7), or behind its length. */
static uint64_t member_size(struct darq_reader *self, unsigned int code)
{
        uint64_t next = darq_get_u32(self);

        if (code == 4 || self->error != 0)
                return next;
        self->offset -= 4;
        return 4 + next * (code == 5 ? 1 : code == 6 ? 4 : 8);
}

bool darq_get_member(struct darq_reader *self, struct darq_scope *scope)
{
        uint32_t header;
        unsigned int code;
        uint64_t size;

        if (self->error != 0)
                return false;
        if (scope->next != 0 && self->offset != scope->next) {
                /* Its bytes are not the next one's. */
                darq_reader_fail(self, "a member claims to be longer than it is");
                return false;
        }
        self->size = scope->end;
        if (self->offset == scope->end)
                return false;
        header = darq_get_u32(self);
        code = header >> MEMBER_CODE_SHIFT & MEMBER_CODE_MASK;
        size = code < 4 ? UINT64_C(1) << code : member_size(self, code);
        if (size > self->size - self->offset)
                darq_reader_fail(self, "a member claims to be longer than its table");
        if (self->error != 0)
                return false;
        scope->id = header & MEMBER_ID_MASK;
        scope->required = (header & MEMBER_REQUIRED) != 0;
        scope->next = self->size = self->offset + (size_t)size;
        return true;
}

void darq_get_unknown(struct darq_reader *self, const struct darq_scope *scope)
{
        if (scope->required)
                darq_reader_fail(self, "a member that must be understood is unknown");
        if (self->error == 0)
                self->offset = scope->next;
}

const void *darq_empty_value(void)
{
        return nothing;
}

const void *darq_unpack_empty(struct darq_reader *self)
{
        struct darq_scope list = darq_get_begin(self);

        darq_get_end_list(self, &list);
        return self->error == 0 ? nothing : NULL;
}
