/* SPDX-License-Identifier: MIT */
/*
 * What this library says of messages: one line for each that stands on standard input.
 *
 * A message is a header of little-endian u32s (interface id as two, ordinal, part, ports, size) and its bytes. It is read twice: by
 * the walker, which shows the value as text, and by the generated unpack, whose value is packed again, shown by the walker
 * too, and built once more from what that saw, without generated code. The line:
 *
 *      R                       both refuse it
 *      A = text                both accept it; packed again it is the same bytes
 *      A ~ text TAB text       packed again it is other bytes, and what these say; the second is empty if it is the same
 *      A x text                it can't be packed
 *      ! ...                   they disagree
 *
 * Every message gets memory of exactly its size, so that a sanitizer sees any step beyond it.
 */
#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <darq/darq.h>
#include <darq/schema.h>

/* Written by run.py: what is linked. */
extern const struct darq_interface *const interfaces[];
extern const size_t interface_count;

enum { PART_REQUEST, PART_REPLY, PART_UPLOAD, PART_DOWNLOAD };

struct input {
        uint32_t id_low;
        uint32_t id_high;
        uint32_t ordinal;
        uint32_t part;
        uint32_t ports;
        uint32_t size;
};

/* A parameter list in both forms. */
struct list {
        const struct darq_catalog *catalog;
        uint32_t type;
        darq_unpack *unpack;
        darq_pack *pack;
};

/* Text */

struct text {
        char *data;
        size_t size;
        size_t capacity;
        const uint64_t *ports; /* an index stands for ports[index] - 1; NULL: for itself */
};

static void text_add(struct text *self, const char *data, size_t size)
{
        if (self->size + size + 1 > self->capacity) {
                self->capacity = (self->size + size) * 2 + 1024;
                self->data = realloc(self->data, self->capacity);
                if (self->data == NULL)
                        abort();
        }
        memcpy(self->data + self->size, data, size);
        self->size += size;
        self->data[self->size] = '\0';
}

__attribute__((format(printf, 2, 3))) static void text_print(struct text *self, const char *format,
                                                             ...)
{
        char piece[300];
        va_list arguments;
        int size;

        va_start(arguments, format);
        size = vsnprintf(piece, sizeof piece, format, arguments);
        va_end(arguments);
        text_add(self, piece, (size_t)size);
}

static void text_hex(struct text *self, char quote, const void *data, size_t size)
{
        static const char digits[] = "0123456789abcdef";
        const uint8_t *bytes = data;

        text_add(self, &quote, 1);
        for (size_t i = 0; i < size; i++)
                text_add(self, (char[]){digits[bytes[i] >> 4], digits[bytes[i] & 15]}, 2);
        text_add(self, &quote, 1);
}

static void real_show(struct text *self, double real)
{
        uint64_t bits;

        memcpy(&bits, &real, sizeof bits);
        if (isnan(real))
                text_print(self, "nan");
        else
                text_print(self, "%016" PRIx64, bits);
}

static void scalar_show(struct text *self, enum darq_schema_kind kind,
                        const struct darq_event *event)
{
        switch (kind) {
        case DARQ_SCHEMA_KIND_BOOL:
                text_print(self, event->natural != 0 ? "true" : "false");
                break;
        case DARQ_SCHEMA_KIND_I8:
        case DARQ_SCHEMA_KIND_I16:
        case DARQ_SCHEMA_KIND_I32:
        case DARQ_SCHEMA_KIND_I64:
                text_print(self, "%" PRId64, event->integer);
                break;
        case DARQ_SCHEMA_KIND_F32:
        case DARQ_SCHEMA_KIND_F64:
                real_show(self, event->real);
                break;
        case DARQ_SCHEMA_KIND_STRING:
                text_hex(self, '"', event->text.data, event->text.size);
                break;
        case DARQ_SCHEMA_KIND_BYTES:
                text_hex(self, '\'', event->bytes.data, event->bytes.size);
                break;
        case DARQ_SCHEMA_KIND_PORT:
                text_print(self, "port %" PRIu64,
                           self->ports != NULL ? self->ports[event->natural] - 1 : event->natural);
                break;
        default:
                text_print(self, "%" PRIu64, event->natural);
                break;
        }
}

static char bracket(enum darq_schema_kind kind, bool begin)
{
        if (kind == DARQ_SCHEMA_KIND_VEC || kind == DARQ_SCHEMA_KIND_ARRAY)
                return begin ? '[' : ']';
        if (kind == DARQ_SCHEMA_KIND_UNION)
                return begin ? '<' : '>';
        return begin ? '{' : '}';
}

