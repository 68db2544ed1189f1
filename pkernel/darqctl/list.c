/* SPDX-License-Identifier: MIT */
/*
 * status and list: what the p-kernel tells about itself, as tables for people and as JSON for programs.
 *
 * Both ask the control interface (idl/kernel.didl), or the link of another location, by its own schema: what the JSON
 * holds is what that answers, also what this program knows nothing of; a table picks its columns out of it. Lists come in
 * pages; who is asked decides what this user may see.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/far.h"
#include "pkernel/darqctl/invoke.h"
#include "pkernel/darqctl/plain.h"

enum { CELL_MAX = 64, NS_PER_S = 1000000000 };

/* Who is asked, by its own schema: the p-kernel, or a link (far.h). */

struct kernel {
        struct invocation to;
        struct darq_catalog *catalog;
};

static int kernel_reach(struct kernel *self, struct darq_session **session)
{
        if (session_reach(session) != DONE)
                return NOT_DONE;
        self->to =
                (struct invocation){.session = *session, .port = KERNEL_PORT, .name = "p-kernel"};
        if (catalog_ask(&self->catalog, *session, KERNEL_PORT, self->to.name) != 0)
                return NOT_DONE;
        self->to.catalog = self->catalog;
        return DONE;
}

static void memory_tell(void)
{
        fprintf(stderr, "darqctl: memory is short\n");
}

static int ask(const struct invocation *whom, const char *method, json_t *request, json_t **reply)
{
        int r = NOT_DONE;

        *reply = NULL;
        if (request != NULL)
                r = invoke(whom, method, request, reply);
        else
                memory_tell();
        json_decref(request);
        return r;
}

/* Cells */

/* A number, which JSON has as a string beyond 2^53. */
static uint64_t number_of(const json_t *value)
{
        if (json_is_string(value))
                return strtoull(json_string_value(value), NULL, 10);
        return (uint64_t)json_integer_value(value);
}

static void number_write(char *cell, const json_t *value)
{
        snprintf(cell, CELL_MAX, "%" PRIu64, number_of(value));
}

static void number_or_dash_write(char *cell, const json_t *value)
{
        if (number_of(value) == 0)
                snprintf(cell, CELL_MAX, "-");
        else
                number_write(cell, value);
}

/* "3.5 s", "12 min", "7 h" */
static void span_write(char *cell, const json_t *value)
{
        uint64_t span_ns = number_of(value);
        uint64_t seconds = span_ns / NS_PER_S;

        if (span_ns == 0)
                snprintf(cell, CELL_MAX, "-");
        else if (seconds < 100)
                snprintf(cell, CELL_MAX, "%" PRIu64 ".%" PRIu64 " s", seconds,
                         span_ns / (NS_PER_S / 10) % 10);
        else if (seconds < 6000)
                snprintf(cell, CELL_MAX, "%" PRIu64 " min", seconds / 60);
        else
                snprintf(cell, CELL_MAX, "%" PRIu64 " h", seconds / 3600);
}

/* BACKING_OFF as "backing off" */
static void word_write(char *cell, const json_t *value)
{
        const char *text = json_is_string(value) ? json_string_value(value) : "?";
        size_t i;

        for (i = 0; i < CELL_MAX - 1 && text[i] != '\0'; i++)
                cell[i] = text[i] == '_' ? ' ' : (char)tolower((unsigned char)text[i]);
        cell[i] = '\0';
}

static void kind_write(char *cell, const json_t *value)
{
        snprintf(cell, CELL_MAX, "%s", json_is_true(value) ? "full" : "legacy");
}

struct column {
        const char *title;
        const char *key;
        int width;                                      /* below 0: to the left; 0: the last */
        void (*write)(char *cell, const json_t *value); /* NULL: as it is */
};

static void text_put(const char *text, int width)
{
        size_t size = strlen(text);
        size_t room = width < 0 ? (size_t)-width : 0;

        plain_write(stdout, (struct darq_string){text, size});
        for (; size < room; size++)
                putchar(' ');
}

