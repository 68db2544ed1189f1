/* SPDX-License-Identifier: MIT */
/*
 * protobuf-c, whose library checks no UTF-8: with malloc or, with ARENA, on an allocator that only counts up.
 */
#include "tests/bench/codec/codec.h"

#include "bench_pbc.pb-c.h"

#ifdef ARENA
#define NAME "protobuf-c-arena"
static uint8_t pool[ROOM] __attribute__((aligned(16)));
static size_t used;

static void *pool_alloc(void *self, size_t size)
{
        void *result = pool + used;

        (void)self;
        size = (size + 15) & ~(size_t)15;
        if (sizeof pool - used < size)
                return NULL;
        used += size;
        return result;
}

static void pool_free(void *self, void *data)
{
        (void)self;
        (void)data;
}

static ProtobufCAllocator allocator = {pool_alloc, pool_free, NULL};
#define ALLOCATOR (&allocator)
#define RELEASE(function, message) (used = 0)
#else
#define NAME "protobuf-c"
#define ALLOCATOR NULL
#define RELEASE(function, message) function(message, NULL)
#endif

static Pbc__Media media;
static Pbc__Content content;
static Pbc__Image images[2];
static Pbc__Image *image_list[2];
static char *persons[2];
static Pbc__Sample sample_values[SAMPLES];
static Pbc__Sample *sample_list[SAMPLES];
static Pbc__Samples samples;
static Pbc__Request request;

static char *chars(struct text text)
{
        return (char *)(uintptr_t)text.data;
}

static void content_fill(void)
{
        const struct content *from = &records()->content;
        const struct media *m = &from->media;

        pbc__media__init(&media);
        pbc__content__init(&content);
        media.uri = chars(m->uri);
        media.title = m->has_title ? chars(m->title) : NULL;
        media.width = m->width;
        media.height = m->height;
        media.format = chars(m->format);
        media.duration = m->duration;
        media.size = m->size;
        media.has_bitrate = m->has_bitrate;
        media.bitrate = m->bitrate;
        media.n_persons = m->person_count;
        media.persons = persons;
        for (uint32_t i = 0; i < m->person_count; i++)
                persons[i] = chars(m->persons[i]);
        media.player = m->player;
        media.copyright = m->has_copyright ? chars(m->copyright) : NULL;
        content.media = &media;
        content.n_images = from->image_count;
        content.images = image_list;
        for (uint32_t i = 0; i < from->image_count; i++) {
                const struct image *g = &from->images[i];
                Pbc__Image *image = image_list[i] = &images[i];

                pbc__image__init(image);
                image->uri = chars(g->uri);
                image->title = g->has_title ? chars(g->title) : NULL;
                image->width = g->width;
                image->height = g->height;
                image->size = g->size;
        }
}

static void samples_fill(void)
{
        pbc__samples__init(&samples);
        samples.n_items = SAMPLES;
        samples.items = sample_list;
        for (int i = 0; i < SAMPLES; i++) {
                const struct sample *from = &records()->samples[i];
                Pbc__Sample *to = sample_list[i] = &sample_values[i];

                pbc__sample__init(to);
                to->x = from->x;
                to->y = from->y;
                to->z = from->z;
                to->id = from->id;
                to->flags = from->flags;
        }
}

static void request_fill(void)
{
        const struct request *from = &records()->request;

        pbc__request__init(&request);
        request.id = from->id;
        request.when = from->when;
        request.name = chars(from->name);
}

static void setup(void)
{
        content_fill();
        samples_fill();
        request_fill();
}

static uint64_t content_add(const Pbc__Content *c)
{
        const Pbc__Media *m = c->media;
        uint64_t sum = (uint64_t)(m->width + m->height + m->duration + m->size +
                                  (m->has_bitrate ? m->bitrate : 0)) +
                       m->player + first(m->uri) + first(m->title) + first(m->format) +
                       first(m->copyright);

        for (size_t i = 0; i < m->n_persons; i++)
                sum += first(m->persons[i]);
        for (size_t i = 0; i < c->n_images; i++) {
                const Pbc__Image *g = c->images[i];

                sum += first(g->uri) + first(g->title) + (uint64_t)(g->width + g->height) + g->size;
        }
        return sum;
}

static uint64_t samples_add(const Pbc__Samples *value)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < value->n_items; i++) {
                const Pbc__Sample *s = value->items[i];

                sum += bits_of(s->x) + bits_of(s->y) + bits_of(s->z) + s->id + s->flags;
        }
        return sum;
}

static uint64_t request_add(const Pbc__Request *value)
{
        return value->id + value->when + first(value->name);
}

/* Only the pass over the sizes tells whether the bytes fit. */
#define RECORD_WORK(record, Type)                                                             \
        WORK struct packed record##_ready(void)                                               \
        {                                                                                     \
                if (pbc__##record##__get_packed_size(&record) > ROOM)                         \
                        fail("get_packed_size");                                              \
                return packed_of(codec_buffer, pbc__##record##__pack(&record, codec_buffer)); \
        }                                                                                     \
        WORK struct packed record##_pack(void)                                                \
        {                                                                                     \
                record##_fill();                                                              \
                return record##_ready();                                                      \
        }                                                                                     \
        WORK void record##_unpack(const uint8_t *data, size_t size)                           \
        {                                                                                     \
                Type *value = pbc__##record##__unpack(ALLOCATOR, size, data);                 \
                                                                                              \
                if (value == NULL)                                                            \
                        fail("unpack");                                                       \
                KEEP(value);                                                                  \
                RELEASE(pbc__##record##__free_unpacked, value);                               \
        }                                                                                     \
        WORK uint64_t record##_read(const uint8_t *data, size_t size)                         \
        {                                                                                     \
                Type *value = pbc__##record##__unpack(ALLOCATOR, size, data);                 \
                uint64_t sum;                                                                 \
                                                                                              \
                if (value == NULL)                                                            \
                        fail("unpack");                                                       \
                sum = record##_add(value);                                                    \
                RELEASE(pbc__##record##__free_unpacked, value);                               \
                return sum;                                                                   \
        }

RECORD_WORK(content, Pbc__Content)
RECORD_WORK(samples, Pbc__Samples)
RECORD_WORK(request, Pbc__Request)

const struct codec codec = {
        .name = NAME,
        .setup = setup,
        .works = {{content_pack, content_ready, content_unpack, content_read},
                  {samples_pack, samples_ready, samples_unpack, samples_read},
                  {request_pack, request_ready, request_unpack, request_read}},
};
