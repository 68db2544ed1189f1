/* SPDX-License-Identifier: MIT */
/*
 * protobuf C++, proto3: strings are checked for UTF-8. One message that is cleared and used again or, with ARENA, a new
 * one on an arena that is reset.
 */
#include "tests/bench/codec/codec.h"

#include <google/protobuf/arena.h>

#include "bench.pb.h"
#include "more.pb.h"

#ifdef ARENA
#define NAME "protobuf-arena"
static char block[ROOM * 2];
static google::protobuf::Arena *arena;

static void arena_setup(void)
{
        google::protobuf::ArenaOptions options;

        options.initial_block = block;
        options.initial_block_size = sizeof block;
        arena = new google::protobuf::Arena(options);
}

template <class T> static T *fresh()
{
        return google::protobuf::Arena::CreateMessage<T>(arena);
}

static inline void done()
{
        arena->Reset();
}
#else
#define NAME "protobuf"
static void arena_setup(void)
{
}

template <class T> static T *fresh()
{
        static T message;

        message.Clear();
        return &message;
}

static inline void done()
{
}
#endif

static inline void set(std::string *to, const struct text &text)
{
        to->assign(text.data, text.size);
}

static void fill(peer::Content *c)
{
        const struct content *from = &records()->content;
        const struct media *m = &from->media;
        peer::Media *to = c->mutable_media();

        set(to->mutable_uri(), m->uri);
        if (m->has_title)
                set(to->mutable_title(), m->title);
        to->set_width(m->width);
        to->set_height(m->height);
        set(to->mutable_format(), m->format);
        to->set_duration(m->duration);
        to->set_size(m->size);
        if (m->has_bitrate)
                to->set_bitrate(m->bitrate);
        for (uint32_t i = 0; i < m->person_count; i++)
                set(to->add_persons(), m->persons[i]);
        to->set_player(m->player);
        if (m->has_copyright)
                set(to->mutable_copyright(), m->copyright);
        for (uint32_t i = 0; i < from->image_count; i++) {
                const struct image *g = &from->images[i];
                peer::Image *image = c->add_images();

                set(image->mutable_uri(), g->uri);
                if (g->has_title)
                        set(image->mutable_title(), g->title);
                image->set_width(g->width);
                image->set_height(g->height);
                image->set_size(g->size);
        }
}

static void fill(peer::Samples *samples)
{
        samples->mutable_items()->Reserve(SAMPLES);
        for (int i = 0; i < SAMPLES; i++) {
                const struct sample *from = &records()->samples[i];
                peer::Sample *to = samples->add_items();

                to->set_x(from->x);
                to->set_y(from->y);
                to->set_z(from->z);
                to->set_id(from->id);
                to->set_flags(from->flags);
        }
}

static void fill(peer::Request *to)
{
        const struct request *from = &records()->request;

        to->set_id(from->id);
        to->set_when(from->when);
        set(to->mutable_name(), from->name);
}

static void fill(peer::Settings *to)
{
        const struct settings *from = &records()->settings;

        to->set_width(from->width);
        to->set_height(from->height);
        to->set_modified(from->modified);
        to->set_scale(from->scale);
        set(to->mutable_title(), from->title);
        to->set_flags(from->flags);
        to->mutable_pages()->Assign(from->pages, from->pages + PAGES);
}

static void fill(peer::Events *to)
{
        for (int i = 0; i < EVENTS; i++) {
                const struct event *from = &records()->events[i];
                peer::Event *event = to->add_items();

                if (from->kind == EVENT_MOVE) {
                        peer::Move *move = event->mutable_move();

                        move->set_x(from->x);
                        move->set_y(from->y);
                        move->set_time(from->time);
                } else if (from->kind == EVENT_TEXT) {
                        set(event->mutable_text(), from->text);
                } else {
                        event->set_tick(from->tick);
                }
        }
}

static void fill(peer::Names *to)
{
        for (int i = 0; i < NAMES; i++)
                set(to->add_items(), records()->names[i]);
}

