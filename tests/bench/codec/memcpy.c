/* SPDX-License-Identifier: MIT */
/*
 * The floor: one memcpy of as many bytes as ours take, and for reading a walk over the plain values. No codec can do
 * with less than this when it moves bytes; who gives views of the input can.
 */
#include "tests/bench/codec/codec.h"

/* What ours take, in the order of the records. */
static volatile size_t sizes[RECORDS] = {312, 32008, 36, 140, 1900, 260008};
static uint8_t from[ROOM] __attribute__((aligned(64)));

static struct packed copy(enum record record)
{
        size_t size = sizes[record];

        memcpy(codec_buffer, from, size);
        return packed_of(codec_buffer, size);
}

static void take(const uint8_t *data, size_t size)
{
        memcpy(codec_buffer, data, size);
        KEEP(codec_buffer);
}

#define RECORD_WORK(record, number)                                   \
        WORK struct packed record##_pack(void)                        \
        {                                                             \
                return copy(number);                                  \
        }                                                             \
        WORK void record##_unpack(const uint8_t *data, size_t size)   \
        {                                                             \
                take(data, size);                                     \
        }                                                             \
        WORK uint64_t record##_read(const uint8_t *data, size_t size) \
        {                                                             \
                take(data, size);                                     \
                return record##_sum();                                \
        }

RECORD_WORK(content, RECORD_MEDIA)
RECORD_WORK(samples, RECORD_SAMPLES)
RECORD_WORK(request, RECORD_REQUEST)
RECORD_WORK(settings, RECORD_SETTINGS)
RECORD_WORK(events, RECORD_EVENTS)
RECORD_WORK(names, RECORD_NAMES)

const struct codec codec = {
        .name = "memcpy",
        .works = {{content_pack, NULL, content_unpack, content_read},
                  {samples_pack, NULL, samples_unpack, samples_read},
                  {request_pack, NULL, request_unpack, request_read},
                  {settings_pack, NULL, settings_unpack, settings_read},
                  {events_pack, NULL, events_unpack, events_read},
                  {names_pack, NULL, names_unpack, names_read}},
};
