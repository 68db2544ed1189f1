/* SPDX-License-Identifier: MIT */
#ifndef LINK_OPTIONS_H
#define LINK_OPTIONS_H

#include <stddef.h>

/* The command line of darq-link. */

enum { OPTIONS_SERVERS = 16, OPTIONS_LOCATIONS = 64 };

struct options {
        const char *location;
        const char *pkernel; /* NULL: $DARQ_PKERNEL, or the default */
        const char *servers[OPTIONS_SERVERS];
        size_t server_count;
        const char *user;
        char *password;
        const char *authority; /* files of certificates */
        const char *certificate;
        const char *key;
        const char *locations[OPTIONS_LOCATIONS];
        size_t location_count;
};

/** 0: go on. Else the program's exit status is *status. */
int options_read(struct options *self, int argc, char **argv, int *status);
void options_deinit(struct options *self);

#endif
