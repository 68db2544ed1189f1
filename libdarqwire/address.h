/* SPDX-License-Identifier: MIT */
#ifndef DARQWIRE_ADDRESS_H
#define DARQWIRE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* Where the p-kernel is: "tcp:HOST:PORT", "unix:PATH", or "fd:N:PID", a descriptor inherited by that process alone. */

enum darq_address_kind { DARQ_ADDRESS_TCP, DARQ_ADDRESS_UNIX, DARQ_ADDRESS_FD };

struct darq_address {
        enum darq_address_kind kind;
        char host[256]; /* of TCP: a name or a number, without brackets */
        char service[8];
        char path[108];
        int fd;
        long process;
};

enum { DARQ_ADDRESSES_MAX = 2, DARQ_ADDRESS_TEXT_MAX = 280 };

/** 0, or DARQ_E_INVALID. */
int darq_address_parse(struct darq_address *self, const char *text);

/** It as text, as it would be parsed. */
void darq_address_format(const struct darq_address *self, char text[DARQ_ADDRESS_TEXT_MAX]);

/**
 * The addresses to try in turn: text, else $DARQ_PKERNEL, else the defaults. An inherited one is this process's alone,
 * and only once: its variable is removed. 0, or DARQ_E_INVALID with the text that is wrong in *bad.
 */
int darq_addresses_find(struct darq_address addresses[DARQ_ADDRESSES_MAX], size_t *count,
                        const char *text, const char **bad);

/**
 * A connected socket in blocking mode, close-on-exec; or minus an errno. "fd:N:PID" gives the descriptor itself, which is
 * the caller's from then on.
 */
int darq_address_connect(const struct darq_address *self);

#endif
