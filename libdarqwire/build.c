/* SPDX-License-Identifier: MIT */
/*
 * Writing a payload by its schema: the opposite of a walk, with the same events.
 *
 * The schema leads: it asks for each value in the order in which it is written, so whoever supplies them needs to know
 * neither the encoding nor the order. What is written is what generated code writes for the same values: defaults are
 * filled in, tables leave out what is absent, length codes are the shortest. Every rule that a reader holds us to is
 * checked here, so what was built can be read.
 *
 * The writer is sticky; the first failure, whosever it is, also ends the recursion and turns the path into text. The
 * recursion is as deep as the path is long.
 */
#include <math.h>
#include <stdlib.h>

#include "libdarqwire/catalog.h"
#include "libdarqwire/path.h"

/* Of a member of a table, by XTypes 1.3, table 38: how its length is told. */
enum { CODE_LENGTH = 4, CODE_COUNTED_1 = 5, CODE_COUNTED_4 = 6, CODE_COUNTED_8 = 7 };

struct build {
        const struct darq_catalog *catalog;
        struct darq_writer *writer;
        uint32_t port_count;
        darq_supply *supply;
        void *context;
        struct darq_place *place; /* NULL once it is filled in, or unwanted */
        struct darq_path path;
};

static void value_build(struct build *self, uint32_t index, const struct darq_event *answer);

/* Where we are */

static void enter(struct build *self, const struct darq_schema_member *member, size_t index)
{
        darq_path_enter(&self->path, member, index);
}

/* The first failure is noticed where it happened. */
static void place_fill(struct build *self)
{
        if (self->writer->error == 0 || self->place == NULL)
                return;
        darq_path_print(&self->path, self->place->path, sizeof self->place->path);
        self->place->offset = self->writer->size;
        self->place->reason = self->writer->reason;
        self->place = NULL;
}

static void leave(struct build *self)
{
        place_fill(self);
        darq_path_leave(&self->path);
}

/* Asking */

static void refuse(struct build *self, const char *reason)
{
        darq_writer_fail(self->writer, DARQ_E_INVALID, reason);
}

/* Fills in what the supplier says; false after a failure. */
static bool ask(struct build *self, struct darq_event *event)
{
        int r;

        if (self->writer->error != 0)
                return false;
        r = self->supply(self->context, event);
        if (r != 0)
                darq_writer_fail(self->writer, r,
                                 event->reason != NULL ? event->reason : "it was not supplied");
        return r == 0;
}

static bool is_compound(enum darq_schema_kind kind)
{
        return kind == DARQ_SCHEMA_KIND_VEC || kind == DARQ_SCHEMA_KIND_ARRAY ||
               kind >= DARQ_SCHEMA_KIND_STRUCT;
}

/* The first question about a value, at the place where we are; the answer may be that it is absent. */
static struct darq_event value_ask(struct build *self, uint32_t index)
{
        const struct darq_schema_type *type = darq_catalog_beneath(self->catalog, index);
        struct darq_event event = darq_path_event(
                &self->path, is_compound(type->kind) ? DARQ_EVENT_BEGIN : DARQ_EVENT_VALUE, type);

        if (type->kind == DARQ_SCHEMA_KIND_ARRAY)
                event.count = type->bound;
        ask(self, &event);
        return event;
}

static void end_tell(struct build *self, const struct darq_schema_type *type)
{
        struct darq_event event = darq_path_event(&self->path, DARQ_EVENT_END, type);

        ask(self, &event);
}

/* Single values */

static bool fits_unsigned(const struct darq_event *event, uint64_t max)
{
        return event->natural <= max;
}

static bool fits_signed(const struct darq_event *event, int64_t max)
{
        return event->integer >= -max - 1 && event->integer <= max;
}

