/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_CONTAINER_H
#define DARQWIRE_CONTAINER_H

#include <stddef.h>

/** What a node of a list or map, or anything else that stands inside of something, is a member of. */
#define CONTAINER_OF(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

#endif