template <class T> static inline struct packed put(const T *message)
{
        size_t size = message->ByteSizeLong();

        if (size > ROOM)
                fail("ByteSizeLong");
        message->SerializeWithCachedSizesToArray(codec_buffer);
        return packed_of(codec_buffer, size);
}

template <class T> struct ready {
        static T *message;
};

template <class T> T *ready<T>::message;

template <class T> static void make_ready()
{
        ready<T>::message = new T;
        fill(ready<T>::message);
}

static void setup(void)
{
        arena_setup();
        make_ready<peer::Content>();
        make_ready<peer::Samples>();
        make_ready<peer::Request>();
        make_ready<peer::Settings>();
        make_ready<peer::Events>();
        make_ready<peer::Names>();
}

static inline uint64_t first_of(const std::string &text)
{
        return first_of(text.data(), text.size());
}

static uint64_t add(const peer::Content *c)
{
        const peer::Media &m = c->media();
        uint64_t sum = (uint64_t)(m.width() + m.height() + m.duration() + m.size() +
                                  (m.has_bitrate() ? m.bitrate() : 0)) +
                       m.player() + first_of(m.uri()) + first_of(m.title()) + first_of(m.format()) +
                       first_of(m.copyright());

        for (const auto &person : m.persons())
                sum += first_of(person);
        for (const auto &g : c->images())
                sum += first_of(g.uri()) + first_of(g.title()) +
                       (uint64_t)(g.width() + g.height()) + g.size();
        return sum;
}

static uint64_t add(const peer::Samples *samples)
{
        uint64_t sum = 0;

        for (const auto &s : samples->items())
                sum += bits_of(s.x()) + bits_of(s.y()) + bits_of(s.z()) + s.id() + s.flags();
        return sum;
}

static uint64_t add(const peer::Request *r)
{
        return r->id() + r->when() + first_of(r->name());
}

static uint64_t add(const peer::Settings *s)
{
        uint64_t sum = s->width() + s->height() + s->modified() + bits_of(s->scale()) +
                       s->visible() + first_of(s->title()) + first_of(s->author()) +
                       first_of(s->comment()) + s->color() + (uint64_t)s->offset() + s->flags() +
                       first_of(s->language()) + bits_of(s->opacity()) + s->owner() + s->margin() +
                       s->locked() + s->version() + (uint64_t)s->rotation() + first_of(s->font());

        for (uint32_t page : s->pages())
                sum += page;
        return sum;
}

static uint64_t add(const peer::Events *events)
{
        uint64_t sum = 0;

        for (const auto &event : events->items()) {
                if (event.kind_case() == peer::Event::kMove)
                        sum += (uint64_t)(int64_t)(event.move().x() + event.move().y()) +
                               event.move().time();
                else if (event.kind_case() == peer::Event::kText)
                        sum += first_of(event.text());
                else
                        sum += event.tick();
        }
        return sum;
}

static uint64_t add(const peer::Names *names)
{
        uint64_t sum = 0;

        for (const auto &name : names->items())
                sum += first_of(name);
        return sum;
}

template <class T> WORK struct packed pack(void)
{
        T *message = fresh<T>();

        fill(message);

        struct packed packed = put(message);

        done();
        return packed;
}

template <class T> WORK struct packed pack_ready(void)
{
        return put(ready<T>::message);
}

template <class T> static inline T *parse(const uint8_t *data, size_t size)
{
        T *message = fresh<T>();

        if (!message->ParseFromArray(data, (int)size))
                fail("ParseFromArray");
        return message;
}

template <class T> WORK void unpack(const uint8_t *data, size_t size)
{
        KEEP(parse<T>(data, size));
        done();
}

template <class T> WORK uint64_t read(const uint8_t *data, size_t size)
{
        uint64_t sum = add(parse<T>(data, size));

        done();
        return sum;
}

template <class T> static constexpr struct work work()
{
        return {pack<T>, pack_ready<T>, unpack<T>, read<T>};
}

const struct codec codec = {
        NAME,
        setup,
        {work<peer::Content>(), work<peer::Samples>(), work<peer::Request>(),
         work<peer::Settings>(), work<peer::Events>(), work<peer::Names>()},
};
