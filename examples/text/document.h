/* SPDX-License-Identifier: MIT */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "shelf.h"
#include "text.darq.h"

/** A document that somebody holds: its text in memory, its port, those who watch it. */
struct document;

/** Those that are open; zero: none. */
struct desk {
        struct shelf shelf;
        struct document *documents;
};

/**
 * The document of this id, opened if it isn't open yet. It is freed when nobody holds its port any more. 0, or what
 * darq_session_error() has the sentence for: an enum storage_error, a DARQ_E_*.
 */
int document_open(struct desk *desk, struct darq_session *session, struct darq_string id,
                  struct document **document);

/** To be given to who asked for it. */
struct darq_proxy document_port(const struct document *self);

/** Ends its port, if it is open. */
void document_close(struct desk *desk, struct darq_string id);

/** Forgets all, when the session has gone and their ports with it. */
void desk_clear(struct desk *self);

/** Ends a call for a reason that is none of the caller's: what a function here, or of shelf.h, returned. */
void desk_fail(struct darq_call *call, int result);

#endif
