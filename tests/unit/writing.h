/* SPDX-License-Identifier: MIT */
#ifndef TESTS_WRITING_H
#define TESTS_WRITING_H

#include <darq/wire.h>

/* A writer that grows, empty for each case. */

extern struct darq_writer writer;

int writing_begin(void **state);
int writing_end(void **state);

#define WRITING_TEST(name) cmocka_unit_test_setup_teardown(name, writing_begin, writing_end)

/** These bytes have been written, and nothing else. */
#define assert_bytes(...)                                                    \
        do {                                                                 \
                const uint8_t expected[] = {__VA_ARGS__};                    \
                assert_int_equal(writer.error, 0);                           \
                assert_int_equal(writer.size, sizeof expected);              \
                assert_memory_equal(writer.data, expected, sizeof expected); \
        } while (0)

#endif
