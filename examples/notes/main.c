/* SPDX-License-Identifier: MIT */
/*
 * Notes: lists of lines that several programs edit at a time.
 *
 *     notes OBJECT...           as in: notes text.plain::shopping text.plain::todo
 *
 * Commands come from the standard input, a line each:
 *
 *     add ID LINE     drop ID LINE     show ID     wait ID LINE (until it is there)
 *
 * What changes, whoever changed it, is told as it happens: "shopping + milk". One loop waits for both, commands and the
 * p-kernel. Exit status: 0 at the end of the input, 1 when a command could not be done, 2 for wrong arguments.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "note.h"

enum {
        NOTES_MAX = 16,
        LINE_MAX_SIZE = 4096,
        PATIENCE_MS = 10000, /* of the command wait, and with a location that is away */
        CONNECT_MS = 2000,
};

struct notes {
        struct darq_session *session;
        struct note notes[NOTES_MAX];
        size_t count;
        char input[LINE_MAX_SIZE]; /* what has been read and isn't a whole line yet */
        size_t used;
};

/* Text of others: their control characters aren't for our terminal. */
static void print_safely(struct darq_string text)
{
        for (size_t i = 0; i < text.size; i++) {
                unsigned char c = (unsigned char)text.data[i];

                putchar(c < 0x20 || c == 0x7f ? '?' : c);
        }
}

static void on_line(void *context, const struct note *note, const char *what,
                    struct darq_string line)
{
        (void)context;
        printf("%s %s ", note_id(note), what);
        print_safely(line);
        putchar('\n');
        fflush(stdout);
}

/* Commands */

static int failed(const struct notes *self, const char *what, int result)
{
        const char *why = darq_session_error(self->session);

        if (result == DARQ_E_NO_MEMORY)
                why = darq_status_text(result);
        fprintf(stderr, "notes: %s: %s\n", what, why);
        return 1;
}

static struct note *note_find(struct notes *self, const char *id)
{
        for (size_t i = 0; i < self->count; i++)
                if (strcmp(note_id(&self->notes[i]), id) == 0)
                        return &self->notes[i];
        return NULL;
}

static int show(const struct note *note)
{
        struct darq_string line = {note->text, 0};

        while (*line.data != '\0') {
                line.size = strcspn(line.data, "\n");
                printf("%s: ", note_id(note));
                print_safely(line);
                putchar('\n');
                line.data += line.size + (line.data[line.size] == '\n');
        }
        fflush(stdout);
        return 0;
}

/* A location that can't be reached is soon back, or it isn't worth waiting for. */
static int recover_one(struct notes *self, struct note *note)
{
        int r = note_recover(note);

        for (int waited = 0; r == DARQ_E_NO_LOCATION && waited < PATIENCE_MS; waited += 100) {
                r = darq_session_poll(self->session, 100);
                if (r == 0)
                        r = note_recover(note);
        }
        return r;
}

/* Notes whose service has gone, or that were deleted, are opened again. */
static int recover(struct notes *self)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < self->count; i++)
                r = recover_one(self, &self->notes[i]);
        return r;
}

static int wait_for(struct notes *self, const struct note *note, const char *line)
{
        int r = 0;

        for (int waited = 0; r == 0 && !note_has(note, line); waited += 100) {
                if (waited == PATIENCE_MS) {
                        fprintf(stderr, "notes: wait: there is no such line after %d s\n",
                                PATIENCE_MS / 1000);
                        return 1;
                }
                r = darq_session_poll(self->session, 100);
                if (r == 0)
                        r = recover(self);
        }
        return r != 0 ? failed(self, "wait", r) : 0;
}

/* "COMMAND ID LINE": 0 or 1. */
static int command_run(struct notes *self, char *text)
{
        char *rest = text;
        const char *command = strsep(&rest, " ");
        const char *id = rest != NULL ? strsep(&rest, " ") : "";
        struct note *note = note_find(self, id);
        int r;

        if (*command == '\0')
                return 0;
        if (note == NULL) {
                fprintf(stderr, "notes: %s: there is no note \"%s\" here\n", command, id);
                return 1;
        }
        if (strcmp(command, "show") == 0 && rest == NULL)
                return show(note);
        if (rest == NULL) {
                fprintf(stderr, "notes: %s: it takes a note and a line\n", command);
                return 1;
        }
        if (strcmp(command, "wait") == 0)
                return wait_for(self, note, rest);
        if (strcmp(command, "add") == 0) {
                r = note_add(note, rest);
        } else if (strcmp(command, "drop") == 0) {
                r = note_drop(note, rest);
        } else {
                fprintf(stderr, "notes: there is no command \"%s\"\n", command);
                return 1;
        }
        if (r == DARQ_E_INVALID) {
                fprintf(stderr, "notes: %s: there is no such line\n", command);
                return 1;
        }
        return r != 0 ? failed(self, command, r) : 0;
}

/* Runs all whole lines that have been read. */
static int lines_run(struct notes *self)
{
        char *end;
        int r = 0;

        while (r == 0 && (end = memchr(self->input, '\n', self->used)) != NULL) {
                size_t size = (size_t)(end - self->input) + 1;

                *end = '\0';
                r = command_run(self, self->input);
                self->used -= size;
                memmove(self->input, end + 1, self->used);
        }
        return r;
}

/* 0, 1 for what failed, -1 at the end of the input. */
static int input_take(struct notes *self)
{
        ssize_t size =
                read(STDIN_FILENO, self->input + self->used, sizeof self->input - 1 - self->used);

        if (size < 0)
                return errno == EINTR || errno == EAGAIN ? 0 : 1;
        if (size == 0)
                return -1;
        self->used += (size_t)size;
        if (self->used == sizeof self->input - 1 && memchr(self->input, '\n', self->used) == NULL) {
                fprintf(stderr, "notes: a line is longer than %d bytes\n", LINE_MAX_SIZE - 2);
                return 1;
        }
        return lines_run(self);
}

static int loop(struct notes *self)
{
        struct pollfd fds[2] = {
                {.fd = STDIN_FILENO, .events = POLLIN},
                {.fd = darq_session_fd(self->session),
                 .events = darq_session_events(self->session)},
        };
        int r = 0;

        while (r == 0) {
                if (poll(fds, 2, -1) < 0 && errno != EINTR) {
                        perror("notes: poll");
                        return 1;
                }
                if (fds[1].revents != 0)
                        r = darq_session_dispatch(self->session);
                if (r == 0)
                        r = recover(self);
                if (r != 0)
                        return failed(self, "the notes can't be followed", r);
                if (fds[0].revents != 0)
                        r = input_take(self);
        }
        return r < 0 ? 0 : r;
}

static int notes_open(struct notes *self, char **names)
{
        int r = darq_session_open(&self->session, NULL, CONNECT_MS);

        if (r != 0)
                return failed(self, "p-kernel", r);
        for (; *names != NULL; names++) {
                r = note_open(&self->notes[self->count++], self->session, *names, on_line, self);
                if (r != 0)
                        return failed(self, *names, r);
        }
        return 0;
}

int main(int argc, char **argv)
{
        struct notes *self = calloc(1, sizeof *self);
        int r;

        if (argc < 2 || argc - 1 > NOTES_MAX || self == NULL) {
                fprintf(stderr, "usage: %s OBJECT... (at most %d)\n", argv[0], NOTES_MAX);
                free(self);
                return 2;
        }
        r = notes_open(self, argv + 1);
        if (r == 0)
                r = loop(self);
        for (size_t i = 0; i < self->count; i++)
                note_close(&self->notes[i]);
        darq_session_close(self->session);
        free(self);
        return r;
}
