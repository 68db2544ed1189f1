/* SPDX-License-Identifier: MIT */
/*
 * The log: stderr, and nothing but life-cycle and misbehaviour; never a payload.
 */
#include "pkernel/shell/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINES_PER_SECOND = 50 };

/* systemd names the device and inode of the stream that it has given us. */
static bool under_systemd(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat status;

        return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
               fstat(STDERR_FILENO, &status) == 0 && (unsigned long long)status.st_dev == device &&
               (unsigned long long)status.st_ino == inode;
}

void log_init(struct log *self)
{
        *self = (struct log){.prefixed = under_systemd()};
}

void log_line(struct log *self, int priority, const char *format, ...)
{
        char text[512];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        if (self->prefixed)
                fprintf(stderr, "<%d>%s\n", priority, text);
        else
                fprintf(stderr, "pkernel: %s\n", text);
}

bool log_admits(struct log *self, uint64_t now_ns)
{
        if (now_ns - self->window_ns >= UINT64_C(1000000000)) {
                self->window_ns = now_ns;
                self->lines = 0;
        }
        if (self->lines >= LINES_PER_SECOND) {
                self->left_out++;
                return false;
        }
        self->lines++;
        if (self->left_out > 0)
                log_line(self, LOG_NOTICE, "%llu lines left out",
                         (unsigned long long)self->left_out);
        self->left_out = 0;
        return true;
}
