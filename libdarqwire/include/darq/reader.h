/* SPDX-License-Identifier: MIT */
#ifndef DARQ_READER_H
#define DARQ_READER_H

#include <darq/arena.h>
#include <darq/cursor.h>
#include <darq/number.h>
#include <darq/status.h>
#include <darq/types.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The cursor that reads a payload: see <darq/wire.h>. */

/** Where a payload is read. What is decoded points into the message and the arena. */
struct darq_reader {
        const uint8_t *data;
        size_t size; /* end of the innermost scope */
        struct darq_arena *arena;
        size_t offset; /* of the next byte; after a failure: where it was found */
        const uint64_t *ports;
        uint32_t port_count;
        unsigned int depth;
        int error;
        uint32_t link;
        const char *reason;           /* static text, NULL while there is no error */
        struct darq_session *session; /* what decoded proxies get; may be NULL */
        size_t beyond;                /* end of what is around the parameter list */
};

/** A delimited value that is being read. */
struct darq_scope {
        size_t end;
        size_t outer;  /* end of the value around it */
        size_t next;   /* tables: where the member that was found ends; 0: none was */
        uint32_t id;   /* tables: its number */
        bool required; /* tables: its must-understand bit */
};

/** Reads size bytes at data, which must live as long as what is decoded. arena may be NULL for types that need none. */
static inline void darq_reader_init(struct darq_reader *self, const void *data, size_t size,
                                    struct darq_arena *arena)
{
        static const uint8_t nothing[8] = {0};

        /* One by one: of a reader that goes no further than inline functions, nothing has to stand in memory. */
        self->data = size != 0 ? (const uint8_t *)data : nothing;
        self->size = size;
        self->arena = arena;
        self->offset = 0;
        self->ports = NULL;
        self->port_count = 0;
        self->depth = 0;
        self->error = 0;
        self->link = 0;
        self->reason = NULL;
        self->session = NULL;
        self->beyond = 0;
}

/** The first failure stays. reason: static text. */
void darq_reader_fail(struct darq_reader *self, const char *reason) __attribute__((cold));

/** The same, for a reader whose address shall go nowhere. */
static inline void darq_reader_stop(struct darq_reader *self, const char *reason)
{
        if (self->error != 0)
                return;
        self->error = DARQ_E_INVALID;
        self->reason = reason;
        self->size = self->offset;
        self->arena = NULL;
}

/** The failure of darq_get_run(): the message, or what is delimited in it, ends early. */
void darq_reader_end(struct darq_reader *self) __attribute__((cold));

/** 0, or what went wrong; bytes left over are wrong. */
static inline int darq_reader_finish(struct darq_reader *self)
{
        if (__builtin_expect(self->offset != self->size, 0))
                darq_reader_stop(self, "bytes are left over");
        return self->error;
}

/** Zeroes size bytes at data: what a table or a union is before its members are read. */
void darq_clear(void *data, size_t size);

/** darq_reader_alloc() where the arena's block has no room, or after a failure. */
void *darq_reader_alloc_slowly(struct darq_reader *self, size_t count, size_t size)
        __attribute__((cold));

/** Memory for count objects of size bytes, from the arena, whatever it holds; NULL after a failure, and for none. */
static inline void *darq_reader_alloc(struct darq_reader *self, size_t count, size_t size)
{
        struct darq_arena *arena = self->arena;

        if (count == 0)
                return NULL;
        if (__builtin_expect(arena != NULL && count <= SIZE_MAX / 2 / size, 1)) {
                size_t room = darq_arena_round(count * size);

                if (__builtin_expect(room <= (size_t)(arena->end - arena->at), 1)) {
                        arena->at += room;
                        return arena->at - room;
                }
        }
        return darq_reader_alloc_slowly(self, count, size);
}

/** What can be taken from where a reader is. */
static inline struct darq_cursor darq_cursor_of(const struct darq_reader *reader)
{
        struct darq_cursor self = {reader->data, reader->size, reader->offset,
                                   (reader->offset + 3) & ~(size_t)3, reader->arena};

        return self;
}

/* Runs: members of constant size, checked once and loaded one by one. */

