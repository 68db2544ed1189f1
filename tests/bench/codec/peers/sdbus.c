/* SPDX-License-Identifier: MIT */
/*
 * sd-bus. Packing makes a method call, appends, seals and releases it. Its parser of bytes is not public: unpacking
 * writes the bytes that were sent into a socketpair and has the library receive them, system calls included.
 */
#include "tests/bench/codec/codec.h"

#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

static sd_bus *bus;
static int other_end;

#define CHECK(expression)                  \
        do {                               \
                if ((expression) < 0)      \
                        fail(#expression); \
        } while (0)

static sd_bus_message *message_begin(void)
{
        sd_bus_message *message;

        CHECK(sd_bus_message_new_method_call(bus, &message, "a.b", "/a", "a.b", "Call"));
        return message;
}

static const char *optional(bool has, struct text text)
{
        return has ? text.data : "";
}

static void put_media(sd_bus_message *b, const struct media *m)
{
        CHECK(sd_bus_message_open_container(b, 'r', "s(bs)iisxx(bi)asu(bs)"));
        CHECK(sd_bus_message_append(b, "s(bs)iisxx(bi)", m->uri.data, m->has_title,
                                    optional(m->has_title, m->title), m->width, m->height,
                                    m->format.data, m->duration, m->size, m->has_bitrate,
                                    m->bitrate));
        CHECK(sd_bus_message_open_container(b, 'a', "s"));
        for (uint32_t i = 0; i < m->person_count; i++)
                CHECK(sd_bus_message_append_basic(b, 's', m->persons[i].data));
        CHECK(sd_bus_message_close_container(b));
        CHECK(sd_bus_message_append(b, "u(bs)", m->player, m->has_copyright,
                                    optional(m->has_copyright, m->copyright)));
        CHECK(sd_bus_message_close_container(b));
}

static sd_bus_message *content_make(void)
{
        const struct content *c = &records()->content;
        sd_bus_message *b = message_begin();

        put_media(b, &c->media);
        CHECK(sd_bus_message_open_container(b, 'a', "(s(bs)iiu)"));
        for (uint32_t i = 0; i < c->image_count; i++) {
                const struct image *g = &c->images[i];

                CHECK(sd_bus_message_append(b, "(s(bs)iiu)", g->uri.data, g->has_title,
                                            optional(g->has_title, g->title), g->width, g->height,
                                            g->size));
        }
        CHECK(sd_bus_message_close_container(b));
        return b;
}

static sd_bus_message *samples_make(void)
{
        sd_bus_message *b = message_begin();

        CHECK(sd_bus_message_open_container(b, 'a', "(ddduu)"));
        for (int i = 0; i < SAMPLES; i++) {
                const struct sample *s = &records()->samples[i];

                CHECK(sd_bus_message_append(b, "(ddduu)", s->x, s->y, s->z, s->id, s->flags));
        }
        CHECK(sd_bus_message_close_container(b));
        return b;
}

static sd_bus_message *request_make(void)
{
        const struct request *r = &records()->request;
        sd_bus_message *b = message_begin();

        CHECK(sd_bus_message_append(b, "uts", r->id, r->when, r->name.data));
        return b;
}

/* A bus that stands on the other end of a socketpair and has already said all that it has to say. */
static void setup(void)
{
        static const char welcome[] =
                "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n";
        int room = 1 << 20;
        char said[512];
        int ends[2];

        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
        other_end = ends[1];
        for (int i = 0; i < 2; i++)
                CHECK(setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room));
        CHECK(sd_bus_new(&bus));
        CHECK(sd_bus_set_fd(bus, ends[0], ends[0]));
        CHECK(sd_bus_set_bus_client(bus, false));
        CHECK(sd_bus_start(bus));
        CHECK(sd_bus_process(bus, NULL));
        CHECK(recv(other_end, said, sizeof said, 0));
        CHECK(send(other_end, welcome, sizeof welcome - 1, 0));
        for (int i = 0; i < 20 && sd_bus_is_ready(bus) <= 0; i++)
                CHECK(sd_bus_process(bus, NULL));
        if (sd_bus_is_ready(bus) <= 0)
                fail("the handshake");
        while (recv(other_end, said, sizeof said, MSG_DONTWAIT) > 0)
                ;
}

/* The bytes of a message, as they go out. */
static struct packed bytes_of(sd_bus_message *message)
{
        ssize_t size;

        CHECK(sd_bus_send(bus, message, NULL));
        CHECK(sd_bus_flush(bus));
        size = recv(other_end, codec_buffer, ROOM, MSG_DONTWAIT);
        if (size <= 0)
                fail("recv");
        sd_bus_message_unref(message);
        return packed_of(codec_buffer, (size_t)size);
}

