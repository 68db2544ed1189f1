/* SPDX-License-Identifier: MIT */
/*
 * darq-link: joins this location's p-kernel with those of others, over a NATS cluster.
 *
 * One loop: what the bus has brought, what the p-kernel sends on each location's connection, who asks how the locations are, and
 * then the time. The time comes last, so that a location is not taken for dead by a link that was itself asleep.
 */
#include "pkernel/link/bus.h"
#include "pkernel/link/options.h"
#include "pkernel/link/place.h"
#include "pkernel/link/report.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { FIXED_FDS = 2 + BUS_WAITS, NANOSECONDS_PER_MS = 1000000, WAIT_MAX_MS = 1000 };

struct program {
        struct options options;
        struct bus *bus;
        struct place *places;
        size_t count;
        struct report report;
        struct pollfd waits[FIXED_FDS + OPTIONS_LOCATIONS];
        int signals;
};

/* The bus */

static void online_set(struct program *self, bool online)
{
        size_t payload_max = bus_payload_max(self->bus);

        if (payload_max <= ENVELOPE_HEAD)
                payload_max = ENVELOPE_HEAD + ENVELOPE_BODY_MAX;
        for (size_t i = 0; i < self->count; i++)
                peer_online(&self->places[i].peer, online, payload_max - ENVELOPE_HEAD);
}

static void lost(struct program *self)
{
        for (size_t i = 0; i < self->count; i++) {
                struct peer *peer = &self->places[i].peer;
                bool online = peer->online;

                peer_online(peer, false, peer->body_max);
                peer_online(peer, online, peer->body_max);
        }
}

static void event_take(void *context, const struct bus_event *event)
{
        struct program *self = context;

        switch (event->kind) {
        case BUS_ONLINE:
                fprintf(stderr, "darq-link: NATS is reached\n");
                online_set(self, false);
                online_set(self, true);
                break;
        case BUS_OFFLINE:
                fprintf(stderr, "darq-link: NATS is lost: %s\n", bus_error(self->bus));
                online_set(self, false);
                break;
        case BUS_LOST:
                fprintf(stderr, "darq-link: NATS: %s\n", bus_error(self->bus));
                lost(self);
                break;
        case BUS_ENVELOPE:
                for (size_t i = 0; i < self->count; i++)
                        if (strcmp(self->places[i].peer.name, event->from) == 0)
                                peer_envelope(&self->places[i].peer, event->data, event->size);
                break;
        }
}

/* The loop */

static int wait_ms(const struct program *self)
{
        uint64_t now_ns = place_clock_ns();
        uint64_t next_ns = now_ns + WAIT_MAX_MS * UINT64_C(1000000);

        for (size_t i = 0; i < self->count; i++) {
                uint64_t due_ns = peer_next_ns(&self->places[i].peer);

                if (due_ns < next_ns)
                        next_ns = due_ns;
        }
        return next_ns <= now_ns ? 0 : (int)((next_ns - now_ns) / NANOSECONDS_PER_MS) + 1;
}

static int waits_fill(struct program *self)
{
        struct pollfd *waits = self->waits;

        waits[0] = (struct pollfd){.fd = self->signals, .events = POLLIN};
        waits[1] = (struct pollfd){.fd = report_fd(&self->report), .events = POLLIN};
        bus_waits(self->bus, waits + 2);
        for (size_t i = 0; i < self->count; i++)
                waits[FIXED_FDS + i] = (struct pollfd){.fd = self->places[i].fd,
                                                       .events = place_events(&self->places[i])};
        return FIXED_FDS + (int)self->count;
}

static void turn(struct program *self)
{
        uint64_t now_ns = place_clock_ns();

        for (size_t i = 0; i < self->count; i++)
                self->places[i].peer.now_ns = now_ns;
        bus_go_on(self->bus, self->waits + 2, event_take, self);
        for (size_t i = 0; i < self->count; i++)
                if (self->waits[FIXED_FDS + i].fd == self->places[i].fd)
                        place_go_on(&self->places[i], self->waits[FIXED_FDS + i].revents);
        if (self->waits[1].revents != 0 || self->report.session == NULL)
                report_go_on(&self->report, now_ns);
        for (size_t i = 0; i < self->count; i++)
                peer_tick(&self->places[i].peer, now_ns);
        bus_flush(self->bus);
}

static void run(struct program *self)
{
        while (self->waits[0].revents == 0) {
                int count = waits_fill(self);

                if (poll(self->waits, (nfds_t)count, wait_ms(self)) < 0)
                        for (int i = 0; i < count; i++)
                                self->waits[i].revents = 0;
                turn(self);
        }
}

/* Beginning and end */

/* Before libnats makes threads, so that they have them blocked too. */
static int signals_open(void)
{
        sigset_t set;

        signal(SIGPIPE, SIG_IGN);
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int start(struct program *self)
{
        const char *why = "memory is short";

        self->count = self->options.location_count;
        self->signals = signals_open();
        self->places = calloc(self->count, sizeof *self->places);
        if (self->places != NULL && self->signals >= 0)
                self->bus = bus_open(&self->options, &why);
        if (self->bus == NULL) {
                fprintf(stderr, "darq-link: %s\n", why);
                return -EIO;
        }
        for (size_t i = 0; i < self->count; i++)
                place_init(&self->places[i], self->options.locations[i], self->options.pkernel,
                           self->bus);
        self->report = (struct report){.location = self->options.location,
                                       .pkernel = self->options.pkernel,
                                       .places = self->places,
                                       .count = self->count};
        return 0;
}

static void stop(struct program *self)
{
        report_deinit(&self->report);
        for (size_t i = 0; self->bus != NULL && i < self->count; i++)
                place_deinit(&self->places[i]);
        bus_close(self->bus);
        free(self->places);
        if (self->signals >= 0)
                close(self->signals);
        options_deinit(&self->options);
}

int main(int argc, char **argv)
{
        struct program *self = calloc(1, sizeof *self);
        int status = EXIT_FAILURE;

        if (self == NULL)
                return EXIT_FAILURE;
        self->signals = -1;
        if (options_read(&self->options, argc, argv, &status) == 0) {
                status = start(self) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
                if (status == EXIT_SUCCESS)
                        run(self);
        }
        stop(self);
        free(self);
        return status;
}
