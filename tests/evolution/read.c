/* SPDX-License-Identifier: MIT */
/*
 * Reads payloads as a program of one version would: read SCHEMA, with lines "INTERFACE ORDINAL LIST HEX" on its standard
 * input, LIST being request, upload, reply or download. A line for each comes out: what was read, as JSON with
 * integers as they are, text and bytes in hexadecimal, defaults that were filled in as ["default", value]; or why not.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <darq/schema.h>

enum { DEPTH_MAX = 64, PORTS = 64 };

struct print {
        bool follows[DEPTH_MAX]; /* something stands before, at this depth */
        bool wrapped[DEPTH_MAX]; /* as a default */
};

static void hex_print(char mark, const void *data, size_t size)
{
        printf("\"%c", mark);
        for (size_t i = 0; i < size; i++)
                printf("%02x", ((const uint8_t *)data)[i]);
        putchar('"');
}

static bool is_list(const struct darq_schema_type *type)
{
        return type->kind == DARQ_SCHEMA_KIND_VEC || type->kind == DARQ_SCHEMA_KIND_ARRAY;
}

/* JSON has no word for what is no number. */
static void real_print(double real)
{
        if (isfinite(real))
                printf("%.17g", real);
        else
                printf("\"%s\"", isnan(real) ? "nan" : "infinite");
}

static void value_print(const struct darq_event *event)
{
        switch (event->type->kind) {
        case DARQ_SCHEMA_KIND_F32:
        case DARQ_SCHEMA_KIND_F64:
                real_print(event->real);
                break;
        case DARQ_SCHEMA_KIND_STRING:
                hex_print('s', event->text.data, event->text.size);
                break;
        case DARQ_SCHEMA_KIND_BYTES:
                hex_print('b', event->bytes.data, event->bytes.size);
                break;
        case DARQ_SCHEMA_KIND_U64:
        case DARQ_SCHEMA_KIND_BITS:
                printf("%" PRIu64, event->natural);
                break;
        default:
                printf("%" PRId64, event->integer);
                break;
        }
}

/* A comma and a key, where they belong. What a union doesn't know is told at its own depth. */
static void begin_print(struct print *self, const struct darq_event *event)
{
        unsigned int depth = event->depth + (event->unknown ? 1 : 0);

        if (self->follows[depth])
                putchar(',');
        self->follows[depth] = true;
        if (event->unknown)
                printf("\"#%" PRIu32 "\":", event->number);
        else if (event->member != NULL)
                printf("\"%s\":", event->member->name.data);
        self->wrapped[depth] = event->defaulted;
        if (event->defaulted)
                printf("[\"default\",");
}

static int event_print(void *context, const struct darq_event *event)
{
        struct print *self = context;

        if (event->depth + 1 >= DEPTH_MAX)
                return -1;
        if (event->kind != DARQ_EVENT_END)
                begin_print(self, event);
        if (event->kind == DARQ_EVENT_BEGIN) {
                putchar(is_list(event->type) ? '[' : '{');
                self->follows[event->depth + 1] = false;
                return 0;
        }
        if (event->kind == DARQ_EVENT_END)
                putchar(is_list(event->type) ? ']' : '}');
        else if (event->unknown)
                hex_print('b', event->bytes.data, event->bytes.size);
        else
                value_print(event);
        if (!event->unknown && self->wrapped[event->depth])
                putchar(']');
        return 0;
}

static const struct darq_schema_method *method_find(const struct darq_schema_interface *interface,
                                                    uint32_t ordinal)
{
        for (size_t i = 0; i < interface->methods.count; i++)
                if (interface->methods.data[i].ordinal == ordinal)
                        return &interface->methods.data[i];
        return NULL;
}

static uint32_t list_of(const struct darq_schema_method *method, const char *list)
{
        if (strcmp(list, "request") == 0)
                return method->request;
        if (strcmp(list, "reply") == 0)
                return method->reply;
        return strcmp(list, "upload") == 0 ? method->upload_item : method->download_item;
}

static void payload_read(const struct darq_catalog *catalog, const char *id, uint32_t ordinal,
                         const char *list, const uint8_t *data, size_t size)
{
        const struct darq_schema_interface *interface =
                darq_catalog_interface(catalog, strtoull(id, NULL, 16));
        const struct darq_schema_method *method =
                interface != NULL ? method_find(interface, ordinal) : NULL;
        struct print print = {.follows = {false}};
        struct darq_place place = {.reason = NULL};
        uint32_t type;

        if (method == NULL) {
                printf("!%s\n", interface == NULL ? "NO_INTERFACE" : "UNIMPLEMENTED");
                return;
        }
        type = list_of(method, list);
        if (darq_catalog_walk(catalog, type, data, size, PORTS, NULL, NULL, &place) != 0) {
                printf("!%s: %s\n", place.path, place.reason);
                return;
        }
        darq_catalog_walk(catalog, type, data, size, PORTS, event_print, &print, &place);
        putchar('\n');
}

static size_t unhex(const char *text, uint8_t *data)
{
        size_t size = 0;
        unsigned int byte;

        for (; sscanf(text, "%2x", &byte) == 1 && text[0] > ' '; text += 2)
                data[size++] = (uint8_t)byte;
        return size;
}

static struct darq_catalog *catalog_read(const char *path)
{
        static uint8_t schema[1 << 18];
        struct darq_catalog *catalog = NULL;
        const char *reason = "it can't be read";
        FILE *file = fopen(path, "rb");
        size_t size = file != NULL ? fread(schema, 1, sizeof schema, file) : 0;

        if (file != NULL)
                fclose(file);
        if (size == 0 || darq_catalog_open(&catalog, schema, size, &reason) != 0)
                fprintf(stderr, "%s: %s\n", path, reason);
        return catalog;
}

int main(int argc, char **argv)
{
        static char line[1 << 16];
        static uint8_t data[1 << 15];
        struct darq_catalog *catalog = argc == 2 ? catalog_read(argv[1]) : NULL;
        char id[32];
        char list[16];
        uint32_t ordinal;
        int at;

        if (catalog == NULL)
                return 1;
        while (fgets(line, sizeof line, stdin) != NULL) {
                if (sscanf(line, "%31s %" SCNu32 " %15s %n", id, &ordinal, list, &at) != 3)
                        return 1;
                payload_read(catalog, id, ordinal, list, data, unhex(line + at, data));
        }
        darq_catalog_close(catalog);
        return 0;
}
