/* SPDX-License-Identifier: MIT */
/*
 * darq-link: joins this location's p-kernel with those of others, over a NATS cluster.
 *
 * One loop: what the bus has brought, what the p-kernel sends on each location's connection, who asks how the locations
 * are, and then the time. The time comes last, so that a location is not taken for dead by a link that was itself
 * asleep.
 */
#include "libdarqwire/descriptor.h"
#include "pkernel/link/bus.h"
#include "pkernel/link/options.h"
#include "pkernel/link/place.h"
#include "pkernel/link/report.h"
#include "pkernel/link/waits.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
        SIGNALS,
        REPORT,
        BUS,
        PLACES = BUS + BUS_WAITS
}; /* what is waited for, and then each location's connection */

enum { WAIT_MAX_MS = 1000, KEPT_BYTES = 8 << 20 };

struct program {
        struct options options;
        struct bus *bus;
        struct place *places;
        size_t count;
        struct report report;
        struct waits waits;
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

static void envelope_take(struct program *self, const struct bus_event *event)
{
        for (size_t i = 0; i < self->count; i++) {
                struct peer *peer = &self->places[i].peer;

                if (strcmp(peer->name, event->from) == 0) {
                        peer_envelope(peer, event->data, event->size);
                        return;
                }
        }
        self->report.strangers++;
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
                envelope_take(self, event);
                break;
        }
}

/* The loop */

static uint64_t due_ns(const struct program *self)
{
        uint64_t next_ns = place_clock_ns() + WAIT_MAX_MS * UINT64_C(1000000);

        for (size_t i = 0; i < self->count; i++) {
                uint64_t peer_ns = peer_next_ns(&self->places[i].peer);

                if (peer_ns < next_ns)
                        next_ns = peer_ns;
        }
        return next_ns;
}

static void await(struct program *self)
{
        struct waits *waits = &self->waits;

        waits_set(waits, SIGNALS, self->signals, 0, POLLIN);
        waits_set(waits, REPORT, report_fd(&self->report), self->report.sessions, POLLIN);
        bus_wait(self->bus, waits, BUS);
        for (size_t i = 0; i < self->count; i++)
                waits_set(waits, PLACES + (unsigned int)i, self->places[i].fd,
                          self->places[i].entries, place_events(&self->places[i]));
        waits_wait(waits, due_ns(self));
}

/* A connection that was opened in this turn has not been waited for. */
static void place_turn(struct program *self, size_t index, uint32_t entries)
{
        struct place *place = &self->places[index];
        short events = waits_events(&self->waits, PLACES + (unsigned int)index);

        place_go_on(place, place->entries == entries ? events : 0);
}

static void turn(struct program *self)
{
        uint32_t entries[OPTIONS_LOCATIONS] = {0};
        uint64_t now_ns = place_clock_ns();

        for (size_t i = 0; i < self->count; i++) {
                self->places[i].peer.now_ns = now_ns;
                entries[i] = self->places[i].entries;
        }
        bus_go_on(self->bus, &self->waits, BUS, event_take, self);
        for (size_t i = 0; i < self->count; i++)
                place_turn(self, i, entries[i]);
        if (waits_events(&self->waits, REPORT) != 0 || self->report.session == NULL)
                report_go_on(&self->report, now_ns);
        for (size_t i = 0; i < self->count; i++) {
                peer_tick(&self->places[i].peer, now_ns);
                peer_tell(&self->places[i].peer);
        }
        bus_flush(self->bus);
}

static void run(struct program *self)
{
        while (waits_events(&self->waits, SIGNALS) == 0) {
                await(self);
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

/* Envelopes come and go by the mebibyte: their memory is kept, or each would be a dozen page faults. */
static void memory_keep(void)
{
        mallopt(M_MMAP_THRESHOLD, KEPT_BYTES / 8);
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

static int start(struct program *self)
{
        const char *why = "memory is short";

        memory_keep();
        self->count = self->options.location_count;
        self->signals = signals_open();
        self->places = calloc(self->count, sizeof *self->places);
        if (waits_open(&self->waits) == 0 && self->places != NULL && self->signals >= 0)
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
        waits_close(&self->waits);
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
        darq_descriptors_reserve();
        self->signals = self->waits.epoll = self->waits.timer = -1;
        if (options_read(&self->options, argc, argv, &status) == 0) {
                status = start(self) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
                if (status == EXIT_SUCCESS)
                        run(self);
        }
        stop(self);
        free(self);
        return status;
}
