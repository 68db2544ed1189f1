/* SPDX-License-Identifier: MIT */
/*
 * Going through a payload by its schema: what generated code does, with the schema read at run time.
 *
 * The verdict is the same as generated code's for every input; the one difference is that a walk also knows where it
 * is. The recursion is as deep as a path is long.
 */
#include <assert.h>
#include <stdlib.h>

#include "libdarqwire/catalog.h"
#include "libdarqwire/path.h"

struct walk {
        const struct darq_catalog *catalog;
        struct darq_reader reader;
        darq_visit *visit;
        void *context;
        struct darq_place *place;
        struct darq_path path;
        bool defaulted; /* inside a default */
        bool placed;
        int result;
        uint8_t *seen; /* members of the tables around here that have come, one byte each */
        size_t seen_size;
        size_t seen_capacity;
};

static void value_walk(struct walk *self, uint32_t index);

/* Whether the walk is over; the first time, where. */
static bool over(struct walk *self)
{
        if (self->reader.error != 0 && !self->placed) {
                self->placed = true;
                self->result = self->reader.error;
                if (self->place != NULL) {
                        darq_path_print(&self->path, self->place->path, sizeof self->place->path);
                        self->place->offset = self->reader.offset;
                        self->place->reason = self->reader.reason;
                }
        }
        return self->result != 0;
}

static void step_walk(struct walk *self, const struct darq_schema_member *member, size_t index,
                      uint32_t type)
{
        darq_path_enter(&self->path, member, index);
        value_walk(self, type);
        darq_path_leave(&self->path);
}

/* Events */

static struct darq_event event_of(const struct walk *self, enum darq_event_kind kind,
                                  const struct darq_schema_type *type)
{
        struct darq_event event = darq_path_event(&self->path, kind, type);

        event.defaulted = self->defaulted;
        return event;
}

static void visit(struct walk *self, const struct darq_event *event)
{
        if (!over(self) && self->visit != NULL)
                self->result = self->visit(self->context, event);
}

static void visit_bound(struct walk *self, enum darq_event_kind kind,
                        const struct darq_schema_type *type, size_t count)
{
        struct darq_event event = event_of(self, kind, type);

        event.count = count;
        visit(self, &event);
}

/* Single values */

static void integer_read(struct darq_reader *r, enum darq_schema_kind kind,
                         struct darq_event *event)
{
        switch (kind) {
        case DARQ_SCHEMA_KIND_U8:
                event->natural = darq_get_u8(r);
                break;
        case DARQ_SCHEMA_KIND_U16:
                event->natural = darq_get_u16(r);
                break;
        case DARQ_SCHEMA_KIND_U32:
                event->natural = darq_get_u32(r);
                break;
        case DARQ_SCHEMA_KIND_U64:
                event->natural = darq_get_u64(r);
                break;
        case DARQ_SCHEMA_KIND_I8:
                event->integer = darq_get_i8(r);
                break;
        case DARQ_SCHEMA_KIND_I16:
                event->integer = darq_get_i16(r);
                break;
        case DARQ_SCHEMA_KIND_I32:
                event->integer = darq_get_i32(r);
                break;
        default:
                event->integer = darq_get_i64(r);
                break;
        }
}

static void set_read(struct walk *self, const struct darq_schema_type *type,
                     struct darq_event *event)
{
        integer_read(&self->reader, self->catalog->schema.types.data[type->element].kind, event);
        if (type->strict && self->reader.error == 0 && !darq_schema_value_known(type, event))
                darq_reader_fail(&self->reader, "a value that the strict type doesn't have");
}

static void port_read(struct walk *self, struct darq_event *event)
{
        event->natural = darq_get_u32(&self->reader);
        if (event->natural >= self->reader.port_count)
                darq_reader_fail(&self->reader, "a port that the message doesn't carry");
}

