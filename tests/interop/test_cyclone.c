/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a struct with every type against those of Cyclone DDS for the same OMG IDL.
 *
 * A value is drawn at random as our struct. Cyclone's struct borrows what it points to, so both
 * encoders see the same value. Ours must give Cyclone's bytes; and what each decodes from them must
 * encode to them again, by the other as well. The seed is printed; $SEED repeats it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <dds/dds.h>

#include <darq/wire.h>

#include "cyclone/every.h"
#include "every.darq.h"
#include "tests/interop/sertype.h"

enum { ROUNDS = 200, VEC_MAX = 9 };

/* Where a random value keeps what it points to. */
struct pool {
        uint8_t blob[300];
        uint8_t few[8];
        uint16_t numbers[VEC_MAX];
        double reals[4];
        struct darq_string words[VEC_MAX];
        char *cyclone_words[VEC_MAX];
        struct interop_point points[VEC_MAX];
        enum interop_colour colours[VEC_MAX];
        bool flags[VEC_MAX];
};

static uint64_t state;

/* splitmix64 */
static uint64_t draw(void)
{
        uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

static size_t draw_below(size_t limit)
{
        return (size_t)(draw() % limit);
}

static struct darq_string draw_string(void)
{
        static const char *const texts[] = {"",
                                            "a",
                                            "ab",
                                            "abc",
                                            "abcd",
                                            "sixteen bytes..",
                                            "\xc5\xbdofie",
                                            "\xf0\x9f\x99\x82"};

        return darq_string_of(texts[draw_below(sizeof texts / sizeof *texts)]);
}

static double draw_real(void)
{
        return (double)(int64_t)draw() / 1024.0;
}

static struct interop_point draw_point(void)
{
        struct interop_point point = {.x = (int16_t)draw()};

        point.y = (int16_t)draw();
        return point;
}

static enum interop_colour draw_colour(void)
{
        return (enum interop_colour)draw_below(3);
}

static void scalars_draw(struct interop_every *m)
{
        m->flag = draw() & 1;
        m->a = (uint8_t)draw();
        m->b = (int8_t)draw();
        m->c = (uint16_t)draw();
        m->d = (int16_t)draw();
        m->e = (uint32_t)draw();
        m->f = (int32_t)draw();
        m->g = draw();
        m->h = (int64_t)draw();
        m->i = (float)draw_real();
        m->j = draw_real();
        m->shade = draw_colour();
        m->breadth = (enum interop_width)draw_below(2);
        m->last = (uint8_t)draw();
}

static void vectors_draw(struct interop_every *m, struct pool *pool)
{
        m->blob = darq_bytes_of(pool->blob, draw_below(sizeof pool->blob));
        m->few = darq_bytes_of(pool->few, draw_below(sizeof pool->few + 1));
        m->numbers.data = pool->numbers;
        m->numbers.count = draw_below(VEC_MAX + 1);
        m->reals.data = pool->reals;
        m->reals.count = draw_below(5);
        m->words.data = pool->words;
        m->words.count = draw_below(VEC_MAX + 1);
        m->points.data = pool->points;
        m->points.count = draw_below(VEC_MAX + 1);
        m->colours.data = pool->colours;
        m->colours.count = draw_below(VEC_MAX + 1);
        m->flags.data = pool->flags;
        m->flags.count = draw_below(VEC_MAX + 1);
}

static void pool_draw(struct pool *pool)
{
        for (size_t i = 0; i < sizeof pool->blob; i++)
                pool->blob[i] = (uint8_t)draw();
        for (size_t i = 0; i < sizeof pool->few; i++)
                pool->few[i] = (uint8_t)draw();
        for (size_t i = 0; i < 4; i++)
                pool->reals[i] = draw_real();
        for (size_t i = 0; i < VEC_MAX; i++) {
                pool->numbers[i] = (uint16_t)draw();
                pool->words[i] = draw_string();
                pool->cyclone_words[i] = (char *)(uintptr_t)pool->words[i].data;
                pool->points[i] = draw_point();
                pool->colours[i] = draw_colour();
                pool->flags[i] = draw() & 1;
        }
}

static void every_draw(struct interop_every *m, struct pool *pool)
{
        *m = (struct interop_every){0};
        pool_draw(pool);
        scalars_draw(m);
        vectors_draw(m, pool);
        m->text = draw_string();
        m->short_text = draw_string();
        for (size_t i = 0; i < 5; i++)
                m->octets[i] = (uint8_t)draw();
        for (size_t i = 0; i < 3; i++) {
                m->longs[i] = (int64_t)draw();
                m->stripes[i] = draw_colour();
        }
        for (size_t i = 0; i < 2; i++) {
                m->corners[i] = draw_point();
                m->labels[i] = draw_string();
        }
        m->centre = draw_point();
}

static cyclone_Point point_to_cyclone(struct interop_point point)
{
        return (cyclone_Point){.x = point.x, .y = point.y};
}

static void vectors_to_cyclone(cyclone_Every *to, const struct interop_every *m, struct pool *pool)
{
        to->blob._buffer = pool->blob;
        to->blob._length = (uint32_t)m->blob.size;
        to->few._buffer = pool->few;
        to->few._length = (uint32_t)m->few.size;
        to->numbers._buffer = pool->numbers;
        to->numbers._length = (uint32_t)m->numbers.count;
        to->reals._buffer = pool->reals;
        to->reals._length = (uint32_t)m->reals.count;
        to->words._buffer = pool->cyclone_words;
        to->words._length = (uint32_t)m->words.count;
        to->points._buffer = (void *)pool->points; /* two int16 in both */
        to->points._length = (uint32_t)m->points.count;
        to->colours._buffer = (void *)pool->colours; /* an enum in both */
        to->colours._length = (uint32_t)m->colours.count;
        to->flags._buffer = pool->flags;
        to->flags._length = (uint32_t)m->flags.count;
}

static void every_to_cyclone(cyclone_Every *to, const struct interop_every *m, struct pool *pool)
{
        *to = (cyclone_Every){
                .flag = m->flag,
                .a = m->a,
                .b = m->b,
                .c = m->c,
                .d = m->d,
                .e = m->e,
                .f = m->f,
                .g = m->g,
                .h = m->h,
                .i = m->i,
                .j = m->j,
                .shade = (cyclone_Colour)m->shade,
                .breadth = (cyclone_Width)m->breadth,
                .text = (char *)(uintptr_t)m->text.data,
                .centre = point_to_cyclone(m->centre),
                .last = m->last,
        };
        memcpy(to->short_text, m->short_text.data, m->short_text.size);
        memcpy(to->octets, m->octets, sizeof to->octets);
        memcpy(to->longs, m->longs, sizeof to->longs);
        for (size_t i = 0; i < 3; i++)
                to->stripes[i] = (cyclone_Colour)m->stripes[i];
        for (size_t i = 0; i < 2; i++) {
                to->corners[i] = point_to_cyclone(m->corners[i]);
                to->labels[i] = (char *)(uintptr_t)m->labels[i].data;
        }
        vectors_to_cyclone(to, m, pool);
}

static void cyclone_encode(dds_ostreamLE_t *stream, const cyclone_Every *value)
{
        struct ddsi_sertype_default type = sertype(&cyclone_Every_desc);

        dds_ostreamLE_init(stream, 0, CDR_ENC_VERSION_2);
        assert_true(dds_stream_write_sampleLE(stream, value, &type));
}

static void assert_bytes(const uint8_t *ours, size_t size, const dds_ostreamLE_t *theirs)
{
        assert_int_equal(size, theirs->x.m_index);
        assert_memory_equal(ours, theirs->x.m_buffer, size);
}

static void our_encoding_is_cyclones(void **fixture)
{
        (void)fixture;
        for (int i = 0; i < ROUNDS; i++) {
                struct interop_every value;
                struct darq_writer writer;
                cyclone_Every theirs;
                dds_ostreamLE_t stream;
                struct pool pool;

                every_draw(&value, &pool);
                every_to_cyclone(&theirs, &value, &pool);
                cyclone_encode(&stream, &theirs);
                darq_writer_init(&writer, NULL, 0);
                interop_every_pack(&writer, &value);
                assert_int_equal(writer.error, 0);
                assert_bytes(writer.data, writer.size, &stream);
                darq_writer_deinit(&writer);
                dds_ostreamLE_fini(&stream);
        }
}

static void what_cyclone_wrote_we_read(void **fixture)
{
        (void)fixture;
        for (int i = 0; i < ROUNDS; i++) {
                struct interop_every value;
                struct interop_every decoded;
                struct darq_arena *arena = darq_arena_new(1 << 20);
                struct darq_reader reader;
                struct darq_writer writer;
                cyclone_Every theirs;
                dds_ostreamLE_t stream;
                struct pool pool;

                assert_non_null(arena);
                every_draw(&value, &pool);
                every_to_cyclone(&theirs, &value, &pool);
                cyclone_encode(&stream, &theirs);
                darq_reader_init(&reader, stream.x.m_buffer, stream.x.m_index, arena);
                interop_every_unpack(&reader, &decoded);
                assert_int_equal(darq_reader_finish(&reader), 0);
                darq_writer_init(&writer, NULL, 0);
                interop_every_pack(&writer, &decoded);
                assert_bytes(writer.data, writer.size, &stream);
                darq_writer_deinit(&writer);
                darq_arena_free(arena);
                dds_ostreamLE_fini(&stream);
        }
}

static void what_we_wrote_cyclone_reads(void **fixture)
{
        struct ddsi_sertype_default type = sertype(&cyclone_Every_desc);

        (void)fixture;
        for (int i = 0; i < ROUNDS; i++) {
                struct interop_every value;
                struct darq_writer writer;
                cyclone_Every decoded = {0};
                dds_ostreamLE_t stream;
                dds_istream_t input;
                struct pool pool;

                every_draw(&value, &pool);
                darq_writer_init(&writer, NULL, 0);
                interop_every_pack(&writer, &value);
                dds_istream_init(&input, (uint32_t)writer.size, writer.data, CDR_ENC_VERSION_2);
                dds_stream_read_sample(&input, &decoded, &type);
                assert_int_equal(input.m_index, writer.size);
                cyclone_encode(&stream, &decoded);
                assert_bytes(writer.data, writer.size, &stream);
                assert_string_equal(decoded.text, value.text.data);
                assert_int_equal(decoded.last, value.last);
                dds_stream_free_sample(&decoded, cyclone_Every_desc.m_ops);
                dds_ostreamLE_fini(&stream);
                darq_writer_deinit(&writer);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(our_encoding_is_cyclones),
                cmocka_unit_test(what_cyclone_wrote_we_read),
                cmocka_unit_test(what_we_wrote_cyclone_reads),
        };
        const char *seed = getenv("SEED");

        state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
        printf("seed %" PRIu64 "\n", state);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
