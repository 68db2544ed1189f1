/* SPDX-License-Identifier: MIT */
/*
 * The link's outbox: what goes ahead of what, and what never does; and parts, as they are put together again. Each record of a
 * case is put in its turn, then all turns are taken; what comes out is told as text, a word for each record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkernel/link/outbox.h"
#include "pkernel/link/parts.h"
#include "pkernel/link/peer.h"
#include "pkernel/link/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 3 * OUTBOX_PART - 2 * RECORD_HEAD, LETTERS = 16 };

static const uint8_t zeros[LARGE];

/* A record by a letter: of two callers, A and B, here, and of two, Y and Z, there; in capitals what is long. */
static struct record record_of(char letter)
{
        static const struct {
                char letter;
                struct record record;
        } records[] = {
                {'a', {.type = RECORD_REQUEST, .id = 1, .offset = 'A'}},
                {'b', {.type = RECORD_REQUEST, .id = 2, .offset = 'B'}},
                {'A', {.type = RECORD_REQUEST, .id = 3, .offset = 'A', .payload_size = LARGE}},
                {'B', {.type = RECORD_REQUEST, .id = 4, .offset = 'B', .payload_size = LARGE}},
                {'y', {.type = RECORD_REPLY, .id = 5, .offset = 'Y'}},
                {'z', {.type = RECORD_REPLY, .id = 6, .offset = 'Z'}},
                {'Y', {.type = RECORD_REPLY, .id = 7, .offset = 'Y', .payload_size = LARGE}},
                {'m', {.type = RECORD_MESSAGE, .target = 9}},
                {'M', {.type = RECORD_MESSAGE, .target = 9, .payload_size = LARGE}},
                {'e', {.type = RECORD_ENDED, .target = 9}},
                {'r', {.type = RECORD_RELEASE, .target = 9, .offset = 1}},
                {'g', {.type = RECORD_GRANTED, .port_count = 1}},
                {'q', {.type = RECORD_ASK, .id = 8, .payload_size = 1}},
                {'u', {.type = RECORD_CHUNK, .id = 3, .payload_size = OUTBOX_PART}},
                {'v', {.type = RECORD_CHUNK, .id = 1, .payload_size = OUTBOX_PART}},
                {'D', {.type = RECORD_CHUNK, .flags = RECORD_DOWN, .id = 5, .payload_size = LARGE}},
                {'d',
                 {.type = RECORD_CHUNK,
                  .flags = RECORD_DOWN,
                  .id = 5,
                  .payload_size = OUTBOX_PART}},
                {'c', {.type = RECORD_CANCEL, .id = 3}},
        };
        struct record record = {0};

        for (size_t i = 0; i < sizeof records / sizeof *records; i++)
                if (records[i].letter == letter)
                        record = records[i].record;
        assert_int_not_equal(record.type, 0);
        record.payload = zeros;
        record.code = (uint32_t)(unsigned char)letter;
        return record;
}

/* What stands in next, as letters; the parts of one as full stops, and the last of them as its letter. */
static void told(struct outbox *outbox, struct parts *parts, char *text)
{
        struct record record;

        while (bytes_size(&outbox->next) != 0) {
                struct bytes *whole;
                enum parts_verdict verdict;
                size_t size;

                assert_int_equal(record_get(&record, bytes_front(&outbox->next),
                                            bytes_size(&outbox->next), PEER_RECORD_MAX),
                                 RECORD_OK);
                size = record.size;
                if (record.type != RECORD_PART) {
                        *text++ = (char)record.code;
                } else if ((verdict = parts_add(parts, &record, &whole)) == PARTS_MORE) {
                        *text++ = '.';
                } else {
                        uint64_t id = record.id;

                        assert_int_equal(verdict, PARTS_WHOLE);

                        assert_int_equal(record_get(&record, bytes_front(whole), bytes_size(whole),
                                                    PEER_RECORD_MAX),
                                         RECORD_OK);
                        *text++ = (char)record.code;
                        parts_remove(parts, id);
                }
                bytes_drop(&outbox->next, size);
        }
        *text = '\0';
}

