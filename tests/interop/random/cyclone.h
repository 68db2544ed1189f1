/* SPDX-License-Identifier: MIT */
#ifndef INTEROP_CYCLONE_H
#define INTEROP_CYCLONE_H

#include <darq/call.h>
#include <dds/dds.h>

/* What the generated fillers of random schemas call, and how one schema is run against Cyclone DDS. */

/** Random numbers from the run's seed. */
uint64_t draw(void);
size_t draw_below(size_t limit);

/** Zeroed memory until the next value. */
void *give(size_t size);

/** Text of at most max bytes, in either form. */
struct darq_string draw_text(size_t max);

/** The next port that a value holds, and its index. */
uint64_t port_take(uint32_t *index);

struct schema {
        const char *name;
        const struct darq_interface *interface; /* its only method's request is the value */
        const dds_topic_descriptor_t *topic;
        size_t ours_size;
        void (*fill)(void *ours, void *theirs);
};

/** Runs rounds values both ways; the number of those that differ, each with a line on stdout. */
unsigned int schema_run(const struct schema *self, unsigned int rounds, uint64_t seed);

#endif
