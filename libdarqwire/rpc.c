/* SPDX-License-Identifier: MIT */
/*
 * The header of an RPC payload. What its fields mean to a caller or a service is decided where they are used.
 */
#include "libdarqwire/rpc.h"

#include <darq/wire.h>

void darq_rpc_header_put(uint8_t *data, const struct darq_rpc_header *header)
{
        darq_store_u64(data, header->interface);
        darq_store_u32(data + 8, header->ordinal);
        darq_store_i32(data + 12, header->status);
}

bool darq_rpc_header_get(const uint8_t *data, size_t size, struct darq_rpc_header *header)
{
        if (size < DARQ_RPC_HEADER_SIZE)
                return false;
        header->interface = darq_load_u64(data);
        header->ordinal = darq_load_u32(data + 8);
        header->status = darq_load_i32(data + 12);
        return true;
}
