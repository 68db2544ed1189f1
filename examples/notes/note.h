/* SPDX-License-Identifier: MIT */
#ifndef NOTE_H
#define NOTE_H

#include <darq/darq.h>

#include "text.darq.h"

enum { NOTE_TRIES = 100 }; /* an edit that others were faster than is tried again */

struct note;

/** What has become of a line, told by whoever edited the note. */
typedef void note_callback(void *context, const struct note *note, const char *what,
                           struct darq_string line);

/**
 * A document of lines, and a copy of its text here that follows every edit: the copy changes by what the watcher port is
 * told, also of edits of our own, and never otherwise.
 */
struct note {
        const char *name; /* of the object: borrowed */
        struct darq_session *session;
        struct text_document document;
        struct text_watcher watcher;
        char *text;
        uint32_t size;
        uint64_t revision;
        bool lost; /* the document's port has ended, or an edit was missed */
        note_callback *callback;
        void *context;
};

/** Opens the object, or makes it, and begins to watch it. 0, or as the session's error says. To be closed either way. */
int note_open(struct note *self, struct darq_session *session, const char *name,
              note_callback *callback, void *context);
void note_close(struct note *self);

/** Opens the object anew if its port has ended, with its service or because it was deleted, or if edits were missed. */
int note_recover(struct note *self);

/** The part of the name that is the object's own. */
const char *note_id(const struct note *self);

/** Whether one of its lines is this. */
bool note_has(const struct note *self, const char *line);

/**
 * Adds a line at the end, or removes the first that is this, and returns when the copy here shows it. 0, DARQ_E_INVALID
 * (no such line), TEXT_ERROR_CONFLICT (others were faster NOTE_TRIES times), or what the calls return.
 */
int note_add(struct note *self, const char *line);
int note_drop(struct note *self, const char *line);

#endif