static void integer_build(struct build *self, enum darq_schema_kind kind,
                          const struct darq_event *value)
{
        struct darq_writer *w = self->writer;
        bool fits = true;

        switch (kind) {
        case DARQ_SCHEMA_KIND_U8:
                fits = fits_unsigned(value, UINT8_MAX);
                darq_put_u8(w, (uint8_t)value->natural);
                break;
        case DARQ_SCHEMA_KIND_U16:
                fits = fits_unsigned(value, UINT16_MAX);
                darq_put_u16(w, (uint16_t)value->natural);
                break;
        case DARQ_SCHEMA_KIND_U32:
                fits = fits_unsigned(value, UINT32_MAX);
                darq_put_u32(w, (uint32_t)value->natural);
                break;
        case DARQ_SCHEMA_KIND_U64:
                darq_put_u64(w, value->natural);
                break;
        case DARQ_SCHEMA_KIND_I8:
                fits = fits_signed(value, INT8_MAX);
                darq_put_i8(w, (int8_t)value->integer);
                break;
        case DARQ_SCHEMA_KIND_I16:
                fits = fits_signed(value, INT16_MAX);
                darq_put_i16(w, (int16_t)value->integer);
                break;
        case DARQ_SCHEMA_KIND_I32:
                fits = fits_signed(value, INT32_MAX);
                darq_put_i32(w, (int32_t)value->integer);
                break;
        default:
                darq_put_i64(w, value->integer);
                break;
        }
        if (!fits)
                refuse(self, "a number that its type can't hold");
}

static void real_build(struct build *self, const struct darq_event *value)
{
        float narrow = (float)value->real;

        if (isinf(narrow) && !isinf(value->real))
                refuse(self, "a number that its type can't hold");
        darq_put_f32(self->writer, narrow);
}

static void set_build(struct build *self, const struct darq_schema_type *type,
                      const struct darq_event *value)
{
        if (type->strict && !darq_schema_value_known(type, value))
                refuse(self, "a value that the strict type doesn't have");
        integer_build(self, self->catalog->schema.types.data[type->element].kind, value);
}

static void port_build(struct build *self, const struct darq_event *value)
{
        if (value->natural >= self->port_count)
                refuse(self, "a port that the message doesn't carry");
        darq_put_u32(self->writer, (uint32_t)value->natural);
}

static void single_build(struct build *self, const struct darq_schema_type *type,
                         const struct darq_event *value)
{
        struct darq_writer *w = self->writer;

        switch (type->kind) {
        case DARQ_SCHEMA_KIND_BOOL:
                if (!fits_unsigned(value, 1))
                        refuse(self, "a bool is neither 0 nor 1");
                darq_put_bool(w, value->natural == 1);
                break;
        case DARQ_SCHEMA_KIND_F32:
                real_build(self, value);
                break;
        case DARQ_SCHEMA_KIND_F64:
                darq_put_f64(w, value->real);
                break;
        case DARQ_SCHEMA_KIND_STRING:
                darq_put_string(w, value->text, darq_schema_bound(type));
                break;
        case DARQ_SCHEMA_KIND_BYTES:
                darq_put_bytes(w, value->bytes, darq_schema_bound(type));
                break;
        case DARQ_SCHEMA_KIND_PORT:
                port_build(self, value);
                break;
        case DARQ_SCHEMA_KIND_ENUM:
        case DARQ_SCHEMA_KIND_BITS:
                set_build(self, type, value);
                break;
        default:
                integer_build(self, type->kind, value);
                break;
        }
}

/* Members and elements */

/* A value that has to be there. */
static void part_build(struct build *self, const struct darq_schema_member *member, size_t index,
                       uint32_t type)
{
        struct darq_event answer;

        enter(self, member, index);
        answer = value_ask(self, type);
        if (answer.absent)
                refuse(self, "it is missing");
        value_build(self, type, &answer);
        leave(self);
}

static void row_build(struct build *self, const struct darq_schema_type *type, size_t count)
{
        struct darq_writer *w = self->writer;
        bool delimited = !darq_catalog_primitive(self->catalog, type->element);
        size_t begin = delimited ? darq_put_begin(w) : 0;

        if (type->kind == DARQ_SCHEMA_KIND_VEC)
                darq_put_count(w, count, darq_schema_bound(type));
        else if (count != type->bound)
                refuse(self, "not as many elements as the array has");
        for (size_t i = 0; i < count && w->error == 0; i++)
                part_build(self, NULL, i, type->element);
        if (delimited)
                darq_put_end(w, begin);
}

