/* SPDX-License-Identifier: MIT */
/*
 * Objects, from the side of those who hold them. test_objects.py says what is wanted of each command.
 *
 *      create COUNT      makes the objects n0, n1, ...
 *      hold COUNT        opens them all, says so, and lets go of them at the end of the input
 *      churn ID ROUNDS   opens, uses and lets go of one
 *      abandon COUNT     asks for the objects, and leaves before the answers
 *      edit              every call of a document, and what it refuses
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <darq/darq.h>

#include "darq/object.darq.h"

#include "text.darq.h"

/* Less than who starts it waits for: a service without memory may tell nobody. */
enum { CONNECT_MS = 2000, NAME_MAX_SIZE = 64, ROUNDS_MAX = 20 };

static const char *numbered(char *name, unsigned long number)
{
        snprintf(name, NAME_MAX_SIZE, "text.plain::n%lu", number);
        return name;
}

static int create(struct darq_session *session, unsigned long count)
{
        char name[NAME_MAX_SIZE];
        int r = 0;

        for (unsigned long i = 0; r == 0 && i < count; i++) {
                struct text_document document;

                r = darq_object_create(session, numbered(name, i), &document.proxy);
                darq_proxy_close(&document.proxy);
        }
        return r;
}

static int hold(struct darq_session *session, unsigned long count)
{
        struct text_document *documents = calloc(count, sizeof *documents);
        char name[NAME_MAX_SIZE];
        int r = documents != NULL ? 0 : DARQ_E_NO_MEMORY;

        for (unsigned long i = 0; r == 0 && i < count; i++)
                r = darq_object_open(session, numbered(name, i), &documents[i].proxy);
        if (r == 0) {
                printf("held\n");
                fflush(stdout);
                while (getchar() != EOF)
                        ;
        }
        for (unsigned long i = 0; r == 0 && i < count; i++)
                darq_proxy_close(&documents[i].proxy);
        free(documents);
        return r;
}

static int churn(struct darq_session *session, const char *id, unsigned long rounds)
{
        int r = 0;

        for (unsigned long i = 0; r == 0 && i < rounds; i++) {
                struct text_document document;

                r = darq_object_open(session, id, &document.proxy);
                if (r == 0)
                        r = text_document_length(&document, NULL, NULL);
                if (r == 0 && i % 3 == 0) /* the rights go before the connection's next frame */
                        r = text_document_length(&document, NULL, NULL);
                darq_proxy_close(&document.proxy);
        }
        return r;
}

static void on_opened(void *context, int result, const struct darq_type_open_reply *reply)
{
        (void)context;
        (void)result;
        (void)reply;
}

static int abandon(struct darq_session *session, unsigned long count)
{
        struct darq_type type;
        int r = darq_object_resolve(session, "text.plain::n0", &type.proxy);

        for (unsigned long i = 0; r == 0 && i < count; i++) {
                char id[NAME_MAX_SIZE];

                snprintf(id, sizeof id, "n%lu", i);
                r = darq_type_open_async(&type,
                                         &(struct darq_type_open_request){.id = darq_string_of(id)},
                                         on_opened, NULL, NULL);
        }
        return r;
}

/* Editing */

struct editor {
        struct darq_session *session;
        struct text_document document;
        uint64_t revision; /* of the last edit */
        unsigned int told;
        int failures;
};

static void check(struct editor *self, const char *what, bool holds)
{
        if (holds)
                return;
        fprintf(stderr, "%s: not so (%s)\n", what, darq_session_error(self->session));
        self->failures++;
}

static int insert(struct editor *self, uint32_t position, const char *text, uint64_t revision)
{
        const struct text_document_insert_reply *reply;
        int r = text_document_insert(&self->document,
                                     &(struct text_document_insert_request){
                                             .position = position,
                                             .text = darq_string_of(text),
                                             .has_revision = revision != 0,
                                             .revision = revision,
                                     },
                                     &reply);

        if (r != 0)
                return r;
        check(self, "a revision is greater than the one before", reply->revision > self->revision);
        self->revision = reply->revision;
        darq_reply_free(reply);
        return 0;
}

static int delete (struct editor *self, uint32_t position, uint32_t length)
{
        return text_document_delete(
                &self->document,
                &(struct text_document_delete_request){.position = position, .length = length},
                NULL);
}

static bool reads(struct editor *self, uint32_t position, uint32_t length, const char *text)
{
        const struct text_document_get_reply *reply;
        bool same;

        if (text_document_get(&self->document,
                              &(struct text_document_get_request){
                                      .position = position, .has_length = true, .length = length},
                              &reply) != 0)
                return false;
        same = strcmp(reply->text.data, text) == 0;
        darq_reply_free(reply);
        return same;
}

static void on_edited(void *context, struct darq_call *call,
                      const struct text_watcher_edited_request *edit)
{
        struct editor *self = context;

        (void)call;
        self->told++;
        check(self, "the watcher is told of an insertion",
              edit->revision == self->revision && edit->previous < edit->revision &&
                      edit->position == 0 && edit->deleted == 0 &&
                      strcmp(edit->inserted.data, "> ") == 0);
}

