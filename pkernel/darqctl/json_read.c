/* SPDX-License-Identifier: MIT */
/*
 * From JSON to a payload. The schema asks for one value after the other; at[] holds the JSON around the one that is asked
 * for. At an object's end as many keys must have been asked for as it has.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/base64.h"
#include "pkernel/darqctl/json.h"

struct level {
        const json_t *value;
        size_t used; /* keys of it that were asked for */
};

struct json_reader {
        const json_t *whole;
        struct level at[DARQ_DEPTH_MAX + 1];
        uint8_t *bytes; /* of the last base64 */
        char reason[256];
};

__attribute__((format(printf, 3, 4))) static int
refuse(struct json_reader *self, struct darq_event *event, const char *format, ...)
{
        va_list words;

        va_start(words, format);
        vsnprintf(self->reason, sizeof self->reason, format, words);
        va_end(words);
        event->reason = self->reason;
        return DARQ_E_INVALID;
}

/* 1.0 is not 1, and is shown as it came. */
static void real_show(double value, char text[64])
{
        int size = snprintf(text, 32, "%.17g", value);

        if (strpbrk(text, ".e") == NULL)
                snprintf(text + size, 64 - (size_t)size, ".0");
}

/* For sentences: what the JSON is, cut to a readable size. */
static const char *found(const json_t *value, char text[64])
{
        static const char *const kinds[] = {
                [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_TRUE] = "true",
                [JSON_FALSE] = "false",      [JSON_NULL] = "null",
        };

        if (json_large_integer(value) != NULL)
                snprintf(text, 64, "%.40s", json_large_integer(value));
        else if (json_is_string(value))
                snprintf(text, 64, "\"%.40s\"", json_string_value(value));
        else if (json_is_integer(value))
                snprintf(text, 64, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_real(value))
                real_show(json_real_value(value), text);
        else
                snprintf(text, 64, "%s", kinds[json_typeof(value)]);
        return text;
}

static int mismatch(struct json_reader *self, struct darq_event *event, const json_t *value,
                    const char *expected)
{
        char text[64];

        return refuse(self, event, "expected %s, found %s", expected, found(value, text));
}

/* Numbers */

/* The type of integer that it is, or that an enum or bits is, as the builder checks it: only the sign matters here. */
static bool text_to_integer(const char *text, struct darq_event *event)
{
        char *end;

        if (text[text[0] == '-' ? 1 : 0] < '0' || text[text[0] == '-' ? 1 : 0] > '9')
                return false;
        errno = 0;
        if (text[0] == '-')
                event->integer = strtoll(text, &end, 10);
        else
                event->natural = strtoull(text, &end, 10);
        return errno == 0 && *end == '\0';
}

static bool is_signed(enum darq_schema_kind kind)
{
        return kind >= DARQ_SCHEMA_KIND_I8 && kind <= DARQ_SCHEMA_KIND_I64;
}

static int integer_supply(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        const char *large = json_large_integer(value);
        const char *digits = large != NULL ? large : json_string_value(value);
        bool may_be_negative = is_signed(event->type->kind);
        bool negative;

        if (json_is_integer(value))
                event->integer = json_integer_value(value);
        else if (digits == NULL || !text_to_integer(digits, event))
                return mismatch(self, event, value, "a whole number");
        negative = json_is_integer(value) ? json_integer_value(value) < 0 : digits[0] == '-';
        if (negative && !may_be_negative)
                return mismatch(self, event, value, "a number from 0 up");
        if (!negative && may_be_negative && event->natural > INT64_MAX)
                return mismatch(self, event, value, "a number below 2^63");
        return 0;
}

