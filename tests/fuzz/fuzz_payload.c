/* SPDX-License-Identifier: MIT */
/*
 * The codec under payloads that come from a fuzzer: a schema with every construct, and one of what is taken or viewed as a
 * whole, read by generated code and by the schema's walker.
 *
 * Input: one byte says which parameter list, one how many ports the message carries and of which schema, the rest is the
 * body. Both must give the same verdict; what generated code has read it must be able to write, and the builder must
 * write the same.
 */
#include <stdlib.h>

#include <darq/darq.h>
#include <darq/schema.h>

#include "tests/golden/c/every.darq.h"
#include "tests/golden/c/plain.darq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS_MAX = 4096 };

/* A message that is being tried. */
struct trial {
        const struct darq_catalog *catalog;
        uint32_t type;
        uint64_t ports[DARQ_PORTS_MAX];
        uint32_t port_count;
        bool unknown; /* it holds a union's member that can't be written */
        struct darq_event events[EVENTS_MAX];
        size_t count;
        size_t next;
};

static int event_keep(void *context, const struct darq_event *event)
{
        struct trial *self = context;

        self->unknown |= event->unknown;
        if (self->count < EVENTS_MAX)
                self->events[self->count] = *event;
        self->count++;
        return 0;
}

static int event_supply(void *context, struct darq_event *event)
{
        struct trial *self = context;
        const struct darq_event *next = &self->events[self->next];

        if (event->kind != DARQ_EVENT_END &&
            (self->next == self->count || next->kind != event->kind ||
             next->depth != event->depth || next->member != event->member)) {
                event->absent = true;
                return 0;
        }
        event->count = next->count;
        event->bytes = next->bytes;
        if (event->kind == DARQ_EVENT_BEGIN && event->type->kind == DARQ_SCHEMA_KIND_UNION)
                event->number = (uint32_t)next[1].member->number;
        self->next++;
        return 0;
}

/* What generated code has written is walked, and built of that once more: the same number of bytes, NaNs aside the same. */
static void written_check(struct trial *self, const struct darq_writer *written)
{
        struct darq_writer built;

        self->count = self->next = 0;
        if (darq_catalog_walk(self->catalog, self->type, written->data, written->size,
                              written->port_count, event_keep, self, NULL) != 0)
                abort();
        if (self->count > EVENTS_MAX)
                return;
        darq_writer_init(&built, NULL, 0);
        if (darq_catalog_build(self->catalog, self->type, &built, written->port_count, event_supply,
                               self, NULL) != 0 ||
            built.size != written->size || self->next != self->count)
                abort();
        darq_writer_deinit(&built);
}

static void value_check(struct trial *self, darq_pack *pack, const void *value)
{
        struct darq_writer writer;

        darq_writer_init(&writer, NULL, 0);
        pack(&writer, value);
        if (writer.error == 0)
                written_check(self, &writer);
        else if (!self->unknown && writer.port_count < DARQ_PORTS_MAX)
                abort();
        darq_writer_deinit(&writer);
}

static void body_check(struct trial *self, darq_unpack *unpack, darq_pack *pack,
                       const uint8_t *data, size_t size)
{
        struct darq_arena *arena = darq_arena_new(SIZE_MAX / 2);
        bool walked = darq_catalog_walk(self->catalog, self->type, data, size, self->port_count,
                                        event_keep, self, NULL) == 0;
        struct darq_reader reader;
        const void *value;

        darq_reader_init(&reader, data, size, arena);
        reader.ports = self->ports;
        reader.port_count = self->port_count;
        value = unpack(&reader);
        if (walked != (darq_reader_finish(&reader) == 0 && value != NULL))
                abort();
        if (walked)
                value_check(self, pack, value);
        darq_arena_free(arena);
}

static const struct darq_catalog *catalog_of(const struct darq_interface *interface)
{
        struct darq_catalog *catalog;

        if (darq_catalog_open(&catalog, interface->schema, interface->schema_size, NULL) != 0)
                abort();
        return catalog;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct darq_interface *const interfaces[] = {&every_thing_interface,
                                                                  &plain_board_interface};
        static const struct darq_catalog *catalogs[2];
        static struct trial trial;
        const struct darq_schema_method *described;
        const struct darq_interface *interface;
        const struct darq_method *method;
        unsigned int which;
        bool reply;

        if (size < 2)
                return 0;
        which = data[1] / 128;
        interface = interfaces[which];
        if (catalogs[which] == NULL)
                catalogs[which] = catalog_of(interface);
        method = &interface->methods[data[0] / 2 % interface->method_count];
        described = darq_catalog_interface(catalogs[which], interface->id)->methods.data;
        while (described->ordinal != method->ordinal)
                described++;
        reply = data[0] % 2 != 0 && method->unpack_reply != NULL;
        trial.catalog = catalogs[which];
        trial.type = reply ? described->reply : described->request;
        trial.port_count = data[1] % 8;
        for (uint32_t i = 0; i < trial.port_count; i++)
                trial.ports[i] = i + 1;
        trial.unknown = false;
        trial.count = trial.next = 0;
        body_check(&trial, reply ? method->unpack_reply : method->unpack_request,
                   reply ? method->pack_reply : method->pack_request, data + 2, size - 2);
        return 0;
}
