/* SPDX-License-Identifier: MIT */
#ifndef DARQ_WRITER_H
#define DARQ_WRITER_H

#include <darq/number.h>
#include <darq/status.h>
#include <darq/types.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The cursor that writes a payload: see <darq/wire.h>. */

/** Where a payload is written. Grows by itself unless the caller gave the room. */
struct darq_writer {
        uint8_t *data;
        size_t size;     /* bytes written */
        size_t limit;    /* bytes that fit; 0 after a failure */
        size_t capacity; /* bytes of data */
        uint64_t ports[DARQ_PORTS_MAX];
        uint32_t port_count;
        unsigned int depth; /* beyond every limit after a failure */
        int error;
        const char *reason;           /* static text, NULL while there is no error */
        struct darq_session *session; /* whose ports are accepted; NULL: any session's */
        bool fixed;
};

/** Writes into data, which stays the caller's and doesn't grow; or, data NULL, into memory of its own. */
void darq_writer_init(struct darq_writer *self, void *data, size_t capacity);

/** Frees memory of its own. NULL is fine, as is a second time. */
void darq_writer_deinit(struct darq_writer *self);

/** Forgets what was written and any failure; keeps the memory. */
void darq_writer_reset(struct darq_writer *self);

/** The first failure stays. reason: static text. */
void darq_writer_fail(struct darq_writer *self, int error, const char *reason);

/** darq_put_run() where there is no room yet, or after a failure. */
uint8_t *darq_writer_run(struct darq_writer *self, size_t align, size_t size);

/* Runs: members of constant size, checked once and stored one by one. */

/** Room for size bytes (align to 2^32) after zeros up to a multiple of align (1, 2 or 4); NULL after a failure. */
static inline uint8_t *darq_put_run(struct darq_writer *self, size_t align, size_t size)
{
        size_t start = (self->size + (align - 1)) & ~(align - 1);
        uint8_t *end;

        if (__builtin_expect((uint64_t)start + size > self->limit, 0))
                return darq_writer_run(self, align, size);
        /* Zeros that are too many stand where the run will. */
        end = self->data + self->size;
        if (align == 4)
                memset(end, 0, 4);
        else if (align == 2)
                *end = 0;
        self->size = start + size;
        return self->data + start;
}

/* Depth of structs, tables and unions. */

/** False after a failure: then nothing more is put, and nothing left. */
static inline bool darq_writer_enter(struct darq_writer *self)
{
        if (__builtin_expect(self->depth < DARQ_NESTING_MAX, 1)) {
                self->depth++;
                return true;
        }
        darq_writer_fail(self, DARQ_E_INVALID, "nested more than 32 deep");
        return false;
}

static inline void darq_writer_leave(struct darq_writer *self)
{
        self->depth--;
}

/* Scalars one at a time. */

static inline void darq_put_bool(struct darq_writer *self, bool value)
{
        uint8_t *at = darq_put_run(self, 1, 1);

        if (at != NULL)
                darq_store_bool(at, value);
}

static inline void darq_put_u8(struct darq_writer *self, uint8_t value)
{
        uint8_t *at = darq_put_run(self, 1, 1);

        if (at != NULL)
                darq_store_u8(at, value);
}

static inline void darq_put_u16(struct darq_writer *self, uint16_t value)
{
        uint8_t *at = darq_put_run(self, 2, 2);

        if (at != NULL)
                darq_store_u16(at, value);
}

static inline void darq_put_u32(struct darq_writer *self, uint32_t value)
{
        uint8_t *at = darq_put_run(self, 4, 4);

        if (at != NULL)
                darq_store_u32(at, value);
}

static inline void darq_put_u64(struct darq_writer *self, uint64_t value)
{
        uint8_t *at = darq_put_run(self, 4, 8);

        if (at != NULL)
                darq_store_u64(at, value);
}

static inline void darq_put_i8(struct darq_writer *self, int8_t value)
{
        uint8_t *at = darq_put_run(self, 1, 1);

        if (at != NULL)
                darq_store_i8(at, value);
}

