/* SPDX-License-Identifier: MIT */
#ifndef DARQ_TEXT_H
#define DARQ_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Most text is plain: ASCII without NUL. Whether it is can be told of many bytes at once; only what isn't goes through
 * UTF-8 one character at a time. No byte is handled alone: the last block, or word, overlaps the one before it, or what
 * stands before the text.
 */

/** Bytes that must stand in readable memory up to the NUL behind a text, that included. */
enum { DARQ_TEXT_REACH = 16 };

/** Texts of fewer bytes than this are for darq_text_plain(). */
enum { DARQ_TEXT_SHORT = 48 };

#ifdef __SSE2__

typedef signed char darq_text_block __attribute__((vector_size(16)));
typedef char darq_text_bytes __attribute__((vector_size(16)));

/** 16 bytes: all bits set where one is ASCII and not NUL. */
static inline darq_text_block darq_text_load(const uint8_t *at)
{
        darq_text_block block;

        memcpy(&block, at, sizeof block);
        return (darq_text_block)(block > 0);
}

/** A bit for each of 16 bytes, the first one's the lowest. */
static inline unsigned int darq_text_bits(darq_text_block block)
{
        return (unsigned int)__builtin_ia32_pmovmskb128((darq_text_bytes)block);
}

/**
 * Whether a short text, behind which a NUL stands, is plain; false for longer ones. Reads DARQ_TEXT_REACH bytes up to the
 * NUL, even where the text has fewer.
 */
static inline bool darq_text_plain(const uint8_t *text, size_t size)
{
        /* Those of the text alone carry a one into the NUL's bit. */
        if (size < 16)
                return ((darq_text_bits(darq_text_load(text + size - 15)) + (0x8000U >> size)) &
                        0x8000) != 0;
        if (size < 32)
                return darq_text_bits(darq_text_load(text) & darq_text_load(text + size - 16)) ==
                       0xffff;
        return size < DARQ_TEXT_SHORT &&
               darq_text_bits(darq_text_load(text) & darq_text_load(text + 16) &
                              darq_text_load(text + size - 16)) == 0xffff;
}

#else

#define DARQ_TEXT_ONES UINT64_C(0x0101010101010101)
#define DARQ_TEXT_HIGH UINT64_C(0x8080808080808080)

/** Has no high bit if none of 8 bytes is NUL or isn't ASCII. */
static inline uint64_t darq_text_odd(const uint8_t *at)
{
        uint64_t word;

        memcpy(&word, at, sizeof word);
        return word | (word - DARQ_TEXT_ONES);
}

/** Whether a short text is plain; false for longer ones. */
static inline bool darq_text_plain(const uint8_t *text, size_t size)
{
        uint64_t odd = 0;

        if (size >= DARQ_TEXT_SHORT)
                return false;
        if (size < 8) {
                for (size_t i = 0; i < size; i++)
                        odd |= ((uint64_t)text[i] - 1) | text[i];
                return (odd & 0x80) == 0;
        }
        for (size_t i = 0; i < size - 8; i += 8)
                odd |= darq_text_odd(text + i);
        return ((odd | darq_text_odd(text + size - 8)) & DARQ_TEXT_HIGH) == 0;
}

#endif

#ifdef __cplusplus
}
#endif
#endif
