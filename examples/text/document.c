/* SPDX-License-Identifier: MIT */
/*
 * Documents that are open.
 *
 * All who open a document get the same port. An edit goes to the storage service first, then into the text here, then
 * to the watchers, then the answer goes out: whoever was answered finds the edit after a restart. When it isn't known
 * whether an edit was stored, the text is fetched anew before it is used again, and the watchers are told of what has
 * changed by that.
 */
#include <stdlib.h>
#include <string.h>

#include "document.h"

struct watcher {
        struct watcher *next;
        struct document *document;
        struct text_watcher port;
};

struct document {
        struct document *next;
        struct desk *desk;
        struct darq_session *session;
        struct text_document port;
        char id[SHELF_ID_MAX + 1];
        char *text; /* size bytes and a NUL */
        uint32_t size;
        uint64_t revision;
        bool doubtful; /* the text may be older than what is stored */
        struct watcher *watchers;
        unsigned int watcher_count;
};

void desk_fail(struct darq_call *call, int result)
{
        const char *why = darq_session_error(darq_call_session(call));

        if (result == DARQ_E_NO_MEMORY || result == DARQ_E_TOO_BIG)
                why = darq_status_text(result);
        darq_call_fail(call, DARQ_E_INTERNAL, why);
}

/* Watchers */

static void on_watcher_death(void *context, uint64_t port);

static void watcher_drop(struct watcher *self)
{
        struct watcher **at = &self->document->watchers;

        while (*at != self)
                at = &(*at)->next;
        *at = self->next;
        self->document->watcher_count--;
        darq_proxy_off_death(&self->port.proxy, on_watcher_death, self);
        darq_proxy_close(&self->port.proxy);
        free(self);
}

static void on_watcher_death(void *context, uint64_t port)
{
        (void)port;
        watcher_drop(context);
}

/* One that doesn't take its messages sees from the next one's `previous` that it has missed some. */
static void watchers_tell(const struct document *self,
                          const struct text_watcher_edited_request *edit)
{
        for (const struct watcher *watcher = self->watchers; watcher != NULL;
             watcher = watcher->next)
                text_watcher_edited(&watcher->port, edit);
}

/* The text */

struct edit {
        uint32_t position;
        uint32_t deleted;
        struct darq_string inserted;
};

static struct darq_string all_of(const struct document *self)
{
        return (struct darq_string){self->text, self->size};
}

/* Between characters: not before a continuation byte of UTF-8 (RFC 3629, section 3). */
static bool is_boundary(const struct document *self, uint32_t position)
{
        return position <= self->size && ((unsigned char)self->text[position] & 0xc0) != 0x80;
}

static char *text_edited(const struct document *self, const struct edit *edit, uint32_t *size)
{
        uint32_t rest = self->size - edit->position - edit->deleted;
        char *text;

        *size = edit->position + (uint32_t)edit->inserted.size + rest;
        text = malloc((size_t)*size + 1);
        if (text == NULL)
                return NULL;
        memcpy(text, self->text, edit->position);
        if (edit->inserted.size != 0)
                memcpy(text + edit->position, edit->inserted.data, edit->inserted.size);
        memcpy(text + *size - rest, self->text + self->size - rest, rest);
        text[*size] = '\0';
        return text;
}

static void text_replace(struct document *self, char *text, uint32_t size, uint64_t revision)
{
        free(self->text);
        self->text = text;
        self->size = size;
        self->revision = revision;
}

/* Takes over what is stored. */
static int text_fetch(struct document *self)
{
        const struct storage_get_reply *reply;
        char *text = NULL;
        int r = shelf_get(&self->desk->shelf, self->session, darq_string_of(self->id), &reply);

        if (r != 0)
                return r;
        if (reply->value.size <= TEXT_MAX_TEXT)
                text = malloc(reply->value.size + 1);
        else
                r = DARQ_E_TOO_BIG;
        if (text != NULL) {
                if (reply->value.size != 0)
                        memcpy(text, reply->value.data, reply->value.size);
                text[reply->value.size] = '\0';
                text_replace(self, text, (uint32_t)reply->value.size, reply->revision);
        }
        darq_reply_free(reply);
        return r != 0 || text != NULL ? r : DARQ_E_NO_MEMORY;
}

