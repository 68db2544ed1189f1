/* SPDX-License-Identifier: MIT */
/*
 * Exports and imports.
 *
 * Invariants: an export's rights are those that the connection holds on it here; sent is how often it crossed and wasn't
 * released. An import's received is how often it came, which is what it is released by; so a release and a port that
 * crosses at the same time don't meet: the export stays, and the port becomes an import anew.
 *
 * An import ends when nobody here holds its proxy. The p-kernel tells when the last right has gone, but one may have
 * been given since: so it is asked, and the answer counts if nothing was given meanwhile.
 *
 * An export whose rights were given back is remembered, because it is watched still, until the port ends.
 */
#include "pkernel/link/rights.h"

#include "libdarqwire/container.h"
#include "pkernel/link/kernel.h"
#include "pkernel/link/peer.h"
#include "pkernel/link/record.h"

#include <stdlib.h>

struct export
{
        struct darq_map_node by_number;
        uint64_t rights;
        uint64_t sent;
};

struct import {
        struct darq_map_node by_number; /* there */
        struct darq_map_node by_proxy;
        uint64_t received;
        uint64_t given; /* rights on the proxy, by us */
        bool watched;
        bool asking;
};

static struct export *export_find(const struct peer *peer, uint64_t port)
{
        struct darq_map_node *node = darq_map_find(&peer->exports, port);

        return node == NULL ? NULL : CONTAINER_OF(node, struct export, by_number);
}

static struct import *import_find(const struct peer *peer, uint64_t proxy)
{
        struct darq_map_node *node = darq_map_find(&peer->proxies, proxy);

        return node == NULL ? NULL : CONTAINER_OF(node, struct import, by_proxy);
}

static struct import *import_find_number(const struct peer *peer, uint64_t number)
{
        struct darq_map_node *node = darq_map_find(&peer->imports, number);

        return node == NULL ? NULL : CONTAINER_OF(node, struct import, by_number);
}

/* Exports */

static struct export *export_new(struct peer *peer, uint64_t port)
{
        struct export *self = calloc(1, sizeof *self);

        if (self == NULL || darq_map_add(&peer->exports, &self->by_number, port) != 0) {
                free(self);
                peer_break(peer, "memory is short");
                return NULL;
        }
        kernel_watch(peer, port);
        return self;
}

uint64_t rights_give(struct peer *peer, uint64_t port)
{
        struct import *import = import_find(peer, port);
        struct export *export;

        if (import != NULL)
                return import->by_number.key | RECORD_HOME;
        if (port == DARQ_PORT_KERNEL || port == peer->home)
                return 0;
        export = export_find(peer, port);
        if (export == NULL)
                export = export_new(peer, port);
        if (export == NULL)
                return 0;
        export->rights++;
        export->sent++;
        return port;
}

void rights_refuse(struct peer *peer, uint64_t port)
{
        if (port != DARQ_PORT_KERNEL && port != peer->home && import_find(peer, port) == NULL)
                kernel_release(peer, port, 1);
}

bool rights_exported(const struct peer *peer, uint64_t port)
{
        const struct export *export = export_find(peer, port);

        return export != NULL && export->rights > 0;
}

void rights_released(struct peer *peer, uint64_t port, uint64_t count)
{
        struct export *export = export_find(peer, port);

        if (export == NULL)
                return; /* it has ended meanwhile */
        if (count > export->sent) {
                peer_break(peer, "it releases more than it was given");
                return;
        }
        export->sent -= count;
        if (export->sent != 0 || export->rights == 0)
                return;
        kernel_release(peer, port, export->rights);
        export->rights = 0;
}

void rights_dead(struct peer *peer, uint64_t port)
{
        struct export *export = export_find(peer, port);

        if (export == NULL)
                return;
        if (export->sent > 0)
                outbox_put(&peer->outbox, &(struct record){.type = RECORD_ENDED, .target = port},
                           NULL);
        darq_map_remove(&peer->exports, &export->by_number);
        free(export);
}

/* Imports */

static void spares_fill(struct peer *peer, unsigned int wanted)
{
        size_t coming = peer->requests - peer->requests_opened;

        if (peer->spare_count + coming >= wanted || peer->spares_refused)
                return;
        for (size_t count = peer->spare_count + coming; count < PEER_SPARES; count++)
                kernel_open(peer);
}