static void texts_put(const json_t *texts)
{
        const json_t *text;
        size_t i;

        json_array_foreach(texts, i, text)
        {
                if (i != 0)
                        putchar(' ');
                text_put(json_is_string(text) ? json_string_value(text) : "", 0);
        }
}

static void cell_put(const struct column *column, const json_t *row)
{
        const json_t *value = json_object_get(row, column->key);
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        char cell[CELL_MAX];

        if (json_is_array(value)) {
                texts_put(value);
        } else if (column->write == NULL) {
                text_put(text, column->width);
        } else {
                column->write(cell, value);
                printf("%*s", column->width, cell);
        }
}

/* Lists */

struct listing {
        const char *name; /* of the list, and of its member in the answer */
        const char *method;
        struct column columns[9];
};

static const struct listing listings[] = {
        {"services",
         "list_services",
         {
                 {"service", "name", -20, NULL},
                 {"state", "state", -11, word_write},
                 {"pid", "pid", 8, number_or_dash_write},
                 {"up", "uptime_ns", 9, span_write},
                 {"calls", "calls", 8, number_write},
                 {"starts", "starts", 7, number_write},
                 {"waiting", "waiting", 8, number_write},
                 {" last end", "failure", 0, NULL},
         }},
        {"ports",
         "list_ports",
         {
                 {"port", "number", 20, number_write},
                 {"owner", "owner", 10, number_write},
                 {"rights", "rights", 8, number_write},
                 {"waiting", "waiting", 8, number_write},
                 {"bytes", "waiting_bytes", 10, number_write},
                 {" name", "name", 0, NULL},
         }},
        {"connections",
         "list_connections",
         {
                 {"connection", "id", 10, number_write},
                 {"principal", "principal", -20, NULL},
                 {"kind", "greeted", -7, kind_write},
                 {"ports", "ports", 8, number_write},
                 {"calls", "calls", 8, number_write},
                 {"serving", "serving", 8, number_write},
         }},
};

static const struct listing far_services = {
        .name = "services",
        .method = "services",
        .columns = {{"service", "name", -20, NULL},
                    {"state", "state", -11, word_write},
                    {" types", "types", 0, NULL}},
};

/* A p-kernel's own bound: another location could tell for ever. */
enum { FAR_ROWS_MAX = 4096 };

enum { LISTING_COUNT = sizeof listings / sizeof *listings };

static void row_print(const struct listing *listing, const json_t *row)
{
        for (const struct column *column = listing->columns; column->title != NULL; column++) {
                if (column != listing->columns)
                        printf(column->width == 0 && row != NULL ? "  " : " ");
                if (row == NULL)
                        printf("%*s", column->width, column->title);
                else
                        cell_put(column, row);
        }
        putchar('\n');
}

static void table_print(const struct listing *listing, const json_t *rows)
{
        size_t i;
        json_t *row;

        row_print(listing, NULL);
        json_array_foreach(rows, i, row) row_print(listing, row);
}

/* All pages as one array; NULL after a sentence. */
static json_t *rows_fetch(const struct invocation *whom, const struct listing *listing, size_t most)
{
        json_t *rows = json_array();
        size_t count;

        if (rows == NULL) {
                memory_tell();
                return NULL;
        }
        do {
                json_t *reply;
                json_t *page;
                int r = ask(whom, listing->method,
                            json_pack("{sI}", "skip", (json_int_t)json_array_size(rows)), &reply);

                page = json_object_get(reply, listing->name);
                count = json_array_size(page);
                if (r == DONE && json_array_extend(rows, page) != 0 && count != 0) {
                        memory_tell();
                        r = NOT_DONE;
                }
                json_decref(reply);
                if (json_array_size(rows) > most) {
                        fprintf(stderr, "%s: tells of more %s than there can be\n", whom->name,
                                listing->name);
                        r = NOT_DONE;
                }
                if (r != DONE) {
                        json_decref(rows);
                        return NULL;
                }
        } while (count > 0);
        return rows;
}

