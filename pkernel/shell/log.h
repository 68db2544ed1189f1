/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_LOG_H
#define PKERNEL_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/*
 * Lines on stderr: "pkernel: text", under systemd with the priority before them ("<4>text"). Lines that peers can
 * cause are limited; how many were left out is said when the next one is let through.
 */

struct log {
        bool prefixed;
        uint64_t window_ns; /* beginning of the present second */
        unsigned int lines; /* in it */
        uint64_t left_out;
};

void log_init(struct log *self);

/** A line that the p-kernel itself wants. priority: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO. */
__attribute__((format(printf, 3, 4))) void log_line(struct log *self, int priority,
                                                    const char *format, ...);

/** Whether a line that a peer causes may be written now. */
bool log_admits(struct log *self, uint64_t now_ns);

#endif
