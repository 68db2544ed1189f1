/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_NAMES_H
#define DARQCTL_NAMES_H

#include <darq/darq.h>
#include <darq/schema.h>

/**
 * Who is behind the numbers of frames: connections, ports and methods, asked for when they are first seen. Texts live as long
 * as the names.
 */
struct names;

/** None yet. NULL without memory. */
struct names *names_new(void);
void names_free(struct names *self);

/** One more schema, as catalog_open() finds it. DONE, or NOT_DONE after a sentence. */
int names_add_schema(struct names *self, struct darq_session **session, const char *path);

/** Asks who is there, now and whenever there is something new. Before the questions below. */
void names_begin(struct names *self, struct darq_session *session);

/** "uid:1000", "service:storage"; "" for one that is gone. */
const char *names_principal(struct names *self, uint64_t connection);

/** The name of the service that has the port; "" if none has. */
const char *names_service(struct names *self, uint64_t port);

/** The method and where it is described. False: unknown. */
bool names_method(struct names *self, uint64_t interface, uint32_t ordinal,
                  const struct darq_catalog **catalog,
                  const struct darq_schema_interface **described,
                  const struct darq_schema_method **method);

#endif