/* Keeps the one value that a default is. */
static int fallback_keep(void *context, const struct darq_event *event)
{
        struct darq_event *value = context;

        *value = *event;
        return 0;
}

/* What was left out is written all the same: only what a newer reader adds behind it may be missing. */
static void fallback_build(struct build *self, const struct darq_schema_member *member)
{
        struct darq_event value = {0};

        if (darq_catalog_walk(self->catalog, member->type, member->fallback.data,
                              member->fallback.size, 0, fallback_keep, &value, NULL) != 0 ||
            value.kind != DARQ_EVENT_VALUE)
                refuse(self, "a default of the schema can't be read");
        else
                single_build(self, value.type, &value);
}

static void member_build(struct build *self, const struct darq_schema_member *member, bool list)
{
        struct darq_event answer = value_ask(self, member->type);

        if (member->optional)
                darq_put_bool(self->writer, !answer.absent);
        else if (answer.absent && list && member->fallback.size != 0)
                fallback_build(self, member);
        else if (answer.absent)
                refuse(self, "it is missing");
        if (!answer.absent)
                value_build(self, member->type, &answer);
}

static void members_build(struct build *self, const struct darq_schema_type *type)
{
        bool list = type->kind == DARQ_SCHEMA_KIND_LIST;
        size_t begin = list ? darq_put_begin(self->writer) : 0;

        for (size_t i = 0; i < type->members.count && self->writer->error == 0; i++) {
                enter(self, &type->members.data[i], 0);
                member_build(self, &type->members.data[i], list);
                leave(self);
        }
        if (list)
                darq_put_end(self->writer, begin);
}

/* Tables */

static unsigned int size_of(enum darq_schema_kind kind)
{
        static const uint8_t sizes[] = {
                [DARQ_SCHEMA_KIND_BOOL] = 1, [DARQ_SCHEMA_KIND_U8] = 1,
                [DARQ_SCHEMA_KIND_U16] = 2,  [DARQ_SCHEMA_KIND_U32] = 4,
                [DARQ_SCHEMA_KIND_U64] = 8,  [DARQ_SCHEMA_KIND_I8] = 1,
                [DARQ_SCHEMA_KIND_I16] = 2,  [DARQ_SCHEMA_KIND_I32] = 4,
                [DARQ_SCHEMA_KIND_I64] = 8,  [DARQ_SCHEMA_KIND_F32] = 4,
                [DARQ_SCHEMA_KIND_F64] = 8,  [DARQ_SCHEMA_KIND_PORT] = 4,
        };

        return sizes[kind];
}

/* Codes 0 to 3 for 1, 2, 4 and 8 bytes. */
static unsigned int fixed_code(enum darq_schema_kind kind)
{
        unsigned int size = size_of(kind);

        return size == 8 ? 3 : size / 2;
}

/* The length of a vec of primitives is told by its count where a code multiplies that by their size. */
static unsigned int vec_code(enum darq_schema_kind element)
{
        switch (size_of(element)) {
        case 1:
                return CODE_COUNTED_1;
        case 4:
                return CODE_COUNTED_4;
        case 8:
                return CODE_COUNTED_8;
        default:
                return CODE_LENGTH;
        }
}

static unsigned int length_code(const struct darq_catalog *catalog,
                                const struct darq_schema_type *type)
{
        switch (type->kind) {
        case DARQ_SCHEMA_KIND_STRING:
        case DARQ_SCHEMA_KIND_BYTES:
                return CODE_COUNTED_1;
        case DARQ_SCHEMA_KIND_VEC:
        case DARQ_SCHEMA_KIND_ARRAY:
                if (!darq_catalog_primitive(catalog, type->element))
                        return CODE_COUNTED_1;
                return type->kind == DARQ_SCHEMA_KIND_ARRAY
                               ? CODE_LENGTH
                               : vec_code(darq_catalog_beneath(catalog, type->element)->kind);
        case DARQ_SCHEMA_KIND_ENUM:
        case DARQ_SCHEMA_KIND_BITS:
                return fixed_code(catalog->schema.types.data[type->element].kind);
        case DARQ_SCHEMA_KIND_STRUCT:
        case DARQ_SCHEMA_KIND_TABLE:
        case DARQ_SCHEMA_KIND_UNION:
                return CODE_LENGTH;
        default:
                return fixed_code(type->kind);
        }
}

