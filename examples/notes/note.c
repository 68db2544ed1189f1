/* SPDX-License-Identifier: MIT */
/*
 * One note: a document of the type text.plain, edited by several at a time.
 *
 * An edit names the revision that it was made for. If somebody was faster the service refuses it; then we wait for
 * their edit to arrive and make ours for the text as it is now. So two programs that add a line at the same time both
 * find theirs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "darq/object.darq.h"

#include "note.h"

enum { WAIT_MS = 1000 }; /* for an edit that we know of to arrive */

const char *note_id(const struct note *self)
{
        const char *id = strchr(self->name, ':');

        id = id != NULL ? strchr(id + 1, ':') : NULL;
        return id != NULL ? id + 1 : self->name;
}

/* The copy */

static int text_take(struct note *self, struct darq_string text, uint64_t revision)
{
        char *copy = malloc(text.size + 1);

        if (copy == NULL)
                return DARQ_E_NO_MEMORY;
        memcpy(copy, text.data, text.size);
        copy[text.size] = '\0';
        free(self->text);
        self->text = copy;
        self->size = (uint32_t)text.size;
        self->revision = revision;
        return 0;
}

static void lines_tell(const struct note *self, const char *what, struct darq_string lines)
{
        while (lines.size > 0) {
                const char *end = memchr(lines.data, '\n', lines.size);
                struct darq_string line = {lines.data, lines.size};

                if (end != NULL)
                        line.size = (size_t)(end - lines.data);
                self->callback(self->context, self, what, line);
                line.size += end != NULL;
                lines.data += line.size;
                lines.size -= line.size;
        }
}

static void on_edited(void *context, struct darq_call *call,
                      const struct text_watcher_edited_request *edit)
{
        struct note *self = context;
        uint32_t rest;
        char *copy;

        (void)call;
        if (edit->revision <= self->revision)
                return; /* what watch() returned has it already */
        if (edit->previous != self->revision || edit->position > self->size ||
            edit->deleted > self->size - edit->position) {
                self->lost = true;
                return;
        }
        rest = self->size - edit->position - edit->deleted;
        copy = malloc(edit->position + edit->inserted.size + rest + 1);
        if (copy == NULL) {
                self->lost = true;
                return;
        }
        memcpy(copy, self->text, edit->position);
        memcpy(copy + edit->position, edit->inserted.data, edit->inserted.size);
        memcpy(copy + edit->position + edit->inserted.size, self->text + self->size - rest, rest);
        lines_tell(self, "-", (struct darq_string){self->text + edit->position, edit->deleted});
        free(self->text);
        self->text = copy;
        self->size = edit->position + (uint32_t)edit->inserted.size + rest;
        self->text[self->size] = '\0';
        self->revision = edit->revision;
        lines_tell(self, "+", edit->inserted);
}

/* The document */

static void on_death(void *context, uint64_t port)
{
        struct note *self = context;

        (void)port;
        self->lost = true;
}

/* Opens the object; a new note is made where there is none. */
static int object_get(struct note *self, bool make)
{
        int r = darq_object_open(self->session, self->name, &self->document.proxy);

        if (r == DARQ_OBJECT_ERROR_NOT_FOUND && make)
                r = darq_object_create(self->session, self->name, &self->document.proxy);
        if (r == DARQ_OBJECT_ERROR_EXISTS) /* somebody was faster */
                r = darq_object_open(self->session, self->name, &self->document.proxy);
        return r;
}

static int watch(struct note *self)
{
        const struct text_document_watch_request request = {.watcher = self->watcher};
        const struct text_document_watch_reply *reply;
        int r = darq_proxy_on_death(&self->document.proxy, on_death, self);

        if (r == 0)
                r = text_document_watch(&self->document, &request, &reply);
        if (r != 0)
                return r;
        r = text_take(self, reply->text, reply->revision);
        darq_reply_free(reply);
        return r;
}

static int note_begin(struct note *self, bool make)
{
        static const struct text_watcher_ops ops = {.edited = on_edited};
        int r = object_get(self, make);

        if (r == 0)
                r = text_watcher_ops_serve(&ops, self, self->session, &self->watcher);
        if (r == 0)
                r = watch(self);
        self->lost = r != 0;
        return r;
}

