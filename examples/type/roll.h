/* SPDX-License-Identifier: MIT */
#ifndef ROLL_H
#define ROLL_H

#include "graph.h"

/** What manifests say at the moment: types and the services that implement them, by the types' names. */
struct roll {
        struct type_implementation *entries; /* of texts that end in NUL */
        size_t count;
};

/**
 * Asks the p-kernel. 0, or what a call came to, with a sentence in darq_session_error(), or DARQ_E_NO_MEMORY. To be
 * cleared either way.
 */
int roll_call(struct roll *self, struct darq_session *session);
void roll_clear(struct roll *self);

/** Who implements a type; NULL: nobody. */
const struct type_implementation *roll_find(const struct roll *self, struct darq_string type);

#endif
