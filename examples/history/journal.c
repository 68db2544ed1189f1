/* SPDX-License-Identifier: MIT */
/*
 * Events in one table of one SQLite file.
 *
 * An event's sequence is its row's number. Each addition is one transaction; the write-ahead log is synced before it
 * returns. A query is answered in pages, each a statement of its own from the last sequence on, so that no statement
 * stays open for as long as somebody reads, and keeps the log from being shortened. Which of four statements: by
 * object, by subject, by both, by neither; what they compare with is bound, never pasted.
 */
#include "journal.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

enum statement { ADD, EXTENT, BOUNDS, ALL, BY_OBJECT, BY_SUBJECT, BY_BOTH, STATEMENT_COUNT };

struct journal {
        sqlite3 *database;
        sqlite3_stmt *statements[STATEMENT_COUNT];
        char error[128]; /* of our own; empty: SQLite's */
};

static const char settings[] = "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;";

static const char schema[] = "BEGIN;"
                             "CREATE TABLE events ("
                             " sequence INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " time_ns INTEGER NOT NULL,"
                             " object TEXT NOT NULL,"
                             " subject TEXT NOT NULL,"
                             " action TEXT NOT NULL,"
                             " detail BLOB NOT NULL,"
                             " reporter TEXT NOT NULL);"
                             "CREATE INDEX by_object ON events (object);"
                             "CREATE INDEX by_subject ON events (subject);"
                             "CREATE INDEX by_time ON events (time_ns);"
                             "PRAGMA user_version = 1;"
                             "COMMIT;";

#define COLUMNS "SELECT sequence, time_ns, object, subject, action, reporter, detail FROM events "
#define RANGE "sequence > ?1 AND sequence <= ?2 AND time_ns BETWEEN ?3 AND ?4 "
#define ORDER "ORDER BY sequence LIMIT ?7"

static const char *const texts[STATEMENT_COUNT] = {
        [ADD] = "INSERT INTO events (time_ns, object, subject, action, detail, reporter)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [EXTENT] = "SELECT count(*), coalesce(max(sequence), 0) FROM events",
        [BOUNDS] = "SELECT coalesce(min(sequence), 1), coalesce(max(sequence), 0) FROM events"
                   " WHERE time_ns BETWEEN ?1 AND ?2",
        [ALL] = COLUMNS "WHERE " RANGE ORDER,
        [BY_OBJECT] = COLUMNS "WHERE object = ?5 AND " RANGE ORDER,
        [BY_SUBJECT] = COLUMNS "WHERE subject = ?6 AND " RANGE ORDER,
        [BY_BOTH] = COLUMNS "WHERE object = ?5 AND subject = ?6 AND " RANGE ORDER,
};

/* Opening */