/* The text as it is stored, for a call; false: the call was failed. */
static bool text_settle(struct document *self, struct darq_call *call)
{
        struct text_watcher_edited_request edit = {.previous = self->revision,
                                                   .deleted = self->size};
        int r;

        if (!self->doubtful)
                return true;
        r = text_fetch(self);
        if (r != 0) {
                desk_fail(call, r);
                return false;
        }
        self->doubtful = false;
        edit.revision = self->revision;
        edit.inserted = all_of(self);
        if (edit.revision != edit.previous)
                watchers_tell(self, &edit);
        return true;
}

/* Stores an edit that can be made, and tells of it. 0 or what storing it came to. */
static int edit_make(struct document *self, const struct edit *edit)
{
        struct text_watcher_edited_request told = {
                .previous = self->revision,
                .position = edit->position,
                .deleted = edit->deleted,
                .inserted = edit->inserted,
        };
        uint32_t size;
        char *text = text_edited(self, edit, &size);
        int r;

        if (text == NULL)
                return DARQ_E_NO_MEMORY;
        r = shelf_replace(&self->desk->shelf, self->session, darq_string_of(self->id),
                          (struct darq_bytes){(const uint8_t *)text, size}, &told.revision);
        if (r != 0) {
                self->doubtful = r < 0 && darq_status_may_have_run(r);
                free(text);
                return r;
        }
        text_replace(self, text, size, told.revision);
        watchers_tell(self, &told);
        return 0;
}

/* Whether an edit can be made: 0 or an enum text_error. */
static int edit_check(const struct document *self, const struct edit *edit, bool has_revision,
                      uint64_t revision)
{
        if (has_revision && revision != self->revision)
                return TEXT_ERROR_CONFLICT;
        if (!is_boundary(self, edit->position) || edit->deleted > self->size - edit->position ||
            !is_boundary(self, edit->position + edit->deleted))
                return TEXT_ERROR_BAD_POSITION;
        if (self->size - edit->deleted + edit->inserted.size > TEXT_MAX_TEXT)
                return TEXT_ERROR_TOO_LONG;
        return 0;
}

/* Calls */

static void on_get(void *context, struct darq_call *call,
                   const struct text_document_get_request *request)
{
        struct document *self = context;
        uint32_t end = self->size;

        if (!text_settle(self, call))
                return;
        end = self->size;
        if (!is_boundary(self, request->position)) {
                text_document_fail_get(call, TEXT_ERROR_BAD_POSITION, NULL);
                return;
        }
        if (request->length < end - request->position)
                end = request->position + request->length;
        while (!is_boundary(self, end))
                end--;
        text_document_reply_get(
                call, &(struct text_document_get_reply){
                              .text = {self->text + request->position, end - request->position},
                              .revision = self->revision,
                      });
}

static void on_insert(void *context, struct darq_call *call,
                      const struct text_document_insert_request *request)
{
        struct document *self = context;
        struct edit edit = {.position = request->position, .inserted = request->text};
        int r;

        if (!text_settle(self, call))
                return;
        r = edit_check(self, &edit, request->has_revision, request->revision);
        if (r != 0) {
                text_document_fail_insert(call, (enum text_error)r, NULL);
                return;
        }
        r = edit_make(self, &edit);
        if (r == 0)
                text_document_reply_insert(
                        call, &(struct text_document_insert_reply){.revision = self->revision});
        else
                desk_fail(call, r);
}

static void on_delete(void *context, struct darq_call *call,
                      const struct text_document_delete_request *request)
{
        struct document *self = context;
        struct edit edit = {.position = request->position, .deleted = request->length};
        int r;

        if (!text_settle(self, call))
                return;
        r = edit_check(self, &edit, request->has_revision, request->revision);
        if (r != 0) {
                text_document_fail_delete(call, (enum text_error)r, NULL);
                return;
        }
        r = edit_make(self, &edit);
        if (r == 0)
                text_document_reply_delete(
                        call, &(struct text_document_delete_reply){.revision = self->revision});
        else
                desk_fail(call, r);
}

