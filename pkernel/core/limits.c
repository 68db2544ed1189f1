/* SPDX-License-Identifier: MIT */
/*
 * The table of limits: what each is called, what it is to begin with, and in which range it may be set.
 *
 * It is the only place where a default stands. The tables in README.md and pkernel.8 are held against it by a test.
 */
#include "pkernel/core/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT(name, initial, least, most, meaning)                                  \
        {                                                                           \
#name, initial, least, most, meaning, offsetof(struct limits, name) \
        }

static const struct limit table[] = {
        LIMIT(message, 16 << 20, 1 << 10, UINT32_MAX - 4096,
              "bytes of payload and ports in a message"),
        LIMIT(port_messages, 256, 1, 1 << 20, "messages waiting at a port"),
        LIMIT(port_bytes, 1 << 20, 1 << 10, UINT32_MAX, "bytes waiting at a port"),
        LIMIT(calls, 256, 1, 1 << 20, "open and queued calls of one connection to one port"),
        LIMIT(stream, 1 << 20, 1 << 16, 1 << 30, "bytes of a stream that wait, in each direction"),
        LIMIT(queued, 64 << 20, 1 << 16, UINT64_C(1) << 40, "bytes queued for a principal"),
        LIMIT(objects, 65536, 16, 1 << 30, "ports, rights, slots and watches of a principal"),
        LIMIT(connections, 1024, 1, 1 << 20, "connections of a principal"),
        LIMIT(connections_total, 0, 0, 1 << 20,
              "connections in all; 0: as many as there are descriptors"),
        LIMIT(answers, 64 << 10, 1 << 10, 1 << 30,
              "bytes of unread answers before a connection is read no further"),
        LIMIT(first_frame_ms, 5000, 10, 3600000, "milliseconds for a connection's first header"),
        LIMIT(first_frame, 64 << 10, 64, UINT32_MAX, "bytes of a connection's first frame"),
        LIMIT(slow_ms, 10000, 10, 3600000,
              "milliseconds in which a frame once begun goes on by slow_bytes"),
        LIMIT(slow_bytes, 1 << 10, 1, 1 << 20, "see slow_ms"),
};

const struct limit *limits_table(size_t *count)
{
        *count = sizeof table / sizeof table[0];
        return table;
}

static uint64_t *limit_at(struct limits *self, const struct limit *limit)
{
        return (uint64_t *)(void *)((char *)self + limit->offset);
}

uint64_t limits_get(const struct limits *self, const struct limit *limit)
{
        return *(const uint64_t *)(const void *)((const char *)self + limit->offset);
}

void limits_init(struct limits *self)
{
        for (size_t index = 0; index < sizeof table / sizeof table[0]; index++)
                *limit_at(self, &table[index]) = table[index].initial;
}

static int value_parse(const char *text, uint64_t *value)
{
        static const char suffixes[] = "KMG";
        unsigned long long number;
        unsigned int shift = 0;
        char *end;

        if (*text < '0' || *text > '9')
                return -EINVAL;
        errno = 0;
        number = strtoull(text, &end, 10);
        if (*end != '\0') {
                const char *suffix = strchr(suffixes, *end);

                if (suffix == NULL || end[1] != '\0')
                        return -EINVAL;
                shift = 10 * (unsigned int)(suffix - suffixes + 1);
        }
        if (errno != 0 || number > UINT64_MAX >> shift)
                return -EINVAL;
        *value = (uint64_t)number << shift;
        return 0;
}

const struct limit *limits_find(const char *assignment)
{
        size_t length = strcspn(assignment, "=");

        for (size_t index = 0; index < sizeof table / sizeof table[0]; index++)
                if (strlen(table[index].name) == length &&
                    memcmp(table[index].name, assignment, length) == 0)
                        return &table[index];
        return NULL;
}

int limits_set(struct limits *self, const char *assignment)
{
        const struct limit *limit = limits_find(assignment);
        const char *equals = strchr(assignment, '=');
        uint64_t value;

        if (limit == NULL || equals == NULL || value_parse(equals + 1, &value) < 0 ||
            value < limit->least || value > limit->most)
                return -EINVAL;
        *limit_at(self, limit) = value;
        return 0;
}