/** The next size bytes (at most 2^32) after padding up to a multiple of align (1, 2 or 4); NULL after a failure. */
static inline const uint8_t *darq_get_run(struct darq_reader *self, size_t align, size_t size)
{
        size_t start = (self->offset + (align - 1)) & ~(align - 1);
        const uint8_t *at;

        if (__builtin_expect((uint64_t)start + size > self->size, 0)) {
                darq_reader_end(self);
                return NULL;
        }
        at = self->data + start;
        if (at == NULL)
                __builtin_unreachable();
        self->offset = start + size;
        return at;
}

/** Whether the byte is a bool; a failure of the reader otherwise. */
static inline bool darq_load_bool(struct darq_reader *reader, const uint8_t *at)
{
        if (__builtin_expect(*at > 1, 0))
                darq_reader_fail(reader, "a bool is neither 0 nor 1");
        return *at == 1;
}

/* Depth of structs, tables and unions. */

static inline void darq_reader_enter(struct darq_reader *self)
{
        if (__builtin_expect(++self->depth > DARQ_NESTING_MAX, 0))
                darq_reader_fail(self, "nested more than 32 deep");
}

static inline void darq_reader_leave(struct darq_reader *self)
{
        self->depth--;
}

/** Of one in which nothing else is nested: there is nothing to leave. */
static inline void darq_reader_enter_last(struct darq_reader *self)
{
        if (__builtin_expect(self->depth >= DARQ_NESTING_MAX, 0))
                darq_reader_fail(self, "nested more than 32 deep");
}

/* Scalars one at a time. */

static inline bool darq_get_bool(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 1, 1);

        return at != NULL && darq_load_bool(self, at);
}

static inline uint8_t darq_get_u8(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 1, 1);

        return at != NULL ? darq_load_u8(at) : 0;
}

static inline uint16_t darq_get_u16(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 2, 2);

        return at != NULL ? darq_load_u16(at) : 0;
}

static inline uint32_t darq_get_u32(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 4, 4);

        return at != NULL ? darq_load_u32(at) : 0;
}

static inline uint64_t darq_get_u64(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 4, 8);

        return at != NULL ? darq_load_u64(at) : 0;
}

static inline int8_t darq_get_i8(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 1, 1);

        return at != NULL ? darq_load_i8(at) : 0;
}

static inline int16_t darq_get_i16(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 2, 2);

        return at != NULL ? darq_load_i16(at) : 0;
}

static inline int32_t darq_get_i32(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 4, 4);

        return at != NULL ? darq_load_i32(at) : 0;
}

static inline int64_t darq_get_i64(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 4, 8);

        return at != NULL ? darq_load_i64(at) : 0;
}

static inline float darq_get_f32(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 4, 4);

        return at != NULL ? darq_load_f32(at) : 0;
}

static inline double darq_get_f64(struct darq_reader *self)
{
        const uint8_t *at = darq_get_run(self, 4, 8);

        return at != NULL ? darq_load_f64(at) : 0;
}

/* Strings, bytes, vectors. max: the bound of the schema, SIZE_MAX without one. */

/** darq_get_string() of one that is long, isn't plain, or isn't right. */
struct darq_string darq_get_any_string(struct darq_reader *self, size_t max);

/** A view into the message, with its NUL behind it. */
static inline struct darq_string darq_get_string(struct darq_reader *self, size_t max)
{
        struct darq_cursor cursor = darq_cursor_of(self);
        struct darq_string value;

        if (__builtin_expect(!darq_take_string(&cursor, max, &value), 0))
                return darq_get_any_string(self, max);
        self->offset = cursor.offset;
        return value;
}
/** A vec of strings, of at most max bytes each; *count of them. NULL after a failure, and for none. */
const struct darq_string *darq_get_strings(struct darq_reader *self, size_t count_max, size_t max,
                                           size_t *count);

struct darq_bytes darq_get_bytes(struct darq_reader *self, size_t max);

/** The count of a vec: at most max, and count * smallest encoded element fits what remains. */
static inline size_t darq_get_count(struct darq_reader *self, size_t max, size_t smallest)
{
        uint32_t count = darq_get_u32(self);

        if (__builtin_expect(count > max, 0))
                darq_reader_fail(self, "more elements than the bound allows");
        else if (__builtin_expect((uint64_t)count * smallest > self->size - self->offset, 0))
                darq_reader_fail(self, "more elements than the message has bytes for");
        return self->error == 0 ? count : 0;
}

