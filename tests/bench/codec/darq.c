/* SPDX-License-Identifier: MIT */
/*
 * Ours: generated code over a writer and a reader that are kept, as in a session that has warmed up.
 */
#include "tests/bench/codec/codec.h"

#include <darq/wire.h>

#include "bench.darq.h"

static struct darq_writer writer;
static struct darq_arena *arena;

static struct bench_content content;
static struct bench_image images[2];
static struct darq_string persons[2];
static struct bench_samples samples;
static struct bench_request request;
static struct bench_settings settings;
static struct bench_events events;
static struct bench_event event_list[EVENTS];
static struct bench_move moves[EVENTS];
static struct bench_names names;
static struct darq_string name_list[NAMES];

static struct darq_string string_of(struct text text)
{
        return (struct darq_string){text.data, text.size};
}

static void content_fill(void)
{
        const struct content *from = &records()->content;
        const struct media *m = &from->media;

        for (uint32_t i = 0; i < m->person_count; i++)
                persons[i] = string_of(m->persons[i]);
        for (uint32_t i = 0; i < from->image_count; i++) {
                const struct image *image = &from->images[i];

                images[i] = (struct bench_image){.uri = string_of(image->uri),
                                                 .has_title = image->has_title,
                                                 .title = string_of(image->title),
                                                 .width = image->width,
                                                 .height = image->height,
                                                 .size = image->size};
        }
        content = (struct bench_content){
                .media = {.uri = string_of(m->uri),
                          .has_title = m->has_title,
                          .title = string_of(m->title),
                          .width = m->width,
                          .height = m->height,
                          .format = string_of(m->format),
                          .duration = m->duration,
                          .size = m->size,
                          .has_bitrate = m->has_bitrate,
                          .bitrate = m->bitrate,
                          .persons = {persons, m->person_count},
                          .player = m->player,
                          .has_copyright = m->has_copyright,
                          .copyright = string_of(m->copyright)},
                .images = {images, from->image_count},
        };
}

/* The generated struct is laid out like the plain one. */
static void samples_fill(void)
{
        _Static_assert(sizeof(struct bench_sample) == sizeof(struct sample), "one layout");
        samples.items.data = (const struct bench_sample *)records()->samples;
        samples.items.count = SAMPLES;
}

static void request_fill(void)
{
        const struct request *from = &records()->request;

        request = (struct bench_request){from->id, from->when, string_of(from->name)};
}

static void settings_fill(void)
{
        const struct settings *from = &records()->settings;

        settings = (struct bench_settings){.width = from->width,
                                           .height = from->height,
                                           .modified = from->modified,
                                           .scale = from->scale,
                                           .title = string_of(from->title),
                                           .flags = from->flags,
                                           .pages = {from->pages, PAGES}};
}

static void events_fill(void)
{
        for (int i = 0; i < EVENTS; i++) {
                const struct event *from = &records()->events[i];
                struct bench_event *to = &event_list[i];

                moves[i] = (struct bench_move){from->x, from->y, from->time};
                if (from->kind == EVENT_MOVE)
                        *to = (struct bench_event){.which = BENCH_EVENT_MOVE, .move = &moves[i]};
                else if (from->kind == EVENT_TEXT)
                        *to = (struct bench_event){.which = BENCH_EVENT_TEXT,
                                                   .text = string_of(from->text)};
                else
                        *to = (struct bench_event){.which = BENCH_EVENT_TICK, .tick = from->tick};
        }
        events.items.data = event_list;
        events.items.count = EVENTS;
}

static void names_fill(void)
{
        for (int i = 0; i < NAMES; i++)
                name_list[i] = string_of(records()->names[i]);
        names.items.data = name_list;
        names.items.count = NAMES;
}

static void setup(void)
{
        darq_writer_init(&writer, NULL, 0);
        arena = darq_arena_new(0);
        if (arena == NULL)
                fail("darq_arena_new");
        content_fill();
        samples_fill();
        request_fill();
        settings_fill();
        events_fill();
        names_fill();
}

static struct packed packed(void)
{
        if (writer.error != 0)
                fail(writer.reason);
        return packed_of(writer.data, writer.size);
}

static inline void reader_begin(struct darq_reader *reader, const uint8_t *data, size_t size)
{
        darq_reader_init(reader, data, size, arena);
        darq_arena_reset(arena, darq_arena_limit(size));
}

static inline void reader_end(struct darq_reader *reader)
{
        if (darq_reader_finish(reader) != 0)
                fail(reader->reason);
}

