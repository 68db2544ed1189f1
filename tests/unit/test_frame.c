/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libdarqwire/frame.h"

static enum darq_frame_verdict header_of(const uint8_t *data, size_t size,
                                         struct darq_frame_header *header)
{
        return darq_frame_header_get(data, size, DARQ_FRAME_TO_KERNEL, header);
}

static void versions(void **state)
{
        struct darq_frame_header header = {0};

        (void)state;
        for (unsigned int version = 0; version < 256; version++) {
                const uint8_t data[24] = {
                        (uint8_t)version, 8, DARQ_FRAME_OPEN_PORT, 0, 0, 0, 0, 24};

                assert_int_equal(header_of(data, 8, &header),
                                 version <= 1 ? DARQ_FRAME_OK : DARQ_FRAME_BAD);
                assert_int_equal(header_of(data, 1, &header),
                                 version <= 1 ? DARQ_FRAME_SHORT : DARQ_FRAME_BAD);
        }
}

static void header_lengths(void **state)
{
        struct darq_frame_header header = {0};

        (void)state;
        for (unsigned int length = 0; length < 256; length++) {
                const uint8_t data[80] = {1, (uint8_t)length, DARQ_FRAME_OPEN_PORT, 0, 0, 0, 0, 80};
                bool good = length % 8 == 0 && length >= 8 && length <= 64;

                assert_int_equal(header_of(data, sizeof data, &header),
                                 good ? DARQ_FRAME_OK : DARQ_FRAME_BAD);
                if (good) {
                        assert_int_equal(header.header_size, length);
                        assert_int_equal(header.extended, length >= 24);
                }
        }
}

static void a_header_is_short_until_it_is_whole(void **state)
{
        const uint8_t data[24] = {1, 24, DARQ_FRAME_PING, 0, 0, 0, 0, 32};
        struct darq_frame_header header = {0};

        (void)state;
        for (size_t size = 0; size < 24; size++)
                assert_int_equal(header_of(data, size, &header), DARQ_FRAME_SHORT);
        assert_int_equal(header_of(data, 24, &header), DARQ_FRAME_OK);
}

static void a_frame_shorter_than_its_type_needs_is_bad(void **state)
{
        static const struct {
                uint8_t type;
                uint32_t need;
        } rows[] = {
                {DARQ_FRAME_OPEN_PORT, 16},  {DARQ_FRAME_CLOSE_PORT, 16},
                {DARQ_FRAME_MESSAGE_IN, 24}, {DARQ_FRAME_CHUNK_IN, 40},
                {DARQ_FRAME_REBOOT, 0},      {DARQ_FRAME_SHUTDOWN, 0},
                {DARQ_FRAME_HELLO, 8},       {DARQ_FRAME_UNDELIVERABLE, 16},
                {DARQ_FRAME_CREDIT, 32},     {DARQ_FRAME_CANCEL, 16},
                {DARQ_FRAME_PING, 8},        {DARQ_FRAME_PONG, 8},
        };
        struct darq_frame_header header = {0};

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
                for (uint32_t size = 0; size < 80; size++) {
                        const uint8_t data[8] = {1, 8, rows[i].type, 0, 0, 0, 0, (uint8_t)size};

                        assert_int_equal(header_of(data, 8, &header),
                                         size >= 8 + rows[i].need ? DARQ_FRAME_OK : DARQ_FRAME_BAD);
                }
}

static void other_types_and_directions_are_to_be_skipped(void **state)
{
        struct darq_frame_header header = {0};

        (void)state;
        for (unsigned int type = 0; type < 256; type++) {
                const uint8_t data[8] = {1, 8, (uint8_t)type, 0, 0, 0, 0, 80};
                bool to = type == 1 || type == 3 || type == 5 || type == 6 || type == 9 ||
                          type == 10 || type == 11 || (type >= 16 && type <= 20);
                bool from = type == 2 || type == 4 || type == 7 || type == 8 || type == 12 ||
                            (type >= 16 && type <= 20);

                assert_int_equal(header_of(data, 8, &header), DARQ_FRAME_OK);
                assert_int_equal(header.type, to ? type : DARQ_FRAME_NONE);
                darq_frame_header_get(data, 8, DARQ_FRAME_FROM_KERNEL, &header);
                assert_int_equal(header.type, from ? type : DARQ_FRAME_NONE);
        }
        assert_int_equal(
                header_of((const uint8_t[]){1, 8, DARQ_FRAME_WELCOME, 0, 0, 0, 0, 8}, 8, &header),
                DARQ_FRAME_OK);
}

static void what_is_put_is_got(void **state)
{
        struct darq_frame_header header = {.type = DARQ_FRAME_MESSAGE_IN,
                                           .extended = true,
                                           .size = 0x01020304,
                                           .call = UINT64_C(0x1122334455667788),
                                           .timeout_ms = 0x99aabbcc,
                                           .flags = 0x0102,
                                           .port_count = 0x0304};
        struct darq_frame_header got = {0};
        uint8_t data[64];

        (void)state;
        assert_int_equal(darq_frame_header_put(data, &header), 24);
        assert_memory_equal(data, ((const uint8_t[]){1,    24,   5,    0,    1,    2,    3,    4,
                                                     0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
                                                     0x99, 0xaa, 0xbb, 0xcc, 1,    2,    3,    4}),
                            24);
        assert_int_equal(header_of(data, 24, &got), DARQ_FRAME_OK);
        assert_true(got.call == header.call && got.timeout_ms == header.timeout_ms &&
                    got.flags == header.flags && got.port_count == header.port_count &&
                    got.size == header.size);
        header.extended = false;
        assert_int_equal(darq_frame_header_put(data, &header), 8);
        assert_int_equal(data[1], 8);
}

