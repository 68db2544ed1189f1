/* SPDX-License-Identifier: MIT */
/*
 * Principals, their pools, and who has taken how much of them.
 *
 * Invariants: a principal's used is the sum of its shares' used, and each of these the sum of the charges that point
 * to it; users counts the shares above zero. A share lives as long as something refers to it (a connection, a route,
 * a slot, a charge), a principal as long as a connection or share does. So when all connections have gone, there are
 * no principals left: the kernel asserts that at its end.
 */
#include "pkernel/core/principal.h"

#include "pkernel/core/kernel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct principal *principal_find(struct kernel *kernel, const char *name)
{
        for (struct list *node = kernel->principals.next; node != &kernel->principals;
             node = node->next) {
                struct principal *self = LIST_OF(node, struct principal, node);

                if (strcmp(self->name, name) == 0)
                        return self;
        }
        return NULL;
}

bool principal_is_location(const char *name)
{
        static const char prefix[] = "location:";

        return strncmp(name, prefix, sizeof prefix - 1) == 0;
}

struct principal *principal_ref(struct kernel *kernel, const char *name, bool privileged)
{
        struct principal *self = principal_find(kernel, name);

        if (self == NULL) {
                self = calloc(1, sizeof *self);
                if (self == NULL)
                        return NULL;
                assert(strlen(name) < sizeof self->name);
                memcpy(self->name, name, strlen(name));
                self->kernel = kernel;
                self->privileged = privileged;
                self->limits[RESOURCE_BYTES] = kernel->limits.queued;
                self->limits[RESOURCE_OBJECTS] = kernel->limits.objects;
                list_append(&kernel->principals, &self->node);
        }
        self->references++;
        return self;
}

void principal_unref(struct principal *self)
{
        if (self == NULL || --self->references > 0)
                return;
        for (int resource = 0; resource < RESOURCE_COUNT; resource++)
                assert(self->used[resource] == 0 && self->users[resource] == 0);
        assert(self->connections == 0);
        list_remove(&self->node);
        free(self);
}

struct share *share_ref(struct principal *principal, uint64_t connection_id)
{
        struct table *table = &principal->kernel->shares;
        struct table_node *node = table_find(table, (uint64_t)(uintptr_t)principal, connection_id);
        struct share *self;

        if (node != NULL) {
                self = LIST_OF(node, struct share, node);
                self->references++;
                return self;
        }
        self = calloc(1, sizeof *self);
        if (self == NULL)
                return NULL;
        principal->references++;
        self->principal = principal;
        self->connection_id = connection_id;
        self->references = 1;
        table_add(table, &self->node, (uint64_t)(uintptr_t)principal, connection_id);
        return self;
}

void share_free(struct share *self)
{
        for (int resource = 0; resource < RESOURCE_COUNT; resource++)
                assert(self->used[resource] == 0);
        table_remove(&self->principal->kernel->shares, &self->node);
        principal_unref(self->principal);
        free(self);
}
