/* SPDX-License-Identifier: MIT */
/*
 * Messages that grow: packed and unpacked by generated code, over a writer and an arena that are kept, as in a session that has
 * warmed up. What each is made of says its name: bytes, a text, many numbers, many structs, many tables, a table of many members.
 *
 * A table of 1,024 members isn't measured: its code runs straight through 150 KiB, and while it takes twice the instructions of
 * one of 512, it takes four times as long, where a processor can't remember so many branches.
 */
#include <darq/wire.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "growth.darq.h"
#include "tests/bench/growth/growth.h"
#include "tests/bench/growth/members.darq.h"

struct message {
        struct darq_writer writer;
        struct darq_arena *arena;
        void (*put)(struct darq_writer *writer, const void *value);
        void (*get)(struct darq_reader *reader, void *value);
        void *value;   /* that is packed, */
        void *list;    /* that it points to */
        void *arrived; /* that was unpacked */
};

static struct message *message_new(size_t value_size, size_t count, size_t size)
{
        struct message *self = calloc(1, sizeof *self);

        expect(self != NULL, "no memory");
        self->arena = darq_arena_new(0);
        self->value = calloc(1, value_size);
        self->list = calloc(count, size);
        self->arrived = calloc(1, value_size);
        expect(self->arena != NULL && self->value != NULL && self->list != NULL &&
                       self->arrived != NULL,
               "no memory");
        memset(self->list, 1, count * size); /* or it were one page of zeroes, many times */
        darq_writer_init(&self->writer, NULL, 0);
        return self;
}

static void message_unpack(struct message *self, struct darq_arena *arena)
{
        struct darq_reader reader;

        darq_arena_reset(arena, darq_arena_limit(self->writer.size));
        darq_reader_init(&reader, self->writer.data, self->writer.size, arena);
        self->get(&reader, self->arrived);
        expect(darq_reader_finish(&reader) == 0, "a message can't be unpacked");
}

static void message_run(void *state)
{
        struct message *self = state;

        darq_writer_reset(&self->writer);
        self->put(&self->writer, self->value);
        expect(self->writer.error == 0, "a message can't be packed");
        message_unpack(self, self->arena);
}

static size_t allocated(void)
{
        struct mallinfo2 info = mallinfo2();

        return info.uordblks + info.hblkhd;
}

/* Of an arena that has only this message. */
static double message_memory(void *state)
{
        struct message *self = state;
        size_t before = allocated();
        struct darq_arena *arena = darq_arena_new(0);
        size_t taken;

        expect(arena != NULL, "no memory");
        message_unpack(self, arena);
        taken = allocated() - before;
        darq_arena_free(arena);
        return (double)taken / (double)self->writer.size;
}

static void message_end(void *state)
{
        struct message *self = state;

        darq_writer_deinit(&self->writer);
        darq_arena_free(self->arena);
        free(self->value);
        free(self->list);
        free(self->arrived);
        free(self);
}

/* Generated functions of any message. */
#define FORMAT(name)                                                          \
        static void name##_put(struct darq_writer *writer, const void *value) \
        {                                                                     \
                name##_pack(writer, value);                                   \
        }                                                                     \
        static void name##_get(struct darq_reader *reader, void *value)       \
        {                                                                     \
                name##_unpack(reader, value);                                 \
        }

FORMAT(growth_blob)
FORMAT(growth_text)
FORMAT(growth_numbers)
FORMAT(growth_items)
FORMAT(growth_rows)
FORMAT(members_t128)
FORMAT(members_t256)
FORMAT(members_t512)

static void *blob_begin(size_t size)
{
        struct message *self = message_new(sizeof(struct growth_blob), size, 1);
        struct growth_blob *blob = self->value;

        blob->data = (struct darq_bytes){self->list, size};
        self->put = growth_blob_put;
        self->get = growth_blob_get;
        return self;
}

/* Not only ASCII. */
static void *text_begin(size_t size)
{
        static const char word[8] = "Gr\xc3\xbc\xc3\x9f"
                                    "e ";
        struct message *self = message_new(sizeof(struct growth_text), size, 1);
        struct growth_text *text = self->value;

        for (size_t i = 0; i < size; i += sizeof word)
                memcpy((char *)self->list + i, word, sizeof word);
        text->text = (struct darq_string){self->list, size};
        self->put = growth_text_put;
        self->get = growth_text_get;
        return self;
}

static void *numbers_begin(size_t count)
{
        struct message *self = message_new(sizeof(struct growth_numbers), count, sizeof(uint32_t));
        struct growth_numbers *numbers = self->value;

        numbers->numbers.data = self->list;
        numbers->numbers.count = count;
        self->put = growth_numbers_put;
        self->get = growth_numbers_get;
        return self;
}

static void *items_begin(size_t count)
{
        struct message *self =
                message_new(sizeof(struct growth_items), count, sizeof(struct growth_item));
        struct growth_items *items = self->value;
        struct growth_item *list = self->list;

        for (size_t i = 0; i < count; i++)
                list[i] = (struct growth_item){
                        .number = (uint32_t)i, .name = DARQ_STR("some name"), .size = i};
        items->items.data = list;
        items->items.count = count;
        self->put = growth_items_put;
        self->get = growth_items_get;
        return self;
}

static void *rows_begin(size_t count)
{
        static const uint16_t pages[] = {1, 2, 3, 4};
        struct message *self =
                message_new(sizeof(struct growth_rows), count, sizeof(struct growth_row));
        struct growth_rows *rows = self->value;
        struct growth_row *list = self->list;

        for (size_t i = 0; i < count; i++)
                list[i] = (struct growth_row){.number = (uint32_t)i + 1,
                                              .name = DARQ_STR("some name"),
                                              .size = i + 1,
                                              .pages = {pages, 4}};
        rows->rows.data = list;
        rows->rows.count = count;
        self->put = growth_rows_put;
        self->get = growth_rows_get;
        return self;
}

/* Every member is there: what is not zero. */
static void *members_begin(size_t count)
{
        static const struct {
                size_t count;
                size_t size;
                void (*put)(struct darq_writer *writer, const void *value);
                void (*get)(struct darq_reader *reader, void *value);
        } tables[] = {
                {128, sizeof(struct members_t128), members_t128_put, members_t128_get},
                {256, sizeof(struct members_t256), members_t256_put, members_t256_get},
                {512, sizeof(struct members_t512), members_t512_put, members_t512_get},
        };
        struct message *self;
        size_t i = 0;

        while (tables[i].count != count)
                i++;
        self = message_new(tables[i].size, 1, 1);
        memset(self->value, 1, tables[i].size);
        self->put = tables[i].put;
        self->get = tables[i].get;
        return self;
}

const struct work codec_works[] = {
        {"bytes", 65536, 8 << 20, blob_begin, message_run, message_memory, message_end},
        {"bytes of text", 65536, 8 << 20, text_begin, message_run, message_memory, message_end},
        {"numbers", 16384, 2 << 20, numbers_begin, message_run, message_memory, message_end},
        {"structs", 4096, 262144, items_begin, message_run, message_memory, message_end},
        {"tables", 1024, 131072, rows_begin, message_run, message_memory, message_end},
        {"members of a table", 128, 512, members_begin, message_run, NULL, message_end},
        {0},
};