static void single_walk(struct walk *self, const struct darq_schema_type *type)
{
        struct darq_event event = event_of(self, DARQ_EVENT_VALUE, type);
        struct darq_reader *r = &self->reader;

        assert(r->offset <= r->size);
        switch (type->kind) {
        case DARQ_SCHEMA_KIND_BOOL:
                event.natural = darq_get_bool(r);
                break;
        case DARQ_SCHEMA_KIND_F32:
                event.real = (double)darq_get_f32(r);
                break;
        case DARQ_SCHEMA_KIND_F64:
                event.real = darq_get_f64(r);
                break;
        case DARQ_SCHEMA_KIND_STRING:
                event.text = darq_get_string(r, darq_schema_bound(type));
                break;
        case DARQ_SCHEMA_KIND_BYTES:
                event.bytes = darq_get_bytes(r, darq_schema_bound(type));
                break;
        case DARQ_SCHEMA_KIND_PORT:
                port_read(self, &event);
                break;
        case DARQ_SCHEMA_KIND_ENUM:
        case DARQ_SCHEMA_KIND_BITS:
                set_read(self, type, &event);
                break;
        default:
                integer_read(r, type->kind, &event);
                break;
        }
        visit(self, &event);
}

/* Vecs and arrays */

static void row_walk(struct walk *self, const struct darq_schema_type *type)
{
        struct darq_reader *r = &self->reader;
        struct darq_scope scope = {0};
        bool delimited = !darq_catalog_primitive(self->catalog, type->element);
        size_t count = type->bound;

        if (delimited)
                scope = darq_get_begin(r);
        if (type->kind == DARQ_SCHEMA_KIND_VEC)
                count = darq_get_count(r, darq_schema_bound(type), 1);
        visit_bound(self, DARQ_EVENT_BEGIN, type, count);
        for (size_t i = 0; i < count && !over(self); i++)
                step_walk(self, NULL, i, type->element);
        if (delimited)
                darq_get_end(r, &scope);
        visit_bound(self, DARQ_EVENT_END, type, count);
}

/* Structs and lists */

/* What the sender left out, where there is a default: read from that, in its place. */
static void fallback_walk(struct walk *self, const struct darq_schema_member *member)
{
        struct darq_reader outer = self->reader;
        bool defaulted = self->defaulted;

        darq_reader_init(&self->reader, member->fallback.data, member->fallback.size, NULL);
        self->defaulted = true;
        step_walk(self, member, 0, member->type);
        self->defaulted = defaulted;
        if (self->reader.error != 0)
                darq_reader_fail(&outer, "a default of the schema can't be read");
        self->reader = outer;
}

static void member_walk(struct walk *self, const struct darq_schema_member *member, bool list)
{
        struct darq_reader *r = &self->reader;

        if (list && member->fallback.size != 0 && !darq_get_more(r)) {
                fallback_walk(self, member);
                return;
        }
        if (member->optional && ((list && !darq_get_more(r)) || !darq_get_bool(r)))
                return;
        step_walk(self, member, 0, member->type);
}

static void members_walk(struct walk *self, const struct darq_schema_type *type)
{
        bool list = type->kind == DARQ_SCHEMA_KIND_LIST;

        for (size_t i = 0; i < type->members.count && !over(self); i++)
                member_walk(self, &type->members.data[i], list);
}

static void list_walk(struct walk *self, const struct darq_schema_type *type)
{
        struct darq_scope scope = darq_get_begin(&self->reader);

        members_walk(self, type);
        darq_get_end_list(&self->reader, &scope);
}

/* Tables */

static bool seen_push(struct walk *self, size_t count)
{
        size_t capacity = (self->seen_size + count) * 2;
        uint8_t *seen;

        if (self->seen_size + count > self->seen_capacity) {
                seen = realloc(self->seen, capacity);
                if (seen == NULL) {
                        self->result = DARQ_E_NO_MEMORY;
                        return false;
                }
                self->seen = seen;
                self->seen_capacity = capacity;
        }
        if (count != 0)
                memset(self->seen + self->seen_size, 0, count);
        self->seen_size += count;
        return true;
}

