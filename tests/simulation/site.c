/* SPDX-License-Identifier: MIT */
/*
 * The virtual site: what peers write to their p-kernels goes to endpoints of the worlds, what they publish to the other side's
 * inbox. The clocks of both worlds and peers are the site's.
 */
#include "tests/simulation/site.h"

#include "pkernel/core/roster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_MS = 100, TURNS_MAX = 100000 };

static struct side *other_of(struct side *side)
{
        return side == &side->site->hall ? &side->site->kitchen : &side->site->hall;
}

static uint64_t environment_random(void *context)
{
        struct side *side = context;

        return world_random(&side->world, UINT64_MAX - 1) + 1;
}

static bool environment_publish(void *context, struct peer *peer, const uint8_t *data, size_t size)
{
        struct side *side = context;
        struct side *to = other_of(side);
        struct mail *mail;

        (void)peer;
        if (side->site->lose > 0) {
                side->site->lose--;
                return true;
        }
        mail = malloc(sizeof *mail + size);
        if (mail == NULL)
                return false;
        mail->next = NULL;
        mail->size = size;
        memcpy(mail->data, data, size);
        *to->inbox_last = mail;
        to->inbox_last = &mail->next;
        return true;
}

static void environment_enter(void *context, struct peer *peer)
{
        struct side *side = context;

        side->endpoint = side->refuses ? NULL : world_connect(&side->world, "uid:7", false);
        if (side->endpoint != NULL)
                peer_entered(peer);
        else
                peer_kernel_ended(peer);
}

static void environment_leave(void *context, struct peer *peer)
{
        struct side *side = context;

        if (side->endpoint == NULL)
                return;
        if (bytes_size(&peer->to_kernel) != 0)
                endpoint_put(side->endpoint, bytes_front(&peer->to_kernel),
                             bytes_size(&peer->to_kernel));
        endpoint_close(side->endpoint);
        side->endpoint = NULL;
}

static void environment_note(void *context, struct peer *peer, const char *text)
{
        struct side *side = context;

        (void)peer;
        (void)text;
        side->notes++;
}

static void side_init(struct side *self, struct site *site, const char *name, const char *other)
{
        static const struct darq_string any[] = {DARQ_STR_INIT("*")};
        static const struct darq_string allowed[] = {DARQ_STR_INIT("any"),
                                                     DARQ_STR_INIT("location:*")};
        struct darq_starter_declaration link = {.name = DARQ_STR_INIT("link"),
                                                .activation = DARQ_STARTER_ACTIVATION_NEVER,
                                                .locations = {any, 1},
                                                .uid = 7};
        struct darq_starter_declaration echo = {.name = DARQ_STR_INIT("echo"),
                                                .port = SITE_ECHO,
                                                .activation = DARQ_STARTER_ACTIVATION_NEVER,
                                                .allow = {allowed, 2}};
        struct peer_environment environment = {.context = self,
                                               .random = environment_random,
                                               .publish = environment_publish,
                                               .enter = environment_enter,
                                               .leave = environment_leave,
                                               .note = environment_note};

        self->site = site;
        self->inbox_last = &self->inbox;
        world_init(&self->world, strlen(name), NULL);
        self->world.kernel.location = name;
        assert(roster_declare(&self->world.kernel, &link) == NULL);
        assert(roster_declare(&self->world.kernel, &echo) == NULL);
        peer_init(&self->peer, &environment, other, site->now_ns);
        peer_online(&self->peer, true, ENVELOPE_BODY_MAX);
}

void site_init(struct site *self)
{
        *self = (struct site){.now_ns = 1000000000};
        side_init(&self->hall, self, "hall", "kitchen");
        side_init(&self->kitchen, self, "kitchen", "hall");
}

static void inbox_clear(struct side *self)
{
        while (self->inbox != NULL) {
                struct mail *mail = self->inbox;

                self->inbox = mail->next;
                free(mail);
        }
        self->inbox_last = &self->inbox;
}

void site_deinit(struct site *self)
{
        peer_deinit(&self->hall.peer);
        peer_deinit(&self->kitchen.peer);
        inbox_clear(&self->hall);
        inbox_clear(&self->kitchen);
        world_deinit(&self->hall.world);
        world_deinit(&self->kitchen.world);
}

void site_deliver(struct side *side, const uint8_t *data, size_t size)
{
        uint8_t *copy = malloc(size + 1); /* of exactly that size, for a sanitizer to see */

        assert(copy != NULL);
        if (size != 0)
                memcpy(copy, data, size);
        side->peer.now_ns = side->site->now_ns;
        peer_envelope(&side->peer, copy, size);
        free(copy);
}

static bool mail_take(struct side *self)
{
        struct mail *mail = self->inbox;

        if (mail == NULL || self->site->hold)
                return false;
        self->inbox = mail->next;
        if (self->inbox == NULL)
                self->inbox_last = &self->inbox;
        site_deliver(self, mail->data, mail->size);
        free(mail);
        return true;
}

/* What peer and p-kernel have for each other. */
static bool kernel_go_on(struct side *self)
{
        struct peer *peer = &self->peer;
        struct endpoint *endpoint = self->endpoint;
        bool moved = false;

        if (endpoint != NULL && !self->stuck && bytes_size(&peer->to_kernel) != 0) {
                size_t size = bytes_size(&peer->to_kernel);

                endpoint_send(endpoint, bytes_front(&peer->to_kernel), size);
                peer_kernel_written(peer, size);
                moved = true;
        }
        if (self->endpoint == endpoint && endpoint != NULL && endpoint->size != 0 &&
            peer_wants_kernel_input(peer)) {
                size_t size = endpoint->size;
                uint8_t *copy = malloc(size);

                assert(copy != NULL);
                memcpy(copy, endpoint->data, size);
                endpoint->size = 0;
                peer_kernel_input(peer, copy, size);
                free(copy);
                moved = true;
        }
        return moved;
}

void site_settle(struct site *self)
{
        struct side *sides[] = {&self->hall, &self->kitchen};
        bool moved = true;

        for (int turn = 0; moved && turn < TURNS_MAX; turn++) {
                moved = false;
                for (int i = 0; i < 2; i++) {
                        world_flush(&sides[i]->world);
                        moved = mail_take(sides[i]) || moved;
                        moved = kernel_go_on(sides[i]) || moved;
                        peer_tell(&sides[i]->peer);
                }
        }
        assert(!moved);
}

void site_advance(struct site *self, uint64_t milliseconds)
{
        struct side *sides[] = {&self->hall, &self->kitchen};

        for (uint64_t passed = 0; passed < milliseconds; passed += STEP_MS) {
                self->now_ns += STEP_MS * UINT64_C(1000000);
                for (int i = 0; i < 2; i++) {
                        world_advance(&sides[i]->world, STEP_MS);
                        peer_tick(&sides[i]->peer, self->now_ns);
                }
                site_settle(self);
        }
}
