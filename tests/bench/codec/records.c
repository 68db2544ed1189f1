/* SPDX-License-Identifier: MIT */
/*
 * The values that are measured, and their sums. Lengths and numbers are fixed: every run and every codec carries the
 * same bytes.
 */
#include "tests/bench/codec/records.h"

#include <stdio.h>
#include <string.h>

#define TEXT(literal)                       \
        {                                   \
                literal, sizeof literal - 1 \
        }

static struct content content_make(void)
{
        return (struct content){
                .media = {.uri = TEXT("http://javaone.com/keynote.mpg"),
                          .title = TEXT("Javaone Keynote"),
                          .has_title = true,
                          .width = 640,
                          .height = 480,
                          .format = TEXT("video/mpg4"),
                          .duration = 18000000,
                          .size = 58982400,
                          .bitrate = 262144,
                          .has_bitrate = true,
                          .persons = {TEXT("Bill Gates"), TEXT("Steve Jobs")},
                          .person_count = 2},
                .images = {{TEXT("http://javaone.com/keynote_large.jpg"), TEXT("Javaone Keynote"),
                            true, 1024, 768, 1},
                           {TEXT("http://javaone.com/keynote_small.jpg"), TEXT("Javaone Keynote"),
                            true, 320, 240, 0}},
                .image_count = 2,
        };
}

static void settings_make(struct settings *self)
{
        *self = (struct settings){.width = 1920,
                                  .height = 1080,
                                  .modified = UINT64_C(1700000000123456789),
                                  .scale = 1.25,
                                  .title = TEXT("A drawing of a bridge"),
                                  .flags = 5};
        for (uint32_t i = 0; i < PAGES; i++)
                self->pages[i] = i * i + 1;
}

static void events_make(struct event *events)
{
        static const struct text texts[] = {TEXT("k"), TEXT("Enter"), TEXT("Ctrl+Shift+Home")};

        for (int i = 0; i < EVENTS; i++)
                events[i] = (struct event){.kind = (enum event_kind)(i % 3),
                                           .x = i,
                                           .y = -i,
                                           .time = (uint32_t)i * 16,
                                           .text = texts[i / 3 % 3],
                                           .tick = (uint64_t)i << 33};
}

/* Four to 35 letters each, in an order without a short period. */
static void names_make(struct records *self)
{
        char *at = self->letters;

        for (unsigned int i = 0; i < NAMES; i++) {
                size_t size = 4 + i * 2654435761U % 32;

                self->names[i] = (struct text){at, size};
                memset(at, 'a' + (int)(i % 26), size);
                at[size] = 0;
                at += size + 1;
        }
}

const struct records *records(void)
{
        static struct records self;

        if (self.content.image_count != 0)
                return &self;
        self.content = content_make();
        for (int i = 0; i < SAMPLES; i++)
                self.samples[i] =
                        (struct sample){i * 0.5, i * 1.5, -i * 2.5, (uint32_t)i, (uint32_t)(i & 7)};
        self.request =
                (struct request){42, UINT64_C(1700000000123456789), TEXT("storage.objects.get")};
        settings_make(&self.settings);
        events_make(self.events);
        names_make(&self);
        return &self;
}

static uint64_t first_text(const struct text *text)
{
        return first_of(text->data, text->size);
}

uint64_t content_sum(void)
{
        const struct content *content = &records()->content;
        const struct media *m = &content->media;
        uint64_t sum = (uint64_t)(m->width + m->height + m->duration + m->size + m->bitrate) +
                       m->player + first_text(&m->uri) + first_text(&m->title) +
                       first_text(&m->format);

        for (uint32_t i = 0; i < m->person_count; i++)
                sum += first_text(&m->persons[i]);
        for (uint32_t i = 0; i < content->image_count; i++) {
                const struct image *image = &content->images[i];

                sum += first_text(&image->uri) + first_text(&image->title) +
                       (uint64_t)(image->width + image->height) + image->size;
        }
        return sum;
}

uint64_t samples_sum(void)
{
        uint64_t sum = 0;

        for (int i = 0; i < SAMPLES; i++) {
                const struct sample *s = &records()->samples[i];

                sum += bits_of(s->x) + bits_of(s->y) + bits_of(s->z) + s->id + s->flags;
        }
        return sum;
}

uint64_t request_sum(void)
{
        const struct request *r = &records()->request;

        return r->id + r->when + first_text(&r->name);
}

uint64_t settings_sum(void)
{
        const struct settings *s = &records()->settings;
        uint64_t sum = s->width + s->height + s->modified + bits_of(s->scale) +
                       first_text(&s->title) + s->flags;

        for (int i = 0; i < PAGES; i++)
                sum += s->pages[i];
        return sum;
}

uint64_t events_sum(void)
{
        uint64_t sum = 0;

        for (int i = 0; i < EVENTS; i++) {
                const struct event *event = &records()->events[i];

                if (event->kind == EVENT_MOVE)
                        sum += (uint64_t)(int64_t)(event->x + event->y) + event->time;
                else
                        sum += event->kind == EVENT_TEXT ? first_text(&event->text) : event->tick;
        }
        return sum;
}

uint64_t names_sum(void)
{
        uint64_t sum = 0;

        for (int i = 0; i < NAMES; i++)
                sum += first_text(&records()->names[i]);
        return sum;
}
