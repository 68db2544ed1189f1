/* SPDX-License-Identifier: MIT */
#ifndef TESTS_READING_H
#define TESTS_READING_H

#include <darq/wire.h>

/* A reader of a message that a case writes down, and an arena of 64 KiB behind it, fresh for each case. */

extern struct darq_reader reader;
extern struct darq_arena *arena;

int reading_begin(void **state);
int reading_end(void **state);

#define READING_TEST(name) cmocka_unit_test_setup_teardown(name, reading_begin, reading_end)

/** The reader is at the beginning of that. */
void read_from(const uint8_t *data, size_t size);

/** Declares these bytes as message, and reads from them. */
#define READ(...)                                       \
        static const uint8_t message[] = {__VA_ARGS__}; \
        (void)state;                                    \
        read_from(message, sizeof message)

#endif
