/* SPDX-License-Identifier: MIT */
/*
 * Cap'n Proto C++: a builder in a segment that is used again, framed into a buffer; a reader on the bytes as they are.
 * It checks a pointer when it is followed: unpack looks at the framing and the root only, so that what compares with a
 * codec that validates is read.
 */
#include "tests/bench/codec/codec.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include "bench.capnp.h"

static capnp::word segment[ROOM / sizeof(capnp::word)];

static inline void copy(capnp::Text::Builder to, const struct text &text)
{
        memcpy(to.begin(), text.data, text.size);
}

static void build(peercp::Content::Builder c)
{
        const struct content *from = &records()->content;
        const struct media *m = &from->media;
        auto to = c.initMedia();

        copy(to.initUri(m->uri.size), m->uri);
        if (m->has_title)
                copy(to.initTitle(m->title.size), m->title);
        to.setWidth(m->width);
        to.setHeight(m->height);
        copy(to.initFormat(m->format.size), m->format);
        to.setDuration(m->duration);
        to.setSize(m->size);
        to.setBitrate(m->bitrate);
        to.setHasBitrate(m->has_bitrate);
        auto persons = to.initPersons(m->person_count);
        for (uint32_t i = 0; i < m->person_count; i++)
                copy(persons.init(i, m->persons[i].size), m->persons[i]);
        to.setPlayer(m->player);
        if (m->has_copyright)
                copy(to.initCopyright(m->copyright.size), m->copyright);
        auto images = c.initImages(from->image_count);
        for (uint32_t i = 0; i < from->image_count; i++) {
                const struct image *g = &from->images[i];
                auto image = images[i];

                copy(image.initUri(g->uri.size), g->uri);
                if (g->has_title)
                        copy(image.initTitle(g->title.size), g->title);
                image.setWidth(g->width);
                image.setHeight(g->height);
                image.setSize(g->size);
        }
}

static void build(peercp::Samples::Builder samples)
{
        auto items = samples.initItems(SAMPLES);

        for (uint32_t i = 0; i < SAMPLES; i++) {
                const struct sample *from = &records()->samples[i];
                auto to = items[i];

                to.setX(from->x);
                to.setY(from->y);
                to.setZ(from->z);
                to.setId(from->id);
                to.setFlags(from->flags);
        }
}

static void build(peercp::Request::Builder to)
{
        const struct request *from = &records()->request;

        to.setId(from->id);
        to.setWhen(from->when);
        copy(to.initName(from->name.size), from->name);
}

static void build(peercp::Settings::Builder to)
{
        const struct settings *from = &records()->settings;

        to.setWidth(from->width);
        to.setHeight(from->height);
        to.setModified(from->modified);
        to.setScale(from->scale);
        copy(to.initTitle(from->title.size), from->title);
        to.setFlags(from->flags);
        to.setPages(kj::ArrayPtr<const uint32_t>(from->pages, PAGES));
}

static void build(peercp::Events::Builder events)
{
        auto items = events.initItems(EVENTS);

        for (uint32_t i = 0; i < EVENTS; i++) {
                const struct event *from = &records()->events[i];
                auto to = items[i];

                if (from->kind == EVENT_MOVE) {
                        auto move = to.initMove();

                        move.setX(from->x);
                        move.setY(from->y);
                        move.setTime(from->time);
                } else if (from->kind == EVENT_TEXT) {
                        copy(to.initText(from->text.size), from->text);
                } else {
                        to.setTick(from->tick);
                }
        }
}

static void build(peercp::Names::Builder names)
{
        auto items = names.initItems(NAMES);

        for (uint32_t i = 0; i < NAMES; i++)
                copy(items.init(i, records()->names[i].size), records()->names[i]);
}

static inline uint64_t first_of(capnp::Text::Reader text)
{
        return first_of(text.begin(), text.size());
}

static uint64_t add(peercp::Content::Reader c)
{
        auto m = c.getMedia();
        uint64_t sum = (uint64_t)(m.getWidth() + m.getHeight() + m.getDuration() + m.getSize() +
                                  (m.getHasBitrate() ? m.getBitrate() : 0)) +
                       m.getPlayer() + first_of(m.getUri()) + first_of(m.getTitle()) +
                       first_of(m.getFormat()) + first_of(m.getCopyright());

        for (auto person : m.getPersons())
                sum += first_of(person);
        for (auto g : c.getImages())
                sum += first_of(g.getUri()) + first_of(g.getTitle()) +
                       (uint64_t)(g.getWidth() + g.getHeight()) + g.getSize();
        return sum;
}

static uint64_t add(peercp::Samples::Reader samples)
{
        uint64_t sum = 0;

        for (auto s : samples.getItems())
                sum += bits_of(s.getX()) + bits_of(s.getY()) + bits_of(s.getZ()) + s.getId() +
                       s.getFlags();
        return sum;
}

static uint64_t add(peercp::Request::Reader r)
{
        return r.getId() + r.getWhen() + first_of(r.getName());
}

static uint64_t add(peercp::Settings::Reader s)
{
        uint64_t sum = s.getWidth() + s.getHeight() + s.getModified() + bits_of(s.getScale()) +
                       s.getVisible() + first_of(s.getTitle()) + first_of(s.getAuthor()) +
                       first_of(s.getComment()) + s.getColor() + (uint64_t)s.getOffset() +
                       s.getFlags() + first_of(s.getLanguage()) + bits_of(s.getOpacity()) +
                       s.getOwner() + s.getMargin() + s.getLocked() + s.getVersion() +
                       (uint64_t)s.getRotation() + first_of(s.getFont());

        for (uint32_t page : s.getPages())
                sum += page;
        return sum;
}

static uint64_t add(peercp::Events::Reader events)
{
        uint64_t sum = 0;

        for (auto event : events.getItems()) {
                if (event.isMove()) {
                        auto move = event.getMove();

                        sum += (uint64_t)(int64_t)(move.getX() + move.getY()) + move.getTime();
                } else if (event.isText()) {
                        sum += first_of(event.getText());
                } else {
                        sum += event.getTick();
                }
        }
        return sum;
}

static uint64_t add(peercp::Names::Reader names)
{
        uint64_t sum = 0;

        for (auto name : names.getItems())
                sum += first_of(name);
        return sum;
}

template <class T> WORK struct packed pack(void)
{
        capnp::MallocMessageBuilder builder(
                kj::ArrayPtr<capnp::word>(segment, ROOM / sizeof(capnp::word)));
        kj::ArrayOutputStream stream(kj::ArrayPtr<kj::byte>(codec_buffer, ROOM));

        build(builder.initRoot<T>());
        capnp::writeMessage(stream, builder);
        return packed_of(codec_buffer, stream.getArray().size());
}

#define READER(name)                                                        \
        capnp::FlatArrayMessageReader name(kj::ArrayPtr<const capnp::word>( \
                reinterpret_cast<const capnp::word *>(data), size / sizeof(capnp::word)))

template <class T> WORK void unpack(const uint8_t *data, size_t size)
{
        READER(reader);
        auto root = reader.getRoot<T>();

        KEEP(&root);
}

template <class T> WORK uint64_t read(const uint8_t *data, size_t size)
{
        READER(reader);
        return add(reader.getRoot<T>());
}

template <class T> static constexpr struct work work()
{
        return {pack<T>, nullptr, unpack<T>, read<T>};
}

const struct codec codec = {
        "capnp",
        nullptr,
        {work<peercp::Content>(), work<peercp::Samples>(), work<peercp::Request>(),
         work<peercp::Settings>(), work<peercp::Events>(), work<peercp::Names>()},
};
