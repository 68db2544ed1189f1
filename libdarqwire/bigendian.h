/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_BIGENDIAN_H
#define DARQWIRE_BIGENDIAN_H

#include <stdint.h>
#include <string.h>

/* Numbers as frames hold them: big-endian, at any address. */

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define DARQ_BIG(bits, value) (value)
#else
#define DARQ_BIG(bits, value) __builtin_bswap##bits(value)
#endif

static inline uint16_t darq_big_u16_get(const uint8_t *at)
{
        uint16_t value;

        memcpy(&value, at, sizeof value);
        return DARQ_BIG(16, value);
}

static inline uint32_t darq_big_u32_get(const uint8_t *at)
{
        uint32_t value;

        memcpy(&value, at, sizeof value);
        return DARQ_BIG(32, value);
}

static inline uint64_t darq_big_u64_get(const uint8_t *at)
{
        uint64_t value;

        memcpy(&value, at, sizeof value);
        return DARQ_BIG(64, value);
}

static inline void darq_big_u16_put(uint8_t *at, uint16_t value)
{
        value = DARQ_BIG(16, value);
        memcpy(at, &value, sizeof value);
}

static inline void darq_big_u32_put(uint8_t *at, uint32_t value)
{
        value = DARQ_BIG(32, value);
        memcpy(at, &value, sizeof value);
}

static inline void darq_big_u64_put(uint8_t *at, uint64_t value)
{
        value = DARQ_BIG(64, value);
        memcpy(at, &value, sizeof value);
}

#endif
