/* SPDX-License-Identifier: MIT */
/*
 * One value in two encoders: what we write must be what Cyclone DDS writes; what each reads from the other's bytes must
 * encode to them again.
 */
#include "tests/interop/random/cyclone.h"

#include "tests/interop/sertype.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;
static uint8_t pool[8 << 20];
static size_t pool_used;
static uint64_t ports[DARQ_PORTS_MAX];
static uint32_t port_count;

/* splitmix64 */
uint64_t draw(void)
{
        uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

size_t draw_below(size_t limit)
{
        return (size_t)(draw() % limit);
}

void *give(size_t size)
{
        void *result = pool + pool_used;

        pool_used += (size + 15) & ~(size_t)15;
        if (pool_used > sizeof pool)
                abort();
        return memset(result, 0, size);
}

struct darq_string draw_text(size_t max)
{
        size_t size = draw_below((max < 40 ? max : 40) + 1);
        char *text = give(size + 1);

        for (size_t i = 0; i < size; i++)
                text[i] = (char)('!' + draw_below(90));
        return (struct darq_string){text, size};
}

uint64_t port_take(uint32_t *index)
{
        if (port_count == DARQ_PORTS_MAX)
                abort();
        *index = port_count;
        ports[port_count] = draw() | 1;
        return ports[port_count++];
}

static bool same(const struct schema *schema, const char *what, const uint8_t *a, size_t a_size,
                 const uint8_t *b, size_t b_size)
{
        if (a_size == b_size && memcmp(a, b, a_size) == 0)
                return true;
        printf("%s: %s: %zu bytes against %zu\n", schema->name, what, a_size, b_size);
        return false;
}

/* Ours from Cyclone's bytes, and back to bytes. */
static bool ours_again(const struct schema *schema, const dds_ostreamLE_t *theirs)
{
        const struct darq_method *method = &schema->interface->methods[0];
        struct darq_arena *arena = darq_arena_new(darq_arena_limit(theirs->x.m_index));
        struct darq_reader reader;
        struct darq_writer writer;
        const void *value;
        bool good;

        darq_reader_init(&reader, theirs->x.m_buffer, theirs->x.m_index, arena);
        reader.ports = ports;
        reader.port_count = port_count;
        value = method->unpack_request(&reader);
        good = darq_reader_finish(&reader) == 0;
        darq_writer_init(&writer, NULL, 0);
        if (good)
                method->pack_request(&writer, value);
        else
                printf("%s: refused: %s at %zu\n", schema->name, reader.reason, reader.offset);
        good = good && same(schema, "read and written by us", writer.data, writer.size,
                            theirs->x.m_buffer, theirs->x.m_index);
        darq_writer_deinit(&writer);
        darq_arena_free(arena);
        return good;
}

static bool theirs_again(const struct schema *schema, const struct darq_writer *ours)
{
        struct ddsi_sertype_default type = sertype(schema->topic);
        void *sample = calloc(1, schema->topic->m_size);
        dds_ostreamLE_t stream;
        dds_istream_t input;
        bool good;

        dds_istream_init(&input, (uint32_t)ours->size, ours->data, CDR_ENC_VERSION_2);
        dds_stream_read_sample(&input, sample, &type);
        dds_ostreamLE_init(&stream, 0, CDR_ENC_VERSION_2);
        good = dds_stream_write_sampleLE(&stream, sample, &type) &&
               same(schema, "read and written by Cyclone", stream.x.m_buffer, stream.x.m_index,
                    ours->data, ours->size);
        dds_ostreamLE_fini(&stream);
        dds_stream_free_sample(sample, schema->topic->m_ops);
        free(sample);
        return good;
}

static bool value_run(const struct schema *schema)
{
        struct ddsi_sertype_default type = sertype(schema->topic);
        void *ours = give(schema->ours_size);
        void *theirs = give(schema->topic->m_size);
        struct darq_writer writer;
        dds_ostreamLE_t stream;
        bool good;

        schema->fill(ours, theirs);
        darq_writer_init(&writer, NULL, 0);
        schema->interface->methods[0].pack_request(&writer, ours);
        dds_ostreamLE_init(&stream, 0, CDR_ENC_VERSION_2);
        good = writer.error == 0 && dds_stream_write_sampleLE(&stream, theirs, &type);
        if (writer.error != 0)
                printf("%s: not packed: %s\n", schema->name, writer.reason);
        good = good &&
               same(schema, "written", writer.data, writer.size, stream.x.m_buffer,
                    stream.x.m_index) &&
               ours_again(schema, &stream) && theirs_again(schema, &writer);
        darq_writer_deinit(&writer);
        dds_ostreamLE_fini(&stream);
        return good;
}

unsigned int schema_run(const struct schema *self, unsigned int rounds, uint64_t seed)
{
        unsigned int failed = 0;

        state = seed;
        for (unsigned int i = 0; i < rounds && failed < 3; i++) {
                pool_used = 0;
                port_count = 0;
                failed += !value_run(self);
        }
        return failed;
}
