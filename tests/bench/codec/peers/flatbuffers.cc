/* SPDX-License-Identifier: MIT */
/*
 * FlatBuffers C++: one builder that is used again and again. What comes in goes through the Verifier before anything
 * is looked at. It doesn't look at what is in a text; with -DUTF8 every text that it passes is looked at too, by what our
 * own reader does that with.
 */
#include "tests/bench/codec/codec.h"

#ifdef UTF8

#include <flatbuffers/flatbuffers.h>

#include "libdarqwire/utf8.h"

/* Where the bytes that are verified begin. */
static const uint8_t *begin;

static inline bool verify_text(const flatbuffers::String *text)
{
        const uint8_t *at = text->Data();
        size_t size = text->size();

        if ((size_t)(at - begin) + size >= DARQ_TEXT_REACH - 1 && darq_text_plain(at, size))
                return true;
        return darq_utf8_plain(at, size) || darq_utf8_valid(at, size);
}

static inline bool verify_string(flatbuffers::Verifier &verifier, const flatbuffers::String *text)
{
        return verifier.VerifyString(text) && (text == nullptr || verify_text(text));
}

typedef flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>> Texts;

static inline bool verify_strings(flatbuffers::Verifier &verifier, const Texts *texts)
{
        if (texts != nullptr)
                for (flatbuffers::uoffset_t i = 0; i < texts->size(); i++)
                        if (!verify_string(verifier, texts->Get(i)))
                                return false;
        return true;
}

/* The generated header, with these two in the place of the Verifier's own. */
#include "bench_utf8_generated.h"

#else

#include "bench_generated.h"

static const uint8_t *begin;

#endif

static flatbuffers::FlatBufferBuilder *builder;

typedef flatbuffers::Offset<flatbuffers::String> Text;

static void setup(void)
{
        builder = new flatbuffers::FlatBufferBuilder(ROOM);
}

static inline Text text(const struct text &text)
{
        return builder->CreateString(text.data, text.size);
}

static inline Text optional_text(bool has, const struct text &value)
{
        return has ? text(value) : Text();
}

template <class T> static inline struct packed finish(flatbuffers::Offset<T> root)
{
        builder->Finish(root);
        return packed_of(builder->GetBufferPointer(), builder->GetSize());
}

template <class T> static inline const T *get(const uint8_t *data, size_t size)
{
        flatbuffers::Verifier verifier(data, size);

        begin = data;
        if (!verifier.VerifyBuffer<T>(nullptr))
                fail("Verifier");
        return flatbuffers::GetRoot<T>(data);
}

static inline uint64_t first_of(const flatbuffers::String *text)
{
        return text != nullptr ? first_of(text->c_str(), text->size()) : 0;
}

WORK struct packed content_pack(void)
{
        const struct content *c = &records()->content;
        const struct media *m = &c->media;
        flatbuffers::Offset<peer::Image> images[2];
        Text persons[2];

        builder->Clear();
        for (uint32_t i = 0; i < c->image_count; i++) {
                const struct image *g = &c->images[i];
                Text uri = text(g->uri);
                Text title = optional_text(g->has_title, g->title);

                images[i] = peer::CreateImage(*builder, uri, title, g->width, g->height, g->size);
        }
        for (uint32_t i = 0; i < m->person_count; i++)
                persons[i] = text(m->persons[i]);
        Text uri = text(m->uri);
        Text title = optional_text(m->has_title, m->title);
        Text format = text(m->format);
        Text copyright = optional_text(m->has_copyright, m->copyright);
        auto list = builder->CreateVector(persons, m->person_count);
        auto media =
                peer::CreateMedia(*builder, uri, title, m->width, m->height, format, m->duration,
                                  m->size, m->bitrate, m->has_bitrate, list, m->player, copyright);
        auto all = builder->CreateVector(images, c->image_count);

        return finish(peer::CreateContent(*builder, media, all));
}

WORK struct packed samples_pack(void)
{
        static_assert(sizeof(peer::Sample) == sizeof(struct sample), "one layout");
        builder->Clear();
        auto items = builder->CreateVectorOfStructs(
                reinterpret_cast<const peer::Sample *>(records()->samples), SAMPLES);

        return finish(peer::CreateSamples(*builder, items));
}

WORK struct packed request_pack(void)
{
        const struct request *r = &records()->request;

        builder->Clear();
        Text name = text(r->name);

        return finish(peer::CreateRequest(*builder, r->id, r->when, name));
}

WORK struct packed settings_pack(void)
{
        const struct settings *s = &records()->settings;

        builder->Clear();
        Text title = text(s->title);
        auto pages = builder->CreateVector(s->pages, PAGES);
        peer::SettingsBuilder table(*builder);

        table.add_width(s->width);
        table.add_height(s->height);
        table.add_modified(s->modified);
        table.add_scale(s->scale);
        table.add_title(title);
        table.add_flags(s->flags);
        table.add_pages(pages);
        return finish(table.Finish());
}