/* One, or, name NULL, all, as an object; NULL after a sentence. */
static json_t *lists_fetch(const struct kernel *kernel, const char *name)
{
        json_t *lists = json_object();

        for (size_t i = 0; i < LISTING_COUNT; i++) {
                json_t *rows;

                if (name != NULL && strcmp(name, listings[i].name) != 0)
                        continue;
                rows = rows_fetch(&kernel->to, &listings[i], SIZE_MAX);
                if (rows == NULL)
                        goto free_lists;
                if (json_object_set_new(lists, listings[i].name, rows) != 0) {
                        memory_tell();
                        goto free_lists;
                }
        }
        return lists;
free_lists:
        json_decref(lists);
        return NULL;
}

static void lists_print(const json_t *lists)
{
        bool first = true;

        for (size_t i = 0; i < LISTING_COUNT; i++) {
                const json_t *rows = json_object_get(lists, listings[i].name);

                if (rows == NULL)
                        continue;
                if (!first)
                        putchar('\n');
                first = false;
                table_print(&listings[i], rows);
        }
}

static int far_list(struct darq_session **session, const char *location, bool json)
{
        struct far far;
        json_t *rows;
        int r = far_reach(&far, session, location);

        if (r != DONE)
                return r;
        rows = rows_fetch(&far.to, &far_services, FAR_ROWS_MAX);
        far_leave(&far);
        if (rows == NULL)
                return NOT_DONE;
        if (json)
                return json_print(json_pack("{so}", far_services.name, rows));
        table_print(&far_services, rows);
        json_decref(rows);
        return DONE;
}

static int near_list(struct darq_session **session, const char *name, bool json)
{
        struct kernel kernel;
        json_t *lists;

        if (kernel_reach(&kernel, session) != DONE)
                return NOT_DONE;
        lists = lists_fetch(&kernel, name);
        darq_catalog_close(kernel.catalog);
        if (lists == NULL)
                return NOT_DONE;
        if (json)
                return json_print(lists);
        lists_print(lists);
        json_decref(lists);
        return DONE;
}

int list_command(struct darq_session **session, int count, char **words)
{
        bool json = flag_take(&count, words, "--json");
        const char *location = NULL;
        bool known = value_take(&count, words, "--location", &location) && count <= 1;

        if (known && count == 1) {
                known = false;
                for (size_t i = 0; i < (location == NULL ? LISTING_COUNT : 1); i++)
                        known = known || strcmp(words[0], listings[i].name) == 0;
        }
        if (!known)
                return MISUSE;
        return location != NULL ? far_list(session, location, json)
                                : near_list(session, words[0], json);
}

/* Status */

static void counters_print(const json_t *counters)
{
        static const char *const rows[][2] = {
                {"connections", "connections"},
                {"ports", "ports"},
                {"open calls", "open_calls"},
                {"frames", "frames"},
                {"messages", "messages"},
                {"bytes", "bytes"},
                {"calls", "calls"},
                {"undelivered", "undelivered"},
                {"  unreported", "unreported"},
                {"dropped", "dropped"},
                {"skipped", "skipped"},
                {"unserved", "unserved"},
                {"refused", "refused"},
                {"violations", "violations"},
        };
        uint64_t uptime_ns = number_of(json_object_get(counters, "uptime_ns"));

        printf("%-14s %016" PRIx64 "\n", "boot id",
               number_of(json_object_get(counters, "boot_id")));
        printf("%-14s %" PRIu64 ".%03" PRIu64 " s\n", "up for", uptime_ns / NS_PER_S,
               uptime_ns / 1000000 % 1000);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                printf("%-14s %" PRIu64 "\n", rows[i][0],
                       number_of(json_object_get(counters, rows[i][1])));
}

int status_command(struct darq_session **session, int count, char **words)
{
        bool json = flag_take(&count, words, "--json");
        struct kernel kernel;
        json_t *reply;
        int r;

        if (count != 0)
                return MISUSE;
        if (kernel_reach(&kernel, session) != DONE)
                return NOT_DONE;
        r = ask(&kernel.to, "statistics", json_object(), &reply);
        darq_catalog_close(kernel.catalog);
        if (r == DONE && json)
                r = json_print(json_incref(json_object_get(reply, "counters")));
        else if (r == DONE)
                counters_print(json_object_get(reply, "counters"));
        json_decref(reply);
        return r;
}
