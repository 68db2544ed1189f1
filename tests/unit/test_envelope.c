/* SPDX-License-Identifier: MIT */
/*
 * What two links send each other, as bytes: envelopes and records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/link/bytes.h"
#include "pkernel/link/envelope.h"
#include "pkernel/link/record.h"

#include <stdlib.h>
#include <string.h>

/* Envelopes */

static void test_an_envelope_is_read_as_it_was_written(void **state)
{
        struct envelope in = {.kind = ENVELOPE_DATA,
                              .from = 1,
                              .to = 2,
                              .sequence = 3,
                              .taken = 4,
                              .eager = true};
        struct envelope out;
        uint8_t data[ENVELOPE_HEAD + 5] = {0};

        (void)state;
        envelope_put(data, &in);
        assert_true(envelope_get(&out, data, sizeof data));
        assert_int_equal(out.kind, ENVELOPE_DATA);
        assert_int_equal(out.from, 1);
        assert_int_equal(out.to, 2);
        assert_int_equal(out.sequence, 3);
        assert_int_equal(out.taken, 4);
        assert_true(out.eager);
        assert_ptr_equal(out.body, data + ENVELOPE_HEAD);
        assert_int_equal(out.size, 5);
}

static void test_what_is_no_envelope_is_refused(void **state)
{
        static const struct {
                uint8_t kind;
                uint64_t from, to, sequence;
                size_t body;
                bool fine;
        } cases[] = {
                {ENVELOPE_HELLO, 1, 0, ENVELOPE_REVISION, 0, true},
                {ENVELOPE_HELLO, 1, 0, ENVELOPE_REVISION - 1, 0, false},
                {ENVELOPE_HELLO, 1, 0, ENVELOPE_REVISION + 1, 0, false},
                {ENVELOPE_HELLO, 0, 0, ENVELOPE_REVISION, 0, false},
                {ENVELOPE_DATA, 1, 2, 0, 1, true},
                {ENVELOPE_DATA, 1, 2, 0, 0, false},
                {ENVELOPE_DATA, 1, 0, 0, 1, false},
                {ENVELOPE_DATA, 1, 2, 0, ENVELOPE_BODY_MAX, true},
                {ENVELOPE_DATA, 1, 2, 0, ENVELOPE_BODY_MAX + 1, false},
                {ENVELOPE_BEAT, 1, 2, 0, 24, true},
                {ENVELOPE_BEAT, 1, 2, 0, 23, false},
                {ENVELOPE_BEAT, 1, 2, 0, 25, false},
                {4, 1, 2, 0, 1, false},
                {0, 1, 2, 0, 1, false},
        };
        uint8_t *data = calloc(1, ENVELOPE_HEAD + ENVELOPE_BODY_MAX + 1);
        struct envelope out;

        (void)state;
        assert_non_null(data);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct envelope in = {.kind = (enum envelope_kind)cases[i].kind,
                                      .from = cases[i].from,
                                      .to = cases[i].to,
                                      .sequence = cases[i].sequence};

                envelope_put(data, &in);
                assert_int_equal(envelope_get(&out, data, ENVELOPE_HEAD + cases[i].body),
                                 cases[i].fine);
        }
        for (size_t size = 0; size < ENVELOPE_HEAD; size++)
                assert_false(envelope_get(&out, data, size));
        data[0] = 2;
        assert_false(envelope_get(&out, data, ENVELOPE_HEAD));
        free(data);
}

static void test_the_sender_is_the_last_word_of_the_subject(void **state)
{
        static const struct {
                const char *subject, *sender;
        } cases[] = {
                {"darq.v1.hall.kitchen", "kitchen"},
                {"darq.v1.hall.a.b", "b"},
                {"darq.v1.hall.", ""},
                {"hall", ""},
                {"", ""},
                {NULL, ""},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
                assert_string_equal(envelope_sender(cases[i].subject), cases[i].sender);
}

/* Records */

static void test_a_record_is_read_as_it_was_written_and_no_sooner_than_it_is_whole(void **state)
{
        struct record in = {.type = RECORD_REQUEST,
                            .flags = RECORD_DOWN,
                            .code = 5,
                            .id = 6,
                            .target = 7,
                            .offset = 8,
                            .port_count = 2,
                            .ports = {9, 10},
                            .payload = (const uint8_t *)"abc",
                            .payload_size = 3};
        struct bytes bytes = {0};
        struct record out;

        (void)state;
        record_put(&bytes, &in);
        assert_int_equal(bytes_size(&bytes), RECORD_HEAD + 19);
        for (size_t size = 0; size < RECORD_HEAD + 19; size++)
                assert_int_equal(record_get(&out, bytes_front(&bytes), size, 1000), RECORD_SHORT);
        assert_int_equal(record_get(&out, bytes_front(&bytes), bytes_size(&bytes), 1000),
                         RECORD_OK);
        assert_int_equal(out.type, RECORD_REQUEST);
        assert_int_equal(out.code, 5);
        assert_int_equal(out.id, 6);
        assert_int_equal(out.target, 7);
        assert_int_equal(out.offset, 8);
        assert_int_equal(record_port(&out, 1), 10);
        assert_memory_equal(out.payload, "abc", 3);
        assert_int_equal(
                record_get(&out, bytes_front(&bytes), bytes_size(&bytes), RECORD_HEAD + 18),
                RECORD_BAD);
        bytes_deinit(&bytes);
}

static void test_what_is_no_record_is_refused(void **state)
{
        static const struct record cases[] = {
                {.type = RECORD_TYPE_MAX + 1},
                {.type = RECORD_CANCEL, .payload_size = 1},
                {.type = RECORD_RELEASE, .port_count = 1},
                {.type = RECORD_GRANTED},
                {.type = RECORD_GRANTED, .port_count = 2},
                {.type = RECORD_GRANTED, .port_count = 1, .payload_size = 1},
                {.type = RECORD_FAIL, .payload_size = 1025},
                {.type = RECORD_ASK, .payload_size = 513},
                {.type = RECORD_CHUNK, .payload_size = 65537},
                {.type = RECORD_CHUNK, .port_count = 1},
                {.type = RECORD_PART},
                {.type = RECORD_PART, .payload_size = 65537},
                {.type = RECORD_PART, .payload_size = 1, .port_count = 1},
        };
        static const uint8_t zeros[65537];
        struct bytes bytes = {0};
        struct record out;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct record in = cases[i];

                in.payload = zeros;
                record_put(&bytes, &in);
                assert_int_equal(record_get(&out, bytes_front(&bytes), bytes_size(&bytes), 1 << 20),
                                 RECORD_BAD);
                bytes_drop(&bytes, bytes_size(&bytes));
        }
        record_put(&bytes, &(struct record){.type = RECORD_REPLY, .port_count = 1});
        bytes.data[6] = 1; /* 257 ports */
        assert_int_equal(record_get(&out, bytes_front(&bytes), RECORD_HEAD, 1 << 20), RECORD_BAD);
        bytes.data[6] = 0;
        bytes.data[3] = RECORD_HEAD + 7; /* shorter than its port */
        assert_int_equal(record_get(&out, bytes_front(&bytes), RECORD_HEAD, 1 << 20), RECORD_BAD);
        bytes_deinit(&bytes);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_an_envelope_is_read_as_it_was_written),
                cmocka_unit_test(test_what_is_no_envelope_is_refused),
                cmocka_unit_test(test_the_sender_is_the_last_word_of_the_subject),
                cmocka_unit_test(
                        test_a_record_is_read_as_it_was_written_and_no_sooner_than_it_is_whole),
                cmocka_unit_test(test_what_is_no_record_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
