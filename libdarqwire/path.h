/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_PATH_H
#define DARQWIRE_PATH_H

#include <darq/schema.h>

/*
 * The way from the outermost value of a payload to the one at hand. A struct, table or union may lie 32 deep in others,
 * with a vec or array between each two; the catalog has made sure that there is no other way down.
 */
enum { DARQ_PATH_MAX = DARQ_DEPTH_MAX };

struct darq_step {
        const struct darq_schema_member *member; /* NULL: an element */
        size_t index;
};

struct darq_path {
        unsigned int depth; /* steps that were taken */
        struct darq_step steps[DARQ_PATH_MAX];
};

/* Down to a member, or, NULL, to the element at an index; and up again. */
void darq_path_enter(struct darq_path *self, const struct darq_schema_member *member, size_t index);
void darq_path_leave(struct darq_path *self);

/* What is told of the value at hand. */
struct darq_event darq_path_event(const struct darq_path *self, enum darq_event_kind kind,
                                  const struct darq_schema_type *type);

/* "value.meta.tags[3]"; cut off where the room ends. */
void darq_path_print(const struct darq_path *self, char *text, size_t room);

#endif
