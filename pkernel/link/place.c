/* SPDX-License-Identifier: MIT */
/*
 * A location's connection to the p-kernel: opened when its peer wants to be let in, left when the peer is reset.
 *
 * Before it is closed what stands in to_kernel is written, for half a second at most: that tells callers that their calls
 * are lost. A p-kernel that doesn't read it tells them that the callee has died, which is no less true.
 */
#include "pkernel/link/place.h"

#include "libdarqwire/address.h"
#include "libdarqwire/authority.h"
#include "libdarqwire/container.h"
#include "pkernel/link/bus.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LEAVE_MS = 500 };

uint64_t place_clock_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct place *place_of(struct peer *peer)
{
        return CONTAINER_OF(peer, struct place, peer);
}

static uint64_t random_number(void *context)
{
        uint64_t number = 0;

        (void)context;
        while (getrandom(&number, sizeof number, 0) != sizeof number)
                ;
        return number;
}

static bool publish(void *context, struct peer *peer, const uint8_t *data, size_t size)
{
        (void)context;
        return bus_publish(place_of(peer)->bus, peer->name, data, size);
}

static void note(void *context, struct peer *peer, const char *text)
{
        struct place *self = place_of(peer);

        (void)context;
        if (peer->state == PEER_UP) {
                self->reached = true;
        } else {
                if (!self->reached && strcmp(self->failure, text) == 0)
                        return; /* it is known */
                self->reached = false;
                snprintf(self->failure, sizeof self->failure, "%s", text);
        }
        fprintf(stderr, "darq-link: %s: %s\n", peer->name, text);
}

/* The address that answers. */
static int connect_any(const char *pkernel)
{
        struct darq_address addresses[DARQ_ADDRESSES_MAX];
        const char *bad;
        size_t count;
        int fd = -EINVAL;

        if (darq_addresses_find(addresses, &count, pkernel, &bad) != 0)
                return -EINVAL;
        for (size_t i = 0; i < count && fd < 0; i++)
                fd = darq_address_connect(&addresses[i]);
        return fd;
}

static void enter(void *context, struct peer *peer)
{
        struct place *self = place_of(peer);
        int fd = connect_any(self->pkernel);

        (void)context;
        if (fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
                close(fd);
                fd = -errno;
        }
        if (fd < 0) {
                peer_kernel_ended(peer);
                return;
        }
        self->fd = fd;
        self->entries++;
        peer_entered(peer);
}

static void leave(void *context, struct peer *peer)
{
        struct place *self = place_of(peer);
        uint64_t until_ns = place_clock_ns() + LEAVE_MS * UINT64_C(1000000);

        (void)context;
        while (self->fd >= 0 && !peer->kernel_lost && bytes_size(&peer->to_kernel) != 0 &&
               place_clock_ns() < until_ns) {
                struct pollfd wait = {.fd = self->fd, .events = POLLOUT};
                ssize_t count;

                poll(&wait, 1, LEAVE_MS);
                count = send(self->fd, bytes_front(&peer->to_kernel), bytes_size(&peer->to_kernel),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
                if (count < 0 && errno != EAGAIN && errno != EINTR)
                        break;
                if (count > 0)
                        bytes_drop(&peer->to_kernel, (size_t)count);
        }
        if (self->fd >= 0)
                close(self->fd);
        self->fd = -1;
}

void place_init(struct place *self, const char *name, const char *pkernel, struct bus *bus)
{
        struct peer_environment environment = {.random = random_number,
                                               .publish = publish,
                                               .enter = enter,
                                               .leave = leave,
                                               .note = note};

        *self = (struct place){.bus = bus, .pkernel = pkernel, .fd = -1};
        peer_init(&self->peer, &environment, name, place_clock_ns());
}

void place_deinit(struct place *self)
{
        peer_deinit(&self->peer);
}

short place_events(const struct place *self)
{
        const struct peer *peer = &self->peer;

        return (short)((bytes_size(&peer->to_kernel) != 0 ? POLLOUT : 0) |
                       (peer_wants_kernel_input(peer) ? POLLIN : 0));
}

static void kernel_write(struct place *self)
{
        struct peer *peer = &self->peer;

        while (self->fd >= 0 && bytes_size(&peer->to_kernel) != 0) {
                ssize_t count = send(self->fd, bytes_front(&peer->to_kernel),
                                     bytes_size(&peer->to_kernel), MSG_NOSIGNAL);

                if (count < 0 && errno == EINTR)
                        continue;
                if (count < 0 && errno == EAGAIN)
                        return;
                if (count < 0) {
                        peer_kernel_ended(peer);
                        return;
                }
                peer_kernel_written(peer, (size_t)count);
        }
}

static void kernel_read(struct place *self)
{
        uint8_t *room = peer_kernel_room(&self->peer, PLACE_READ_MAX);
        ssize_t count = room == NULL ? 0 : recv(self->fd, room, PLACE_READ_MAX, 0);
        bool ended = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);

        if (room != NULL)
                peer_kernel_read(&self->peer, PLACE_READ_MAX, count > 0 ? (size_t)count : 0);
        if (ended)
                peer_kernel_ended(&self->peer);
}

void place_go_on(struct place *self, short events)
{
        int fd = self->fd;

        if (fd < 0)
                return;
        if (self->peer.state == PEER_ENTERING && (events & POLLIN) != 0 &&
            darq_authority_check(fd, &(long){0}) != 0) {
                if (!self->shunned)
                        fprintf(stderr, "darq-link: what answers is not our user's p-kernel\n");
                self->shunned = true;
                peer_kernel_ended(&self->peer);
                return;
        }
        if ((events & (POLLIN | POLLHUP | POLLERR)) != 0)
                kernel_read(self);
        if (self->fd == fd)
                kernel_write(self);
}