/* The same four functions for every record: what is filled, packed, unpacked, and summed up. */
#define RECORD_WORK(record)                                           \
        WORK struct packed record##_ready(void)                       \
        {                                                             \
                darq_writer_reset(&writer);                           \
                bench_##record##_pack(&writer, &record);              \
                return packed();                                      \
        }                                                             \
        WORK struct packed record##_pack(void)                        \
        {                                                             \
                record##_fill();                                      \
                return record##_ready();                              \
        }                                                             \
        WORK void record##_unpack(const uint8_t *data, size_t size)   \
        {                                                             \
                struct darq_reader reader;                            \
                struct bench_##record value;                          \
                                                                      \
                reader_begin(&reader, data, size);                    \
                bench_##record##_unpack(&reader, &value);             \
                reader_end(&reader);                                  \
                KEEP(&value);                                         \
        }                                                             \
        WORK uint64_t record##_read(const uint8_t *data, size_t size) \
        {                                                             \
                struct darq_reader reader;                            \
                struct bench_##record value;                          \
                                                                      \
                reader_begin(&reader, data, size);                    \
                bench_##record##_unpack(&reader, &value);             \
                reader_end(&reader);                                  \
                return record##_add(&value);                          \
        }

static uint64_t first_string(struct darq_string string)
{
        return first_of(string.data, string.size);
}

static uint64_t content_add(const struct bench_content *c)
{
        const struct bench_media *m = &c->media;
        uint64_t sum = (uint64_t)(m->width + m->height + m->duration + m->size +
                                  (m->has_bitrate ? m->bitrate : 0)) +
                       m->player + first_string(m->uri) + first_string(m->title) +
                       first_string(m->format) + first_string(m->copyright);

        for (size_t i = 0; i < m->persons.count; i++)
                sum += first_string(m->persons.data[i]);
        for (size_t i = 0; i < c->images.count; i++) {
                const struct bench_image *image = &c->images.data[i];

                sum += first_string(image->uri) + first_string(image->title) +
                       (uint64_t)(image->width + image->height) + image->size;
        }
        return sum;
}

static uint64_t samples_add(const struct bench_samples *value)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < value->items.count; i++) {
                const struct bench_sample *s = &value->items.data[i];

                sum += bits_of(s->x) + bits_of(s->y) + bits_of(s->z) + s->id + s->flags;
        }
        return sum;
}

static uint64_t request_add(const struct bench_request *value)
{
        return value->id + value->when + first_string(value->name);
}

static uint64_t settings_add(const struct bench_settings *s)
{
        uint64_t sum = s->width + s->height + s->modified + bits_of(s->scale) + s->visible +
                       first_string(s->title) + first_string(s->author) + first_string(s->comment) +
                       s->color + (uint64_t)s->offset + s->flags + first_string(s->language) +
                       bits_of(s->opacity) + s->owner + s->margin + s->locked + s->version +
                       (uint64_t)s->rotation + first_string(s->font);

        for (size_t i = 0; i < s->pages.count; i++)
                sum += s->pages.data[i];
        return sum;
}

static uint64_t event_add(const struct bench_event *event)
{
        switch (event->which) {
        case BENCH_EVENT_MOVE:
                return (uint64_t)(int64_t)(event->move->x + event->move->y) + event->move->time;
        case BENCH_EVENT_TEXT:
                return first_string(event->text);
        case BENCH_EVENT_TICK:
                return event->tick;
        default:
                return 0;
        }
}

static uint64_t events_add(const struct bench_events *value)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < value->items.count; i++)
                sum += event_add(&value->items.data[i]);
        return sum;
}

static uint64_t names_add(const struct bench_names *value)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < value->items.count; i++)
                sum += first_string(value->items.data[i]);
        return sum;
}

RECORD_WORK(content)
RECORD_WORK(samples)
RECORD_WORK(request)
RECORD_WORK(settings)
RECORD_WORK(events)
RECORD_WORK(names)

const struct codec codec = {
        .name = "darq",
        .setup = setup,
        .works = {{content_pack, content_ready, content_unpack, content_read},
                  {samples_pack, samples_ready, samples_unpack, samples_read},
                  {request_pack, request_ready, request_unpack, request_read},
                  {settings_pack, settings_ready, settings_unpack, settings_read},
                  {events_pack, events_ready, events_unpack, events_read},
                  {names_pack, names_ready, names_unpack, names_read}},
};