static void test_what_is_put_goes_in_the_order_that_was_promised(void **state)
{
        static const struct {
                const char *put;
                const char *goes;
                const char *why;
        } cases[] = {
                {"abyzmergq", "abyzmergq", "what is small goes as it comes"},
                {"Ab", "b..A", "a large request doesn't hold up another caller's"},
                {"Aab", "b..Aa", "but its own caller's"},
                {"AB", "....AB", "two large ones take turns"},
                {"Yz", "z..Y", "a large reply doesn't hold up another caller's"},
                {"Yyz", "z..Yy", "but its own caller's"},
                {"Ay", "..Ay", "of a request and a reply it isn't known whose they are"},
                {"Ya", "..Ya", "nor of a reply and a request"},
                {"Am", "..Am", "nor of a message"},
                {"Ma", "..Ma", "and a request"},
                {"My", "..My", "or a reply"},
                {"Mm", "..Mm", "messages keep their order"},
                {"Ayb", "..Ayb", "what follows something that waits does, too"},
                {"Aqb", "qb..A", "a name is asked for at once"},
                {"Agb", "gb..A", "and granted"},
                {"Arb", "b..Ar", "a release comes behind what may have been sent with it"},
                {"Aeb", "..Aeb",
                 "the end of a port behind what it sent, and before its number comes again"},
                {"Meg", "..Meg", "so does the port that is granted under it"},
                {"ava", "aav", "a call's chunks let other calls pass"},
                {"Au", "..Au", "but come behind its request"},
                {"Ac", "..Ac", "as does its cancel"},
                {"ddyz", "zddy", "a reply comes behind its call's chunks"},
                {"ddya", "ddya", "and so does what comes behind the reply"},
                {"Dyz", "z..Dy", "a large chunk goes in parts"},
                {"vvAd", "v.dv.A", "streams and large messages take turns"},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct outbox outbox;
                struct parts parts = {0};
                struct outbox_mark mark = {0};
                char text[LETTERS];

                outbox_init(&outbox);
                for (const char *letter = cases[i].put; *letter != '\0'; letter++) {
                        struct record record = record_of(*letter);
                        bool of_request = *letter == 'u' || *letter == 'c';
                        struct outbox_mark put =
                                outbox_put(&outbox, &record, of_request ? &mark : NULL);

                        if (*letter == 'A')
                                mark = put;
                }
                while (outbox_waits(&outbox))
                        outbox_turn(&outbox);
                told(&outbox, &parts, text);
                if (strcmp(text, cases[i].goes) != 0)
                        fail_msg("%s: %s goes as %s, not as %s", cases[i].why, cases[i].put, text,
                                 cases[i].goes);
                assert_int_equal(outbox_size(&outbox), 0);
                outbox_deinit(&outbox);
                parts_deinit(&parts);
        }
}

static void
test_chunks_of_a_call_that_is_over_are_dropped_and_what_waited_for_them_goes(void **state)
{
        struct outbox outbox;
        struct parts parts = {0};
        char text[LETTERS];

        (void)state;
        outbox_init(&outbox);
        for (const char *letter = "ddy"; *letter != '\0'; letter++) {
                struct record record = record_of(*letter);

                outbox_put(&outbox, &record, NULL);
        }
        outbox_forget(&outbox, LANES_DOWN, 5);
        while (outbox_waits(&outbox))
                outbox_turn(&outbox);
        told(&outbox, &parts, text);
        assert_string_equal(text, "y");
        outbox_deinit(&outbox);
        parts_deinit(&parts);
}

static void test_what_waits_goes_with_what_is_left_of_its_time(void **state)
{
        static const struct {
                struct record record;
                uint32_t left;
        } cases[] = {
                {{.type = RECORD_REQUEST, .code = 1000}, 700},
                {{.type = RECORD_MESSAGE, .code = 1000}, 700},
                {{.type = RECORD_REQUEST, .code = 300}, 1},
                {{.type = RECORD_REQUEST, .code = 10}, 1},
                {{.type = RECORD_REQUEST}, 0},               /* no end to it */
                {{.type = RECORD_FAIL, .code = 1000}, 1000}, /* not a time */
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct outbox outbox;
                struct record record = record_of('M'); /* which all of them wait for */

                outbox_init(&outbox);
                outbox.now_ns = 5000000000;
                outbox_put(&outbox, &record, NULL);
                outbox_put(&outbox, &cases[i].record, NULL);
                outbox.now_ns += 300000000;
                while (outbox_waits(&outbox))
                        outbox_turn(&outbox);
                do {
                        assert_int_equal(record_get(&record, bytes_front(&outbox.next),
                                                    bytes_size(&outbox.next), PEER_RECORD_MAX),
                                         RECORD_OK);
                        bytes_drop(&outbox.next, record.size);
                } while (bytes_size(&outbox.next) != 0);
                assert_int_equal(record.type, cases[i].record.type);
                assert_int_equal(record.code, cases[i].left);
                outbox_deinit(&outbox);
        }
}

