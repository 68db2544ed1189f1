/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_OPTIONS_H
#define PKERNEL_OPTIONS_H

#include "pkernel/core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { OPTIONS_MAX = 32 };

struct options {
        const char *listen[OPTIONS_MAX];
        size_t listen_count;
        const char *services[OPTIONS_MAX];
        size_t services_count;
        uid_t allowed[OPTIONS_MAX];
        size_t allowed_count;
        const char *location;
        struct limits limits;
};

/** Reads the command line. 0: go on; else the program is to end with *status. Writes to stdout and stderr. */
int options_parse(struct options *self, int count, char **arguments, int *status);

/** Whether a uid is let in: root, our own, and those that --allow-uid names. */
bool options_allow(const struct options *self, uid_t uid);

#endif