static sd_bus_message *get(const uint8_t *data, size_t size)
{
        sd_bus_message *message = NULL;

        if (write(other_end, data, size) != (ssize_t)size)
                fail("write");
        for (int i = 0; i < 100 && message == NULL; i++)
                CHECK(sd_bus_process(bus, &message));
        if (message == NULL)
                fail("sd_bus_process");
        return message;
}

static uint64_t images_add(sd_bus_message *m)
{
        const char *uri, *title;
        int32_t width, height;
        uint32_t size;
        uint64_t sum = 0;
        int has, r;

        CHECK(sd_bus_message_enter_container(m, 'a', "(s(bs)iiu)"));
        while ((r = sd_bus_message_read(m, "(s(bs)iiu)", &uri, &has, &title, &width, &height,
                                        &size)) > 0)
                sum += first(uri) + (has ? first(title) : 0) + (uint64_t)(width + height) + size;
        CHECK(r);
        CHECK(sd_bus_message_exit_container(m));
        return sum;
}

static uint64_t content_add(sd_bus_message *m)
{
        const char *uri, *title, *format, *copyright, *person;
        int has_title, has_bitrate, has_copyright, r;
        int32_t width, height, bitrate;
        int64_t duration, size;
        uint32_t player;
        uint64_t sum;

        CHECK(sd_bus_message_enter_container(m, 'r', "s(bs)iisxx(bi)asu(bs)"));
        CHECK(sd_bus_message_read(m, "s(bs)iisxx(bi)", &uri, &has_title, &title, &width, &height,
                                  &format, &duration, &size, &has_bitrate, &bitrate));
        sum = (uint64_t)(width + height + duration + size + (has_bitrate ? bitrate : 0)) +
              first(uri) + (has_title ? first(title) : 0) + first(format);
        CHECK(sd_bus_message_enter_container(m, 'a', "s"));
        while ((r = sd_bus_message_read_basic(m, 's', &person)) > 0)
                sum += first(person);
        CHECK(r);
        CHECK(sd_bus_message_exit_container(m));
        CHECK(sd_bus_message_read(m, "u(bs)", &player, &has_copyright, &copyright));
        sum += player + (has_copyright ? first(copyright) : 0);
        CHECK(sd_bus_message_exit_container(m));
        return sum + images_add(m);
}

static uint64_t samples_add(sd_bus_message *m)
{
        uint32_t id, flags;
        uint64_t sum = 0;
        double x, y, z;
        int r;

        CHECK(sd_bus_message_enter_container(m, 'a', "(ddduu)"));
        while ((r = sd_bus_message_read(m, "(ddduu)", &x, &y, &z, &id, &flags)) > 0)
                sum += bits_of(x) + bits_of(y) + bits_of(z) + id + flags;
        CHECK(r);
        CHECK(sd_bus_message_exit_container(m));
        return sum;
}

static uint64_t request_add(sd_bus_message *m)
{
        const char *name;
        uint64_t when;
        uint32_t id;

        CHECK(sd_bus_message_read(m, "uts", &id, &when, &name));
        return id + when + first(name);
}

WORK void unpack(const uint8_t *data, size_t size)
{
        sd_bus_message_unref(get(data, size));
}

/* Only the first message is sent, which gives its bytes and their number. */
#define RECORD_WORK(record)                                           \
        WORK struct packed record##_pack(void)                        \
        {                                                             \
                static struct packed known;                           \
                sd_bus_message *message;                              \
                                                                      \
                if (known.size == 0)                                  \
                        return known = bytes_of(record##_make());     \
                message = record##_make();                            \
                CHECK(sd_bus_message_seal(message, 1, 0));            \
                KEEP(message);                                        \
                sd_bus_message_unref(message);                        \
                return known;                                         \
        }                                                             \
        WORK uint64_t record##_read(const uint8_t *data, size_t size) \
        {                                                             \
                sd_bus_message *message = get(data, size);            \
                uint64_t sum = record##_add(message);                 \
                                                                      \
                sd_bus_message_unref(message);                        \
                return sum;                                           \
        }

RECORD_WORK(content)
RECORD_WORK(samples)
RECORD_WORK(request)

const struct codec codec = {
        .name = "sd-bus",
        .setup = setup,
        .works = {{content_pack, NULL, unpack, content_read},
                  {samples_pack, NULL, unpack, samples_read},
                  {request_pack, NULL, unpack, request_read}},
};
