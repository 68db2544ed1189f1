/* SPDX-License-Identifier: MIT */
/*
 * A client of DarqOS's history service.
 *
 *     history-client append [--time NS] OBJECT SUBJECT ACTION [DETAIL]
 *     history-client query [--object OBJECT] [--subject SUBJECT] [--from NS] [--to NS] [--after SEQUENCE] [--limit COUNT]
 *     history-client extent
 *
 * Times are nanoseconds since 1970 (UTC). A query prints a line for each event: sequence, time, object, subject,
 * action, who told, and the detail's size, with tabs between them. Exit status: 0, 1 when it could not be done, 2 for
 * wrong arguments.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <darq/darq.h>

#include "history.darq.h"

enum { CONNECT_MS = 2000 };

static int usage(void)
{
        fprintf(stderr,
                "usage: history-client append [--time NS] OBJECT SUBJECT ACTION [DETAIL]\n"
                "       history-client query [--object OBJECT] [--subject SUBJECT] [--from NS]\n"
                "                            [--to NS] [--after SEQUENCE] [--limit COUNT]\n"
                "       history-client extent\n");
        return 2;
}

static bool number_read(const char *text, int64_t *number)
{
        char *end;

        errno = 0;
        *number = strtoll(text, &end, 10);
        return *text != '\0' && *end == '\0' && errno == 0;
}

/* What the options say; has_ as in requests. */
struct choices {
        struct history_query_request query;
        bool has_time;
        int64_t time_ns;
};

static bool choice_take(struct choices *self, int option, const char *text)
{
        int64_t number = 0;

        if (option == 'o' || option == 's') {
                *(option == 'o' ? &self->query.object : &self->query.subject) =
                        darq_string_of(text);
                return true;
        }
        if (!number_read(text, &number))
                return false;
        switch (option) {
        case 'f':
                self->query.has_from_ns = true;
                self->query.from_ns = number;
                return true;
        case 't':
                self->query.has_to_ns = true;
                self->query.to_ns = number;
                return true;
        case 'a':
                self->query.after = (uint64_t)number;
                return number >= 0;
        case 'l':
                self->query.limit = (uint64_t)number;
                return number >= 0;
        case 'T':
                self->has_time = true;
                self->time_ns = number;
                return true;
        default:
                return false;
        }
}

static bool choices_read(struct choices *self, int argc, char **argv)
{
        static const struct option options[] = {
                {"object", required_argument, NULL, 'o'}, {"subject", required_argument, NULL, 's'},
                {"from", required_argument, NULL, 'f'},   {"to", required_argument, NULL, 't'},
                {"after", required_argument, NULL, 'a'},  {"limit", required_argument, NULL, 'l'},
                {"time", required_argument, NULL, 'T'},   {0},
        };
        int option;

        *self = (struct choices){.has_time = false};
        while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
                if (!choice_take(self, option, optarg != NULL ? optarg : ""))
                        return false;
        return true;
}

static int append(const struct history *history, const struct choices *choices, char **words)
{
        struct history_append_request request = {
                .object = darq_string_of(words[0]),
                .subject = darq_string_of(words[1]),
                .action = darq_string_of(words[2]),
                .has_time_ns = choices->has_time,
                .time_ns = choices->time_ns,
        };
        const struct history_append_reply *reply;
        int r;

        if (words[3] != NULL)
                request.detail = darq_bytes_of(words[3], strlen(words[3]));
        r = history_append(history, &request, &reply);
        if (r != 0)
                return r;
        printf("%" PRIu64 "\n", reply->sequence);
        darq_reply_free(reply);
        return 0;
}

/* Text of others, in a line of ours: control characters as '?'. */
static void text_print(struct darq_string text)
{
        putchar('\t');
        for (size_t i = 0; i < text.size; i++) {
                unsigned char c = (unsigned char)text.data[i];

                putchar(c < 0x20 || c == 0x7f ? '?' : c);
        }
}

static void event_print(const struct history_event *event)
{
        printf("%" PRIu64 "\t%" PRId64, event->sequence, event->time_ns);
        text_print(event->object);
        text_print(event->subject);
        text_print(event->action);
        text_print(event->reporter);
        printf("\t%zu\n", event->detail.size);
}

static int query(const struct history *history, const struct choices *choices)
{
        const struct history_query_item *item = NULL;
        struct darq_stream *stream;
        int r = history_query(history, &choices->query, &stream);

        if (r != 0)
                return r;
        while ((r = history_query_next(stream, &item)) == 0 && item != NULL)
                event_print(&item->event);
        darq_stream_close(stream);
        return r;
}

static int extent(const struct history *history)
{
        const struct history_extent_reply *reply;
        int r = history_extent(history, NULL, &reply);

        if (r != 0)
                return r;
        printf("%" PRIu64 " events, the last is %" PRIu64 "\n", reply->count, reply->last);
        darq_reply_free(reply);
        return 0;
}

static int run(const struct history *history, const char *command, const struct choices *choices,
               char **words)
{
        if (strcmp(command, "append") == 0)
                return append(history, choices, words);
        return strcmp(command, "query") == 0 ? query(history, choices) : extent(history);
}

static bool words_fit(const char *command, int count)
{
        if (strcmp(command, "append") == 0)
                return count == 3 || count == 4;
        return count == 0 && (strcmp(command, "query") == 0 || strcmp(command, "extent") == 0);
}

int main(int argc, char **argv)
{
        struct darq_session *session;
        struct choices choices;
        struct history history;
        int r;

        if (argc < 2 || !choices_read(&choices, argc - 1, argv + 1) ||
            !words_fit(argv[1], argc - 1 - optind))
                return usage();
        r = darq_session_open(&session, NULL, CONNECT_MS);
        if (r == 0)
                r = darq_proxy_connect(&history.proxy, session, "history");
        if (r == 0)
                r = run(&history, argv[1], &choices, argv + 1 + optind);
        if (r != 0)
                fprintf(stderr, "history-client: %s\n", darq_session_error(session));
        darq_session_close(session);
        return r != 0;
}
