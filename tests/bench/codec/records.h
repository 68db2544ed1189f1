/* SPDX-License-Identifier: MIT */
#ifndef BENCH_RECORDS_H
#define BENCH_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The values that every codec carries, as plain C. Every text ends in a NUL beyond its size, so that libraries whose
 * strings are char pointers fill in theirs without a copy.
 */

enum { SAMPLES = 1000, EVENTS = 99, NAMES = 10000, PAGES = 12 };

struct text {
        const char *data;
        size_t size;
};

/* MediaContent, the record of the jvm-serializers benchmark. */
struct image {
        struct text uri;
        struct text title;
        bool has_title;
        int32_t width;
        int32_t height;
        uint32_t size;
};

struct media {
        struct text uri;
        struct text title;
        bool has_title;
        int32_t width;
        int32_t height;
        struct text format;
        int64_t duration;
        int64_t size;
        int32_t bitrate;
        bool has_bitrate;
        struct text persons[2];
        uint32_t person_count;
        uint32_t player;
        struct text copyright;
        bool has_copyright;
};

struct content {
        struct media media;
        struct image images[2];
        uint32_t image_count;
};

/* Numbers only. */
struct sample {
        double x;
        double y;
        double z;
        uint32_t id;
        uint32_t flags;
};

/* What a small call carries. */
struct request {
        uint32_t id;
        uint64_t when;
        struct text name;
};

/* A table of 20 members; these 7 are set. */
struct settings {
        uint32_t width;
        uint32_t height;
        uint64_t modified;
        double scale;
        struct text title;
        uint32_t flags;
        uint32_t pages[PAGES];
};

/* A list of a union's members, in turns. */
enum event_kind { EVENT_MOVE, EVENT_TEXT, EVENT_TICK };

struct event {
        enum event_kind kind;
        int32_t x;
        int32_t y;
        uint32_t time;
        struct text text;
        uint64_t tick;
};

struct records {
        struct content content;
        struct sample samples[SAMPLES];
        struct request request;
        struct settings settings;
        struct event events[EVENTS];
        struct text names[NAMES];
        char letters[NAMES * 40];
};

/** The values, made at the first call. */
const struct records *records(void);

/*
 * Reading every member means adding up all numbers, doubles by their bits, and the first byte of every text. What is
 * absent adds nothing. These are the sums that must come out.
 */
uint64_t content_sum(void);
uint64_t samples_sum(void);
uint64_t request_sum(void);
uint64_t settings_sum(void);
uint64_t events_sum(void);
uint64_t names_sum(void);

static inline uint64_t bits_of(double value)
{
        uint64_t bits;

        __builtin_memcpy(&bits, &value, sizeof bits);
        return bits;
}

static inline uint64_t first_of(const char *data, size_t size)
{
        return size != 0 ? (unsigned char)data[0] : 0;
}

static inline uint64_t first(const char *text)
{
        return text != NULL ? (unsigned char)text[0] : 0;
}

#ifdef __cplusplus
}
#endif
#endif