/**
 * Plain structs, as for darq_put_plain_vec(): a view into the message where alignment and byte order allow, else a copy in
 * the arena. NULL after a failure or for none.
 */
const void *darq_get_plain(struct darq_reader *self, size_t count, size_t size, size_t align,
                           const char *widths);

/** darq_get_array() of what must be copied, or isn't there. */
const void *darq_get_array_slowly(struct darq_reader *self, size_t count, size_t size);
/** A view into the message where alignment and byte order allow, else a copy in the arena. NULL after a failure or for none. */
static inline const void *darq_get_array(struct darq_reader *self, size_t count, size_t size)
{
        size_t align = size < 4 ? size : 4;
        size_t start = (self->offset + (align - 1)) & ~(align - 1);

        if (__builtin_expect(count == 0 || start > self->size ||
                                     count > (self->size - start) / size ||
                                     (DARQ_BIG_ENDIAN && size > 1) ||
                                     ((uintptr_t)self->data + start) % size != 0,
                             0))
                return darq_get_array_slowly(self, count, size);
        self->offset = start + count * size;
        return self->data + start;
}
/** The same, copied to data. */
void darq_get_array_to(struct darq_reader *self, void *data, size_t count, size_t size);
/** Bools of an array or vec: each must be 0 or 1. */
void darq_reader_check_bools(struct darq_reader *self, const void *data, size_t count);

/** What remains of the innermost scope. */
struct darq_bytes darq_get_rest(struct darq_reader *self);
/** What remains up to the end of an extent. */
struct darq_bytes darq_get_rest_of(struct darq_reader *self, size_t end);

/* Ports: an index in the payload, the port itself beside it. */

struct darq_proxy darq_get_port(struct darq_reader *self);

/* Delimited values (DHEADER: u32 length in bytes). */

static inline struct darq_scope darq_get_begin(struct darq_reader *self)
{
        uint32_t length = darq_get_u32(self);
        struct darq_scope scope = {self->size, self->size, 0, 0, false};

        if (__builtin_expect(length > self->size - self->offset, 0)) {
                darq_reader_fail(self, "a value claims to be longer than what is around it");
        } else if (self->error == 0) {
                self->size = self->offset + length;
                scope.end = self->size;
        }
        return scope;
}

/** The value must have been read to its end. */
static inline void darq_get_end(struct darq_reader *self, const struct darq_scope *scope)
{
        if (__builtin_expect(self->offset != scope->end, 0))
                darq_reader_fail(self, "a value claims to be longer than it is");
        if (self->error == 0)
                self->size = scope->outer;
}

/**
 * Where a delimited value ends, for darq_get_extent_end(). What is read inside isn't held to it, only to the end of the
 * scope around it; but it must end there, so that the verdict is that of a scope.
 */
static inline size_t darq_get_extent(struct darq_reader *self)
{
        uint32_t length = darq_get_u32(self);

        if (__builtin_expect(length > self->size - self->offset, 0))
                darq_reader_fail(self, "a value claims to be longer than what is around it");
        return self->offset + length;
}

/** An extent that begins with a union's discriminator: which member follows. */
static inline uint32_t darq_get_union(struct darq_reader *self, size_t *end)
{
        const uint8_t *at = darq_get_run(self, 4, 8);
        uint32_t length;

        *end = self->offset;
        if (at == NULL)
                return 0;
        length = darq_load_u32(at);
        if (__builtin_expect((uint64_t)self->offset - 4 + length > self->size, 0))
                darq_reader_fail(self, "a value claims to be longer than what is around it");
        *end = self->offset - 4 + length;
        return darq_load_u32(at + 4);
}

/** The value must have been read to its end. */
static inline void darq_get_extent_end(struct darq_reader *self, size_t end)
{
        if (__builtin_expect(self->offset != end, 0))
                darq_reader_fail(self, "a value claims to be longer than it is");
}

/** darq_get_plain_vec() of one that is empty, must be copied, or isn't right. */
void darq_get_plain_slowly(struct darq_reader *self, void *vec, size_t max, size_t size,
                           size_t align, const char *widths);
