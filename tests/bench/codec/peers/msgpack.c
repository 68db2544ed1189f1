/* SPDX-License-Identifier: MIT */
/*
 * msgpack-c: a buffer and a zone that are used again. Records are arrays in the order of the schema, an absent member
 * is nil. The library checks that the bytes are well formed; types and counts are checked here, while reading.
 */
#include "tests/bench/codec/codec.h"

#include <msgpack.h>

static msgpack_sbuffer buffer;
static msgpack_packer packer;
static msgpack_zone zone;

static void setup(void)
{
        msgpack_sbuffer_init(&buffer);
        msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
        if (!msgpack_zone_init(&zone, ROOM))
                fail("msgpack_zone_init");
}

static void put_text(struct text text)
{
        msgpack_pack_str(&packer, text.size);
        msgpack_pack_str_body(&packer, text.data, text.size);
}

static void put_optional(bool has, struct text text)
{
        if (has)
                put_text(text);
        else
                msgpack_pack_nil(&packer);
}

static struct packed packed(void)
{
        return packed_of(buffer.data, buffer.size);
}

static void put_media(const struct media *m)
{
        msgpack_pack_array(&packer, 11);
        put_text(m->uri);
        put_optional(m->has_title, m->title);
        msgpack_pack_int32(&packer, m->width);
        msgpack_pack_int32(&packer, m->height);
        put_text(m->format);
        msgpack_pack_int64(&packer, m->duration);
        msgpack_pack_int64(&packer, m->size);
        if (m->has_bitrate)
                msgpack_pack_int32(&packer, m->bitrate);
        else
                msgpack_pack_nil(&packer);
        msgpack_pack_array(&packer, m->person_count);
        for (uint32_t i = 0; i < m->person_count; i++)
                put_text(m->persons[i]);
        msgpack_pack_uint32(&packer, m->player);
        put_optional(m->has_copyright, m->copyright);
}

WORK struct packed content_pack(void)
{
        const struct content *c = &records()->content;

        msgpack_sbuffer_clear(&buffer);
        msgpack_pack_array(&packer, 2);
        put_media(&c->media);
        msgpack_pack_array(&packer, c->image_count);
        for (uint32_t i = 0; i < c->image_count; i++) {
                const struct image *g = &c->images[i];

                msgpack_pack_array(&packer, 5);
                put_text(g->uri);
                put_optional(g->has_title, g->title);
                msgpack_pack_int32(&packer, g->width);
                msgpack_pack_int32(&packer, g->height);
                msgpack_pack_uint32(&packer, g->size);
        }
        return packed();
}

WORK struct packed samples_pack(void)
{
        msgpack_sbuffer_clear(&buffer);
        msgpack_pack_array(&packer, SAMPLES);
        for (int i = 0; i < SAMPLES; i++) {
                const struct sample *s = &records()->samples[i];

                msgpack_pack_array(&packer, 5);
                msgpack_pack_double(&packer, s->x);
                msgpack_pack_double(&packer, s->y);
                msgpack_pack_double(&packer, s->z);
                msgpack_pack_uint32(&packer, s->id);
                msgpack_pack_uint32(&packer, s->flags);
        }
        return packed();
}

WORK struct packed request_pack(void)
{
        const struct request *r = &records()->request;

        msgpack_sbuffer_clear(&buffer);
        msgpack_pack_array(&packer, 3);
        msgpack_pack_uint32(&packer, r->id);
        msgpack_pack_uint64(&packer, r->when);
        put_text(r->name);
        return packed();
}

WORK void unpack(const uint8_t *data, size_t size)
{
        msgpack_object object;
        size_t offset = 0;

        if (msgpack_unpack((const char *)data, size, &offset, &zone, &object) !=
                    MSGPACK_UNPACK_SUCCESS ||
            offset != size)
                fail("msgpack_unpack");
        KEEP(&object);
        msgpack_zone_clear(&zone);
}

/* The elements of an array; count 0: however many there are. */
static const msgpack_object *array(const msgpack_object *object, uint32_t count)
{
        if (object->type != MSGPACK_OBJECT_ARRAY || (count != 0 && object->via.array.size != count))
                fail("array");
        return object->via.array.ptr;
}

static uint64_t integer(const msgpack_object *object)
{
        if (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
                return object->via.u64;
        if (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
                return (uint64_t)object->via.i64;
        if (object->type != MSGPACK_OBJECT_NIL)
                fail("integer");
        return 0;
}

static uint64_t text(const msgpack_object *object)
{
        if (object->type == MSGPACK_OBJECT_NIL)
                return 0;
        if (object->type != MSGPACK_OBJECT_STR)
                fail("string");
        return first_of(object->via.str.ptr, object->via.str.size);
}

static uint64_t real(const msgpack_object *object)
{
        if (object->type != MSGPACK_OBJECT_FLOAT64)
                fail("double");
        return bits_of(object->via.f64);
}

static uint64_t content_add(const msgpack_object *object)
{
        const msgpack_object *c = array(object, 2);
        const msgpack_object *m = array(c, 11);
        const msgpack_object *persons = array(m + 8, 0);
        const msgpack_object *images = array(c + 1, 0);
        uint64_t sum = text(m) + text(m + 1) + integer(m + 2) + integer(m + 3) + text(m + 4) +
                       integer(m + 5) + integer(m + 6) + integer(m + 7) + integer(m + 9) +
                       text(m + 10);

        for (uint32_t i = 0; i < m[8].via.array.size; i++)
                sum += text(persons + i);
        for (uint32_t i = 0; i < c[1].via.array.size; i++) {
                const msgpack_object *g = array(images + i, 5);

                sum += text(g) + text(g + 1) + integer(g + 2) + integer(g + 3) + integer(g + 4);
        }
        return sum;
}

static uint64_t samples_add(const msgpack_object *object)
{
        const msgpack_object *samples = array(object, 0);
        uint64_t sum = 0;

        for (uint32_t i = 0; i < object->via.array.size; i++) {
                const msgpack_object *s = array(samples + i, 5);

                sum += real(s) + real(s + 1) + real(s + 2) + integer(s + 3) + integer(s + 4);
        }
        return sum;
}

static uint64_t request_add(const msgpack_object *object)
{
        const msgpack_object *r = array(object, 3);

        return integer(r) + integer(r + 1) + text(r + 2);
}

#define RECORD_WORK(record)                                                              \
        WORK uint64_t record##_read(const uint8_t *data, size_t size)                    \
        {                                                                                \
                msgpack_object object;                                                   \
                size_t offset = 0;                                                       \
                uint64_t sum;                                                            \
                                                                                         \
                if (msgpack_unpack((const char *)data, size, &offset, &zone, &object) != \
                            MSGPACK_UNPACK_SUCCESS ||                                    \
                    offset != size)                                                      \
                        fail("msgpack_unpack");                                          \
                sum = record##_add(&object);                                             \
                msgpack_zone_clear(&zone);                                               \
                return sum;                                                              \
        }

RECORD_WORK(content)
RECORD_WORK(samples)
RECORD_WORK(request)

const struct codec codec = {
        .name = "msgpack",
        .setup = setup,
        .works = {{content_pack, NULL, unpack, content_read},
                  {samples_pack, NULL, unpack, samples_read},
                  {request_pack, NULL, unpack, request_read}},
};
