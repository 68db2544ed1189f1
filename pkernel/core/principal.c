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
                strcpy(self->name, name);
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

void share_unref(struct share *self)
{
        if (self == NULL || --self->references > 0)
                return;
        for (int resource = 0; resource < RESOURCE_COUNT; resource++)
                assert(self->used[resource] == 0);
        table_remove(&self->principal->kernel->shares, &self->node);
        principal_unref(self->principal);
        free(self);
}

static bool share_allows(const struct share *self, enum resource resource, uint64_t amount)
{
        const struct principal *principal = self->principal;
        uint64_t others = principal->used[resource] - self->used[resource];
        uint64_t left =
                principal->limits[resource] > others ? principal->limits[resource] - others : 0;
        uint64_t users = principal->users[resource] + (self->used[resource] == 0 ? 1 : 0);

        uint64_t shares;

        return amount <= left &&
               !__builtin_mul_overflow(self->used[resource] + amount, users + 1, &shares) &&
               shares <= left; /* no more than an equal share, without a division */
}

static void share_add(struct share *self, enum resource resource, uint64_t amount)
{
        if (self->used[resource] == 0)
                self->principal->users[resource]++;
        self->used[resource] += amount;
        self->principal->used[resource] += amount;
}

static void share_subtract(struct share *self, enum resource resource, uint64_t amount)
{
        assert(amount > 0 && self->used[resource] >= amount);
        self->used[resource] -= amount;
        self->principal->used[resource] -= amount;
        if (self->used[resource] == 0)
                self->principal->users[resource]--;
}

bool charge_take(struct charge *self, struct share *share, enum resource resource, uint64_t amount)
{
        assert(self->share == NULL && amount > 0);
        if (!share_allows(share, resource, amount))
                return false;
        share_add(share, resource, amount);
        share->references++;
        *self = (struct charge){share, resource, amount};
        return true;
}

bool charge_grow(struct charge *self, uint64_t amount)
{
        if (!share_allows(self->share, self->resource, amount))
                return false;
        share_add(self->share, self->resource, amount);
        self->amount += amount;
        return true;
}

void charge_release(struct charge *self)
{
        struct share *share = self->share;

        if (share == NULL)
                return;
        share_subtract(share, self->resource, self->amount);
        *self = (struct charge){0};
        share_unref(share);
}