struct shown {
        struct text text;
        const struct darq_catalog *catalog;
        struct darq_event *events; /* all that were seen, for the builder */
        size_t event_count;
        size_t event_capacity;
};

static void event_keep(struct shown *self, const struct darq_event *event)
{
        if (self->event_count == self->event_capacity) {
                self->event_capacity = self->event_capacity * 2 + 64;
                self->events = realloc(self->events, self->event_capacity * sizeof *self->events);
                if (self->events == NULL)
                        abort();
        }
        self->events[self->event_count++] = *event;
}

static int value_show(void *context, const struct darq_event *event)
{
        struct shown *shown = context;
        struct text *text = &shown->text;
        enum darq_schema_kind kind = event->type->kind;

        event_keep(shown, event);
        if (event->kind == DARQ_EVENT_VALUE && event->unknown) {
                text_print(text, "#%" PRIu32 "=", event->number);
                text_hex(text, '\'', event->bytes.data, event->bytes.size);
                text_add(text, ",", 1);
                return 0;
        }
        if (event->kind != DARQ_EVENT_END && event->member != NULL)
                text_print(text, "%s=", event->member->name.data);
        if (kind == DARQ_SCHEMA_KIND_ENUM || kind == DARQ_SCHEMA_KIND_BITS)
                kind = darq_catalog_type(shown->catalog, event->type->element)->kind;
        if (event->kind == DARQ_EVENT_VALUE)
                scalar_show(text, kind, event);
        else
                text_add(text, (char[]){bracket(kind, event->kind == DARQ_EVENT_BEGIN)}, 1);
        if (event->kind != DARQ_EVENT_BEGIN)
                text_add(text, ",", 1);
        return 0;
}

/* Parameter lists */

static const struct darq_catalog *catalog_of(size_t index)
{
        static struct darq_catalog *catalogs[4096];
        const struct darq_interface *interface = interfaces[index];

        if (catalogs[index] == NULL && darq_catalog_open(&catalogs[index], interface->schema,
                                                         interface->schema_size, NULL) != 0)
                abort();
        return catalogs[index];
}

static uint32_t list_type(const struct darq_catalog *catalog, uint64_t id,
                          const struct input *input)
{
        const struct darq_schema_interface *interface = darq_catalog_interface(catalog, id);

        for (size_t i = 0; i < interface->methods.count; i++) {
                const struct darq_schema_method *method = &interface->methods.data[i];
                const uint32_t parts[] = {method->request, method->reply, method->upload_item,
                                          method->download_item};

                if (method->ordinal == input->ordinal)
                        return parts[input->part];
        }
        abort();
}

static void functions_find(const struct darq_interface *interface, const struct input *input,
                           struct list *list)
{
        for (size_t i = 0; i < interface->method_count; i++) {
                const struct darq_method *method = &interface->methods[i];

                if (method->ordinal != input->ordinal)
                        continue;
                list->unpack = input->part == PART_REQUEST  ? method->unpack_request
                               : input->part == PART_REPLY  ? method->unpack_reply
                               : input->part == PART_UPLOAD ? method->upload->unpack
                                                            : method->download->unpack;
                list->pack = input->part == PART_REQUEST  ? method->pack_request
                             : input->part == PART_REPLY  ? method->pack_reply
                             : input->part == PART_UPLOAD ? method->upload->pack
                                                          : method->download->pack;
        }
        if (list->unpack == NULL)
                list->unpack = darq_unpack_empty;
        if (list->pack == NULL)
                list->pack = darq_pack_empty;
}

static struct list list_find(const struct input *input)
{
        uint64_t id = (uint64_t)input->id_high << 32 | input->id_low;
        struct list list = {NULL, 0, NULL, NULL};

        for (size_t i = 0; i < interface_count; i++) {
                if (interfaces[i]->id != id)
                        continue;
                list.catalog = catalog_of(i);
                list.type = list_type(list.catalog, id, input);
                functions_find(interfaces[i], input, &list);
                return list;
        }
        abort();
}

/* Messages */

static uint64_t ports[4096];
static struct darq_arena *arena;
static struct darq_writer writer;
static struct darq_writer built;
static struct shown first;
static struct shown second;