int note_open(struct note *self, struct darq_session *session, const char *name,
              note_callback *callback, void *context)
{
        *self = (struct note){
                .name = name, .session = session, .callback = callback, .context = context};
        return note_begin(self, true);
}

int note_recover(struct note *self)
{
        if (!self->lost)
                return 0;
        darq_proxy_close(&self->document.proxy);
        darq_proxy_close(&self->watcher.proxy);
        return note_begin(self, false);
}

void note_close(struct note *self)
{
        darq_proxy_close(&self->document.proxy);
        darq_proxy_close(&self->watcher.proxy);
        free(self->text);
        self->text = NULL;
}

/* Lines */

/* Where a line begins, or the text's size. */
static uint32_t line_find(const struct note *self, const char *line)
{
        size_t length = strlen(line);
        uint32_t at = 0;

        while (at < self->size) {
                const char *start = self->text + at;
                size_t size = strcspn(start, "\n");

                if (size == length && memcmp(start, line, length) == 0)
                        return at;
                at += (uint32_t)size + (start[size] == '\n');
        }
        return self->size;
}

bool note_has(const struct note *self, const char *line)
{
        return line_find(self, line) < self->size;
}

/* Until the copy is at least of this revision. */
static int await(struct note *self, uint64_t revision)
{
        int r = 0;

        for (int tries = 0; r == 0 && !self->lost && self->revision < revision; tries++) {
                if (tries == NOTE_TRIES)
                        self->lost = true;
                else
                        r = darq_session_poll(self->session, WAIT_MS);
        }
        return r != 0 ? r : note_recover(self);
}

static int insert(struct note *self, struct darq_string text, uint64_t *revision)
{
        struct text_document_insert_request request = {
                .position = self->size,
                .text = text,
                .has_revision = true,
                .revision = self->revision,
        };
        const struct text_document_insert_reply *reply;
        int r = text_document_insert(&self->document, &request, &reply);

        if (r == 0) {
                *revision = reply->revision;
                darq_reply_free(reply);
        }
        return r;
}

static int remove_at(struct note *self, uint32_t position, uint32_t length, uint64_t *revision)
{
        struct text_document_delete_request request = {
                .position = position,
                .length = length,
                .has_revision = true,
                .revision = self->revision,
        };
        const struct text_document_delete_reply *reply;
        int r = text_document_delete(&self->document, &request, &reply);

        if (r == 0) {
                *revision = reply->revision;
                darq_reply_free(reply);
        }
        return r;
}

int note_add(struct note *self, const char *line)
{
        size_t size = strlen(line);
        char *text = malloc(size + 2);
        uint64_t revision = 0;
        int r = TEXT_ERROR_CONFLICT;

        if (text == NULL)
                return DARQ_E_NO_MEMORY;
        snprintf(text, size + 2, "%s\n", line);
        for (int tries = 0; r == TEXT_ERROR_CONFLICT && tries < NOTE_TRIES; tries++) {
                r = insert(self, (struct darq_string){text, size + 1}, &revision);
                if (r == TEXT_ERROR_CONFLICT && await(self, self->revision + 1) != 0)
                        break;
        }
        free(text);
        return r == 0 ? await(self, revision) : r;
}

int note_drop(struct note *self, const char *line)
{
        uint64_t revision = 0;
        int r = TEXT_ERROR_CONFLICT;

        for (int tries = 0; r == TEXT_ERROR_CONFLICT && tries < NOTE_TRIES; tries++) {
                uint32_t at = line_find(self, line);
                uint32_t length = (uint32_t)strlen(line);

                if (at == self->size)
                        return DARQ_E_INVALID;
                if (at + length < self->size)
                        length++;
                r = remove_at(self, at, length, &revision);
                if (r == TEXT_ERROR_CONFLICT && await(self, self->revision + 1) != 0)
                        break;
        }
        return r == 0 ? await(self, revision) : r;
}
