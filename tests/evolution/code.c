/* SPDX-License-Identifier: MIT */
/*
 * Reads payloads with the generated code of one version, and packs again what it read: lines "INTERFACE ORDINAL LIST HEX"
 * as for read.c, and "ok HEX" or "!reason" for each. HEX "null" isn't read: NULL is packed, as old code does where a list
 * had no members.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <darq/call.h>
#include <darq/wire.h>

/* All interfaces of the version, NULL at the end; run.py writes it. */
extern const struct darq_interface *const interfaces[];

static const struct darq_method *method_find(uint64_t id, uint32_t ordinal)
{
        for (size_t i = 0; interfaces[i] != NULL; i++)
                for (size_t j = 0; interfaces[i]->id == id && j < interfaces[i]->method_count; j++)
                        if (interfaces[i]->methods[j].ordinal == ordinal)
                                return &interfaces[i]->methods[j];
        return NULL;
}

static struct darq_items codec_of(const struct darq_method *method, char list)
{
        switch (list) {
        case 'u':
                return *method->upload;
        case 'd':
                return *method->download;
        case 'r':
                return (struct darq_items){method->pack_reply, method->unpack_reply};
        default:
                return (struct darq_items){method->pack_request, method->unpack_request};
        }
}

static void value_pack(const struct darq_items *codec, const void *value)
{
        struct darq_writer writer;

        darq_writer_init(&writer, NULL, 0);
        codec->pack(&writer, value);
        if (writer.error != 0)
                printf("!%s", writer.reason);
        else
                printf("ok ");
        for (size_t i = 0; writer.error == 0 && i < writer.size; i++)
                printf("%02x", writer.data[i]);
        putchar('\n');
        darq_writer_deinit(&writer);
}

static void payload_read(const struct darq_items *codec, const uint8_t *data, size_t size)
{
        struct darq_arena *arena = darq_arena_new(darq_arena_limit(size));
        uint64_t ports[DARQ_PORTS_MAX];
        struct darq_reader reader;
        const void *value;

        for (uint32_t i = 0; i < DARQ_PORTS_MAX; i++)
                ports[i] = i + 1000;
        darq_reader_init(&reader, data, size, arena);
        reader.ports = ports;
        reader.port_count = DARQ_PORTS_MAX;
        value = codec->unpack(&reader);
        if (darq_reader_finish(&reader) != 0)
                printf("!%s\n", reader.reason);
        else
                value_pack(codec, value);
        darq_arena_free(arena);
}

static size_t unhex(const char *text, uint8_t *data)
{
        size_t size = 0;
        unsigned int byte;

        for (; text[0] > ' ' && sscanf(text, "%2x", &byte) == 1; text += 2)
                data[size++] = (uint8_t)byte;
        return size;
}

int main(void)
{
        static char line[1 << 16];
        static uint8_t data[1 << 15];
        char list[16];
        uint64_t id;
        uint32_t ordinal;
        int at;

        while (fgets(line, sizeof line, stdin) != NULL) {
                const struct darq_method *method;
                struct darq_items codec;

                if (sscanf(line, "%" SCNx64 " %" SCNu32 " %15s %n", &id, &ordinal, list, &at) != 3)
                        return 1;
                method = method_find(id, ordinal);
                if (method == NULL)
                        return 1;
                codec = codec_of(method, list[0] == 'r' && list[2] == 'q' ? 'q' : list[0]);
                if (line[at] == 'n')
                        value_pack(&codec, NULL);
                else
                        payload_read(&codec, data, unhex(line + at, data));
        }
        return 0;
}
