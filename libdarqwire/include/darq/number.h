/* SPDX-License-Identifier: MIT */
#ifndef DARQ_NUMBER_H
#define DARQ_NUMBER_H

#include <darq/types.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Plain numbers, little-endian, at any address. */

enum { DARQ_BIG_ENDIAN = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ };

static inline void darq_store_u8(uint8_t *at, uint8_t value)
{
        *at = value;
}

static inline void darq_store_u16(uint8_t *at, uint16_t value)
{
        if (DARQ_BIG_ENDIAN)
                value = __builtin_bswap16(value);
        memcpy(at, &value, sizeof value);
}

static inline void darq_store_u32(uint8_t *at, uint32_t value)
{
        if (DARQ_BIG_ENDIAN)
                value = __builtin_bswap32(value);
        memcpy(at, &value, sizeof value);
}

static inline void darq_store_u64(uint8_t *at, uint64_t value)
{
        if (DARQ_BIG_ENDIAN)
                value = __builtin_bswap64(value);
        memcpy(at, &value, sizeof value);
}

static inline void darq_store_bool(uint8_t *at, bool value)
{
        *at = value ? 1 : 0;
}

static inline void darq_store_i8(uint8_t *at, int8_t value)
{
        *at = (uint8_t)value;
}

static inline void darq_store_i16(uint8_t *at, int16_t value)
{
        darq_store_u16(at, (uint16_t)value);
}

static inline void darq_store_i32(uint8_t *at, int32_t value)
{
        darq_store_u32(at, (uint32_t)value);
}

static inline void darq_store_i64(uint8_t *at, int64_t value)
{
        darq_store_u64(at, (uint64_t)value);
}

static inline void darq_store_f32(uint8_t *at, float value)
{
        uint32_t bits;

        memcpy(&bits, &value, sizeof bits);
        darq_store_u32(at, bits);
}

static inline void darq_store_f64(uint8_t *at, double value)
{
        uint64_t bits;

        memcpy(&bits, &value, sizeof bits);
        darq_store_u64(at, bits);
}

static inline uint8_t darq_load_u8(const uint8_t *at)
{
        return *at;
}

static inline uint16_t darq_load_u16(const uint8_t *at)
{
        uint16_t value;

        memcpy(&value, at, sizeof value);
        return DARQ_BIG_ENDIAN ? __builtin_bswap16(value) : value;
}

static inline uint32_t darq_load_u32(const uint8_t *at)
{
        uint32_t value;

        memcpy(&value, at, sizeof value);
        return DARQ_BIG_ENDIAN ? __builtin_bswap32(value) : value;
}

static inline uint64_t darq_load_u64(const uint8_t *at)
{
        uint64_t value;

        memcpy(&value, at, sizeof value);
        return DARQ_BIG_ENDIAN ? __builtin_bswap64(value) : value;
}

static inline int8_t darq_load_i8(const uint8_t *at)
{
        return (int8_t)*at;
}

static inline int16_t darq_load_i16(const uint8_t *at)
{
        return (int16_t)darq_load_u16(at);
}

static inline int32_t darq_load_i32(const uint8_t *at)
{
        return (int32_t)darq_load_u32(at);
}

static inline int64_t darq_load_i64(const uint8_t *at)
{
        return (int64_t)darq_load_u64(at);
}

static inline float darq_load_f32(const uint8_t *at)
{
        uint32_t bits = darq_load_u32(at);
        float value;

        memcpy(&value, &bits, sizeof value);
        return value;
}

static inline double darq_load_f64(const uint8_t *at)
{
        uint64_t bits = darq_load_u64(at);
        double value;

        memcpy(&value, &bits, sizeof value);
        return value;
}

#ifdef __cplusplus
}
#endif
#endif
