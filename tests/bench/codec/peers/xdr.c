/* SPDX-License-Identifier: MIT */
/*
 * ONC RPC: rpcgen's filters over a stream in memory (libtirpc). Decoding allocates; xdr_free() releases.
 */
#include "tests/bench/codec/codec.h"

#include "bench_xdr.h"

static XContent content;
static XImage images[2];
static xstr titles[2], persons[2], media_title, media_copyright;
static int bitrate;
static XSamples samples;
static XSample sample_list[SAMPLES];
static XRequest request;

static char *chars(struct text text)
{
        return (char *)(uintptr_t)text.data;
}

static void content_fill(void)
{
        const struct content *from = &records()->content;
        const struct media *m = &from->media;
        XMedia *to = &content.media;

        media_title = chars(m->title);
        media_copyright = chars(m->copyright);
        bitrate = m->bitrate;
        to->uri = chars(m->uri);
        to->title = m->has_title ? &media_title : NULL;
        to->width = m->width;
        to->height = m->height;
        to->format = chars(m->format);
        to->duration = m->duration;
        to->size = m->size;
        to->bitrate = m->has_bitrate ? &bitrate : NULL;
        to->persons.persons_len = m->person_count;
        to->persons.persons_val = persons;
        for (uint32_t i = 0; i < m->person_count; i++)
                persons[i] = chars(m->persons[i]);
        to->player = m->player;
        to->copyright = m->has_copyright ? &media_copyright : NULL;
        content.images.images_len = from->image_count;
        content.images.images_val = images;
        for (uint32_t i = 0; i < from->image_count; i++) {
                const struct image *g = &from->images[i];

                titles[i] = chars(g->title);
                images[i] = (XImage){chars(g->uri), g->has_title ? &titles[i] : NULL, g->width,
                                     g->height, g->size};
        }
}

static void samples_fill(void)
{
        samples.items.items_len = SAMPLES;
        samples.items.items_val = sample_list;
        for (int i = 0; i < SAMPLES; i++) {
                const struct sample *s = &records()->samples[i];

                sample_list[i] = (XSample){s->x, s->y, s->z, s->id, s->flags};
        }
}

static void request_fill(void)
{
        const struct request *from = &records()->request;

        request = (XRequest){from->id, from->when, chars(from->name)};
}

static void setup(void)
{
        content_fill();
        samples_fill();
        request_fill();
}

static uint64_t content_add(const XContent *c)
{
        const XMedia *m = &c->media;
        uint64_t sum = (uint64_t)(m->width + m->height + m->duration + m->size +
                                  (m->bitrate != NULL ? *m->bitrate : 0)) +
                       m->player + first(m->uri) + (m->title != NULL ? first(*m->title) : 0) +
                       first(m->format) + (m->copyright != NULL ? first(*m->copyright) : 0);

        for (u_int i = 0; i < m->persons.persons_len; i++)
                sum += first(m->persons.persons_val[i]);
        for (u_int i = 0; i < c->images.images_len; i++) {
                const XImage *g = &c->images.images_val[i];

                sum += first(g->uri) + (g->title != NULL ? first(*g->title) : 0) +
                       (uint64_t)(g->width + g->height) + g->size;
        }
        return sum;
}

static uint64_t samples_add(const XSamples *value)
{
        uint64_t sum = 0;

        for (u_int i = 0; i < value->items.items_len; i++) {
                const XSample *s = &value->items.items_val[i];

                sum += bits_of(s->x) + bits_of(s->y) + bits_of(s->z) + s->id + s->flags;
        }
        return sum;
}

static uint64_t request_add(const XRequest *value)
{
        return value->id + value->when + first(value->name);
}

#define RECORD_WORK(record, Type)                                                         \
        WORK struct packed record##_ready(void)                                           \
        {                                                                                 \
                XDR stream;                                                               \
                                                                                          \
                xdrmem_create(&stream, (char *)codec_buffer, ROOM, XDR_ENCODE);           \
                if (!xdr_##Type(&stream, &record))                                        \
                        fail("encoding");                                                 \
                return packed_of(codec_buffer, xdr_getpos(&stream));                      \
        }                                                                                 \
        WORK struct packed record##_pack(void)                                            \
        {                                                                                 \
                record##_fill();                                                          \
                return record##_ready();                                                  \
        }                                                                                 \
        WORK uint64_t record##_get(const uint8_t *data, size_t size, bool add)            \
        {                                                                                 \
                uint64_t sum = 0;                                                         \
                Type value;                                                               \
                XDR stream;                                                               \
                                                                                          \
                memset(&value, 0, sizeof value);                                          \
                xdrmem_create(&stream, (char *)(uintptr_t)data, (u_int)size, XDR_DECODE); \
                if (!xdr_##Type(&stream, &value))                                         \
                        fail("decoding");                                                 \
                KEEP(&value);                                                             \
                if (add)                                                                  \
                        sum = record##_add(&value);                                       \
                stream.x_op = XDR_FREE;                                                   \
                xdr_##Type(&stream, &value);                                              \
                return sum;                                                               \
        }                                                                                 \
        WORK void record##_unpack(const uint8_t *data, size_t size)                       \
        {                                                                                 \
                record##_get(data, size, false);                                          \
        }                                                                                 \
        WORK uint64_t record##_read(const uint8_t *data, size_t size)                     \
        {                                                                                 \
                return record##_get(data, size, true);                                    \
        }

RECORD_WORK(content, XContent)
RECORD_WORK(samples, XSamples)
RECORD_WORK(request, XRequest)

const struct codec codec = {
        .name = "xdr",
        .setup = setup,
        .works = {{content_pack, content_ready, content_unpack, content_read},
                  {samples_pack, samples_ready, samples_unpack, samples_read},
                  {request_pack, request_ready, request_unpack, request_read}},
};
