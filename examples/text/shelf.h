/* SPDX-License-Identifier: MIT */
#ifndef SHELF_H
#define SHELF_H

#include <darq/darq.h>

#include "storage.darq.h"

/** What the type is called, and with a slash what its keys in the storage service begin with. */
#define SHELF_TYPE "text.plain"

enum { SHELF_ID_MAX = STORAGE_MAX_KEY - sizeof SHELF_TYPE };

/**
 * Texts by id, kept in the system's storage service. All functions return what its calls return: 0, an enum
 * storage_error, or a DARQ_E_*, with a sentence in darq_session_error().
 */
struct shelf {
        struct storage storage; /* zero until it is needed */
};

/** Whether a text may have this id. */
bool shelf_id_valid(struct darq_string id);

/** A new empty text. */
int shelf_add(struct shelf *self, struct darq_session *session, struct darq_string id,
              uint64_t *revision);

/** The reply is to be freed. */
int shelf_get(struct shelf *self, struct darq_session *session, struct darq_string id,
              const struct storage_get_reply **reply);
int shelf_replace(struct shelf *self, struct darq_session *session, struct darq_string id,
                  struct darq_bytes text, uint64_t *revision);
int shelf_remove(struct shelf *self, struct darq_session *session, struct darq_string id);

/** One page of ids; they and the reply live until the reply is freed. ids: room for STORAGE_MAX_PAGE. */
int shelf_list(struct shelf *self, struct darq_session *session, struct darq_string prefix,
               struct darq_string after, uint32_t limit, struct darq_string *ids,
               const struct storage_list_reply **reply);

#endif
