/* SPDX-License-Identifier: MIT */
/*
 * From a payload to JSON. The walk tells one value after the other; at[] holds the objects and arrays that are being
 * filled. What can't be made for want of memory ends the walk.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/base64.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/file.h"
#include "pkernel/darqctl/json.h"

/* Beyond, JSON's readers may round: RFC 8259, section 6. */
#define EXACT_MAX (INT64_C(1) << 53)

enum { NOTHING_HIDDEN = DARQ_DEPTH_MAX + 1 };

struct json_writer {
        json_t *whole;
        json_t *at[DARQ_DEPTH_MAX + 1];
        bool hide;
        unsigned int hidden; /* the depth of the sensitive value around; NOTHING_HIDDEN */
};

/* Single values */

static json_t *natural_make(uint64_t value)
{
        if (value > EXACT_MAX)
                return json_sprintf("%" PRIu64, value);
        return json_integer((json_int_t)value);
}

static json_t *integer_make(int64_t value)
{
        if (value > EXACT_MAX || value < -EXACT_MAX)
                return json_sprintf("%" PRId64, value);
        return json_integer(value);
}

static json_t *real_make(double value)
{
        if (isnan(value))
                return json_string("NaN");
        if (isinf(value))
                return json_string(value > 0 ? "Infinity" : "-Infinity");
        return json_real(value);
}

static json_t *bytes_make(struct darq_bytes bytes)
{
        size_t size = base64_size(bytes.size);
        char *text = malloc(size + 1);
        json_t *made = NULL;

        if (text != NULL) {
                base64_encode(text, bytes.data, bytes.size);
                made = json_stringn(text, size);
        }
        free(text);
        return made;
}

static json_t *enum_make(const struct darq_event *event)
{
        for (size_t i = 0; i < event->type->members.count; i++) {
                const struct darq_schema_member *member = &event->type->members.data[i];

                if (member->number == event->integer)
                        return json_stringn(member->name.data, member->name.size);
        }
        return integer_make(event->integer);
}

static json_t *bits_make(const struct darq_event *event)
{
        uint64_t left = event->natural;
        size_t size = 0;
        char *text = NULL;
        FILE *file = open_memstream(&text, &size);
        json_t *made;

        if (file == NULL)
                return NULL;
        for (size_t i = 0; i < event->type->members.count; i++) {
                const struct darq_schema_member *member = &event->type->members.data[i];

                if ((event->natural & (uint64_t)member->number) == 0)
                        continue;
                fprintf(file, "%s%s", left != event->natural ? "|" : "", member->name.data);
                left &= ~(uint64_t)member->number;
        }
        if (fclose(file) != 0)
                made = NULL;
        else if (left != 0 || event->natural == 0)
                made = natural_make(event->natural);
        else
                made = json_stringn(text, size);
        free(text);
        return made;
}

static json_t *single_make(const struct darq_event *event)
{
        switch (event->type->kind) {
        case DARQ_SCHEMA_KIND_BOOL:
                return json_boolean(event->natural);
        case DARQ_SCHEMA_KIND_F32:
        case DARQ_SCHEMA_KIND_F64:
                return real_make(event->real);
        case DARQ_SCHEMA_KIND_STRING:
                return json_stringn(event->text.data, event->text.size);
        case DARQ_SCHEMA_KIND_BYTES:
                return bytes_make(event->bytes);
        case DARQ_SCHEMA_KIND_ENUM:
                return enum_make(event);
        case DARQ_SCHEMA_KIND_BITS:
                return bits_make(event);
        case DARQ_SCHEMA_KIND_I8:
        case DARQ_SCHEMA_KIND_I16:
        case DARQ_SCHEMA_KIND_I32:
        case DARQ_SCHEMA_KIND_I64:
                return integer_make(event->integer);
        default:
                return natural_make(event->natural);
        }
}

static bool is_hidden(const struct json_writer *self, const struct darq_event *event)
{
        return self->hide && event->member != NULL && event->member->sensitive;
}

static json_t *value_make(const struct json_writer *self, const struct darq_event *event)
{
        if (is_hidden(self, event))
                return json_string("(sensitive)");
        if (event->kind == DARQ_EVENT_VALUE)
                return single_make(event);
        return event->type->kind == DARQ_SCHEMA_KIND_VEC ||
                               event->type->kind == DARQ_SCHEMA_KIND_ARRAY
                       ? json_array()
                       : json_object();
}

/* Into what is around it */

static int attach(struct json_writer *self, const struct darq_event *event, json_t *value)
{
        json_t *around = event->depth != 0 ? self->at[event->depth - 1] : NULL;

        self->at[event->depth] = value;
        if (around == NULL)
                self->whole = value;
        if (value == NULL)
                return -1;
        if (around == NULL)
                return 0;
        if (event->member == NULL)
                return json_array_append_new(around, value);
        return json_object_setn_new(around, event->member->name.data, event->member->name.size,
                                    value);
}

/* Beside the BEGIN of its union, which has made the object. */
static int unknown_attach(struct json_writer *self, const struct darq_event *event)
{
        char key[16];

        snprintf(key, sizeof key, "#%" PRIu32, event->number);
        return json_object_set_new(self->at[event->depth], key, bytes_make(event->bytes));
}

static int visit(void *context, const struct darq_event *event)
{
        struct json_writer *self = context;
        int r;

        if (event->depth > self->hidden || (event->depth == self->hidden && event->unknown))
                return 0;
        if (event->kind == DARQ_EVENT_END) {
                if (event->depth == self->hidden)
                        self->hidden = NOTHING_HIDDEN;
                return 0;
        }
        if (event->unknown)
                r = unknown_attach(self, event);
        else
                r = attach(self, event, value_make(self, event));
        if (event->kind == DARQ_EVENT_BEGIN && is_hidden(self, event))
                self->hidden = event->depth;
        return r == 0 ? 0 : DARQ_E_NO_MEMORY;
}

int json_from_payload(json_t **value, const struct darq_catalog *catalog, uint32_t type,
                      struct darq_bytes payload, uint32_t port_count, bool hide,
                      struct json_fault *fault)
{
        struct json_writer writer = {.hide = hide, .hidden = NOTHING_HIDDEN};
        struct darq_place place = {.reason = NULL};
        int r = darq_catalog_walk(catalog, type, payload.data, payload.size, port_count, visit,
                                  &writer, &place);

        if (r == 0) {
                *value = writer.whole;
                return 0;
        }
        json_decref(writer.whole);
        memcpy(fault->path, place.path, sizeof fault->path);
        if (place.reason != NULL)
                snprintf(fault->reason, sizeof fault->reason, "%s, at byte %zu", place.reason,
                         place.offset);
        else
                snprintf(fault->reason, sizeof fault->reason, "%s",
                         r == DARQ_E_NO_MEMORY ? "memory is short" : "not a type of payloads");
        return r;
}

int json_print(json_t *value)
{
        char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
        int r = NOT_DONE;

        if (text == NULL)
                fprintf(stderr, "darqctl: memory is short\n");
        else if (output_write(darq_bytes_of(text, strlen(text))) &&
                 output_write(darq_bytes_of("\n", 1)))
                r = DONE;
        free(text);
        json_decref(value);
        return r;
}