WORK struct packed events_pack(void)
{
        flatbuffers::Offset<void> items[EVENTS];
        uint8_t kinds[EVENTS];

        builder->Clear();
        for (int i = 0; i < EVENTS; i++) {
                const struct event *e = &records()->events[i];

                if (e->kind == EVENT_MOVE) {
                        kinds[i] = peer::Event_Move;
                        items[i] = builder->CreateStruct(peer::Move(e->x, e->y, e->time)).Union();
                } else if (e->kind == EVENT_TEXT) {
                        kinds[i] = peer::Event_Text;
                        items[i] = text(e->text).Union();
                } else {
                        kinds[i] = peer::Event_Tick;
                        items[i] = builder->CreateStruct(peer::Tick(e->tick)).Union();
                }
        }
        auto types = builder->CreateVector(kinds, EVENTS);
        auto values = builder->CreateVector(items, EVENTS);

        return finish(peer::CreateEvents(*builder, types, values));
}

WORK struct packed names_pack(void)
{
        static Text items[NAMES];

        builder->Clear();
        for (int i = 0; i < NAMES; i++)
                items[i] = text(records()->names[i]);
        auto list = builder->CreateVector(items, NAMES);

        return finish(peer::CreateNames(*builder, list));
}

static inline uint64_t add(const peer::Content *c)
{
        const peer::Media *m = c->media();
        uint64_t sum = (uint64_t)(m->width() + m->height() + m->duration() + m->size() +
                                  (m->has_bitrate() ? m->bitrate() : 0)) +
                       m->player() + first_of(m->uri()) + first_of(m->title()) +
                       first_of(m->format()) + first_of(m->copyright());

        if (m->persons() != nullptr)
                for (auto person : *m->persons())
                        sum += first_of(person);
        if (c->images() != nullptr)
                for (auto g : *c->images())
                        sum += first_of(g->uri()) + first_of(g->title()) +
                               (uint64_t)(g->width() + g->height()) + g->size();
        return sum;
}

static inline uint64_t add(const peer::Samples *samples)
{
        uint64_t sum = 0;

        if (samples->items() != nullptr)
                for (auto s : *samples->items())
                        sum += bits_of(s->x()) + bits_of(s->y()) + bits_of(s->z()) + s->id() +
                               s->flags();
        return sum;
}

static inline uint64_t add(const peer::Request *r)
{
        return r->id() + r->when() + first_of(r->name());
}

static inline uint64_t add(const peer::Settings *s)
{
        uint64_t sum = s->width().value_or(0) + s->height().value_or(0) +
                       s->modified().value_or(0) + bits_of(s->scale().value_or(0)) +
                       s->visible().value_or(false) + first_of(s->title()) + first_of(s->author()) +
                       first_of(s->comment()) + s->color().value_or(0) +
                       (uint64_t)s->offset().value_or(0) + s->flags().value_or(0) +
                       first_of(s->language()) + bits_of(s->opacity().value_or(0)) +
                       s->owner().value_or(0) + s->margin().value_or(0) +
                       s->locked().value_or(false) + s->version().value_or(0) +
                       (uint64_t)s->rotation().value_or(0) + first_of(s->font());

        if (s->pages() != nullptr)
                for (auto page : *s->pages())
                        sum += page;
        return sum;
}

static inline uint64_t add(const peer::Events *events)
{
        uint64_t sum = 0;

        if (events->items() == nullptr)
                return 0;
        for (flatbuffers::uoffset_t i = 0; i < events->items()->size(); i++) {
                auto kind = events->items_type()->GetEnum<peer::Event>(i);

                if (kind == peer::Event_Move) {
                        auto move = events->items()->GetAs<peer::Move>(i);

                        sum += (uint64_t)(int64_t)(move->x() + move->y()) + move->time();
                } else if (kind == peer::Event_Text) {
                        sum += first_of(events->items()->GetAsString(i));
                } else {
                        sum += events->items()->GetAs<peer::Tick>(i)->count();
                }
        }
        return sum;
}

static inline uint64_t add(const peer::Names *names)
{
        uint64_t sum = 0;

        if (names->items() != nullptr)
                for (auto name : *names->items())
                        sum += first_of(name);
        return sum;
}

template <class T> WORK void unpack(const uint8_t *data, size_t size)
{
        KEEP(get<T>(data, size));
}

template <class T> WORK uint64_t read(const uint8_t *data, size_t size)
{
        return add(get<T>(data, size));
}

const struct codec codec = {
#ifdef UTF8
        "flatbuffers-utf8",
#else
        "flatbuffers",
#endif
        setup,
        {{content_pack, nullptr, unpack<peer::Content>, read<peer::Content>},
         {samples_pack, nullptr, unpack<peer::Samples>, read<peer::Samples>},
         {request_pack, nullptr, unpack<peer::Request>, read<peer::Request>},
         {settings_pack, nullptr, unpack<peer::Settings>, read<peer::Settings>},
         {events_pack, nullptr, unpack<peer::Events>, read<peer::Events>},
         {names_pack, nullptr, unpack<peer::Names>, read<peer::Names>}},
};
