/* SPDX-License-Identifier: MIT */
/*
 * The service "link": how the other locations are, and which services of this one they may use (query.h). It goes by a
 * session of its own, so that it works while no location is reached, and is checked in again whenever the p-kernel comes
 * back. It waits for nobody: what its callers are slow to take is kept.
 */
#include "pkernel/link/report.h"

#include "libdarqwire/session.h"
#include "locations.darq.h"
#include "pkernel/link/options.h"
#include "pkernel/link/place.h"

#include <string.h>

enum { RETRY_NS = 2000000000 };

static struct darq_locations_location location_of(const struct place *place)
{
        const struct peer *peer = &place->peer;
        const struct peer_statistics *counted = &peer->statistics;

#define PRESENT(member, value) .has_##member = true, .member = (value)
        return (struct darq_locations_location){
                PRESENT(name, darq_string_of(peer->name)),
                PRESENT(state, (enum darq_locations_state)peer->state),
                PRESENT(round_trip_ns, peer->round_trip_ns),
                PRESENT(sent_bytes, counted->sent_bytes),
                PRESENT(received_bytes, counted->received_bytes),
                PRESENT(calls, counted->calls),
                PRESENT(ups, counted->ups),
                PRESENT(losses, counted->losses),
                PRESENT(stale, counted->stale),
                PRESENT(refused, counted->refused),
                PRESENT(dropped, counted->dropped),
                PRESENT(exports, peer->exports.count),
                PRESENT(imports, peer->imports.count),
                PRESENT(questions, peer->questions.count),
                PRESENT(answers, peer->answers.count),
                PRESENT(failure, darq_string_of(place->failure)),
        };
#undef PRESENT
}

static void serve_locations(void *context, struct darq_call *call,
                            const struct darq_locations_list_request *request)
{
        const struct report *self = context;
        struct darq_locations_location entries[OPTIONS_LOCATIONS];
        struct darq_locations_list_reply reply = {.location = darq_string_of(self->location),
                                                  .strangers = self->strangers};

        (void)request;
        for (size_t i = 0; i < self->count; i++)
                entries[i] = location_of(&self->places[i]);
        reply.locations.data = entries;
        reply.locations.count = self->count;
        darq_locations_reply_list(call, &reply);
}

static void serve_services(void *context, struct darq_call *call,
                           const struct darq_locations_services_request *request)
{
        struct report *self = context;

        queries_ask(&self->queries, call, request);
}

static const struct darq_locations_ops ops = {.list = serve_locations, .services = serve_services};

void report_deinit(struct report *self)
{
        darq_session_close(self->session);
        self->session = NULL;
}

static void check_in(struct report *self)
{
        struct darq_served served = {&darq_locations_interface, &ops, self};

        self->sessions++;
        queries_init(&self->queries);
        if (darq_session_open(&self->session, self->pkernel, 0) == 0 &&
            darq_control_check_in(self->session, "link", &served) == 0)
                darq_session_set_blocking(self->session, false);
        else
                report_deinit(self);
}

int report_fd(struct report *self)
{
        return self->session == NULL ? -1 : darq_session_fd(self->session);
}

void report_go_on(struct report *self, uint64_t now_ns)
{
        if (self->session != NULL) {
                if (darq_session_dispatch(self->session) != 0)
                        report_deinit(self);
                return;
        }
        if (now_ns < self->retry_ns)
                return;
        self->retry_ns = now_ns + RETRY_NS;
        check_in(self);
}