static void table_walk(struct walk *self, const struct darq_schema_type *type)
{
        struct darq_scope scope = darq_get_begin(&self->reader);
        size_t base = self->seen_size;

        if (!seen_push(self, type->members.count))
                return;
        while (!over(self) && darq_get_member(&self->reader, &scope)) {
                const struct darq_schema_member *member = darq_schema_member_find(type, scope.id);

                if (member == NULL) {
                        darq_get_unknown(&self->reader, &scope);
                        continue;
                }
                if (self->seen[base + (size_t)(member - type->members.data)]++ != 0)
                        darq_reader_fail(&self->reader, "a member is given twice");
                step_walk(self, member, 0, member->type);
        }
        darq_get_end(&self->reader, &scope);
        self->seen_size = base;
}

/* Unions */

static void unknown_walk(struct walk *self, const struct darq_schema_type *type, uint32_t number)
{
        struct darq_event event = event_of(self, DARQ_EVENT_VALUE, type);

        if (type->strict) {
                darq_reader_fail(&self->reader, "not a member of the union");
                return;
        }
        event.unknown = true;
        event.number = number;
        event.bytes = darq_get_rest(&self->reader);
        visit(self, &event);
}

static void union_walk(struct walk *self, const struct darq_schema_type *type)
{
        const struct darq_schema_member *member;
        struct darq_scope scope = {0};
        uint32_t number;

        if (!type->strict)
                scope = darq_get_begin(&self->reader);
        number = darq_get_u32(&self->reader);
        member = darq_schema_member_find(type, number);
        if (over(self))
                return;
        if (member != NULL)
                step_walk(self, member, 0, member->type);
        else
                unknown_walk(self, type, number);
        if (!type->strict)
                darq_get_end(&self->reader, &scope);
}

/* Any value */

static void compound_walk(struct walk *self, const struct darq_schema_type *type)
{
        bool counted = type->kind != DARQ_SCHEMA_KIND_LIST;

        if (counted)
                darq_reader_enter(&self->reader);
        visit_bound(self, DARQ_EVENT_BEGIN, type, 0);
        if (over(self))
                return;
        if (type->kind == DARQ_SCHEMA_KIND_STRUCT)
                members_walk(self, type);
        else if (type->kind == DARQ_SCHEMA_KIND_LIST)
                list_walk(self, type);
        else if (type->kind == DARQ_SCHEMA_KIND_TABLE)
                table_walk(self, type);
        else
                union_walk(self, type);
        if (counted)
                darq_reader_leave(&self->reader);
        visit_bound(self, DARQ_EVENT_END, type, 0);
}

static void value_walk(struct walk *self, uint32_t index)
{
        const struct darq_schema_type *type = darq_catalog_beneath(self->catalog, index);

        if (over(self))
                return;
        if (type->kind < DARQ_SCHEMA_KIND_VEC || type->kind == DARQ_SCHEMA_KIND_PORT ||
            type->kind == DARQ_SCHEMA_KIND_ENUM || type->kind == DARQ_SCHEMA_KIND_BITS)
                single_walk(self, type);
        else if (type->kind == DARQ_SCHEMA_KIND_VEC || type->kind == DARQ_SCHEMA_KIND_ARRAY)
                row_walk(self, type);
        else
                compound_walk(self, type);
        over(self);
}

int darq_catalog_walk(const struct darq_catalog *self, uint32_t type, const void *data, size_t size,
                      uint32_t port_count, darq_visit *visitor, void *context,
                      struct darq_place *place)
{
        struct walk walk = {.catalog = self, .visit = visitor, .context = context, .place = place};

        if (type >= self->schema.types.count ||
            self->schema.types.data[type].kind == DARQ_SCHEMA_KIND_ERROR)
                return DARQ_E_INVALID;
        darq_reader_init(&walk.reader, data, size, NULL);
        walk.reader.port_count = port_count;
        value_walk(&walk, type);
        if (walk.result == 0)
                darq_reader_finish(&walk.reader);
        over(&walk);
        free(walk.seen);
        return walk.result;
}