static int version_read(sqlite3 *database, int *version)
{
        sqlite3_stmt *statement;
        int r = sqlite3_prepare_v2(database, "PRAGMA user_version", -1, &statement, NULL);

        if (r == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
                *version = sqlite3_column_int(statement, 0);
        return sqlite3_finalize(statement);
}

/* A new file gets its tables; one from a later version of this program is left alone. */
static int schema_settle(struct journal *self)
{
        int version = 0;
        int r = sqlite3_exec(self->database, settings, NULL, NULL, NULL);

        if (r == SQLITE_OK)
                r = version_read(self->database, &version);
        if (r != SQLITE_OK)
                return r;
        if (version > VERSION) {
                snprintf(self->error, sizeof self->error,
                         "the file is of version %d, and this program knows %d", version, VERSION);
                return SQLITE_ERROR;
        }
        return version == VERSION ? SQLITE_OK
                                  : sqlite3_exec(self->database, schema, NULL, NULL, NULL);
}

int journal_open(struct journal **journal, const char *path)
{
        struct journal *self = calloc(1, sizeof *self);
        int r;

        *journal = self;
        if (self == NULL)
                return JOURNAL_FAILED;
        r = sqlite3_open(path, &self->database);
        if (r == SQLITE_OK)
                r = sqlite3_busy_timeout(self->database, 1000);
        if (r == SQLITE_OK)
                r = schema_settle(self);
        for (size_t i = 0; r == SQLITE_OK && i < STATEMENT_COUNT; i++)
                r = sqlite3_prepare_v3(self->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                       &self->statements[i], NULL);
        return r == SQLITE_OK ? 0 : JOURNAL_FAILED;
}

void journal_close(struct journal *self)
{
        if (self == NULL)
                return;
        for (size_t i = 0; i < STATEMENT_COUNT; i++)
                sqlite3_finalize(self->statements[i]);
        sqlite3_close(self->database);
        free(self);
}

const char *journal_error(const struct journal *self)
{
        if (self == NULL)
                return "out of memory";
        return self->error[0] != '\0' ? self->error : sqlite3_errmsg(self->database);
}

static int result_of(int r)
{
        switch (r) {
        case SQLITE_DONE:
        case SQLITE_ROW:
        case SQLITE_OK:
                return 0;
        case SQLITE_FULL:
                return JOURNAL_FULL;
        default:
                return JOURNAL_FAILED;
        }
}

/* Adding */

static int text_bind(sqlite3_stmt *statement, int at, const char *text)
{
        return sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

int journal_add(struct journal *self, const struct journal_event *event, uint64_t *sequence)
{
        sqlite3_stmt *statement = self->statements[ADD];
        int r = sqlite3_bind_int64(statement, 1, event->time_ns);

        if (r == SQLITE_OK)
                r = text_bind(statement, 2, event->object);
        if (r == SQLITE_OK)
                r = text_bind(statement, 3, event->subject);
        if (r == SQLITE_OK)
                r = text_bind(statement, 4, event->action);
        if (r == SQLITE_OK) /* no bytes are not NULL */
                r = sqlite3_bind_blob64(statement, 5, event->detail_size != 0 ? event->detail : "",
                                        event->detail_size, SQLITE_STATIC);
        if (r == SQLITE_OK)
                r = text_bind(statement, 6, event->reporter);
        if (r == SQLITE_OK)
                r = sqlite3_step(statement);
        if (r == SQLITE_DONE)
                *sequence = (uint64_t)sqlite3_last_insert_rowid(self->database);
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return result_of(r);
}

/* Asking */

/* One row of two numbers. */
static int pair_read(sqlite3_stmt *statement, int64_t *first, int64_t *second)
{
        int r = sqlite3_step(statement);

        if (r == SQLITE_ROW) {
                *first = sqlite3_column_int64(statement, 0);
                *second = sqlite3_column_int64(statement, 1);
        }
        sqlite3_reset(statement);
        return r == SQLITE_ROW ? 0 : JOURNAL_FAILED;
}

int journal_extent(struct journal *self, uint64_t *count, uint64_t *last)
{
        int64_t rows = 0;
        int64_t greatest = 0;
        int r = pair_read(self->statements[EXTENT], &rows, &greatest);

        *count = (uint64_t)rows;
        *last = (uint64_t)greatest;
        return r;
}

int journal_prepare(struct journal *self, struct journal_query *query)
{
        sqlite3_stmt *statement = self->statements[BOUNDS];
        int64_t first = 1;
        int64_t last = 0;
        int r;

        query->last = INT64_MAX;
        if (query->after > INT64_MAX)
                query->after = INT64_MAX;
        if (query->from_ns == INT64_MIN && query->to_ns == INT64_MAX)
                return 0;
        r = sqlite3_bind_int64(statement, 1, query->from_ns);
        if (r == SQLITE_OK)
                r = sqlite3_bind_int64(statement, 2, query->to_ns);
        if (r != SQLITE_OK || pair_read(statement, &first, &last) != 0)
                return JOURNAL_FAILED;
        if (query->after < (uint64_t)first - 1)
                query->after = (uint64_t)first - 1;
        query->last = (uint64_t)last;
        return 0;
}

static sqlite3_stmt *statement_for(const struct journal *self, const struct journal_query *query)
{
        bool object = query->object[0] != '\0';
        bool subject = query->subject[0] != '\0';

        if (object)
                return self->statements[subject ? BY_BOTH : BY_OBJECT];
        return self->statements[subject ? BY_SUBJECT : ALL];
}

static int query_bind(sqlite3_stmt *statement, const struct journal_query *query, size_t limit)
{
        int r = sqlite3_bind_int64(statement, 1, (int64_t)query->after);

        if (r == SQLITE_OK)
                r = sqlite3_bind_int64(statement, 2, (int64_t)query->last);
        if (r == SQLITE_OK)
                r = sqlite3_bind_int64(statement, 3, query->from_ns);
        if (r == SQLITE_OK)
                r = sqlite3_bind_int64(statement, 4, query->to_ns);
        if (r == SQLITE_OK && query->object[0] != '\0')
                r = text_bind(statement, 5, query->object);
        if (r == SQLITE_OK && query->subject[0] != '\0')
                r = text_bind(statement, 6, query->subject);
        return r == SQLITE_OK ? sqlite3_bind_int64(statement, 7, (int64_t)limit) : r;
}

static struct journal_event event_of(sqlite3_stmt *row)
{
        return (struct journal_event){
                .sequence = (uint64_t)sqlite3_column_int64(row, 0),
                .time_ns = sqlite3_column_int64(row, 1),
                .object = (const char *)sqlite3_column_text(row, 2),
                .subject = (const char *)sqlite3_column_text(row, 3),
                .action = (const char *)sqlite3_column_text(row, 4),
                .reporter = (const char *)sqlite3_column_text(row, 5),
                .detail = sqlite3_column_blob(row, 6),
                .detail_size = (size_t)sqlite3_column_bytes(row, 6),
        };
}

int journal_page(struct journal *self, struct journal_query *query, size_t limit,
                 journal_function *visit, void *context, size_t *count)
{
        sqlite3_stmt *statement = statement_for(self, query);
        int r = query_bind(statement, query, limit);

        *count = 0;
        if (r != SQLITE_OK)
                return JOURNAL_FAILED;
        while ((r = sqlite3_step(statement)) == SQLITE_ROW) {
                struct journal_event event = event_of(statement);

                if (!visit(context, &event))
                        break;
                query->after = event.sequence;
                ++*count;
        }
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
        return r == SQLITE_ROW || r == SQLITE_DONE ? 0 : JOURNAL_FAILED;
}
