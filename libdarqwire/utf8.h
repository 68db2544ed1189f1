/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_UTF8_H
#define DARQWIRE_UTF8_H

#include <darq/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Whether text is UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF) without NUL. */
bool darq_utf8_valid(const uint8_t *text, size_t size);

#ifdef __cplusplus
}
#endif

/*
 * Plain text (darq/text.h) is looked at, or copied too, in the same pass, block by block or word by word; the last one
 * overlaps the one before it.
 */

typedef uint8_t darq_utf8_block __attribute__((vector_size(16)));

#define DARQ_UTF8_HIGH UINT64_C(0x8080808080808080)

/** Has a high bit where a byte is NUL or isn't ASCII, or behind one that is NUL. */
static inline uint64_t darq_utf8_odd(uint64_t word)
{
        return word | (word - UINT64_C(0x0101010101010101));
}

static inline darq_utf8_block darq_utf8_load(const uint8_t *text)
{
        darq_utf8_block block;

        memcpy(&block, text, sizeof block);
        return block;
}

static inline bool darq_utf8_block_is_plain(darq_utf8_block odd)
{
        uint64_t words[2];

        memcpy(words, &odd, sizeof words);
        return ((words[0] | words[1]) & DARQ_UTF8_HIGH) == 0;
}

static inline darq_utf8_block darq_utf8_odd_block(darq_utf8_block block)
{
        return block | (darq_utf8_block)(block == 0);
}

/** A word of text with less than 8 bytes; where there are none it is plain. */
static inline uint64_t darq_utf8_load_few(const uint8_t *text, size_t size)
{
        uint32_t first, last;

        if (size < 4)
                return UINT64_C(0x0101010101000000) | (uint64_t)text[size - 1] << 16 |
                       (uint64_t)text[size / 2] << 8 | text[0];
        memcpy(&first, text, sizeof first);
        memcpy(&last, text + size - 4, sizeof last);
        return first | (uint64_t)last << 32;
}

/** Whether text is plain, whatever stands around it. */
static inline bool darq_utf8_plain(const uint8_t *text, size_t size)
{
        darq_utf8_block odd;
        uint64_t first, last;

        if (size >= 16) {
                odd = darq_utf8_odd_block(darq_utf8_load(text + size - 16));
                for (size_t i = 0; i < size - 16; i += 16)
                        odd |= darq_utf8_odd_block(darq_utf8_load(text + i));
                return darq_utf8_block_is_plain(odd);
        }
        if (size >= 8) {
                memcpy(&first, text, sizeof first);
                memcpy(&last, text + size - 8, sizeof last);
                return ((darq_utf8_odd(first) | darq_utf8_odd(last)) & DARQ_UTF8_HIGH) == 0;
        }
        return size == 0 || (darq_utf8_odd(darq_utf8_load_few(text, size)) & DARQ_UTF8_HIGH) == 0;
}

/** Copies text, all of it in any case; whether it was plain. */
static inline bool darq_utf8_copy_plain(uint8_t *to, const uint8_t *text, size_t size)
{
        darq_utf8_block block, odd;
        uint64_t first, last;

        if (size >= 16) {
                block = darq_utf8_load(text + size - 16);
                memcpy(to + size - 16, &block, sizeof block);
                odd = darq_utf8_odd_block(block);
                for (size_t i = 0; i < size - 16; i += 16) {
                        block = darq_utf8_load(text + i);
                        memcpy(to + i, &block, sizeof block);
                        odd |= darq_utf8_odd_block(block);
                }
                return darq_utf8_block_is_plain(odd);
        }
        if (size >= 8) {
                memcpy(&first, text, sizeof first);
                memcpy(&last, text + size - 8, sizeof last);
                memcpy(to, &first, sizeof first);
                memcpy(to + size - 8, &last, sizeof last);
                return ((darq_utf8_odd(first) | darq_utf8_odd(last)) & DARQ_UTF8_HIGH) == 0;
        }
        if (size == 0)
                return true;
        first = darq_utf8_load_few(text, size);
        if (size >= 4) {
                memcpy(to, text, 4);
                memcpy(to + size - 4, text + size - 4, 4);
        } else {
                to[0] = text[0];
                to[size / 2] = text[size / 2];
                to[size - 1] = text[size - 1];
        }
        return (darq_utf8_odd(first) & DARQ_UTF8_HIGH) == 0;
}

#endif
