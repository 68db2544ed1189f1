/* SPDX-License-Identifier: MIT */
/*
 * Cyclone DDS: idlc's op-codes, run by the functions that libddsc exports, little-endian XCDR2. A sertype with the
 * op-codes is enough; no participant is needed. Decoding validates (dds_stream_normalize), then reads into a sample
 * whose strings and buffers are used again.
 */
#include "tests/bench/codec/codec.h"

#include <dds/dds.h>
#include <dds/ddsi/ddsi_cdrstream.h>
#include <dds/ddsi/ddsi_serdata_default.h>

#include "bench_cdr.h"

static struct ddsi_sertype_default content_type, samples_type, request_type;
static peer_Content content, content_in;
static peer_Image images[2];
static char *persons[2];
static int32_t bitrate;
static peer_Samples samples, samples_in;
static peer_Sample sample_list[SAMPLES];
static peer_Request request, request_in;
static dds_ostreamLE_t stream;

static char *chars(struct text text)
{
        return (char *)(uintptr_t)text.data;
}

static void type_init(struct ddsi_sertype_default *self, const dds_topic_descriptor_t *from)
{
        self->type.size = from->m_size;
        self->type.align = from->m_align;
        self->type.flagset = from->m_flagset;
        self->write_encoding_version = 2;
        self->type.ops.nops = dds_stream_countops(from->m_ops, from->m_nkeys, from->m_keys);
        self->type.ops.ops = (uint32_t *)(uintptr_t)from->m_ops;
        self->opt_size_xcdr1 = dds_stream_check_optimize(&self->type, 1);
        self->opt_size_xcdr2 = dds_stream_check_optimize(&self->type, 2);
}

static void content_fill(void)
{
        const struct content *from = &records()->content;
        const struct media *m = &from->media;
        peer_Media *to = &content.media;

        bitrate = m->bitrate;
        to->uri = chars(m->uri);
        to->title = m->has_title ? chars(m->title) : NULL;
        to->width = m->width;
        to->height = m->height;
        to->format = chars(m->format);
        to->duration = m->duration;
        to->size = m->size;
        to->bitrate = m->has_bitrate ? &bitrate : NULL;
        to->persons._length = to->persons._maximum = m->person_count;
        to->persons._buffer = persons;
        for (uint32_t i = 0; i < m->person_count; i++)
                persons[i] = chars(m->persons[i]);
        to->player = m->player;
        to->copyright = m->has_copyright ? chars(m->copyright) : NULL;
        content.images._length = content.images._maximum = from->image_count;
        content.images._buffer = images;
        for (uint32_t i = 0; i < from->image_count; i++) {
                const struct image *g = &from->images[i];

                images[i] = (peer_Image){chars(g->uri), g->has_title ? chars(g->title) : NULL,
                                         g->width, g->height, g->size};
        }
}

static void samples_fill(void)
{
        samples.items._length = samples.items._maximum = SAMPLES;
        samples.items._buffer = sample_list;
        for (int i = 0; i < SAMPLES; i++) {
                const struct sample *s = &records()->samples[i];

                sample_list[i] = (peer_Sample){s->x, s->y, s->z, s->id, s->flags};
        }
}

static void request_fill(void)
{
        const struct request *from = &records()->request;

        request = (peer_Request){from->id, from->when, chars(from->name)};
}

static void setup(void)
{
        type_init(&content_type, &peer_Content_desc);
        type_init(&samples_type, &peer_Samples_desc);
        type_init(&request_type, &peer_Request_desc);
        dds_ostreamLE_init(&stream, ROOM, 2);
        content_fill();
        samples_fill();
        request_fill();
}

static struct packed put(const void *value, const struct ddsi_sertype_default *type)
{
        stream.x.m_index = 0;
        if (!dds_stream_write_sampleLE(&stream, value, type))
                fail("dds_stream_write_sampleLE");
        return packed_of(stream.x.m_buffer, stream.x.m_index);
}

/* Of bytes in our own order the validation changes none. */
static void get(void *value, const struct ddsi_sertype_default *type, const uint8_t *data,
                size_t size)
{
        uint8_t *bytes = (uint8_t *)(uintptr_t)data;
        dds_istream_t input;
        uint32_t actual;

        if (!dds_stream_normalize(bytes, (uint32_t)size, false, 2, type, false, &actual))
                fail("dds_stream_normalize");
        dds_istream_init(&input, (uint32_t)size, bytes, 2);
        dds_stream_read_sample(&input, value, type);
        KEEP(value);
}

static uint64_t content_add(const peer_Content *c)
{
        const peer_Media *m = &c->media;
        uint64_t sum = (uint64_t)(m->width + m->height + m->duration + m->size +
                                  (m->bitrate != NULL ? *m->bitrate : 0)) +
                       m->player + first(m->uri) + first(m->title) + first(m->format) +
                       first(m->copyright);

        for (uint32_t i = 0; i < m->persons._length; i++)
                sum += first(m->persons._buffer[i]);
        for (uint32_t i = 0; i < c->images._length; i++) {
                const peer_Image *g = &c->images._buffer[i];

                sum += first(g->uri) + first(g->title) + (uint64_t)(g->width + g->height) + g->size;
        }
        return sum;
}

static uint64_t samples_add(const peer_Samples *value)
{
        uint64_t sum = 0;

        for (uint32_t i = 0; i < value->items._length; i++) {
                const peer_Sample *s = &value->items._buffer[i];

                sum += bits_of(s->x) + bits_of(s->y) + bits_of(s->z) + s->id + s->flags;
        }
        return sum;
}

static uint64_t request_add(const peer_Request *value)
{
        return value->id + value->when + first(value->name);
}

#define RECORD_WORK(record)                                           \
        WORK struct packed record##_ready(void)                       \
        {                                                             \
                return put(&record, &record##_type);                  \
        }                                                             \
        WORK struct packed record##_pack(void)                        \
        {                                                             \
                record##_fill();                                      \
                return put(&record, &record##_type);                  \
        }                                                             \
        WORK void record##_unpack(const uint8_t *data, size_t size)   \
        {                                                             \
                get(&record##_in, &record##_type, data, size);        \
        }                                                             \
        WORK uint64_t record##_read(const uint8_t *data, size_t size) \
        {                                                             \
                get(&record##_in, &record##_type, data, size);        \
                return record##_add(&record##_in);                    \
        }

RECORD_WORK(content)
RECORD_WORK(samples)
RECORD_WORK(request)

const struct codec codec = {
        .name = "cyclone",
        .setup = setup,
        .works = {{content_pack, content_ready, content_unpack, content_read},
                  {samples_pack, samples_ready, samples_unpack, samples_read},
                  {request_pack, request_ready, request_unpack, request_read}},
};