/**
 * A delimited vec of plain structs, which count as nested in one whose depth isn't counted, and that needn't have looked at
 * it. vec: a pointer to them and a size_t, their number.
 */
static inline void darq_get_plain_vec(struct darq_reader *self, void *vec, size_t max, size_t size,
                                      size_t align, const char *widths)
{
        size_t start = (self->offset + 3) & ~(size_t)3;
        struct darq_reader copy;

        if (!DARQ_BIG_ENDIAN && __builtin_expect((uint64_t)start + 8 <= self->size, 1)) {
                const uint8_t *at = self->data + start;
                uint64_t length = darq_load_u32(at);
                size_t count = darq_load_u32(at + 4);

                at += 8;
                if (__builtin_expect(length == 4 + (uint64_t)count * size, 1) &&
                    __builtin_expect(start + 4 + length <= self->size, 1) &&
                    __builtin_expect((uintptr_t)at % align == 0, 1) &&
                    __builtin_expect(count - 1 < max, 1) &&
                    __builtin_expect(self->depth < DARQ_NESTING_MAX - 1, 1)) {
                        self->offset = start + 4 + (size_t)length;
                        memcpy(vec, &at, sizeof at);
                        memcpy((uint8_t *)vec + sizeof at, &count, sizeof count);
                        return;
                }
        }
        /* Whose address goes somewhere, instead of the reader's. */
        copy = *self;
        darq_get_plain_slowly(&copy, vec, max, size, align, widths);
        *self = copy;
}

/** Of a parameter list: skips what the sender knew and we don't. */
void darq_get_end_list(struct darq_reader *self, const struct darq_scope *scope);

/** The parameter list of a method: memory of size bytes for it, from the arena; NULL after a failure. */
void *darq_get_list(struct darq_reader *self, size_t size);
/** The end of what darq_get_list() began; the list, or NULL after a failure. */
const void *darq_get_list_end(struct darq_reader *self, const void *list);
/** Whether the sender knew a further member of this parameter list. */
static inline bool darq_get_more(const struct darq_reader *self)
{
        return self->offset < self->size;
}

/* Tables (EMHEADER: XTypes 7.4.3.4.2). */

/*
 * Members are read where they are expected, by rising number as every writer puts them, as long as each has the header
 * that we would write. Whatever else comes, in whatever order, is for darq_get_member().
 */

enum { DARQ_NO_MEMBER = -1 };

/** The header of the next member, to be compared; -1, which none has, where there is no more. */
static inline uint32_t darq_get_header(const struct darq_reader *self)
{
        size_t start = (self->offset + 3) & ~(size_t)3;

        return (uint64_t)start + 4 <= self->size ? darq_load_u32(self->data + start)
                                                 : (uint32_t)DARQ_NO_MEMBER;
}

/** Whether the member is the next; then its value is. */
static inline bool darq_get_expected(struct darq_reader *self, uint32_t header, unsigned int code,
                                     uint32_t id)
{
        return header == ((uint32_t)code << 28 | id) && darq_get_run(self, 4, 4) != NULL;
}

/** The value of a member of code 0 to 3, and *header of what follows it; NULL where another is the next. */
static inline const uint8_t *darq_get_fixed(struct darq_reader *self, uint32_t *header,
                                            unsigned int code, uint32_t id)
{
        size_t start = (self->offset + 3) & ~(size_t)3;
        size_t size = (size_t)1 << code;

        if (*header != ((uint32_t)code << 28 | id) || (uint64_t)start + 4 + size > self->size)
                return NULL;
        self->offset = start + 4 + size;
        *header = darq_get_header(self);
        return self->data + start + 4;
}

/** The next member of a table, whatever its length code; false at the end, or after a failure. */
bool darq_get_member(struct darq_reader *self, struct darq_scope *scope);
/** Skips a member that we don't know; refuses one that must be understood. */
void darq_get_unknown(struct darq_reader *self, const struct darq_scope *scope);

/** An empty parameter list: never NULL but after a failure. */
const void *darq_unpack_empty(struct darq_reader *self);

#ifdef __cplusplus
}
#endif
#endif
