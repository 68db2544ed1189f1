/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_SCHEMA_H
#define DARQIDL_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "darqidl/tree.h"

struct compilation;
struct region;

/** Bytes in a region. */
struct schema_bytes {
        const uint8_t *data;
        size_t size;
};

/**
 * A checked file's schema as data, in the encoding of idl/darq/schema.didl: every type and interface of the file and
 * what they reach. With an interface, that one, first, and what it reaches: what describe answers.
 */
struct schema_bytes schema_make(struct region *region, const struct compilation *compilation,
                                const struct declaration *interface);

#endif