static int shown_walk(struct shown *shown, const struct list *list, const void *data, size_t size,
                      uint32_t port_count, struct darq_place *place)
{
        shown->text.size = 0;
        shown->event_count = 0;
        text_add(&shown->text, "", 0);
        shown->catalog = list->catalog;
        return darq_catalog_walk(list->catalog, list->type, data, size, port_count, value_show,
                                 shown, place);
}

/* What a walk has seen of a payload that we wrote, given back to the builder. */
struct supply {
        const struct darq_event *next;
        const struct darq_event *end;
};

static int event_supply(void *context, struct darq_event *event)
{
        struct supply *self = context;
        const struct darq_event *next = self->next;

        if (event->kind != DARQ_EVENT_END &&
            (next == self->end || next->kind != event->kind || next->depth != event->depth ||
             next->member != event->member)) {
                event->absent = true;
                return 0;
        }
        event->count = next->count;
        event->bytes = next->bytes; /* the largest of the values */
        if (event->kind == DARQ_EVENT_BEGIN && event->type->kind == DARQ_SCHEMA_KIND_UNION)
                event->number = (uint32_t)next[1].member->number;
        self->next++;
        return 0;
}

/* Whether the builder makes the same bytes of the same value as generated code has; NaNs may turn quiet on the way. */
static bool built_same(const struct list *list)
{
        struct supply supply = {second.events, second.events + second.event_count};
        bool same;

        darq_writer_reset(&built);
        same = darq_catalog_build(list->catalog, list->type, &built, writer.port_count,
                                  event_supply, &supply, NULL) == 0 &&
               built.size == writer.size &&
               (memcmp(built.data, writer.data, built.size) == 0 ||
                strstr(second.text.data, "nan") != NULL);
        return same && supply.next == supply.end;
}

static void accepted_say(const struct list *list, const void *value, const uint8_t *data,
                         size_t size)
{
        darq_writer_reset(&writer);
        list->pack(&writer, value);
        second.text.ports = writer.ports;
        if (writer.error != 0)
                printf("A x %s\n", first.text.data);
        else if (shown_walk(&second, list, writer.data, writer.size, writer.port_count, NULL) != 0)
                printf("! what was packed again is refused: %s\n", first.text.data);
        else if (!built_same(list))
                printf("! the builder makes other bytes of it: %s\n", first.text.data);
        else if (writer.size == size && memcmp(writer.data, data, size) == 0)
                printf("A = %s\n", first.text.data);
        else
                printf("A ~ %s\t%s\n", first.text.data,
                       strcmp(first.text.data, second.text.data) == 0 ? "" : second.text.data);
}

static void message_say(const struct list *list, const uint8_t *data, const struct input *input)
{
        struct darq_place place = {.reason = "it is fine"};
        bool walked = shown_walk(&first, list, data, input->size, input->ports, &place) == 0;
        struct darq_reader reader;
        const void *value;
        bool read;

        darq_arena_reset(arena, SIZE_MAX / 2);
        darq_reader_init(&reader, data, input->size, arena);
        reader.ports = ports;
        reader.port_count = input->ports;
        value = list->unpack(&reader);
        read = darq_reader_finish(&reader) == 0 && value != NULL;
        if (walked != read)
                printf("! the walker says at '%s' %zu: %s; generated code at %zu: %s\n", place.path,
                       place.offset, place.reason, reader.offset,
                       read ? "it is fine" : reader.reason);
        else if (!read)
                printf("R\n");
        else
                accepted_say(list, value, data, input->size);
}

static bool input_read(struct input *input)
{
        uint32_t words[6];

        if (fread(words, sizeof words, 1, stdin) != 1)
                return false;
        *input = (struct input){le32toh(words[0]), le32toh(words[1]), le32toh(words[2]),
                                le32toh(words[3]), le32toh(words[4]), le32toh(words[5])};
        return true;
}

int main(void)
{
        struct input input;

        for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
                ports[i] = i + 1;
        arena = darq_arena_new(1 << 20);
        darq_writer_init(&writer, NULL, 0);
        darq_writer_init(&built, NULL, 0);
        while (input_read(&input)) {
                struct list list = list_find(&input);
                uint8_t *data = malloc(input.size != 0 ? input.size : 1);

                if (data == NULL || fread(data, 1, input.size, stdin) != input.size)
                        abort();
                message_say(&list, data, &input);
                free(data);
        }
        darq_writer_deinit(&writer);
        darq_writer_deinit(&built);
        darq_arena_free(arena);
        free(first.text.data);
        free(first.events);
        free(second.events);
        free(second.text.data);
        return 0;
}