bool rights_ready(struct peer *peer, unsigned int count)
{
        spares_fill(peer, count > PEER_SPARES / 2 ? count : PEER_SPARES / 2);
        return peer->spare_count >= count || peer->spares_refused;
}

static struct import *import_new(struct peer *peer, uint64_t number)
{
        struct import *self;

        if (peer->spare_count == 0)
                return NULL;
        self = calloc(1, sizeof *self);
        if (self == NULL || darq_map_add(&peer->imports, &self->by_number, number) != 0) {
                free(self);
                return NULL;
        }
        if (darq_map_add(&peer->proxies, &self->by_proxy, peer->spares[peer->spare_count - 1]) !=
            0) {
                darq_map_remove(&peer->imports, &self->by_number);
                free(self);
                return NULL;
        }
        peer->spare_count--;
        return self;
}

static void import_free(struct peer *peer, struct import *self)
{
        kernel_close(peer, self->by_proxy.key);
        peer->spares_refused = false; /* there is room for another */
        darq_map_remove(&peer->imports, &self->by_number);
        darq_map_remove(&peer->proxies, &self->by_proxy);
        free(self);
}

static void release_send(struct peer *peer, uint64_t number, uint64_t count)
{
        outbox_put(&peer->outbox,
                   &(struct record){.type = RECORD_RELEASE, .target = number, .offset = count},
                   NULL);
}

uint64_t rights_take(struct peer *peer, uint64_t port)
{
        struct import *import;

        if (port == 0)
                return peer->home;
        if ((port & RECORD_HOME) != 0)
                return rights_exported(peer, port & ~RECORD_HOME) ? port & ~RECORD_HOME
                                                                  : peer->home;
        import = import_find_number(peer, port);
        if (import == NULL)
                import = import_new(peer, port);
        if (import == NULL) {
                rights_return(peer, port);
                return peer->home;
        }
        import->received++;
        import->given++;
        return import->by_proxy.key;
}

void rights_return(struct peer *peer, uint64_t port)
{
        struct import *import = import_find_number(peer, port);

        if (port == 0 || (port & RECORD_HOME) != 0)
                return;
        if (import != NULL)
                import->received++;
        else
                release_send(peer, port, 1);
}

void rights_watch(struct peer *peer, uint64_t proxy)
{
        struct import *import = import_find(peer, proxy);

        if (import == NULL || import->watched)
                return;
        import->watched = import->asking = true;
        kernel_count(peer, proxy, import->given);
}

void rights_unused(struct peer *peer, uint64_t proxy)
{
        struct import *import = import_find(peer, proxy);

        if (import == NULL || import->asking)
                return;
        import->asking = true;
        kernel_count(peer, proxy, import->given);
}

void rights_counted(struct peer *peer, uint64_t proxy, uint64_t rights, uint64_t given)
{
        struct import *import = import_find(peer, proxy);

        if (import == NULL)
                return;
        import->asking = false;
        if (rights > 0)
                return;
        if (import->given != given) {
                rights_unused(peer, proxy);
                return;
        }
        release_send(peer, import->by_number.key, import->received);
        import_free(peer, import);
}

void rights_ended(struct peer *peer, uint64_t port)
{
        struct import *import = import_find_number(peer, port);

        if (import != NULL)
                import_free(peer, import);
}

uint64_t rights_meaning(const struct peer *peer, uint64_t proxy)
{
        const struct import *import = import_find(peer, proxy);

        return import == NULL ? 0 : import->by_number.key;
}

void rights_deinit(struct peer *peer)
{
        struct darq_map_node *node;

        while ((node = darq_map_any(&peer->exports)) != NULL) {
                darq_map_remove(&peer->exports, node);
                free(CONTAINER_OF(node, struct export, by_number));
        }
        while ((node = darq_map_any(&peer->imports)) != NULL) {
                struct import *import = CONTAINER_OF(node, struct import, by_number);

                darq_map_remove(&peer->imports, node);
                darq_map_remove(&peer->proxies, &import->by_proxy);
                free(import);
        }
        darq_map_deinit(&peer->exports);
        darq_map_deinit(&peer->imports);
        darq_map_deinit(&peer->proxies);
}