static inline void darq_put_i16(struct darq_writer *self, int16_t value)
{
        uint8_t *at = darq_put_run(self, 2, 2);

        if (at != NULL)
                darq_store_i16(at, value);
}

static inline void darq_put_i32(struct darq_writer *self, int32_t value)
{
        uint8_t *at = darq_put_run(self, 4, 4);

        if (at != NULL)
                darq_store_i32(at, value);
}

static inline void darq_put_i64(struct darq_writer *self, int64_t value)
{
        uint8_t *at = darq_put_run(self, 4, 8);

        if (at != NULL)
                darq_store_i64(at, value);
}

static inline void darq_put_f32(struct darq_writer *self, float value)
{
        uint8_t *at = darq_put_run(self, 4, 4);

        if (at != NULL)
                darq_store_f32(at, value);
}

static inline void darq_put_f64(struct darq_writer *self, double value)
{
        uint8_t *at = darq_put_run(self, 4, 8);

        if (at != NULL)
                darq_store_f64(at, value);
}

/* Strings, bytes, vectors. max: the bound of the schema, SIZE_MAX without one. */

/** u32 length with the NUL, bytes, NUL. Refuses NUL inside and what isn't UTF-8 (RFC 3629). */
void darq_put_string(struct darq_writer *self, struct darq_string value, size_t max);
void darq_put_bytes(struct darq_writer *self, struct darq_bytes value, size_t max);

/** The length of a delimited vec, for darq_put_end(), and its count. */
size_t darq_put_vec(struct darq_writer *self, size_t count, size_t max);

/** The count of a vec: at most max. */
void darq_put_count(struct darq_writer *self, size_t count, size_t max);

/** count primitives of size bytes (1, 2, 4 or 8) each, without a count before them. */
void darq_put_array(struct darq_writer *self, const void *data, size_t count, size_t size);
/**
 * A delimited vec of plain structs. They stand in memory as they are encoded, but for the order of bytes: numbers without
 * padding. size: of each in bytes, which its numbers have in turn as the digits of widths say ("8844"). The first number's
 * alignment is that of what is encoded: where that isn't at a multiple of 4, no other number may have a larger one.
 */
void darq_put_plain_vec(struct darq_writer *self, const void *data, size_t count, size_t max,
                        size_t size, const char *widths);

/* Ports: an index in the payload, the port itself beside it. */

/** All zero, or another session's: DARQ_E_INVALID. */
void darq_put_port(struct darq_writer *self, const struct darq_proxy *value);

/* Delimited values (DHEADER: u32 length in bytes). */

/** Where the length stands, for end(), which fills it in. */
static inline size_t darq_put_begin(struct darq_writer *self)
{
        darq_put_run(self, 4, 4);
        return self->size;
}

static inline void darq_put_end(struct darq_writer *self, size_t begin)
{
        if (self->error == 0)
                darq_store_u32(self->data + begin - 4, (uint32_t)(self->size - begin));
}

/** The length of a union, for darq_put_end(), and which member follows. */
static inline size_t darq_put_union(struct darq_writer *self, uint32_t which)
{
        uint8_t *at = darq_put_run(self, 4, 8);

        if (at != NULL) {
                darq_store_u32(at, 0);
                darq_store_u32(at + 4, which);
        }
        return self->size - 4;
}

/* Tables (EMHEADER: XTypes 7.4.3.4.2). */

/** Header of a member whose length follows from code (0-3, 5-7; XTypes table 38). */
static inline void darq_put_member(struct darq_writer *self, unsigned int code, uint32_t id)
{
        darq_put_u32(self, (uint32_t)code << 28 | id);
}

/** Header of a member with its length in front (code 4), for darq_put_end(). */
static inline size_t darq_put_member_begin(struct darq_writer *self, uint32_t id)
{
        uint8_t *at = darq_put_run(self, 4, 8);

        if (at != NULL) {
                darq_store_u32(at, UINT32_C(4) << 28 | id);
                darq_store_u32(at + 4, 0);
        }
        return self->size;
}

/** An empty parameter list. */
void darq_pack_empty(struct darq_writer *self, const void *value);

#ifdef __cplusplus
}
#endif
#endif
