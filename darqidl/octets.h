/* SPDX-License-Identifier: MIT */
#ifndef DARQIDL_OCTETS_H
#define DARQIDL_OCTETS_H

#include <stddef.h>
#include <stdint.h>

struct region;

/** Bytes that are being written as XCDR version 2, little-endian. Alignment counts from the first. */
struct octets {
        struct region *region;
        uint8_t *data;
        size_t size;
        size_t capacity;
};

void octets_init(struct octets *self, struct region *region);

/** A number of size bytes (1, 2, 4, 8), after padding. */
void octets_number(struct octets *self, uint64_t value, unsigned int size);
void octets_raw(struct octets *self, const void *data, size_t size);
void octets_string(struct octets *self, const char *text, size_t size);

/** A length that end() fills in. */
size_t octets_begin(struct octets *self);
void octets_end(struct octets *self, size_t begin);

/* Members of tables; those that are zero, NULL or empty are left out. */
void octets_member_number(struct octets *self, uint32_t id, uint64_t value, unsigned int size);
void octets_member_string(struct octets *self, uint32_t id, const char *text);
void octets_member_bytes(struct octets *self, uint32_t id, const struct octets *bytes);

/** The header of a member that begins with its own length: a vec of tables. */
void octets_member_delimited(struct octets *self, uint32_t id);

#endif
