/* SPDX-License-Identifier: MIT */
#ifndef LINK_QUERY_H
#define LINK_QUERY_H

#include "libdarqwire/list.h"
#include "locations.darq.h"

/* Questions which services of this location their callers may use, until the p-kernel has answered them. */

struct queries {
        struct list open;
        size_t count;
};

void queries_init(struct queries *self);

/** Keeps the call, and asks the p-kernel on the session that serves it. With that session all questions end. */
void queries_ask(struct queries *self, struct darq_call *call,
                 const struct darq_locations_services_request *request);

#endif
