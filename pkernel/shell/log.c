/* SPDX-License-Identifier: MIT */
/*
 * The log: stderr, and nothing but life-cycle and misbehaviour; never a payload.
 *
 * A line that would have to wait for whoever reads the log is left out: nobody else waits for that either.
 */
#include "pkernel/shell/log.h"

#include "pkernel/shell/plain.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_PER_SECOND = 50, LINE_MAX_BYTES = 512 };

/* systemd names the device and inode of the stream that it has given us. */
static bool under_systemd(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        struct stat status;
        char ours[48];

        if (stream == NULL || fstat(STDERR_FILENO, &status) < 0)
                return false;
        snprintf(ours, sizeof ours, "%llu:%llu", (unsigned long long)status.st_dev,
                 (unsigned long long)status.st_ino);
        return strcmp(stream, ours) == 0;
}

void log_init(struct log *self)
{
        *self = (struct log){.prefixed = under_systemd()};
}

/* Whether a line can be written without waiting for whoever reads the log: a pipe has room for PIPE_BUF bytes. */
static bool writable(void)
{
        struct pollfd poller = {.fd = STDERR_FILENO, .events = POLLOUT};

        return poll(&poller, 1, 0) == 1 && (poller.revents & POLLOUT) != 0;
}

void log_line(struct log *self, int priority, const char *format, ...)
{
        char text[LINE_MAX_BYTES];
        int prefix = self->prefixed ? snprintf(text, sizeof text, "<%d>", priority)
                                    : snprintf(text, sizeof text, "pkernel: ");
        size_t room = sizeof text - (size_t)prefix - 1;
        va_list arguments;
        int size;

        va_start(arguments, format);
        size = vsnprintf(text + prefix, room, format, arguments);
        va_end(arguments);
        if (size < 0)
                return;
        plain_copy(text + prefix, room, text + prefix);
        size = (int)strlen(text);
        text[size++] = '\n';
        if (!writable() || write(STDERR_FILENO, text, (size_t)size) != size)
                self->left_out++;
}

bool log_admits(struct log *self, uint64_t now_ns)
{
        uint64_t left_out;

        if (now_ns - self->window_ns >= UINT64_C(1000000000)) {
                self->window_ns = now_ns;
                self->lines = 0;
        }
        if (self->lines >= LINES_PER_SECOND) {
                self->left_out++;
                return false;
        }
        self->lines++;
        left_out = self->left_out;
        self->left_out = 0;
        if (left_out > 0)
                log_line(self, LOG_NOTICE, "%llu lines left out", (unsigned long long)left_out);
        return true;
}
