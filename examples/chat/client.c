/* SPDX-License-Identifier: MIT */
/*
 * Somebody in the room: chat-client NAME. Lines of the standard input are said, what is told is printed:
 *
 *     * ann is here        * ben came        <ben> good morning        * ben left
 *
 * Exit status: 0 at the end of the input, 1 when the room can't be entered or has gone, 2 for wrong arguments.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <darq/darq.h>

#include "chat.darq.h"

enum { CONNECT_MS = 2000 };

struct guest {
        struct darq_session *session;
        struct chat chat;
        struct chat_member port;
        struct chat_seat seat;
        char input[CHAT_MAX_LINE + 1]; /* what has been read and isn't a whole line yet */
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

static void print_presence(struct darq_string name, const char *what)
{
        fputs("* ", stdout);
        print_safely(name);
        printf(" %s\n", what);
        fflush(stdout);
}

static void on_said(void *context, struct darq_call *call,
                    const struct chat_member_said_request *request)
{
        (void)context;
        (void)call;
        putchar('<');
        print_safely(request->name);
        fputs("> ", stdout);
        print_safely(request->line);
        putchar('\n');
        fflush(stdout);
}

static void on_came(void *context, struct darq_call *call,
                    const struct chat_member_came_request *request)
{
        (void)context;
        (void)call;
        print_presence(request->name, "came");
}

static void on_left(void *context, struct darq_call *call,
                    const struct chat_member_left_request *request)
{
        (void)context;
        (void)call;
        print_presence(request->name, "left");
}

static const char *why(const struct guest *self, int result)
{
        switch (result) {
        case CHAT_ERROR_TAKEN:
                return "somebody has that name";
        case CHAT_ERROR_BAD_NAME:
                return "that is no name";
        case CHAT_ERROR_FULL:
                return "the room is full";
        default:
                return darq_session_error(self->session);
        }
}

/* 0, or what failed. */
static int enter(struct guest *self, const char *name)
{
        static const struct chat_member_ops ops = {
                .said = on_said, .came = on_came, .left = on_left};
        const struct chat_join_reply *reply;
        int r = darq_session_open(&self->session, NULL, CONNECT_MS);

        if (r == 0)
                r = darq_proxy_connect(&self->chat.proxy, self->session, "chat");
        if (r == 0)
                r = chat_member_ops_serve(&ops, self, self->session, &self->port);
        if (r == 0)
                r = chat_join(&self->chat,
                              &(struct chat_join_request){.name = darq_string_of(name),
                                                          .member = self->port},
                              &reply);
        if (r != 0)
                return r;
        self->seat = reply->seat;
        darq_proxy_keep(&self->seat.proxy);
        for (size_t i = 0; i < reply->present.count; i++)
                print_presence(reply->present.data[i], "is here");
        darq_reply_free(reply);
        return 0;
}

/* Says all whole lines that have been read. */
static int lines_say(struct guest *self)
{
        char *end;
        int r = 0;

        while (r == 0 && (end = memchr(self->input, '\n', self->used)) != NULL) {
                size_t size = (size_t)(end - self->input) + 1;

                *end = '\0';
                r = chat_seat_say(
                        &self->seat,
                        &(struct chat_seat_say_request){.line = darq_string_of(self->input)}, NULL);
                self->used -= size;
                memmove(self->input, end + 1, self->used);
        }
        return r;
}

/* 0, or what failed; *ended at the end of the input. A line that is too long is said in parts. */
static int input_take(struct guest *self, bool *ended)
{
        ssize_t size =
                read(STDIN_FILENO, self->input + self->used, sizeof self->input - 1 - self->used);

        if (size <= 0) {
                *ended = size == 0 || (errno != EINTR && errno != EAGAIN);
                return 0;
        }
        self->used += (size_t)size;
        if (self->used == sizeof self->input - 1 && memchr(self->input, '\n', self->used) == NULL)
                self->input[self->used++] = '\n';
        return lines_say(self);
}

static int loop(struct guest *self)
{
        struct pollfd fds[] = {
                {.fd = STDIN_FILENO, .events = POLLIN},
                {.fd = darq_session_fd(self->session),
                 .events = darq_session_events(self->session)},
        };
        bool ended = false;
        int r = 0;

        while (r == 0 && !ended) {
                if (poll(fds, 2, -1) < 0)
                        continue; /* a signal */
                if (fds[1].revents != 0)
                        r = darq_session_dispatch(self->session);
                if (r == 0 && fds[0].revents != 0)
                        r = input_take(self, &ended);
        }
        return r;
}

int main(int argc, char **argv)
{
        struct guest guest = {.used = 0};
        int r;

        if (argc != 2) {
                fprintf(stderr, "usage: %s NAME\n", argv[0]);
                return 2;
        }
        r = enter(&guest, argv[1]);
        if (r == 0)
                r = loop(&guest);
        if (r != 0)
                fprintf(stderr, "chat: %s\n", why(&guest, r));
        darq_session_close(guest.session);
        return r != 0;
}
