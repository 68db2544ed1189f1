/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libdarqwire/utf8.h"

static const struct {
        const char *text;
        size_t size;
        bool valid;
} cases[] = {
        {"", 0, true},
        {"plain ASCII of more than eight bytes", 36, true},
        {"\x7f", 1, true},
        {"\x80", 1, false},
        {"\xbf", 1, false},
        {"\xc0\x80", 2, false},         /* overlong NUL */
        {"\xc1\xbf", 2, false},         /* overlong */
        {"\xc2\x80", 2, true},          /* U+0080 */
        {"\xc2", 1, false},             /* cut */
        {"\xc2\x20", 2, false},         /* no continuation */
        {"\xdf\xbf", 2, true},          /* U+07FF */
        {"\xe0\x9f\xbf", 3, false},     /* overlong */
        {"\xe0\xa0\x80", 3, true},      /* U+0800 */
        {"\xed\x9f\xbf", 3, true},      /* U+D7FF */
        {"\xed\xa0\x80", 3, false},     /* surrogate */
        {"\xee\x80\x80", 3, true},      /* U+E000 */
        {"\xef\xbf\xbf", 3, true},      /* U+FFFF */
        {"\xef\xbf", 2, false},         /* cut */
        {"\xf0\x90\x80", 3, false},     /* cut */
        {"\xf0\x90\x80\x20", 4, false}, /* no continuation */
        {"\xf0\x8f\xbf\xbf", 4, false}, /* overlong */
        {"\xf0\x90\x80\x80", 4, true},  /* U+10000 */
        {"\xf4\x8f\xbf\xbf", 4, true},  /* U+10FFFF */
        {"\xf4\x90\x80\x80", 4, false}, /* above */
        {"\xf5\x80\x80\x80", 4, false},
        {"\xff", 1, false},
        {"\0", 1, false},
        {"seven b\0", 8, false},
        {"eight by\0", 9, false},
        {"1234567\xc3\xa9", 9, true}, /* across a word */
        {"12345678\xc3", 9, false},   /* cut behind a word */
        {"\x01\x02\x03\x04\x05\x06\x07\x08", 8, true},
};

static void verdicts_are_those_of_the_standard(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                if (darq_utf8_valid((const uint8_t *)cases[i].text, cases[i].size) !=
                    cases[i].valid)
                        fail_msg("case %zu", i);
}

/* Every size, with a byte of every kind at every place, whatever stands before the text. */
static void short_plain_text_is_told_from_any_other(void **state)
{
        static const uint8_t kinds[] = {0x01, 0x7f, 0x80, 0xff, 0x00};
        uint8_t bytes[DARQ_TEXT_REACH + DARQ_TEXT_SHORT + 2];
        uint8_t *text = bytes + DARQ_TEXT_REACH;

        (void)state;
        for (unsigned int before = 0; before < 256; before += 85)
                for (size_t size = 0; size <= DARQ_TEXT_SHORT; size++) {
                        memset(bytes, (int)before, sizeof bytes);
                        memset(text, 'x', size);
                        text[size] = 0;
                        assert_int_equal(darq_text_plain(text, size), size < DARQ_TEXT_SHORT);
                        for (size_t i = 0; i < size; i++) {
                                for (size_t kind = 0; kind < sizeof kinds; kind++) {
                                        text[i] = kinds[kind];
                                        assert_int_equal(darq_text_plain(text, size),
                                                         size < DARQ_TEXT_SHORT && kind < 2);
                                }
                                text[i] = 'x';
                        }
                }
}

/* The rule said once more, as a decoder: what it decodes must encode to the same bytes. */
static bool valid_by_decoding(const uint8_t *text, size_t size)
{
        size_t at = 0;

        while (at < size) {
                uint32_t lead = text[at];
                size_t length = lead < 0x80       ? 1
                                : lead >> 5 == 6  ? 2
                                : lead >> 4 == 14 ? 3
                                : lead >> 3 == 30 ? 4
                                                  : 0;
                uint32_t code = length == 1 ? lead : lead & (0xffu >> (length + 1));

                if (length == 0 || length > size - at || lead == 0)
                        return false;
                for (size_t i = 1; i < length; i++) {
                        if (text[at + i] >> 6 != 2)
                                return false;
                        code = code << 6 | (text[at + i] & 0x3fu);
                }
                if (length != (code < 0x80      ? 1u
                               : code < 0x800   ? 2u
                               : code < 0x10000 ? 3u
                                                : 4u) ||
                    code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
                        return false;
                at += length;
        }
        return true;
}

static void every_sequence_of_three_bytes_agrees_with_a_decoder(void **state)
{
        (void)state;
        for (uint32_t bits = 0; bits < 1u << 24; bits++) {
                uint8_t text[3] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};

                if (darq_utf8_valid(text, 3) != valid_by_decoding(text, 3))
                        fail_msg("%06x", bits);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(verdicts_are_those_of_the_standard),
                cmocka_unit_test(short_plain_text_is_told_from_any_other),
                cmocka_unit_test(every_sequence_of_three_bytes_agrees_with_a_decoder),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
