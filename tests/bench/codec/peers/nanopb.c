/* SPDX-License-Identifier: MIT */
/*
 * nanopb: static structs with fixed limits (bench.options), no allocation. Debian's library checks no UTF-8.
 */
#include "tests/bench/codec/codec.h"

#include <pb_decode.h>
#include <pb_encode.h>

#include "bench.pb.h"

static peer_Content content, content_in;
static peer_Samples samples, samples_in;
static peer_Request request, request_in;

static void set(char *to, size_t room, struct text text)
{
        if (text.size >= room)
                fail("a limit of bench.options");
        memcpy(to, text.data, text.size);
        to[text.size] = 0;
}

static void content_fill(void)
{
        const struct content *from = &records()->content;
        const struct media *m = &from->media;
        peer_Media *to = &content.media;

        content.has_media = true;
        set(to->uri, sizeof to->uri, m->uri);
        to->has_title = m->has_title;
        set(to->title, sizeof to->title, m->title);
        to->width = m->width;
        to->height = m->height;
        set(to->format, sizeof to->format, m->format);
        to->duration = m->duration;
        to->size = m->size;
        to->has_bitrate = m->has_bitrate;
        to->bitrate = m->bitrate;
        to->persons_count = (pb_size_t)m->person_count;
        for (uint32_t i = 0; i < m->person_count; i++)
                set(to->persons[i], sizeof to->persons[i], m->persons[i]);
        to->player = m->player;
        to->has_copyright = m->has_copyright;
        if (m->has_copyright)
                set(to->copyright, sizeof to->copyright, m->copyright);
        content.images_count = (pb_size_t)from->image_count;
        for (uint32_t i = 0; i < from->image_count; i++) {
                const struct image *g = &from->images[i];
                peer_Image *image = &content.images[i];

                set(image->uri, sizeof image->uri, g->uri);
                image->has_title = g->has_title;
                set(image->title, sizeof image->title, g->title);
                image->width = g->width;
                image->height = g->height;
                image->size = g->size;
        }
}

static void samples_fill(void)
{
        samples.items_count = SAMPLES;
        for (int i = 0; i < SAMPLES; i++) {
                const struct sample *s = &records()->samples[i];

                samples.items[i] = (peer_Sample){s->x, s->y, s->z, s->id, s->flags};
        }
}

static void request_fill(void)
{
        const struct request *from = &records()->request;

        request.id = from->id;
        request.when = from->when;
        set(request.name, sizeof request.name, from->name);
}

static void setup(void)
{
        content_fill();
        samples_fill();
        request_fill();
}

static struct packed put(const pb_msgdesc_t *type, const void *message)
{
        pb_ostream_t stream = pb_ostream_from_buffer(codec_buffer, ROOM);

        if (!pb_encode(&stream, type, message))
                fail("pb_encode");
        return packed_of(codec_buffer, stream.bytes_written);
}

static void get(const pb_msgdesc_t *type, void *message, const uint8_t *data, size_t size)
{
        pb_istream_t stream = pb_istream_from_buffer(data, size);

        if (!pb_decode(&stream, type, message))
                fail("pb_decode");
        KEEP(message);
}

static uint64_t content_add(const peer_Content *c)
{
        const peer_Media *m = &c->media;
        uint64_t sum = (uint64_t)(m->width + m->height + m->duration + m->size +
                                  (m->has_bitrate ? m->bitrate : 0)) +
                       m->player + first(m->uri) + (m->has_title ? first(m->title) : 0) +
                       first(m->format) + (m->has_copyright ? first(m->copyright) : 0);

        for (pb_size_t i = 0; i < m->persons_count; i++)
                sum += first(m->persons[i]);
        for (pb_size_t i = 0; i < c->images_count; i++) {
                const peer_Image *g = &c->images[i];

                sum += first(g->uri) + (g->has_title ? first(g->title) : 0) +
                       (uint64_t)(g->width + g->height) + g->size;
        }
        return sum;
}

static uint64_t samples_add(const peer_Samples *value)
{
        uint64_t sum = 0;

        for (pb_size_t i = 0; i < value->items_count; i++) {
                const peer_Sample *s = &value->items[i];

                sum += bits_of(s->x) + bits_of(s->y) + bits_of(s->z) + s->id + s->flags;
        }
        return sum;
}

static uint64_t request_add(const peer_Request *value)
{
        return value->id + value->when + first(value->name);
}

#define RECORD_WORK(record, Type)                                     \
        WORK struct packed record##_ready(void)                       \
        {                                                             \
                return put(peer_##Type##_fields, &record);            \
        }                                                             \
        WORK struct packed record##_pack(void)                        \
        {                                                             \
                record##_fill();                                      \
                return put(peer_##Type##_fields, &record);            \
        }                                                             \
        WORK void record##_unpack(const uint8_t *data, size_t size)   \
        {                                                             \
                get(peer_##Type##_fields, &record##_in, data, size);  \
        }                                                             \
        WORK uint64_t record##_read(const uint8_t *data, size_t size) \
        {                                                             \
                get(peer_##Type##_fields, &record##_in, data, size);  \
                return record##_add(&record##_in);                    \
        }

RECORD_WORK(content, Content)
RECORD_WORK(samples, Samples)
RECORD_WORK(request, Request)

const struct codec codec = {
        .name = "nanopb",
        .setup = setup,
        .works = {{content_pack, content_ready, content_unpack, content_read},
                  {samples_pack, samples_ready, samples_unpack, samples_read},
                  {request_pack, request_ready, request_unpack, request_read}},
};
