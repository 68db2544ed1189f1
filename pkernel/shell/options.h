/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_OPTIONS_H
#define PKERNEL_OPTIONS_H

#include "pkernel/core/limits.h"
#include "pkernel/starter/starter.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { OPTIONS_MAX = 32, OPTIONS_PLACES = 3, OPTIONS_PATH_MAX = 512 };

struct options {
        const char *listen[OPTIONS_MAX];
        size_t listen_count;
        struct starter_options starter;
        char places[OPTIONS_PLACES]
                   [OPTIONS_PATH_MAX]; /* that these point to, where the defaults hold */
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
