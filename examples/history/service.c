/* SPDX-License-Identifier: MIT */
/*
 * DarqOS's history service (idl/history.didl): events are appended to a journal, and streamed from it.
 *
 *     history-service [--db FILE] [--idle MILLISECONDS]
 *
 * A query sends a page at a time, as its reader's credit comes, and remembers no more than where it is: however long the
 * history, and however slow the reader, memory stays as it is, and appending goes on meanwhile.
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <darq/darq.h>

#include "history.darq.h"
#include "journal.h"
#include "reporter.h"

enum { PAGE = 64 };

struct archive {
        struct journal *journal;
        struct reporters reporters;
};

/* Appending */

static int64_t now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_REALTIME, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void fail(const struct archive *self, struct darq_call *call)
{
        fprintf(stderr, "history: %s\n", journal_error(self->journal));
        darq_call_fail(call, DARQ_E_INTERNAL, journal_error(self->journal));
}

static void event_append(struct archive *self, struct darq_call *call,
                         const struct journal_event *event)
{
        struct history_append_reply reply;
        int r = journal_add(self->journal, event, &reply.sequence);

        if (r == 0)
                history_reply_append(call, &reply);
        else if (r == JOURNAL_FULL)
                history_fail_append(call, HISTORY_ERROR_FULL, NULL);
        else
                fail(self, call);
}

static void on_append(void *context, struct darq_call *call,
                      const struct history_append_request *request)
{
        struct archive *self = context;
        struct darq_object object;
        struct journal_event event = {
                .time_ns = request->has_time_ns ? request->time_ns : now_ns(),
                .object = request->object.data,
                .subject = request->subject.data,
                .action = request->action.data,
                .detail = request->detail.data,
                .detail_size = request->detail.size,
        };

        if (darq_object_parse(&object, request->object) != 0) {
                history_fail_append(call, HISTORY_ERROR_BAD_OBJECT, NULL);
                return;
        }
        if (request->subject.size == 0 || request->action.size == 0) {
                history_fail_append(call, HISTORY_ERROR_EMPTY, NULL);
                return;
        }
        if (reporter_find(&self->reporters, call, &event.reporter) == 0)
                event_append(self, call, &event);
        else
                darq_call_fail(call, DARQ_E_BUSY, darq_session_error(darq_call_session(call)));
}

/* Queries */

struct query {
        struct archive *archive;
        struct darq_call *call;
        struct journal_query query;
        uint64_t left; /* events that are still wanted */
        int result;    /* of sending the last one */
};

static void query_free(struct query *self)
{
        darq_call_release(self->call);
        free(self);
}

static bool event_send(void *context, const struct journal_event *event)
{
        struct query *self = context;
        struct history_query_item item = {
                .event = {
                        .has_sequence = true,
                        .sequence = event->sequence,
                        .has_time_ns = true,
                        .time_ns = event->time_ns,
                        .object = darq_string_of(event->object),
                        .subject = darq_string_of(event->subject),
                        .action = darq_string_of(event->action),
                        .detail = darq_bytes_of(event->detail, event->detail_size),
                        .reporter = darq_string_of(event->reporter),
                }};

        self->result = history_push_query(self->call, &item);
        return self->result == 0;
}

static void query_go(void *context, struct darq_stream *stream)
{
        struct query *self = context;
        size_t count = 1;
        int r = 0;

        (void)stream;
        self->result = 0;
        while (r == 0 && self->result == 0 && count > 0 && self->left > 0) {
                size_t limit = self->left < PAGE ? (size_t)self->left : PAGE;

                r = journal_page(self->archive->journal, &self->query, limit, event_send, self,
                                 &count);
                self->left -= count;
        }
        if (r != 0)
                fail(self->archive, self->call);
        else if (self->result == 0)
                history_reply_query(self->call);
        if (r != 0 || self->result != DARQ_E_AGAIN)
                query_free(self);
}

static void query_fill(struct journal_query *self, const struct history_query_request *request)
{
        snprintf(self->object, sizeof self->object, "%s", request->object.data);
        snprintf(self->subject, sizeof self->subject, "%s", request->subject.data);
        self->from_ns = request->has_from_ns ? request->from_ns : INT64_MIN;
        self->to_ns = request->has_to_ns ? request->to_ns : INT64_MAX;
        self->after = request->after;
}

static void on_query(void *context, struct darq_call *call,
                     const struct history_query_request *request)
{
        struct query *self = calloc(1, sizeof *self);

        if (self == NULL) {
                darq_call_fail(call, DARQ_E_BUSY, "no memory");
                return;
        }
        self->archive = context;
        query_fill(&self->query, request);
        self->left = request->limit != 0 ? request->limit : UINT64_MAX;
        if (journal_prepare(self->archive->journal, &self->query) != 0) {
                fail(self->archive, call);
                free(self);
                return;
        }
        self->call = darq_call_keep(call);
        darq_stream_on_ready(darq_call_stream(call), query_go, self);
        query_go(self, darq_call_stream(call));
}

static void on_extent(void *context, struct darq_call *call,
                      const struct history_extent_request *request)
{
        struct archive *self = context;
        struct history_extent_reply reply;

        (void)request;
        if (journal_extent(self->journal, &reply.count, &reply.last) != 0)
                fail(self, call);
        else
                history_reply_extent(call, &reply);
}

static bool number_read(const char *text, unsigned int *number)
{
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        *number = (unsigned int)value;
        return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= INT_MAX;
}

int main(int argc, char **argv)
{
        static const struct history_ops ops = {
                .append = on_append, .query = on_query, .extent = on_extent};
        static const struct option options[] = {
                {"db", required_argument, NULL, 'd'}, {"idle", required_argument, NULL, 'i'}, {0}};
        struct archive archive = {0};
        struct darq_service service = {
                .name = "history", .interface = &history_interface, .ops = &ops, .self = &archive};
        const char *path = "history.sqlite";
        int r;

        while ((r = getopt_long(argc, argv, "", options, NULL)) != -1) {
                if (r == 'd') {
                        path = optarg;
                } else if (r != 'i' || !number_read(optarg, &service.idle_ms)) {
                        fprintf(stderr, "usage: %s [--db FILE] [--idle MILLISECONDS]\n", argv[0]);
                        return 2;
                }
        }
        if (journal_open(&archive.journal, path) == 0) {
                r = darq_service_run(&service);
        } else {
                fprintf(stderr, "history: %s: %s\n", path, journal_error(archive.journal));
                r = 1;
        }
        journal_close(archive.journal);
        return r;
}