static void on_length(void *context, struct darq_call *call,
                      const struct text_document_length_request *request)
{
        struct document *self = context;

        (void)request;
        if (text_settle(self, call))
                text_document_reply_length(
                        call, &(struct text_document_length_reply){self->size, self->revision});
}

static int watcher_add(struct document *self, const struct text_watcher *port)
{
        struct watcher *watcher = calloc(1, sizeof *watcher);
        int r;

        if (watcher == NULL)
                return DARQ_E_NO_MEMORY;
        *watcher = (struct watcher){self->watchers, self, *port};
        self->watchers = watcher;
        self->watcher_count++;
        darq_proxy_keep(&port->proxy);
        r = darq_proxy_on_death(&port->proxy, on_watcher_death, watcher);
        if (r != 0)
                watcher_drop(watcher);
        return r;
}

static void on_watch(void *context, struct darq_call *call,
                     const struct text_document_watch_request *request)
{
        struct document *self = context;
        int r;

        if (!text_settle(self, call))
                return;
        if (self->watcher_count == TEXT_MAX_WATCHERS) {
                text_document_fail_watch(call, TEXT_ERROR_TOO_MANY_WATCHERS, NULL);
                return;
        }
        r = watcher_add(self, &request->watcher);
        if (r != 0)
                desk_fail(call, r);
        else
                text_document_reply_watch(
                        call, &(struct text_document_watch_reply){all_of(self), self->revision});
}

/* Opening */

static void document_free(struct document *self)
{
        struct document **at = &self->desk->documents;

        while (*at != NULL && *at != self)
                at = &(*at)->next;
        if (*at == self)
                *at = self->next;
        while (self->watchers != NULL)
                watcher_drop(self->watchers);
        darq_proxy_close(&self->port.proxy);
        free(self->text);
        free(self);
}

static void on_unused(void *context, uint64_t port)
{
        (void)port;
        document_free(context);
}

static struct document *document_find(const struct desk *desk, struct darq_string id)
{
        struct document *self = desk->documents;

        while (self != NULL && strcmp(self->id, id.data) != 0)
                self = self->next;
        return self;
}

static int document_serve(struct document *self)
{
        static const struct text_document_ops ops = {
                .get = on_get,
                .insert = on_insert,
                .delete_ = on_delete,
                .length = on_length,
                .watch = on_watch,
        };
        int r = text_document_ops_serve(&ops, self, self->session, &self->port);

        return r != 0 ? r : darq_proxy_on_unused(&self->port.proxy, on_unused, self);
}

int document_open(struct desk *desk, struct darq_session *session, struct darq_string id,
                  struct document **document)
{
        struct document *self = document_find(desk, id);
        int r;

        *document = self;
        if (self != NULL)
                return 0;
        self = calloc(1, sizeof *self);
        if (self == NULL)
                return DARQ_E_NO_MEMORY;
        self->desk = desk;
        self->session = session;
        memcpy(self->id, id.data, id.size);
        r = text_fetch(self);
        if (r == 0)
                r = document_serve(self);
        if (r != 0) {
                document_free(self);
                return r;
        }
        self->next = desk->documents;
        desk->documents = self;
        *document = self;
        return 0;
}

struct darq_proxy document_port(const struct document *self)
{
        return self->port.proxy;
}

void document_close(struct desk *desk, struct darq_string id)
{
        struct document *self = document_find(desk, id);

        if (self != NULL)
                document_free(self);
}

void desk_clear(struct desk *self)
{
        struct document *document, *next_document;
        struct watcher *watcher, *next;

        for (document = self->documents; document != NULL; document = next_document) {
                next_document = document->next;
                for (watcher = document->watchers; watcher != NULL; watcher = next) {
                        next = watcher->next;
                        free(watcher);
                }
                free(document->text);
                free(document);
        }
        self->documents = NULL;
}