static void bodies_are_put_and_got(void **state)
{
        uint8_t data[64] = {0};
        struct darq_frame_port port = {7, 3, UINT64_C(0x1020304050607080)};
        struct darq_frame_message message = {1, 2, 3};
        struct darq_frame_chunk chunk = {1, 2, 3, 4, 5, 1};
        struct darq_frame_welcome welcome = {1, 0, 5, 6, 7, 8};
        struct darq_frame_undeliverable undeliverable = {9, 65, 4};
        struct darq_frame_credit credit = {1, 2, 0, 99};
        struct darq_frame_hello hello = {1, 6};

        (void)state;
        assert_int_equal(darq_frame_port_put(data, &port), 16);
        assert_memory_equal(data,
                            ((const uint8_t[]){0, 0, 0, 7, 3, 0, 0, 0, 0x10, 0x20, 0x30, 0x40, 0x50,
                                               0x60, 0x70, 0x80}),
                            16);
        assert_true(darq_frame_port_get(data).port == port.port &&
                    darq_frame_port_get(data).result == 3);
        assert_int_equal(darq_frame_message_put(data, &message), 24);
        assert_true(darq_frame_message_get(data).destination == 2 &&
                    darq_frame_message_get(data).payload_size == 3);
        assert_int_equal(darq_frame_chunk_put(data, &chunk), 40);
        assert_true(darq_frame_chunk_get(data).offset == 4 &&
                    darq_frame_chunk_get(data).flags == 1);
        assert_int_equal(darq_frame_welcome_put(data, &welcome), 40);
        assert_true(darq_frame_welcome_get(data).message_max_bytes == 7 &&
                    darq_frame_welcome_get(data).window_bytes == 8);
        assert_int_equal(darq_frame_undeliverable_put(data, &undeliverable), 16);
        assert_true(darq_frame_undeliverable_get(data).code == 65 &&
                    darq_frame_undeliverable_get(data).detail_size == 4);
        assert_int_equal(darq_frame_credit_put(data, &credit), 32);
        assert_true(darq_frame_credit_get(data).limit == 99);
        assert_int_equal(darq_frame_hello_put(data, &hello), 8);
        assert_true(darq_frame_hello_get(data).revision == 1 &&
                    darq_frame_hello_get(data).features == 6);
        assert_int_equal(darq_frame_cancel_put(data, 5), 16);
        assert_true(darq_frame_u64_get(data) == 5);
}

static void payload_and_ports_must_fit(void **state)
{
        static const struct {
                uint32_t header_size, size, payload;
                uint16_t ports;
                bool fits;
        } rows[] = {
                {8, 32, 0, 0, true},
                {8, 32, 1, 0, false},
                {8, 33, 1, 0, true},
                {24, 56, 0, 1, true},
                {24, 55, 0, 1, false},
                {24, 64, 1, 1, true},
                {24, 63, 1, 1, false},
                {24, 64, 8, 1, true},
                {24, 48 + 512, 0, 64, true},
                {24, 48 + 520, 0, 65, false},
                {24, UINT32_MAX, UINT32_MAX, 0, false},
                {24, UINT32_MAX, UINT32_MAX - 48, 0, true},
                {24, UINT32_MAX, UINT32_MAX - 48, 1, false},
        };

        (void)state;
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                struct darq_frame_header header = {.header_size = rows[i].header_size,
                                                   .size = rows[i].size,
                                                   .port_count = rows[i].ports};

                if (darq_frame_message_fits(&header, rows[i].payload) != rows[i].fits)
                        fail_msg("row %zu", i);
        }
        for (size_t end = 0; end < 32; end++) {
                assert_int_equal(darq_frame_ports_offset(end) % 8, 0);
                assert_true(darq_frame_ports_offset(end) >= end &&
                            darq_frame_ports_offset(end) < end + 8);
        }
}

static void the_best_size_to_read_ends_with_a_frame(void **state)
{
        (void)state;
        assert_int_equal(darq_frame_best(100, 30, 30), 90);
        assert_int_equal(darq_frame_best(100, 30, 20), 80);
        assert_int_equal(darq_frame_best(100, 30, 100), 100);
        assert_int_equal(darq_frame_best(100, 300, 101), 100); /* no end within it */
}

static void a_type_that_isnt_known_has_no_fixed_part(void **state)
{
        (void)state;
        assert_int_equal(darq_frame_fixed_size(DARQ_FRAME_PING), DARQ_FRAME_PING_SIZE);
        assert_int_equal(darq_frame_fixed_size(DARQ_FRAME_NONE), 0);
        assert_int_equal(darq_frame_fixed_size(255), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(versions),
                cmocka_unit_test(header_lengths),
                cmocka_unit_test(a_header_is_short_until_it_is_whole),
                cmocka_unit_test(a_frame_shorter_than_its_type_needs_is_bad),
                cmocka_unit_test(other_types_and_directions_are_to_be_skipped),
                cmocka_unit_test(what_is_put_is_got),
                cmocka_unit_test(bodies_are_put_and_got),
                cmocka_unit_test(payload_and_ports_must_fit),
                cmocka_unit_test(the_best_size_to_read_ends_with_a_frame),
                cmocka_unit_test(a_type_that_isnt_known_has_no_fixed_part),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
