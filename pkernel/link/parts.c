/* SPDX-License-Identifier: MIT */
/*
 * Records in parts. The first part tells how long the record is to be; memory is had as the bytes come, so that who announces
 * much costs nothing. What is announced at a time is bounded, and so is the number of records, as each that is begun takes
 * memory of its own: a true link begins no more than that.
 */
#include "pkernel/link/parts.h"

#include "libdarqwire/container.h"
#include "pkernel/link/bytes.h"
#include "pkernel/link/peer.h"
#include "pkernel/link/record.h"

#include <stdlib.h>

struct unfinished {
        struct darq_map_node by_id;
        size_t size;
        uint64_t since_ns;
        struct bytes bytes;
};

static struct unfinished *unfinished_find(const struct parts *self, uint64_t id)
{
        struct darq_map_node *node = darq_map_find(&self->by_id, id);

        return node == NULL ? NULL : CONTAINER_OF(node, struct unfinished, by_id);
}

static struct unfinished *unfinished_new(struct parts *self, const struct record *part)
{
        struct unfinished *unfinished = calloc(1, sizeof *unfinished);

        if (unfinished == NULL || darq_map_add(&self->by_id, &unfinished->by_id, part->id) != 0) {
                free(unfinished);
                return NULL;
        }
        unfinished->size = (size_t)part->target;
        unfinished->since_ns = self->now_ns;
        self->announced += unfinished->size;
        return unfinished;
}

static void unfinished_free(struct parts *self, struct unfinished *unfinished)
{
        self->announced -= unfinished->size;
        darq_map_remove(&self->by_id, &unfinished->by_id);
        bytes_deinit(&unfinished->bytes);
        free(unfinished);
}

enum parts_verdict parts_add(struct parts *self, const struct record *part, struct bytes **whole)
{
        struct unfinished *unfinished = unfinished_find(self, part->id);

        if (unfinished == NULL) {
                if (part->offset != 0 || part->target > PEER_RECORD_MAX ||
                    part->target > PARTS_MAX - self->announced ||
                    self->by_id.count == PARTS_RECORDS_MAX)
                        return PARTS_WRONG;
                unfinished = unfinished_new(self, part);
                if (unfinished == NULL)
                        return PARTS_NO_MEMORY;
        }
        if (part->target != unfinished->size || part->offset != bytes_size(&unfinished->bytes) ||
            part->payload_size > unfinished->size - part->offset)
                return PARTS_WRONG;
        bytes_add(&unfinished->bytes, part->payload, part->payload_size);
        if (unfinished->bytes.failed)
                return PARTS_NO_MEMORY;
        if (bytes_size(&unfinished->bytes) < unfinished->size)
                return PARTS_MORE;
        if (unfinished->size >= RECORD_HEAD)
                record_wait(unfinished->bytes.data, self->now_ns - unfinished->since_ns);
        *whole = &unfinished->bytes;
        return PARTS_WHOLE;
}

void parts_remove(struct parts *self, uint64_t id)
{
        struct unfinished *unfinished = unfinished_find(self, id);

        if (unfinished != NULL)
                unfinished_free(self, unfinished);
}

void parts_deinit(struct parts *self)
{
        struct darq_map_node *node;

        while ((node = darq_map_any(&self->by_id)) != NULL)
                unfinished_free(self, CONTAINER_OF(node, struct unfinished, by_id));
        darq_map_deinit(&self->by_id);
}