static void positions(struct editor *self)
{
        check(self, "into an empty text", insert(self, 0, "a\xc3\xa4z", 0) == 0);
        check(self, "the whole", reads(self, 0, UINT32_MAX, "a\xc3\xa4z"));
        check(self, "a part", reads(self, 1, 2, "\xc3\xa4"));
        check(self, "no part of a character", reads(self, 0, 2, "a"));
        check(self, "nothing at the end", reads(self, 4, 9, ""));
        check(self, "beyond the end", insert(self, 5, "x", 0) == TEXT_ERROR_BAD_POSITION);
        check(self, "far beyond", insert(self, UINT32_MAX, "x", 0) == TEXT_ERROR_BAD_POSITION);
        check(self, "within a character", insert(self, 2, "x", 0) == TEXT_ERROR_BAD_POSITION);
        check(self, "half a character", delete (self, 1, 1) == TEXT_ERROR_BAD_POSITION);
        check(self, "more than there is", delete (self, 1, 4) == TEXT_ERROR_BAD_POSITION);
        check(self, "a length that wraps",
              delete (self, 3, UINT32_MAX - 1) == TEXT_ERROR_BAD_POSITION);
        check(self, "a character", delete (self, 1, 2) == 0);
        check(self, "what is left", reads(self, 0, 9, "az"));
}

static void revisions(struct editor *self)
{
        const struct text_document_length_reply *reply;
        uint64_t revision = 0;

        if (text_document_length(&self->document, NULL, &reply) == 0) {
                check(self, "its length", reply->length == 2);
                revision = reply->revision;
                darq_reply_free(reply);
        }
        check(self, "for the newest revision", insert(self, 2, "!", revision) == 0);
        check(self, "for an older one", insert(self, 2, "?", revision) == TEXT_ERROR_CONFLICT);
        check(self, "what the older one left", reads(self, 0, 9, "az!"));
}

static void watching(struct editor *self)
{
        static const struct text_watcher_ops ops = {.edited = on_edited};
        struct text_document_watch_request request = {0};
        const struct text_document_watch_reply *reply = NULL;

        check(self, "a port to be told at",
              text_watcher_ops_serve(&ops, self, self->session, &request.watcher) == 0);
        check(self, "to watch", text_document_watch(&self->document, &request, &reply) == 0);
        check(self, "the text at that time", reply != NULL && strcmp(reply->text.data, "az!") == 0);
        darq_reply_free(reply);
        check(self, "an edit", insert(self, 0, "> ", 0) == 0);
        for (int rounds = 0; reply != NULL && self->told == 0 && rounds < ROUNDS_MAX; rounds++)
                if (darq_session_poll(self->session, 1000) != 0)
                        break;
        darq_proxy_close(&request.watcher.proxy);
        check(self, "an edit that nobody is told of", delete (self, 0, 2) == 0);
        check(self, "told once", self->told == 1);
}

static void too_long(struct editor *self)
{
        char *text = malloc(TEXT_MAX_EDIT + 1);
        int r = 0;

        check(self, "memory", text != NULL);
        if (text == NULL)
                return;
        memset(text, 'x', TEXT_MAX_EDIT);
        text[TEXT_MAX_EDIT] = '\0';
        for (uint32_t i = 1; r == 0 && i < TEXT_MAX_TEXT / TEXT_MAX_EDIT; i++)
                r = insert(self, 0, text, 0);
        check(self, "a long text", r == 0);
        check(self, "too long a text", insert(self, 0, text, 0) == TEXT_ERROR_TOO_LONG);
        text[TEXT_MAX_EDIT - 3] = '\0';
        check(self, "just as long as it may be", insert(self, 0, text, 0) == 0);
        check(self, "a byte more", insert(self, 0, "x", 0) == TEXT_ERROR_TOO_LONG);
        free(text);
}

static int edit(struct darq_session *session)
{
        struct editor self = {.session = session};
        struct text_document second = {0};

        if (darq_object_create(session, "text.plain::edited", &self.document.proxy) != 0)
                return DARQ_E_INVALID;
        positions(&self);
        revisions(&self);
        watching(&self);
        too_long(&self);
        check(&self, "to open it once more",
              darq_object_open(session, "text.plain::edited", &second.proxy) == 0);
        check(&self, "the same port", second.proxy.port == self.document.proxy.port);
        check(&self, "to delete it", darq_object_delete(session, "text.plain::edited") == 0);
        check(&self, "its port ends", text_document_length(&second, NULL, NULL) == DARQ_E_NO_PORT);
        darq_proxy_close(&second.proxy);
        darq_proxy_close(&self.document.proxy);
        return self.failures;
}

static int run(struct darq_session *session, char **words)
{
        const char *command = words[0];

        if (strcmp(command, "edit") == 0)
                return edit(session);
        if (words[1] == NULL)
                return DARQ_E_INVALID;
        if (strcmp(command, "create") == 0)
                return create(session, strtoul(words[1], NULL, 10));
        if (strcmp(command, "hold") == 0)
                return hold(session, strtoul(words[1], NULL, 10));
        if (strcmp(command, "abandon") == 0)
                return abandon(session, strtoul(words[1], NULL, 10));
        if (strcmp(command, "churn") == 0 && words[2] != NULL)
                return churn(session, words[1], strtoul(words[2], NULL, 10));
        return DARQ_E_INVALID;
}

int main(int argc, char **argv)
{
        struct darq_session *session;
        int r;

        if (argc < 2)
                return 2;
        r = darq_session_open(&session, NULL, CONNECT_MS);
        if (r == 0)
                r = run(session, argv + 1);
        if (r != 0)
                fprintf(stderr, "%s: %d: %s\n", argv[1], r, darq_session_error(session));
        darq_session_close(session);
        return r != 0;
}
