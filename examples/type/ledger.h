/* SPDX-License-Identifier: MIT */
#ifndef LEDGER_H
#define LEDGER_H

#include "graph.h"
#include "storage.darq.h"

/** Declarations in the system's storage service, under "type/NAME". */
struct ledger {
        struct storage storage; /* zero until it is needed */
};

/*
 * All return 0, or what a call came to, a negative one or an enum storage_error, with a sentence in
 * darq_session_error().
 */

/** Reads all into the graph. */
int ledger_read(struct ledger *self, struct darq_session *session, struct graph *graph);

int ledger_put(struct ledger *self, struct darq_session *session, struct darq_string name,
               const struct type_declaration *declaration);
int ledger_remove(struct ledger *self, struct darq_session *session, struct darq_string name);

#endif
