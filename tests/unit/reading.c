/* SPDX-License-Identifier: MIT */
/* See the header. */
#include "tests/unit/reading.h"

struct darq_reader reader;
struct darq_arena *arena;

int reading_begin(void **state)
{
        (void)state;
        arena = darq_arena_new(65536);
        return arena == NULL;
}

int reading_end(void **state)
{
        (void)state;
        darq_arena_free(arena);
        return 0;
}

void read_from(const uint8_t *data, size_t size)
{
        darq_reader_init(&reader, data, size, arena);
}