static void table_member_build(struct build *self, const struct darq_schema_member *member)
{
        struct darq_event answer = value_ask(self, member->type);
        unsigned int code =
                length_code(self->catalog, darq_catalog_beneath(self->catalog, member->type));
        size_t begin;

        if (answer.absent)
                return;
        if (code != CODE_LENGTH) {
                darq_put_member(self->writer, code, (uint32_t)member->number);
                value_build(self, member->type, &answer);
                return;
        }
        begin = darq_put_member_begin(self->writer, (uint32_t)member->number);
        value_build(self, member->type, &answer);
        darq_put_end(self->writer, begin);
}

static void table_build(struct build *self, const struct darq_schema_type *type)
{
        size_t begin = darq_put_begin(self->writer);

        for (size_t i = 0; i < type->members.count && self->writer->error == 0; i++) {
                enter(self, &type->members.data[i], 0);
                table_member_build(self, &type->members.data[i]);
                leave(self);
        }
        darq_put_end(self->writer, begin);
}

/* Unions */

static void union_build(struct build *self, const struct darq_schema_type *type, uint32_t number)
{
        const struct darq_schema_member *member = darq_schema_member_find(type, number);
        size_t begin = type->strict ? 0 : darq_put_begin(self->writer);

        if (member == NULL) {
                refuse(self, "not a member of the union");
        } else {
                darq_put_u32(self->writer, number);
                if (self->writer->error == 0)
                        part_build(self, member, 0, member->type);
        }
        if (!type->strict)
                darq_put_end(self->writer, begin);
}

/* Any value */

static void compound_build(struct build *self, const struct darq_schema_type *type,
                           const struct darq_event *answer)
{
        bool counted = type->kind != DARQ_SCHEMA_KIND_LIST;

        if (counted)
                darq_writer_enter(self->writer);
        if (self->writer->error != 0)
                return;
        if (type->kind == DARQ_SCHEMA_KIND_TABLE)
                table_build(self, type);
        else if (type->kind == DARQ_SCHEMA_KIND_UNION)
                union_build(self, type, answer->number);
        else
                members_build(self, type);
        if (counted)
                darq_writer_leave(self->writer);
}

/* The value that was asked for, answered by what it is or begins with. */
static void value_build(struct build *self, uint32_t index, const struct darq_event *answer)
{
        const struct darq_schema_type *type = darq_catalog_beneath(self->catalog, index);

        if (self->writer->error != 0)
                return;
        if (!is_compound(type->kind)) {
                single_build(self, type, answer);
                return;
        }
        if (type->kind == DARQ_SCHEMA_KIND_VEC || type->kind == DARQ_SCHEMA_KIND_ARRAY)
                row_build(self, type, answer->count);
        else
                compound_build(self, type, answer);
        end_tell(self, type);
}

int darq_catalog_build(const struct darq_catalog *self, uint32_t type, struct darq_writer *writer,
                       uint32_t port_count, darq_supply *supply, void *context,
                       struct darq_place *place)
{
        struct build build = {
                .catalog = self,
                .writer = writer,
                .port_count = port_count,
                .supply = supply,
                .context = context,
                .place = place,
        };
        struct darq_event answer;

        if (type >= self->schema.types.count ||
            self->schema.types.data[type].kind == DARQ_SCHEMA_KIND_ERROR)
                return DARQ_E_INVALID;
        answer = value_ask(&build, type);
        if (answer.absent)
                refuse(&build, "it is missing");
        value_build(&build, type, &answer);
        place_fill(&build);
        return writer->error;
}