static void test_the_time_between_a_record_s_parts_is_taken_off_its_own(void **state)
{
        uint8_t data[RECORD_HEAD + 60];
        struct record request = {.type = RECORD_REQUEST,
                                 .code = 1000,
                                 .payload = zeros,
                                 .payload_size = sizeof data - RECORD_HEAD};
        struct record part = {.type = RECORD_PART, .id = 1, .target = sizeof data, .payload = data};
        struct parts parts = {.now_ns = 5000000000};
        struct bytes *whole;

        (void)state;
        record_write(data, &request);
        part.payload_size = 50;
        assert_int_equal(parts_add(&parts, &part, &whole), PARTS_MORE);
        parts.now_ns += 300000000;
        part.payload += 50;
        part.offset = 50;
        assert_int_equal(parts_add(&parts, &part, &whole), PARTS_WHOLE);
        assert_int_equal(record_get(&request, bytes_front(whole), bytes_size(whole), 1000),
                         RECORD_OK);
        assert_int_equal(request.code, 700);
        parts_deinit(&parts);
}

static void test_a_chunk_that_has_gone_in_part_goes_on_when_its_call_is_over(void **state)
{
        struct outbox outbox;
        struct parts parts = {0};
        char text[LETTERS];

        (void)state;
        outbox_init(&outbox);
        for (const char *letter = "DDdy"; *letter != '\0'; letter++) {
                struct record record = record_of(*letter);

                outbox_put(&outbox, &record, NULL);
        }
        outbox_turn(&outbox);
        outbox_forget(&outbox, LANES_DOWN, 5);
        while (outbox_waits(&outbox))
                outbox_turn(&outbox);
        told(&outbox, &parts, text);
        assert_string_equal(text, "..Dy");
        assert_int_equal(parts.announced, 0);
        assert_int_equal(outbox.begun, 0);
        outbox_deinit(&outbox);
        parts_deinit(&parts);
}

static void test_an_envelope_ends_where_a_record_does_if_one_fits(void **state)
{
        static const struct {
                size_t payloads[3];
                size_t max;
                size_t cuts[5]; /* 0: no more */
        } cases[] = {
                {{10, 20, 30}, 200, {180}},
                {{10, 20, 30}, 180, {180}},
                {{10, 20, 30}, 179, {110, 70}},
                {{10, 20, 30}, 109, {50, 60, 70}},
                {{10, 200, 30}, 100, {100, 100, 90, 70}},
                {{10, 210, 10}, 100, {100, 100, 100, 50}},
                {{110, 0, 30}, 100, {100, 90, 70}},
                {{60, 160, 10}, 100, {100, 100, 100, 50}},
                {{260, 0, 10}, 100, {100, 100, 100, 90}},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct outbox outbox;

                outbox_init(&outbox);
                for (size_t j = 0; j < 3; j++)
                        outbox_put(&outbox,
                                   &(struct record){.type = RECORD_MESSAGE,
                                                    .payload = zeros,
                                                    .payload_size = cases[i].payloads[j]},
                                   NULL);
                for (size_t j = 0; j < 5 && cases[i].cuts[j] != 0; j++) {
                        assert_int_equal(outbox_cut(&outbox, cases[i].max), cases[i].cuts[j]);
                        bytes_drop(&outbox.next, cases[i].cuts[j]);
                }
                assert_int_equal(outbox_size(&outbox), 0);
                outbox_deinit(&outbox);
        }
}

static void test_parts_that_do_not_fit_together_are_refused(void **state)
{
        static const struct record first = {
                .type = RECORD_PART, .id = 1, .target = 100, .payload = zeros, .payload_size = 60};
        static const struct {
                struct record part;
                enum parts_verdict verdict;
        } cases[] = {
                {{.id = 1, .target = 100, .offset = 60, .payload_size = 40}, PARTS_WHOLE},
                {{.id = 1, .target = 100, .offset = 60, .payload_size = 39}, PARTS_MORE},
                {{.id = 1, .target = 100, .offset = 60, .payload_size = 41}, PARTS_WRONG},
                {{.id = 1, .target = 100, .offset = 59, .payload_size = 1}, PARTS_WRONG},
                {{.id = 1, .target = 100, .offset = 61, .payload_size = 1}, PARTS_WRONG},
                {{.id = 1, .target = 101, .offset = 60, .payload_size = 1}, PARTS_WRONG},
                {{.id = 1, .target = 100, .payload_size = 1}, PARTS_WRONG},
                {{.id = 2, .target = 100, .offset = 60, .payload_size = 1}, PARTS_WRONG},
                {{.id = 2, .target = PEER_RECORD_MAX, .payload_size = 1}, PARTS_MORE},
                {{.id = 2, .target = PEER_RECORD_MAX + 1, .payload_size = 1}, PARTS_WRONG},
        };

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct parts parts = {0};
                struct bytes *whole;
                struct record part = cases[i].part;

                part.payload = zeros;
                assert_int_equal(parts_add(&parts, &first, &whole), PARTS_MORE);
                assert_int_equal(parts_add(&parts, &part, &whole), cases[i].verdict);
                parts_deinit(&parts);
        }
}