static int real_supply(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        static const struct {
                const char *name;
                double value;
        } names[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
        const char *large = json_large_integer(value);

        if (json_is_number(value) || large != NULL) {
                event->real = large == NULL ? json_number_value(value) : strtod(large, NULL);
                return isfinite(event->real) ? 0 : mismatch(self, event, value, "a smaller number");
        }
        for (size_t i = 0; json_is_string(value) && i < sizeof names / sizeof *names; i++)
                if (strcmp(json_string_value(value), names[i].name) == 0) {
                        event->real = names[i].value;
                        return 0;
                }
        return mismatch(self, event, value, "a number, \"NaN\", \"Infinity\" or \"-Infinity\"");
}

/* Enums and bits */

static bool name_find(const struct darq_schema_type *type, const char *name, size_t size,
                      int64_t *number)
{
        for (size_t i = 0; i < type->members.count; i++) {
                const struct darq_schema_member *member = &type->members.data[i];

                if (member->name.size == size && memcmp(member->name.data, name, size) == 0) {
                        *number = member->number;
                        return true;
                }
        }
        return false;
}

static int enum_supply(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        char text[64];

        if (json_is_integer(value)) {
                event->integer = json_integer_value(value);
                return 0;
        }
        if (!json_is_string(value))
                return mismatch(self, event, value, "a member's name, or a number");
        if (!name_find(event->type, json_string_value(value), json_string_length(value),
                       &event->integer))
                return refuse(self, event, "%s is not a member of %s", found(value, text),
                              event->type->name.data);
        return 0;
}

static int bits_supply(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        const char *name = json_string_value(value);
        uint64_t all = 0;

        if (name == NULL || text_to_integer(name, event))
                return integer_supply(self, event, value);
        while (name != NULL) {
                size_t size = strcspn(name, "|");
                int64_t bit;

                if (!name_find(event->type, name, size, &bit))
                        return refuse(self, event, "\"%.*s\" is not a member of %s",
                                      (int)(size < 40 ? size : 40), name, event->type->name.data);
                all |= (uint64_t)bit;
                name = name[size] == '|' ? name + size + 1 : NULL;
        }
        event->natural = all;
        return 0;
}

/* Texts and bytes */

static int text_supply(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        if (!json_is_string(value))
                return mismatch(self, event, value, "a string");
        event->text = (struct darq_string){json_string_value(value), json_string_length(value)};
        return 0;
}

static int bytes_supply(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        size_t size = json_string_length(value);

        if (!json_is_string(value))
                return mismatch(self, event, value, "base64");
        free(self->bytes);
        self->bytes = malloc(base64_bytes(size) + 1);
        if (self->bytes == NULL)
                return DARQ_E_NO_MEMORY;
        event->bytes.data = self->bytes;
        if (!base64_decode(self->bytes, &event->bytes.size, json_string_value(value), size))
                return mismatch(self, event, value, "base64");
        return 0;
}

static int single_supply(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        switch (event->type->kind) {
        case DARQ_SCHEMA_KIND_BOOL:
                if (!json_is_boolean(value))
                        return mismatch(self, event, value, "true or false");
                event->natural = json_is_true(value) ? 1 : 0;
                return 0;
        case DARQ_SCHEMA_KIND_F32:
        case DARQ_SCHEMA_KIND_F64:
                return real_supply(self, event, value);
        case DARQ_SCHEMA_KIND_STRING:
                return text_supply(self, event, value);
        case DARQ_SCHEMA_KIND_BYTES:
                return bytes_supply(self, event, value);
        case DARQ_SCHEMA_KIND_ENUM:
                return enum_supply(self, event, value);
        case DARQ_SCHEMA_KIND_BITS:
                return bits_supply(self, event, value);
        default:
                return integer_supply(self, event, value);
        }
}

/* What holds values */

static int union_begin(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        const char *key = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)value));
        int64_t number;

        if (json_object_size(value) != 1)
                return refuse(self, event, "expected one key, a member of %s, found %zu",
                              event->type->name.data, json_object_size(value));
        if (key[0] == '#')
                return refuse(self, event,
                              "a member that the schema doesn't know can't be written");
        if (!name_find(event->type, key, strlen(key), &number))
                return refuse(self, event, "\"%.40s\" is not a member of %s", key,
                              event->type->name.data);
        event->number = (uint32_t)number;
        return 0;
}

static int begin(struct json_reader *self, struct darq_event *event, const json_t *value)
{
        bool row = event->type->kind == DARQ_SCHEMA_KIND_VEC ||
                   event->type->kind == DARQ_SCHEMA_KIND_ARRAY;

        if (row && !json_is_array(value))
                return mismatch(self, event, value, "an array");
        if (!row && !json_is_object(value))
                return mismatch(self, event, value, "an object");
        if (row && event->type->kind == DARQ_SCHEMA_KIND_ARRAY &&
            json_array_size(value) != event->count)
                return refuse(self, event, "expected %zu elements, found %zu", event->count,
                              json_array_size(value));
        if (row)
                event->count = json_array_size(value);
        self->at[event->depth] = (struct level){value, 0};
        return event->type->kind == DARQ_SCHEMA_KIND_UNION ? union_begin(self, event, value) : 0;
}

static int end(struct json_reader *self, struct darq_event *event)
{
        const struct level *level = &self->at[event->depth];
        const char *key;
        json_t *value;
        int64_t number;

        if (!json_is_object(level->value) || level->used == json_object_size(level->value))
                return 0;
        json_object_foreach((json_t *)(uintptr_t)level->value, key, value)
        {
                if (!name_find(event->type, key, strlen(key), &number))
                        return refuse(self, event, "unknown key \"%.40s\"", key);
        }
        return refuse(self, event, "more keys than members");
}

/* The JSON of what is asked for; NULL where there is none. */
static const json_t *value_find(struct json_reader *self, const struct darq_event *event)
{
        struct level *around;
        const json_t *value;

        if (event->depth == 0)
                return self->whole;
        around = &self->at[event->depth - 1];
        if (event->member == NULL)
                return json_array_get(around->value, event->index);
        value = json_object_getn(around->value, event->member->name.data, event->member->name.size);
        around->used += value != NULL;
        return json_is_null(value) ? NULL : value;
}

static int supply(void *context, struct darq_event *event)
{
        struct json_reader *self = context;
        const json_t *value;

        if (event->kind == DARQ_EVENT_END)
                return end(self, event);
        value = value_find(self, event);
        if (value == NULL) {
                event->absent = true;
                return 0;
        }
        return event->kind == DARQ_EVENT_BEGIN ? begin(self, event, value)
                                               : single_supply(self, event, value);
}

int json_to_payload(const json_t *value, const struct darq_catalog *catalog, uint32_t type,
                    struct darq_writer *writer, uint32_t port_count, struct json_fault *fault)
{
        struct json_reader reader = {.whole = value};
        struct darq_place place = {.reason = "not a type of payloads"};
        int r = darq_catalog_build(catalog, type, writer, port_count, supply, &reader, &place);

        if (r != 0) {
                memcpy(fault->path, place.path, sizeof fault->path);
                snprintf(fault->reason, sizeof fault->reason, "%s", place.reason);
        }
        free(reader.bytes);
        return r;
}
