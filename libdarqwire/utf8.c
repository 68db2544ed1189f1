/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 as RFC 3629 defines it: the shortest form, no surrogates, nothing above U+10FFFF, and, since our strings end
 * in NUL, no NUL inside. Eight ASCII bytes are looked at together; what isn't ASCII goes one character at a time, by
 * the table of well-formed byte sequences (Unicode 15, table 3-7).
 */
#include "libdarqwire/utf8.h"

/* Whether none of eight bytes is zero or has its high bit set. */
static bool word_is_plain(uint64_t word)
{
        const uint64_t low = UINT64_C(0x0101010101010101);
        const uint64_t high = UINT64_C(0x8080808080808080);

        return ((word | (word - low)) & high) == 0;
}

static bool continues(uint8_t byte)
{
        return (byte & 0xc0) == 0x80;
}

/* Length of the character at text, which isn't ASCII; 0: not well formed. */
static size_t character_size(const uint8_t *text, size_t left)
{
        uint8_t first = text[0];
        uint8_t second = left > 1 ? text[1] : 0;

        if (first < 0xc2 || first > 0xf4 || !continues(second))
                return 0;
        if (first < 0xe0)
                return 2;
        if (left < 3 || !continues(text[2]))
                return 0;
        if (first < 0xf0)
                return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ? 0 : 3;
        if (left < 4 || !continues(text[3]))
                return 0;
        return (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ? 0 : 4;
}

bool darq_utf8_valid(const uint8_t *text, size_t size)
{
        size_t at = 0;

        while (at < size) {
                uint64_t word;
                size_t step;

                if (size - at >= sizeof word) {
                        memcpy(&word, text + at, sizeof word);
                        if (word_is_plain(word)) {
                                at += sizeof word;
                                continue;
                        }
                }
                if (text[at] == 0)
                        return false;
                step = text[at] < 0x80 ? 1 : character_size(text + at, size - at);
                if (step == 0)
                        return false;
                at += step;
        }
        return true;
}