static void test_no_more_records_are_begun_than_a_true_link_begins(void **state)
{
        struct record part = {
                .type = RECORD_PART, .target = 2, .payload = zeros, .payload_size = 1};
        struct parts parts = {0};
        struct bytes *whole;

        (void)state;
        for (part.id = 1; part.id <= PARTS_RECORDS_MAX; part.id++)
                assert_int_equal(parts_add(&parts, &part, &whole), PARTS_MORE);
        assert_int_equal(parts_add(&parts, &part, &whole), PARTS_WRONG);
        part.id = 1;
        part.offset = 1;
        assert_int_equal(parts_add(&parts, &part, &whole), PARTS_WHOLE);
        parts_remove(&parts, part.id);
        part = (struct record){.id = PARTS_RECORDS_MAX + 1,
                               .target = OUTBOX_PIECE + 1,
                               .payload = zeros,
                               .payload_size = 1};
        assert_int_equal(parts_add(&parts, &part, &whole), PARTS_MORE);
        parts_deinit(&parts);
}

static void test_no_more_parts_are_taken_than_a_link_can_have_begun(void **state)
{
        struct parts parts = {0};
        struct bytes *whole;
        struct record part = {
                .target = PEER_RECORD_MAX, .payload = zeros, .payload_size = 1, .id = 1};

        (void)state;
        for (; part.id <= PARTS_MAX / PEER_RECORD_MAX; part.id++)
                assert_int_equal(parts_add(&parts, &part, &whole), PARTS_MORE);
        assert_int_equal(parts_add(&parts, &part, &whole), PARTS_WRONG);
        parts_remove(&parts, 1);
        assert_int_equal(parts_add(&parts, &part, &whole), PARTS_MORE);
        parts_deinit(&parts);
}

static void test_no_more_is_begun_than_the_other_side_takes(void **state)
{
        enum { CALLERS = 100, SIZE = 1 << 20 };
        uint8_t *payload = calloc(1, SIZE);
        struct outbox outbox;
        struct parts parts = {0};
        char text[CALLERS * 20];
        size_t whole = 0;

        (void)state;
        assert_non_null(payload);
        outbox_init(&outbox);
        for (uint64_t i = 1; i <= CALLERS; i++)
                outbox_put(&outbox,
                           &(struct record){.type = RECORD_REQUEST,
                                            .code = 'x',
                                            .id = i,
                                            .offset = i,
                                            .payload = payload,
                                            .payload_size = SIZE},
                           NULL);
        while (outbox_waits(&outbox)) {
                outbox_turn(&outbox);
                told(&outbox, &parts, text); /* none is refused */
                assert_true(parts.announced <= PARTS_MAX);
                whole += strchr(text, 'x') != NULL;
        }
        assert_int_equal(whole, CALLERS);
        outbox_deinit(&outbox);
        parts_deinit(&parts);
        free(payload);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_what_is_put_goes_in_the_order_that_was_promised),
                cmocka_unit_test(
                        test_chunks_of_a_call_that_is_over_are_dropped_and_what_waited_for_them_goes),
                cmocka_unit_test(test_what_waits_goes_with_what_is_left_of_its_time),
                cmocka_unit_test(test_the_time_between_a_record_s_parts_is_taken_off_its_own),
                cmocka_unit_test(test_a_chunk_that_has_gone_in_part_goes_on_when_its_call_is_over),
                cmocka_unit_test(test_an_envelope_ends_where_a_record_does_if_one_fits),
                cmocka_unit_test(test_parts_that_do_not_fit_together_are_refused),
                cmocka_unit_test(test_no_more_records_are_begun_than_a_true_link_begins),
                cmocka_unit_test(test_no_more_parts_are_taken_than_a_link_can_have_begun),
                cmocka_unit_test(test_no_more_is_begun_than_the_other_side_takes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
