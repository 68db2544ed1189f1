/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_RPC_H
#define DARQWIRE_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <darq/wire.h>

/*
 * The 16 bytes that stand before the body of a request or reply, little-endian: interface (u64), ordinal (u32),
 * status (i32).
 */

enum { DARQ_RPC_HEADER_SIZE = 16 };

struct darq_rpc_header {
        uint64_t interface; /* replies echo it */
        uint32_t ordinal;   /* replies echo it */
        int32_t status; /* requests: 0; replies: 0, a declared error, or one of NO_INTERFACE to REFUSED */
};

/** Writes the 16 bytes at data. */
static inline void darq_rpc_header_put(uint8_t *data, const struct darq_rpc_header *header)
{
        darq_store_u64(data, header->interface);
        darq_store_u32(data + 8, header->ordinal);
        darq_store_i32(data + 12, header->status);
}

/** False when the payload is shorter than a header; *header is then untouched. */
static inline bool darq_rpc_header_get(const uint8_t *data, size_t size,
                                       struct darq_rpc_header *header)
{
        if (size < DARQ_RPC_HEADER_SIZE)
                return false;
        header->interface = darq_load_u64(data);
        header->ordinal = darq_load_u32(data + 8);
        header->status = darq_load_i32(data + 12);
        return true;
}

#endif
