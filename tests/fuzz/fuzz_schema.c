/* SPDX-License-Identifier: MIT */
/*
 * Schemas that come from a fuzzer: what is accepted as a catalog must be safe to walk and build by, whatever it says.
 *
 * Input: two bytes say how many of the rest are a body, the others are the schema. The body is walked as each of its
 * first types; what can be walked has to be written again, from what was seen.
 */
#include <stdlib.h>
#include <string.h>

#include <darq/schema.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TYPES_MAX = 32, EVENTS_MAX = 2000 };

/* Anything may be asked of what an event carries. */
static int event_look(void *context, const struct darq_event *event)
{
        size_t *seen = context;
        enum darq_schema_kind kind = event->type->kind;

        if (event->kind == DARQ_EVENT_VALUE && kind == DARQ_SCHEMA_KIND_STRING)
                *seen += strlen(event->text.data) != event->text.size;
        if (event->member != NULL && event->member->name.data[event->member->name.size] != '\0')
                abort();
        return ++*seen > EVENTS_MAX;
}

/* Always the least that there can be: zeros, the first member of a union, one element. */
static int event_supply(void *context, struct darq_event *event)
{
        size_t *asked = context;
        const struct darq_schema_type *type = event->type;

        event->bytes = (struct darq_bytes){NULL, 0};
        if (type->kind == DARQ_SCHEMA_KIND_VEC)
                event->count = 1;
        if (type->kind == DARQ_SCHEMA_KIND_UNION && type->members.count != 0)
                event->number = (uint32_t)type->members.data[0].number;
        return ++*asked > EVENTS_MAX;
}

static void type_try(const struct darq_catalog *catalog, uint32_t type, const uint8_t *body,
                     size_t size)
{
        struct darq_writer writer;
        struct darq_place place;
        size_t count = 0;

        darq_catalog_walk(catalog, type, body, size, 2, event_look, &count, &place);
        count = 0;
        darq_writer_init(&writer, NULL, 0);
        if (darq_catalog_build(catalog, type, &writer, 2, event_supply, &count, &place) == 0 &&
            darq_catalog_walk(catalog, type, writer.data, writer.size, 2, NULL, NULL, &place) != 0)
                abort(); /* what was built can be read */
        darq_writer_deinit(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct darq_catalog *catalog;
        size_t body;
        uint32_t found;

        if (size < 2)
                return 0;
        body = (size_t)(data[0] | data[1] << 8) % (size - 1);
        data += 2;
        size -= 2;
        if (darq_catalog_open(&catalog, data + body, size - body, NULL) != 0)
                return 0;
        for (uint32_t i = 0; i < TYPES_MAX && darq_catalog_type(catalog, i) != NULL; i++)
                type_try(catalog, i, data, body);
        darq_catalog_find(catalog, "Demo.put.request", &found);
        darq_catalog_close(catalog);
        return 0;
}
