/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_ARENA_H
#define DARQWIRE_ARENA_H

#include <darq/wire.h>

/*
 * A reply is freed by its address alone: what stands before it in its arena tells what it belongs to.
 */

/** The next allocation gets an owner. */
void darq_arena_tag(struct darq_arena *self, void *owner);

/** The owner of an allocation that was made right after darq_arena_tag(); NULL when it wasn't. */
void *darq_arena_owner(const void *allocation);

/** What darq_unpack_empty() gives: it belongs to nothing. */
const void *darq_empty_value(void);

#endif
