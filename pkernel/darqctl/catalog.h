/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_CATALOG_H
#define DARQCTL_CATALOG_H

#include <darq/darq.h>
#include <darq/schema.h>

/** What is in an answer to `describe`, without a sentence when it is none. 0, or negative. */
int catalog_of_answer(struct darq_catalog **catalog, struct darq_bytes payload);

/** What the service behind the port answers to `describe`. 0, or a negative status after a sentence. */
int catalog_ask(struct darq_catalog **catalog, struct darq_session *session, uint64_t port,
                const char *name);

/**
 * The schema in a file, or, where no file has that name, of the service with that name or port; session, NULL if
 * it isn't open yet, is opened for that only. 0, or a negative status after a sentence; both may be closed in any case.
 */
int catalog_open(struct darq_catalog **catalog, struct darq_session **session, const char *source);

#endif
