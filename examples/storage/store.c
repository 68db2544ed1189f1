/* SPDX-License-Identifier: MIT */
/*
 * Values by key in one table of one SQLite file.
 *
 * A value's revision is its row's number; AUTOINCREMENT sees to it that no number comes twice, also
 * after the row has gone. Every change is one statement and so one transaction: it happens as a
 * whole or not at all. The write-ahead log is synced before a statement returns, so what was stored
 * outlives the process and the machine's power.
 *
 * All statements are prepared once, when the file is opened. A statement that has been used is
 * reset before the function returns, but for the value and the list that are being read.
 */
#include "store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum statement { ADD, REPLACE, REMOVE, HAS, GET, LIST, STATEMENT_COUNT };

struct store {
        sqlite3 *database;
        sqlite3_stmt *statements[STATEMENT_COUNT];
        struct store_entry entry; /* what store_list_next() gave */
        char prefix[256];
};

static const char schema[] = "PRAGMA journal_mode = WAL;"
                             "PRAGMA synchronous = FULL;"
                             "CREATE TABLE IF NOT EXISTS blobs ("
                             " revision INTEGER PRIMARY KEY AUTOINCREMENT,"
                             " key TEXT NOT NULL UNIQUE,"
                             " value BLOB NOT NULL);";

static const char *const texts[STATEMENT_COUNT] = {
        [ADD] = "INSERT INTO blobs (key, value) VALUES (?1, ?2)",
        [REPLACE] = "INSERT OR REPLACE INTO blobs (key, value)"
                    " SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM blobs WHERE key = ?1)",
        [REMOVE] = "DELETE FROM blobs WHERE key = ?1",
        [HAS] = "SELECT 1 FROM blobs WHERE key = ?1",
        [GET] = "SELECT value, revision FROM blobs WHERE key = ?1",
        [LIST] = "SELECT key, length(value), revision FROM blobs"
                 " WHERE key >= ?1 AND key > ?2 ORDER BY key",
};

int store_open(struct store **store, const char *path)
{
        struct store *self = calloc(1, sizeof *self);
        int r;

        *store = self;
        if (self == NULL)
                return STORE_FAILED;
        r = sqlite3_open(path, &self->database);
        if (r == SQLITE_OK)
                r = sqlite3_busy_timeout(self->database, 1000);
        if (r == SQLITE_OK)
                r = sqlite3_exec(self->database, schema, NULL, NULL, NULL);
        for (size_t i = 0; r == SQLITE_OK && i < STATEMENT_COUNT; i++)
                r = sqlite3_prepare_v3(self->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                       &self->statements[i], NULL);
        return r == SQLITE_OK ? 0 : STORE_FAILED;
}

void store_close(struct store *self)
{
        if (self == NULL)
                return;
        for (size_t i = 0; i < STATEMENT_COUNT; i++)
                sqlite3_finalize(self->statements[i]);
        sqlite3_close(self->database);
        free(self);
}

const char *store_error(const struct store *self)
{
        return self == NULL ? "out of memory" : sqlite3_errmsg(self->database);
}

/* What SQLite says, in our words. */
static int result_of(int code)
{
        switch (code) {
        case SQLITE_OK:
        case SQLITE_ROW:
        case SQLITE_DONE:
                return 0;
        case SQLITE_CONSTRAINT:
                return STORE_EXISTS;
        case SQLITE_FULL:
                return STORE_FULL;
        default:
                return STORE_FAILED;
        }
}

static sqlite3_stmt *statement_for(struct store *self, enum statement which, const char *key)
{
        sqlite3_stmt *statement = self->statements[which];

        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        return statement;
}

/* Bound values are borrowed for the call only. */
static void statement_done(sqlite3_stmt *statement)
{
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
}

/* Runs a statement that changes one row, or none: then the key isn't there. */
static int change(struct store *self, sqlite3_stmt *statement)
{
        int r = result_of(sqlite3_step(statement));

        if (r == 0 && sqlite3_changes(self->database) == 0)
                r = STORE_NOT_FOUND;
        statement_done(statement);
        return r;
}

static int put(struct store *self, enum statement which, const char *key, const void *value,
               size_t size, uint64_t *revision)
{
        sqlite3_stmt *statement = statement_for(self, which, key);
        int r;

        /* a NULL pointer would bind NULL, which is no empty blob */
        sqlite3_bind_blob64(statement, 2, size == 0 ? "" : value, size, SQLITE_STATIC);
        r = change(self, statement);
        if (r == 0)
                *revision = (uint64_t)sqlite3_last_insert_rowid(self->database);
        return r;
}

int store_add(struct store *self, const char *key, const void *value, size_t size,
              uint64_t *revision)
{
        return put(self, ADD, key, value, size, revision);
}

int store_replace(struct store *self, const char *key, const void *value, size_t size,
                  uint64_t *revision)
{
        return put(self, REPLACE, key, value, size, revision);
}

int store_remove(struct store *self, const char *key)
{
        return change(self, statement_for(self, REMOVE, key));
}

int store_has(struct store *self, const char *key, bool *has)
{
        sqlite3_stmt *statement = statement_for(self, HAS, key);
        int code = sqlite3_step(statement);

        statement_done(statement);
        *has = code == SQLITE_ROW;
        return result_of(code);
}

int store_get(struct store *self, const char *key, struct store_value *value)
{
        sqlite3_stmt *statement = statement_for(self, GET, key);
        int code = sqlite3_step(statement);
        int r = code == SQLITE_DONE ? STORE_NOT_FOUND : result_of(code);

        if (r != 0) {
                statement_done(statement);
                return r;
        }
        value->data = sqlite3_column_blob(statement, 0);
        value->size = (size_t)sqlite3_column_bytes(statement, 0);
        value->revision = (uint64_t)sqlite3_column_int64(statement, 1);
        return 0;
}

void store_value_release(struct store *self)
{
        statement_done(self->statements[GET]);
}

int store_list_begin(struct store *self, const char *prefix, const char *after)
{
        if (strlen(prefix) >= sizeof self->prefix)
                return STORE_FAILED;
        strcpy(self->prefix, prefix);
        sqlite3_bind_text(statement_for(self, LIST, self->prefix), 2, after, -1, SQLITE_TRANSIENT);
        return 0;
}

/* The keys are in order: the first that doesn't begin with the prefix is the end. */
int store_list_next(struct store *self, const struct store_entry **entry)
{
        sqlite3_stmt *statement = self->statements[LIST];
        int code = sqlite3_step(statement);

        *entry = NULL;
        if (code != SQLITE_ROW)
                return result_of(code);
        self->entry.key = (const char *)sqlite3_column_text(statement, 0);
        self->entry.size = (size_t)sqlite3_column_int64(statement, 1);
        self->entry.revision = (uint64_t)sqlite3_column_int64(statement, 2);
        if (strncmp(self->entry.key, self->prefix, strlen(self->prefix)) == 0)
                *entry = &self->entry;
        return 0;
}

void store_list_end(struct store *self)
{
        statement_done(self->statements[LIST]);
}
