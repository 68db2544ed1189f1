/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_PRINCIPAL_H
#define PKERNEL_PRINCIPAL_H

#include "libdarqwire/list.h"
#include "pkernel/core/table.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct kernel;

/*
 * Who pays. A principal owns two pools, bytes and objects. A share is what one connection has taken from one
 * principal's pool: bytes are charged to the receiver's principal on behalf of the sending connection, objects to
 * the principal of the connection that has them. A charge stands inside the object that it pays for.
 *
 * A connection may take from a pool while what it then has, times one more than the number of connections that have
 * something, is no more than what the others have left. So there is always room for one who comes later.
 */

enum resource { RESOURCE_BYTES, RESOURCE_OBJECTS, RESOURCE_COUNT };

enum { PRINCIPAL_NAME_MAX = 272 };

struct principal {
        struct list node; /* in the kernel */
        struct kernel *kernel;
        char name[PRINCIPAL_NAME_MAX]; /* "uid:1000", "service:storage" */
        unsigned int references;
        bool privileged; /* root or the p-kernel's own uid */
        uint64_t limits[RESOURCE_COUNT];
        uint64_t used[RESOURCE_COUNT];
        uint64_t users[RESOURCE_COUNT]; /* shares that aren't 0 */
        uint64_t connections;
};

struct share {
        struct table_node node; /* by principal and connection */
        struct principal *principal;
        uint64_t connection_id;
        unsigned int references;
        uint64_t used[RESOURCE_COUNT];
};

struct charge {
        struct share *share; /* NULL: nothing is charged */
        enum resource resource;
        uint64_t amount;
};

/** "location:NAME": what stands for another location. */
bool principal_is_location(const char *name);

/** Finds or makes it, one reference more. NULL: no memory. */
struct principal *principal_ref(struct kernel *kernel, const char *name, bool privileged);
void principal_unref(struct principal *self);

/** Finds or makes the share of a connection in this principal's pools, one reference more. NULL: no memory. */
struct share *share_ref(struct principal *principal, uint64_t connection_id);
/** For the last reference: frees it. */
void share_free(struct share *self);

static inline void share_unref(struct share *self)
{
        if (self != NULL && --self->references == 0)
                share_free(self);
}

/* What charges are made of. */

static inline bool share_allows(const struct share *self, enum resource resource, uint64_t amount)
{
        const struct principal *principal = self->principal;
        uint64_t others = principal->used[resource] - self->used[resource];
        /* Not below zero: each of them has left as much as it took. */
        uint64_t left = principal->limits[resource] - others;
        uint64_t users = principal->users[resource] + (self->used[resource] == 0 ? 1 : 0);
        uint64_t shares;

        assert(others <= principal->limits[resource]);
        return amount <= left &&
               !__builtin_mul_overflow(self->used[resource] + amount, users + 1, &shares) &&
               shares <= left; /* no more than an equal share, without a division */
}

/** How much share_allows() at most, of what it has some of already. */
static inline uint64_t share_room(const struct share *self, enum resource resource)
{
        const struct principal *principal = self->principal;
        uint64_t others = principal->used[resource] - self->used[resource];
        uint64_t most = (principal->limits[resource] - others) / (principal->users[resource] + 1);

        assert(self->used[resource] > 0);
        return most > self->used[resource] ? most - self->used[resource] : 0;
}

static inline void share_add(struct share *self, enum resource resource, uint64_t amount)
{
        if (self->used[resource] == 0)
                self->principal->users[resource]++;
        self->used[resource] += amount;
        self->principal->used[resource] += amount;
}

static inline void share_subtract(struct share *self, enum resource resource, uint64_t amount)
{
        assert(amount > 0 && self->used[resource] >= amount);
        self->used[resource] -= amount;
        self->principal->used[resource] -= amount;
        if (self->used[resource] == 0)
                self->principal->users[resource]--;
}

/** Stands for what share_add() has taken. The charge must be empty. */
static inline void charge_adopt(struct charge *self, struct share *share, enum resource resource,
                                uint64_t amount)
{
        assert(self->share == NULL && amount > 0);
        share->references++;
        *self = (struct charge){share, resource, amount};
}

/** Takes what the share allows; false: it doesn't, nothing is taken. The charge must be empty. */
static inline bool charge_take(struct charge *self, struct share *share, enum resource resource,
                               uint64_t amount)
{
        assert(self->share == NULL && amount > 0);
        if (!share_allows(share, resource, amount))
                return false;
        share_add(share, resource, amount);
        charge_adopt(self, share, resource, amount);
        return true;
}

/** More under the same charge, or not. */
static inline bool charge_grow(struct charge *self, uint64_t amount)
{
        if (!share_allows(self->share, self->resource, amount))
                return false;
        share_add(self->share, self->resource, amount);
        self->amount += amount;
        return true;
}

/** Gives it back. Fine when nothing is charged. */
static inline void charge_release(struct charge *self)
{
        struct share *share = self->share;

        if (share == NULL)
                return;
        share_subtract(share, self->resource, self->amount);
        *self = (struct charge){0};
        share_unref(share);
}

#endif
